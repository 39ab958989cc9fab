package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.BadInputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions in one engine, stepped under a clock that the test holds. */
class LiveEngineTest {
    private final SteppedEngine stepped = new SteppedEngine();
    private final RecordingOutput output = new RecordingOutput(() -> stepped.nowNs);

    @AfterEach
    void close() {
        stepped.close();
    }

    @Test
    void shouldPutAPictureEveryFrameTimeAndSoundEveryTickOnAirFromTheStart() {
        stepped.open("a", output, output);

        stepped.run(1_060);

        assertThat(output.sounds).hasSizeBetween(100, 104).allMatch(s -> s.peak() == 0);
        assertThat(output.pictures).hasSizeBetween(25, 26).noneMatch(RecordingOutput.Picture::repeated);
        assertThat(output.pictures.getFirst().atNs()).isLessThanOrEqualTo(60_000_000L);
        for (int i = 1; i < output.pictures.size(); i++) {
            assertThat(output.pictures.get(i).atNs()
                            - output.pictures.get(i - 1).atNs())
                    .isBetween(39_000_000L, 41_000_000L);
        }
    }

    @Test
    void shouldFlashWithTheBeep() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(100);
        SteppedEngine.say(session, 1_200);

        stepped.run(1_500);

        assertThat(output.events).containsExactly("started 1", "finished 1 at 1200000");
        final List<Long> flashes = new ArrayList<>();
        for (int i = 1; i < output.pictures.size(); i++) {
            if (output.pictures.get(i).white() && !output.pictures.get(i - 1).white()) {
                flashes.add(output.pictures.get(i).atNs());
            }
        }
        final List<Long> beeps = new ArrayList<>();
        for (int i = 1; i < output.sounds.size(); i++) {
            if (output.sounds.get(i).peak() > 1_000 && output.sounds.get(i - 1).peak() < 1_000) {
                beeps.add(output.sounds.get(i).atNs());
            }
        }
        assertThat(flashes).hasSize(3).isEqualTo(beeps);
    }

    @Test
    void shouldSpreadTheSessionsPicturesOverTheFrameTime() {
        final List<RecordingOutput> outputs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            final var each = new RecordingOutput(() -> stepped.nowNs);
            outputs.add(each);
            stepped.open("s" + i, each, each);
        }

        stepped.run(200);

        final Set<Long> places = new HashSet<>();
        outputs.forEach(each -> places.add(each.pictures.getLast().atNs() / 1_000_000 % 40));
        assertThat(places).hasSize(8);
    }

    @Test
    void shouldEndTheSessionWhoseOutputThrowsAndNoOther() {
        final LiveOutput broken = new LiveOutput() {
            @Override
            public void pushVideo(I420Frame picture, boolean repeated) {
                throw new LinkageError("a library is gone");
            }

            @Override
            public void pushAudio(byte[] pcm) {
                // Sound it takes.
            }
        };
        final var heard = new RecordingOutput(() -> stepped.nowNs);
        stepped.open("good", output, output);
        final LiveSession bad = stepped.open("bad", broken, heard);

        stepped.run(500);

        assertThat(heard.events).containsExactly("failed: a library is gone");
        SteppedEngine.await(bad.closed());
        assertThat(stepped.engine.sessionCount()).isEqualTo(1);
        assertThat(output.events).isEmpty();
        assertThat(output.pictures).noneMatch(RecordingOutput.Picture::repeated).hasSizeGreaterThan(10);
    }

    @Test
    void shouldEndTheSessionWhoseOutputKeepsOthersWaiting() {
        final LiveOutput slow = new LiveOutput() {
            @Override
            public void pushVideo(I420Frame picture, boolean repeated) {
                stepped.nowNs += 150_000_000L;
            }

            @Override
            public void pushAudio(byte[] pcm) {
                // Sound it takes at once.
            }
        };
        final var heard = new RecordingOutput(() -> stepped.nowNs);
        stepped.open("good", output, output);
        stepped.open("slow", slow, heard);

        stepped.run(1_000);

        assertThat(heard.events).containsExactly("failed: its output takes too long: turnMs=150");
        assertThat(stepped.engine.sessionCount()).isEqualTo(1);
        assertThat(output.events).isEmpty();
    }

    @Test
    void shouldBlameNoOutputWhereTheMachineHasNoTimeForThePacer() {
        final LiveOutput held = new LiveOutput() {
            @Override
            public void pushVideo(I420Frame picture, boolean repeated) {
                stepped.nowNs += 150_000_000L;
            }

            @Override
            public void pushAudio(byte[] pcm) {
                // Sound it takes at once.
            }
        };
        stepped.open("a", held, output);

        for (int i = 0; i < 40; i++) {
            // Nobody's output is busy now, and still the pacer does not run.
            stepped.nowNs += 60_000_000L;
            stepped.run(50);
        }

        assertThat(output.events).isEmpty();
        assertThat(stepped.engine.sessionCount()).isEqualTo(1);
    }

    @Test
    void shouldForgiveAnOutputThatIsSlowOnceInAWhile() {
        final int[] pictures = new int[1];
        final LiveOutput hiccup = new LiveOutput() {
            @Override
            public void pushVideo(I420Frame picture, boolean repeated) {
                if (++pictures[0] % 150 == 0) {
                    stepped.nowNs += 150_000_000L;
                }
            }

            @Override
            public void pushAudio(byte[] pcm) {
                // Sound it takes at once.
            }
        };
        stepped.open("a", hiccup, output);

        stepped.run(30_000);

        assertThat(pictures[0]).isGreaterThan(600);
        assertThat(output.events).isEmpty();
    }

    @Test
    void shouldShowTheFlashNoLongerOnceItIsInterrupted() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(100);
        assertThat(session.speech().begin(16_000, 1)).isTrue();
        session.speech().write(SteppedEngine.tone(16_000, 2_000));
        stepped.run(500);
        assertThat(output.pictures.getLast().white()).isTrue();
        final long clearedNs = stepped.nowNs;

        session.speech().clear();
        stepped.run(300);

        assertThat(output.pictures.stream().filter(p -> p.atNs() > clearedNs + 80_000_000L))
                .noneMatch(RecordingOutput.Picture::white);
        assertThat(output.sounds.stream().filter(s -> s.atNs() > clearedNs + 20_000_000L))
                .allMatch(s -> s.peak() == 0);
        assertThat(output.events).hasSize(2).last().asString().startsWith("interrupted 1 at ");
    }

    @Test
    void shouldTellWhenWhatOfAnUtteranceWasWhere() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(107);
        SteppedEngine.say(session, 400);

        stepped.run(600);

        assertThat(stepped.utterances).hasSize(1);
        assertThat(stepped.utterances.getFirst())
                .matches("a 1: picture (\\d|[1-4]\\d) ms after first byte, sound (\\d|[1-4]\\d) ms, 10 pictures,"
                        + " 0 repeats, at 400000 us");
    }

    @Test
    void shouldTellHowLongSpeechTookAndHowLongItWasWaitedFor() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(107);
        SteppedEngine.say(session, 400);
        stepped.run(600);
        assertThat(session.speech().begin(24_000, 1)).isTrue();
        session.speech().write(SteppedEngine.beeps(200));
        stepped.run(600);
        session.speech().write(SteppedEngine.beeps(200));
        session.speech().end();
        stepped.run(600);

        assertThat(output.events).endsWith("started 2", "finished 2 at 400000");
        assertThat(output.measured).hasSize(2);
        assertThat(output.measured.getFirst()).matches("1: (\\d|[1-4]\\d) ms, waited 0 ms");
        assertThat(output.measured.getLast()).matches("2: \\d+ ms, waited [34]\\d0 ms");
    }

    @Test
    void shouldCallNothingOfAClosedSessionAndGiveItsAvatarBack() {
        final LiveSession session = stepped.open("a", output, output);
        SteppedEngine.say(session, 400);
        stepped.run(150);

        session.close();
        session.close();
        final int sounds = output.sounds.size();
        stepped.run(100);

        SteppedEngine.await(session.closed());
        assertThat(output.sounds).hasSize(sounds);
        assertThat(stepped.engine.sessionCount()).isZero();
    }

    @Test
    void shouldShowAnotherFaceAndGiveTheFirstOneBack() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(200);

        final CompletableFuture<Boolean> shown = session.show(stepped.borrow());
        stepped.run(400);

        assertThat(shown.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
        assertThat(output.pictures).hasSize(15).noneMatch(RecordingOutput.Picture::repeated);
    }

    @Test
    void shouldRefuseAFaceOfAnotherSizeAndGoOn() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(200);

        assertThatThrownBy(() -> session.show(stepped.borrow("256x128")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("a session keeps its size: it shows 128x128, the new face is 256x128");
        stepped.run(200);
        assertThat(output.pictures).hasSize(10).noneMatch(RecordingOutput.Picture::repeated);
    }

    @Test
    void shouldShowNothingMoreOnceItIsClosed() {
        final LiveSession session = stepped.open("a", output, output);
        stepped.run(200);
        session.close();

        assertThat(session.show(stepped.borrow())).isCompletedWithValue(false);
    }

    @Test
    void shouldOpenNothingOnceItIsClosed() {
        stepped.engine.close();

        final AvatarLibrary.Loan loan = stepped.borrow();
        assertThatThrownBy(() -> stepped.engine.open("late", loan, 1, output, output, Runnable::run))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("late");
    }
}
