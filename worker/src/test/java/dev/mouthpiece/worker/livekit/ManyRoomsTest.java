package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A worker lives for weeks: what a session took it gives back. */
@Tag("slow")
class ManyRoomsTest {
    private static final int SESSIONS = 100;
    private static final int SETTLED = 40;

    private record Footprint(long threads, long files, long residentKib) {
        static Footprint now() {
            System.gc();
            try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"));
                    Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
                final String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .findFirst()
                        .orElseThrow();
                return new Footprint(tasks.count(), files.count(), Long.parseLong(resident.replaceAll("[^0-9]", "")));
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void shouldGiveBackThreadsFilesAndMemoryOfAHundredSessions() {
        try (LiveKitServer server = LiveKitServer.start()) {
            Footprint settled = Footprint.now();
            for (int i = 1; i <= SESSIONS; i++) {
                try (AvatarRig rig = AvatarRig.join(
                        server.url(),
                        server.tokens().avatar("room" + i, "avatar", "agent").mint())) {
                    rig.await("connected");
                }
                if (i == SETTLED) {
                    settled = Footprint.now();
                }
            }
            final Footprint end = Footprint.now();
            System.err.println("after " + SETTLED + " sessions " + settled + ", after " + SESSIONS + " " + end);

            assertThat(end.threads()).isLessThanOrEqualTo(settled.threads() + 4);
            assertThat(end.files()).isLessThanOrEqualTo(settled.files() + 4);
            assertThat(end.residentKib()).isLessThan(settled.residentKib() + (30 << 10));
        }
    }

    @Test
    void shouldServeEightRoomsAtOnce() {
        try (LiveKitServer server = LiveKitServer.start()) {
            final List<AvatarRig> rigs = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) {
                    rigs.add(AvatarRig.join(
                            server.url(),
                            server.tokens()
                                    .avatar("at-once" + i, "avatar", "agent")
                                    .mint()));
                }
                for (int i = 0; i < 8; i++) {
                    rigs.get(i).await("connected");
                    assertThat(server.participant("at-once" + i, "avatar")).isPresent();
                }
            } finally {
                rigs.forEach(AvatarRig::close);
            }
        }
    }
}
