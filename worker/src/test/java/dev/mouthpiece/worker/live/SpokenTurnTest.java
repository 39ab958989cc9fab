package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.session.PlatformAvatars;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A whole turn by the engine's own threads and the real model, no network: speech goes in as fast as it is taken, and what comes out is
 * held against it. Nothing here asks how long something took: pictures are counted against ticks of sound, the session's own clock.
 */
@Tag("slow")
class SpokenTurnTest {
    private static final int RATE_HZ = 16_000;
    private static final int TICKS_PER_PICTURE = 4;
    private static final int TICKS_PER_SECOND = 100;

    private final short[] speech = hello();
    private final ExecutorService events = Executors.newSingleThreadExecutor();
    private final Tape tape = new Tape();
    private AvatarLibrary library;
    private LiveEngine engine;
    private LiveSession session;

    @BeforeEach
    void start() {
        library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
        engine = LiveEngine.start(PipelineConfig.forLive(2));
        final AvatarLibrary.Loan face = library.borrow(new AvatarLibrary.Order(
                "puppet",
                "av_stock_001",
                Optional.of(FrameSize.USUAL),
                () -> PortraitReader.read("av_stock_001", PlatformAvatars.picture("av_stock_001"), Integer.MAX_VALUE)));
        session = engine.open("turn", face, 1, tape, tape, events);
        tape.awaitTicks(TICKS_PER_SECOND);
    }

    @AfterEach
    void stop() {
        session.close();
        engine.close();
        library.close();
        events.close();
    }

    @Test
    void shouldSpeakWhatItWasGivenWithAMouthThatMovesAndRests() {
        final int begun = tape.ticks();
        say(speech, RATE_HZ);
        tape.awaitEvent("finished 1");
        final int over = tape.ticks();
        tape.awaitTicks(over + 2 * TICKS_PER_SECOND);

        assertThat(tape.events()).containsExactly("started 1", "finished 1 at " + speech.length * 1_000_000L / RATE_HZ);
        final short[] heard = tape.soundFromFirstLoud(speech.length * 3);
        // Hisses reach the edge of the band, where no two filters are alike.
        assertThat(error(upsampled(speech), heard))
                .as("what the change of rate adds, of 1")
                .isLessThan(0.03);

        final List<Tape.Picture> idle = tape.pictures(0, begun);
        final List<Tape.Picture> spoken = tape.spoken(1);
        final int frames = (speech.length * 25 + RATE_HZ - 1) / RATE_HZ;
        final long left = session.counters().get(MediaCounter.FRAMES_SKIPPED)
                + session.counters().get(MediaCounter.FRAMES_LATE)
                + session.counters().get(MediaCounter.FRAMES_REPEATED);
        assertThat(spoken).hasSizeBetween(frames - (int) left, frames);
        assertThat(spoken.stream().mapToDouble(Tape.Picture::jaw).max().orElseThrow())
                .isGreaterThan(0.4);
        assertThat(spoken.stream().filter(p -> p.jaw() < 0.1).count())
                .as("and closes between words")
                .isGreaterThan(frames / 20);
        final double still = tape.mouthMoves(idle);
        assertThat(tape.mouthMoves(spoken)).as("at rest %f", still).isGreaterThan(3 * still);
        final List<Tape.Picture> after = tape.pictures(over + TICKS_PER_SECOND, Integer.MAX_VALUE);
        assertThat(after).allMatch(p -> p.segment() == 0);
        assertThat(tape.mouthMoves(after)).as("at rest %f", still).isLessThan(2 * still + 0.2);
        assertSteady();
    }

    @Test
    void shouldGiveSpeechAt48KilohertzOnSampleForSample() {
        final short[] given = upsampled(Arrays.copyOf(speech, 2 * RATE_HZ));
        say(given, 48_000);
        tape.awaitEvent("finished 1");

        final int first = firstLoud(given);
        final short[] heard = tape.soundFromFirstLoud(given.length - first);
        assertThat(heard).isEqualTo(Arrays.copyOfRange(given, first, first + heard.length));
        assertSteady();
    }

