package dev.mouthpiece.worker.livekit.avatar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.avatar.AvatarRoom.Report;
import dev.mouthpiece.worker.media.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever an agent, its network and the media side do, and in whatever order: each segment is reported exactly once. */
class AvatarPropertyTest {
    private static final String AGENT = "agent";
    private static final int RUNS = 200;
    private static final int STEPS = 150;

    @Test
    void shouldReportEverySegmentExactlyOnceAndInOrder() {
        Seeds.forEach(RUNS, random -> new Run(random).run());
    }

    private static final class Run {
        private final SplittableRandom random;
        private final AvatarRoom room = AvatarRoom.onBehalfOf(AGENT);
        private final List<String> open = new ArrayList<>();
        /** What came of each stream, in ms; a report can never say more. */
        private final List<Integer> sentMs = new ArrayList<>();

        private int strangers;

        Run(SplittableRandom random) {
            this.random = random;
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            room.wire.broken = false;
            room.player.giveRoom(Integer.MAX_VALUE);
            room.pass(40_000);
            check();
        }

        private void step() {
            switch (random.nextInt(16)) {
                case 0, 1 -> open();
                case 2, 3, 4, 5 -> speak();
                case 6, 7 -> close();
                case 8 -> assertThat(room.clear(AGENT)).isIn("ok", "none");
                case 9 -> strange();
                case 10 -> room.player.giveRoom(random.nextInt(20_000));
                case 11 -> room.player.giveRoom(Integer.MAX_VALUE);
                case 12 -> room.wire.broken = random.nextInt(4) == 0;
                case 13 -> room.protocol.onPlaybackStarted(random.nextLong(room.player.segments() + 2));
                case 14 -> room.pass(random.nextInt(3000));
                default -> room.pass(random.nextInt(100));
            }
        }

        private void open() {
            final String stream = "s" + sentMs.size();
            open.add(stream);
            sentMs.add(0);
            room.header(AGENT, stream);
        }

        private void speak() {
            if (!open.isEmpty()) {
                final String stream = open.get(random.nextInt(open.size()));
                final int ms = random.nextInt(400);
                room.speech(AGENT, stream, ms);
                final int number = Integer.parseInt(stream.substring(1));
                sentMs.set(number, sentMs.get(number) + ms);
            }
        }

        private void close() {
            if (!open.isEmpty()) {
                final String stream = open.remove(random.nextInt(open.size()));
                if (random.nextInt(5) > 0) {
                    room.trailer(AGENT, stream);
                }
            }
        }

        private void strange() {
            final String stream = "x" + strangers++;
            room.segment("stranger", stream, 100);
            assertThat(room.clear("stranger")).isIn("reject", "none");
        }

        private void check() {
            assertThat(room.reports).hasSize(sentMs.size());
            for (int i = 0; i < room.reports.size(); i++) {
                final Report report = room.reports.get(i);
                assertThat(report.position()).isBetween(0.0, sentMs.get(i) / 1000.0);
            }
            assertThat(room.startedTo).hasSizeLessThanOrEqualTo(sentMs.size());
            assertThat(room.serial.timerCount()).isZero();
        }
    }
}
