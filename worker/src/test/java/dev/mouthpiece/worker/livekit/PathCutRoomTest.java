package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mouthpiece.worker.rtc.PeerStats;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The network between an avatar and its server is gone for a while: signalling, media and all. */
@Tag("slow")
class PathCutRoomTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static PrivateNetwork network;

    @BeforeAll
    static void start() {
        assumeTrue(PrivateNetwork.isPossible(), "needs Linux, root and ip");
        network = PrivateNetwork.start();
    }

    @AfterAll
    static void stop() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void shouldNotEvenReconnectWhenThePathIsCutForEightSeconds() {
        try (AvatarRig rig = AvatarRig.join(network.url(), network.token("short", "avatar"))) {
            rig.await("connected");
            network.cut();
            pause(8_000);
            network.mend();
            pause(3_000);

            final long before = video(rig).packetsSent();
            pause(3_000);
            assertThat(video(rig).packetsSent()).isGreaterThan(before + 20);
            assertThat(rig.since(0)).noneMatch(event -> event.startsWith("reconnecting"));
        }
    }

    @Test
    void shouldJoinAnewWhenThePathIsCutForFortySeconds() {
        try (AvatarRig rig = AvatarRig.join(network.url(), network.token("long", "avatar"))) {
            rig.await("connected");
            network.cut();
            rig.await(0, "reconnecting", LIMIT);
            pause(25_000);
            network.mend();
            final int mark = rig.mark();
            final long mendedNs = System.nanoTime();
            final AvatarRig.Event back = rig.await(mark, "reconnected anew", LIMIT);

            assertThat((back.atNs() - mendedNs) / 1e9)
                    .as("seconds after the path is back")
                    .isLessThan(15);
            pause(3_000);
            final long before = video(rig).packetsSent();
            pause(2_000);
            assertThat(video(rig).packetsSent()).isGreaterThan(before + 10);
        }
    }

    private static PeerStats.SentVideo video(AvatarRig rig) {
        return Objects.requireNonNull(rig.stats().video());
    }

    private static void pause(long ms) {
        LockSupport.parkNanos(ms * 1_000_000);
    }
}
