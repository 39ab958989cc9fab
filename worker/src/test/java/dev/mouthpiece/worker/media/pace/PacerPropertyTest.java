package dev.mouthpiece.worker.media.pace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.RecordingSink;
import dev.mouthpiece.worker.media.Seeds;
import dev.mouthpiece.worker.media.TestModel;
import dev.mouthpiece.worker.media.TestSessions;
import dev.mouthpiece.worker.media.batch.BatchLimits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What holds at the pacer whatever the speech, the interruptions and the stalls of the device are. */
class PacerPropertyTest {
    private static final long TICK_NS = 10_000_000L;

    @Test
    void shouldKeepTimeAndOrderWhateverHappens() {
        Seeds.forEach(60, random -> {
            final RecordingSink sink = new RecordingSink();
            final int ticks = 600;
            final int soundAhead = random.nextInt(4);
            final List<Integer> clears = run(random, sink, ticks, soundAhead);

            assertThat(sink.sounds).hasSize(ticks);
            assertThat(sink.events).noneMatch(event -> event.startsWith("failed"));
            pictureAtEveryFrameTimeOnceTheFirstIsThere(sink, soundAhead);
            noFrameTwiceAndNoneBackwards(sink);
            everySpokenPictureWithItsOwnSound(sink, soundAhead);
            nothingOfAnOlderEpochAfterItsFade(sink, clears);
            eachStartedSegmentFinishedOnce(sink);
        });
    }

    private static List<Integer> run(SplittableRandom random, RecordingSink sink, int ticks, int soundAhead) {
        final TestModel model = new TestModel();
        final List<Integer> clears = new ArrayList<>();
        try (Pipeline pipeline = new Pipeline(
                new PipelineConfig(
                        2,
                        1,
                        8,
                        1 << 20,
                        30,
                        new BatchLimits(4, 60_000_000L, 6, 10, 1, 20_000_000L),
                        PaceLimits.forLive()),
                new HostCompositor(),
                System::nanoTime)) {
            final MediaSession session =
                    pipeline.open(TestSessions.config(model, 1, true).withSoundAhead(soundAhead), sink);
            int frame = 0;
            long nowNs = 0;
            for (int tick = 0; tick < ticks; tick++) {
                final int dice = random.nextInt(100);
                if (dice < 3 && session.audio().start(TestSessions.SPEECH)) {
                    frame = 0;
                } else if (dice < 12 && session.audio().isOpen()) {
                    final int more = 1 + random.nextInt(12);
                    TestSessions.speak(session.audio(), frame, more);
                    frame += more;
                } else if (dice < 14) {
                    if (session.audio().isOpen() && random.nextBoolean()) {
                        TestSessions.speakPart(session.audio(), frame, 1 + random.nextInt(639));
                    }
                    assertThat(session.audio().end()).isTrue();
                } else if (dice < 16) {
                    session.audio().clear();
                    clears.add(tick);
                }
                if (random.nextInt(12) > 0) {
                    for (int turn = random.nextInt(6); turn >= 0; turn--) {
                        pipeline.stepDevice(nowNs);
                        pipeline.stepLanes();
                    }
                }
                pipeline.stepPacer(nowNs);
                nowNs += TICK_NS;
            }
        }
        return clears;
    }

    private static void pictureAtEveryFrameTimeOnceTheFirstIsThere(RecordingSink sink, int soundAhead) {
        final List<RecordingSink.Picture> pictures = sink.pictures;
        for (int i = 1; i < pictures.size(); i++) {
            final RecordingSink.Picture picture = pictures.get(i);
            final long ticks = picture.tick() - pictures.get(i - 1).tick();
            // Where sound goes ahead, the picture that belongs to a beginning may still be late.
            final boolean begins = begins(sink, pictures.get(i - 1).tick(), picture.tick());
            assertThat(ticks).isBetween(begins ? 1L : 4L, begins ? 4L + soundAhead : 4L);
        }
    }

    /** Whether a segment's first sound was played after one tick, until the other. */
    private static boolean begins(RecordingSink sink, long after, long until) {
        for (int tick = (int) after + 1; tick <= until; tick++) {
            final long segment = sink.sounds.get(tick).segment();
            if (segment != 0 && segment != sink.sounds.get(tick - 1).segment()) {
                return true;
            }
        }
        return false;
    }

    private static void noFrameTwiceAndNoneBackwards(RecordingSink sink) {
        long segment = 0;
        long frame = -1;
        for (final RecordingSink.Picture picture : sink.pictures) {
            if (picture.repeated() || picture.segment() == 0) {
                continue;
            }
            assertThat(picture.segment()).isGreaterThanOrEqualTo(segment);
            if (picture.segment() == segment) {
                assertThat(picture.frame()).isGreaterThan(frame);
            }
            segment = picture.segment();
            frame = picture.frame();
        }
    }

    private static void everySpokenPictureWithItsOwnSound(RecordingSink sink, int soundAhead) {
        for (final RecordingSink.Picture picture : sink.pictures) {
            if (!picture.repeated() && picture.segment() != 0) {
                final RecordingSink.Sound sound = sink.sounds.get((int) picture.tick() - soundAhead);
                assertThat(sound.segment()).isEqualTo(picture.segment());
                assertThat(sound.level()).isEqualTo(TestSessions.level(picture.frame()));
            }
        }
    }

    private static void nothingOfAnOlderEpochAfterItsFade(RecordingSink sink, List<Integer> clears) {
        for (final int clear : clears) {
            final Set<Long> before = new HashSet<>();
            for (int i = 0; i <= clear; i++) {
                before.add(sink.sounds.get(i).segment());
            }
            before.remove(0L);
            for (int i = clear + 1; i < sink.sounds.size(); i++) {
                assertThat(before).doesNotContain(sink.sounds.get(i).segment());
            }
        }
    }

    private static void eachStartedSegmentFinishedOnce(RecordingSink sink) {
        final Set<String> open = new HashSet<>();
        final Set<String> ended = new HashSet<>();
        for (final String event : sink.events) {
            final String[] words = event.split(" ", -1);
            if (words[0].equals("started")) {
                assertThat(open).isEmpty();
                open.add(words[1]);
            } else {
                assertThat(open.remove(words[1])).isTrue();
                assertThat(ended.add(words[1])).isTrue();
            }
        }
    }
}
