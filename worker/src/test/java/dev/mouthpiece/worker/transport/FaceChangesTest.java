package dev.mouthpiece.worker.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.media.life.Mood;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.session.SessionOrder;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.TestSpecs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is wanted of a face reaches it in order, on real portraits and a real store. */
@Tag("slow")
class FaceChangesTest {
    private static final Moods FIRST = moods(0.1);
    private static final Moods SECOND = moods(0.2);
    private static final Moods THIRD = moods(0.3);

    private static Database database;
    private static Avatars avatars;
    private static AvatarLibrary library;

    private final RecordingStage stage = new RecordingStage();
    private final Heard heard = new Heard();
    private FaceChanges face;

    @BeforeAll
    static void start() {
        database = Database.open(
                new Database.Address("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, null));
        avatars = new Avatars(database);
        library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
    }

    @AfterAll
    static void stop() {
        library.close();
        database.close();
    }

    @BeforeEach
    void order() {
        final var order = new SessionOrder(
                "sess_a", TestSpecs.spec(), new Portrait.Platform("av_stock_001"), FIRST, "token", false);
        face = new FaceChanges(order, new Faces(library, avatars, "puppet"), heard);
    }

    @Test
    void shouldFeelAsItIsOrderedAndThenAsItIsToldWhetherOnAirOrNot() {
        face.opened(stage);
        face.feel(SECOND);
        assertThat(stage.felt).containsExactly(FIRST, SECOND);
    }

    @Test
    void shouldBeginWithTheMoodThatWasWantedLastBeforeItWasOnAir() {
        face.feel(SECOND);
        face.feel(THIRD);
        face.opened(stage);
        assertThat(stage.felt).containsExactly(THIRD);
    }

    @Test
    void shouldShowOfSeveralPortraitsThatWaitTheLastAlone() throws Exception {
        final Portrait last = new Portrait.Stored(avatars.keep(PlatformAvatars.picture("av_stock_003")));
        final var superseded = List.of(
                face.show(new Portrait.Platform("av_stock_002")),
                face.show(new Portrait.Stored(avatars.keep(new byte[] {1, 2, 3}))));
        final CompletableFuture<?> done = face.show(last);
        face.opened(stage);

        done.get(60, TimeUnit.SECONDS);
        assertThat(superseded).allMatch(CompletableFuture::isDone);
        assertThat(heard.next()).isEqualTo(last);
        assertThat(stage.shown).hasValue(1);
        assertThat(heard.all).isEmpty();
    }

    @Test
    void shouldSayWhyAPortraitIsNotShownAndShowTheNext() throws Exception {
        face.opened(stage);
        face.show(new Portrait.Stored(avatars.keep(new byte[] {1, 2, 3}))).get(60, TimeUnit.SECONDS);
        assertThat(heard.next()).isInstanceOf(String.class).asString().contains("is not a picture");
        final Portrait next = new Portrait.Platform("av_stock_002");
        face.show(next).get(60, TimeUnit.SECONDS);
        assertThat(heard.next()).isEqualTo(next);
    }

    @Test
    void shouldShowNothingMoreOnceItIsOver() throws Exception {
        final CompletableFuture<?> done = face.show(new Portrait.Platform("av_stock_002"));
        face.over();
        face.opened(stage);
        done.get(60, TimeUnit.SECONDS);
        assertThat(stage.shown).hasValue(0);
        assertThat(heard.all).isEmpty();
    }

    private static Moods moods(double smile) {
        return new Moods(new Mood(1, smile, 0, 1, 0), Mood.NEUTRAL);
    }

    /** Takes any face, and gives it back. */
    private static final class RecordingStage implements FaceChanges.Stage {
        private final List<Moods> felt = new ArrayList<>();
        private final AtomicInteger shown = new AtomicInteger();

        @Override
        public CompletableFuture<Boolean> show(AvatarLibrary.Loan loan) {
            shown.incrementAndGet();
            loan.close();
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void feel(Moods moods) {
            felt.add(moods);
        }
    }

    /** Portraits that were shown, and reasons why not. */
    private static final class Heard implements FaceChanges.Told {
        private final BlockingQueue<Object> all = new LinkedBlockingQueue<>();

        @Override
        public void onShown(Portrait portrait) {
            all.add(portrait);
        }

        @Override
        public void onRefused(String why) {
            all.add(why);
        }

        private Object next() throws InterruptedException {
            final @Nullable Object next = all.poll(60, TimeUnit.SECONDS);
            return Objects.requireNonNull(next, "nothing was told");
        }
    }
}
