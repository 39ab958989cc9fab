package dev.mouthpiece.worker.doctor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.CpuPrecision.Choice;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.doctor.Finding.Level;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LooksTest {
    @Test
    void shouldFailAModelWhoseFileIsDamagedIfItIsNeededAndElseWarn(@TempDir Path folder) throws Exception {
        final Path packages = Path.of(System.getProperty("mouthpiece.root"), "models", "packages");
        final Path puppet = copy(packages.resolve("puppet"), folder.resolve("puppet"));
        final Path damaged;
        try (Stream<Path> files = Files.list(puppet)) {
            damaged = files.filter(file -> file.toString().endsWith(".pt"))
                    .findFirst()
                    .orElseThrow();
        }
        final byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 1;
        Files.write(damaged, bytes);
        final var catalog = new ModelCatalog(List.of(folder));

        assertThat(EngineLook.models(catalog, "puppet")
                        .filter(finding -> finding.name().equals("model puppet")))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.FAIL);
                    assertThat(finding.detail()).contains(damaged.getFileName().toString());
                    assertThat(finding.advice()).contains("get the package again");
                });
        assertThat(EngineLook.models(catalog, "other")
                        .filter(finding -> finding.name().equals("model puppet")))
                .singleElement()
                .extracting(Finding::level)
                .isEqualTo(Level.WARN);
        assertThat(EngineLook.models(catalog, "other").map(Finding::name)).contains("model other", "model face");
    }

    @Test
    void shouldFailAPackageThatHasNoManifestThatCanBeRead(@TempDir Path folder) throws Exception {
        Files.writeString(Files.createDirectories(folder.resolve("face")).resolve("model.json"), "{");

        assertThat(EngineLook.models(new ModelCatalog(List.of(folder)), "face"))
                .singleElement()
                .extracting(Finding::level)
                .isEqualTo(Level.FAIL);
    }

    @Test
    void shouldRefuseAnOldJava() {
        assertThat(MachineLook.java(25).level()).isEqualTo(Level.OK);
        assertThat(MachineLook.java(21)).satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Level.FAIL);
            assertThat(finding.advice()).contains("JDK 25");
        });
    }

    @Test
    void shouldRefuseADeviceThatIsNotThere() {
        assertThat(EngineLook.device("cpu").level()).isEqualTo(Level.OK);
        assertThat(EngineLook.device("cuda:99").level()).isEqualTo(Level.FAIL);
        assertThat(EngineLook.device("toaster").detail()).contains("toaster");
    }

    @Test
    void shouldSayInWhichNumbersTheCpuComputesAndWarnWhereThatIsSlow() {
        assertThat(EngineLook.precision(() -> new Choice(CpuPrecision.BFLOAT16, false, true)))
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.OK);
                    assertThat(finding.detail())
                            .isEqualTo("on the CPU, models that have both compute in bfloat16: "
                                    + "this processor multiplies bfloat16");
                });
        assertThat(EngineLook.precision(() -> new Choice(CpuPrecision.FLOAT32, true, true)))
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.OK);
                    assertThat(finding.detail()).contains("in float32: MOUTHPIECE_CPU_PRECISION says so");
                });
        assertThat(EngineLook.precision(() -> new Choice(CpuPrecision.FLOAT32, false, false))
                        .detail())
                .contains("in float32: this processor does not multiply bfloat16");
        assertThat(EngineLook.precision(() -> new Choice(CpuPrecision.BFLOAT16, true, false)))
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WARN);
                    assertThat(finding.advice()).contains("unset MOUTHPIECE_CPU_PRECISION");
                });
        assertThat(EngineLook.precision(() -> {
                    throw new ModelException("MOUTHPIECE_CPU_PRECISION must be auto, float32 or bfloat16: fp8");
                }))
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.FAIL);
                    assertThat(finding.detail()).contains("fp8");
                });
    }

    @Test
    void shouldCountUdpPortsThatOthersHave() throws Exception {
        try (var taken = new DatagramSocket()) {
            final int port = taken.getLocalPort();
            assertThat(PortLook.udp(port, port)).satisfies(finding -> {
                assertThat(finding.level()).isEqualTo(Level.FAIL);
                assertThat(finding.advice()).contains("browser.ports");
            });
        }
        assertThat(PortLook.udp(0, 0).level()).isEqualTo(Level.OK);
    }

    @Test
    void shouldTellATakenPortFromAnAddressThatIsNotOurs() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(PortLook.http("127.0.0.1", taken.getLocalPort()).detail())
                    .contains("taken by another program");
        }
        assertThat(PortLook.http("192.0.2.1", 8080).detail()).contains("is 192.0.2.1 an address of this machine?");
        assertThat(PortLook.http("127.0.0.1", 0).level()).isEqualTo(Level.OK);
    }

    @Test
    void shouldLookAtADatabaseFileWithoutMakingIt(@TempDir Path folder) {
        final StoreLook look = StoreLook.at(store("jdbc:h2:file:" + folder.resolve("new")));

        assertThat(look.database().level()).isEqualTo(Level.OK);
        assertThat(look.database().detail()).contains("is made at the first start");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void shouldFailADatabaseFileThatIsNone(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("bad.mv.db"), "this is no database".repeat(1000));

        assertThat(StoreLook.at(store("jdbc:h2:file:" + folder.resolve("bad"))).database())
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.FAIL);
                    assertThat(finding.advice()).contains("damaged");
                });
    }

    @Test
    void shouldCompareClocksWithOthers() throws Exception {
        final String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final Thread answering = Thread.startVirtualThread(() -> answer(server, date));

            final LiveKitLook look = LiveKitLook.at("ws://127.0.0.1:" + server.getLocalPort());
            answering.join();

            assertThat(look.server().level()).as(look.server().detail()).isEqualTo(Level.OK);
            assertThat(ClockLook.clock(OptionalLong.empty(), look.aheadMs())).satisfies(finding -> {
                assertThat(finding.level()).isEqualTo(Level.FAIL);
                assertThat(finding.detail()).contains("LiveKit server's is", "ahead");
                assertThat(finding.advice()).contains("NTP");
            });
        }
    }

    /** As a LiveKit server does at its root, but for the time. */
    private static void answer(ServerSocket server, String date) {
        try (Socket socket = server.accept()) {
            final var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            String line = in.readLine();
            while (line != null && !line.isEmpty()) {
                line = in.readLine();
            }
            final String text =
                    "HTTP/1.1 200 OK\r\nDate: " + date + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";
            socket.getOutputStream().write(text.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldJudgeClocksByTheWorst() {
        assertThat(ClockLook.clock(OptionalLong.of(-40), Optional.empty()).level())
                .isEqualTo(Level.OK);
        assertThat(ClockLook.clock(OptionalLong.of(-9_000), Optional.of(100L)).level())
                .isEqualTo(Level.WARN);
        assertThat(ClockLook.clock(OptionalLong.of(-90_000), Optional.of(100L)).level())
                .isEqualTo(Level.FAIL);
        assertThat(ClockLook.clock(OptionalLong.empty(), Optional.empty()).level())
                .isEqualTo(Level.OK);
    }

    @Test
    void shouldSayThatAUrlIsNone() {
        assertThat(LiveKitLook.at("livekit").server().level()).isEqualTo(Level.FAIL);
        assertThat(LiveKitLook.at("ftp://x").server().advice()).contains("ws://HOST:7880");
    }

    private static Config.Store store(String url) {
        return new Config.Store(url, null, null, Duration.ofDays(1));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        return to;
    }
}