    @Test
    void shouldFallSilentAndRestWhenInterruptedAndSpeakTheNextTurnInFull() {
        say(speech, RATE_HZ);
        tape.awaitEvent("started 1");
        tape.awaitTicks(tape.ticks() + TICKS_PER_SECOND);
        session.speech().clear();
        final String end = tape.awaitEvent("interrupted 1");
        final int clearedAt = tape.ticks();
        final long playedUs = Long.parseLong(end.substring(end.lastIndexOf(' ') + 1));
        tape.awaitTicks(clearedAt + TICKS_PER_SECOND);

        assertThat(playedUs).isBetween(900_000L, speech.length * 1_000_000L / RATE_HZ - 1);
        final short[] heard = tape.soundFromFirstLoud(speech.length * 3);
        final int played = (int) (playedUs * 48 / 1_000) - firstLoud(upsampled(speech));
        assertThat(error(Arrays.copyOf(upsampledFromFirstLoud(), played - 480), Arrays.copyOf(heard, played - 480)))
                .isLessThan(0.01);
        assertThat(Arrays.copyOfRange(heard, played + 480, heard.length))
                .as("after what was played and the tick that fades")
                .containsOnly((short) 0);
        assertThat(tape.spoken(1).getLast().tick()).isLessThanOrEqualTo(clearedAt + TICKS_PER_PICTURE);

        say(Arrays.copyOf(speech, 2 * RATE_HZ), RATE_HZ);
        tape.awaitEvent("finished 2 at 2000000");
        assertThat(tape.spoken(2)).isNotEmpty();
        assertSteady();
    }

    /**
     * One picture every four ticks, but for the first of a segment, for which the face at rest makes way; one that was too late is
     * left out, and then the next comes in its own time.
     */
    private void assertSteady() {
        final List<Tape.Picture> all = tape.pictures(0, Integer.MAX_VALUE);
        int leftOut = 0;
        for (int i = 1; i < all.size(); i++) {
            final int step = all.get(i).tick() - all.get(i - 1).tick();
            final boolean begins = all.get(i).segment() > all.get(i - 1).segment();
            if (!begins) {
                assertThat(step % TICKS_PER_PICTURE)
                        .as("ticks from picture %d to the next: %d", i - 1, step)
                        .isZero();
            }
            leftOut += (step + TICKS_PER_PICTURE - 1) / TICKS_PER_PICTURE - 1;
        }
        assertThat((long) leftOut).isLessThanOrEqualTo(session.counters().get(MediaCounter.FRAMES_LATE));
    }

    /** All at once, as far as there is room. */
    private void say(short[] samples, int rateHz) {
        final ByteBuffer pcm = ByteBuffer.allocate(samples.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (final short sample : samples) {
            pcm.putShort(sample);
        }
        pcm.flip();
        assertThat(session.speech().begin(rateHz, 1)).isTrue();
        while (pcm.hasRemaining()) {
            if (session.speech().write(pcm) == 0) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        while (!session.speech().end()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static short[] hello() {
        try (InputStream file = SpokenTurnTest.class.getResourceAsStream("/dev/mouthpiece/demo/speech/hello.wav");
                AudioInputStream wav = AudioSystem.getAudioInputStream(file)) {
            assertThat(wav.getFormat().getSampleRate()).isCloseTo(RATE_HZ, within(0f));
            final short[] samples = new short[(int) wav.getFrameLength()];
            ByteBuffer.wrap(wav.readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(samples);
            return samples;
        } catch (IOException | UnsupportedAudioFileException e) {
            throw new AssertionError(e);
        }
    }

    /** From 16 to 48 kHz by a long windowed sinc: slow, and no kin of the one that is tested. */
    private static short[] upsampled(short[] samples) {
        final int reach = 48;
        final short[] out = new short[samples.length * 3];
        for (int i = 0; i < out.length; i++) {
            double sum = 0;
            for (int k = i / 3 - reach; k <= i / 3 + reach; k++) {
                if (k >= 0 && k < samples.length) {
                    final double x = i / 3.0 - k;
                    final double window = 0.5 + 0.5 * Math.cos(Math.PI * x / (reach + 1));
                    sum += samples[k] * window * (x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
                }
            }
            out[i] = (short) Math.clamp(Math.round(sum), Short.MIN_VALUE, Short.MAX_VALUE);
        }
        return out;
    }

    private short[] upsampledFromFirstLoud() {
        final short[] all = upsampled(speech);
        return Arrays.copyOfRange(all, firstLoud(all), all.length);
    }

    static int firstLoud(short[] samples) {
        int at = 0;
        while (Math.abs(samples[at]) < Tape.LOUD) {
            at++;
        }
        return at;
    }

    /**
     * What is left of {@code heard}, which begins with its first loud sample, when {@code given} is taken away where both fit best, as a
     * share of {@code given}.
     */
    private static double error(short[] given, short[] heard) {
        double best = Double.MAX_VALUE;
        final int first = firstLoud(given);
        for (int shift = -3; shift <= 3; shift++) {
            double difference = 0;
            double energy = 0;
            for (int i = Math.max(0, -shift); i < heard.length - 3 && first + i + shift < given.length; i++) {
                final double d = given[first + i + shift] - heard[i];
                difference += d * d;
                energy += (double) given[first + i + shift] * given[first + i + shift];
            }
            best = Math.min(best, Math.sqrt(difference / energy));
        }
        return best;
    }
}
