package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RtcLibraryTest {
    @Test
    void shouldRefuseEveryVersionButOne() {
        for (final String version : List.of("0.13.0", "0.14.1", "0.15.0", "")) {
            assertThatThrownBy(() -> RtcLibrary.requireVersion(buildInfo(version)))
                    .isInstanceOf(RtcException.class)
                    .hasMessageContaining("must be version 0.14.0");
        }
        assertThatThrownBy(() -> RtcLibrary.requireVersion(null)).hasMessageContaining("is unknown");
        assertThatCode(() -> RtcLibrary.requireVersion(buildInfo("0.14.0"))).doesNotThrowAnyException();
    }

    @Test
    void shouldNameEachMissingLibraryAndItsPackage() {
        assertThatThrownBy(() ->
                        SystemLibraries.require(library -> !library.contains("pulse") && !library.contains("dbus")))
                .isInstanceOf(RtcException.class)
                .hasMessageContaining("libpulse.so.0, libdbus-1.so.3")
                .hasMessageContaining("apt-get install --no-install-recommends libpulse0 libdbus-1-3 ");
        assertThatCode(() -> SystemLibraries.require(library -> true)).doesNotThrowAnyException();
    }

    @Test
    void shouldDeleteWhatOtherProcessesLeftBehindLongAgo(@TempDir Path folder) throws Exception {
        final Instant now = Instant.parse("2026-11-21T12:00:00Z");
        final Path old = file(folder, "libwebrtc-java-linux-x86_641.so", now.minus(Duration.ofMinutes(11)));
        final Path fresh = file(folder, "libwebrtc-java-linux-x86_642.so", now.minus(Duration.ofMinutes(9)));
        final Path foreign = file(folder, "libother.so", now.minus(Duration.ofDays(9)));

        RtcLibrary.deleteLeftBehind(folder, now);

        assertThat(old).doesNotExist();
        assertThat(fresh).exists();
        assertThat(foreign).exists();
    }

    @Test
    void shouldNotMindThatThereIsNoFolderToTidy(@TempDir Path folder) {
        assertThatCode(() -> RtcLibrary.deleteLeftBehind(folder.resolve("none"), Instant.now()))
                .doesNotThrowAnyException();
    }

    @Test
    @Tag("slow")
    void shouldSayWhatIsMissingBeforeAnythingIsUnpacked(@TempDir Path folder) throws Exception {
        breakPulse(folder);

        final ChildJvm.Run run = WorkaroundsTest.loadWithout(folder, "ours");

        assertThat(run.lines()).anyMatch(line -> line.startsWith("RtcException") && line.contains(" libpulse0 "));
        assertThat(WorkaroundsTest.extracted(folder)).isEmpty();
    }

    @Test
    @Tag("slow")
    void shouldLeaveNoFileBehindWhenLoadingFails(@TempDir Path folder) throws Exception {
        breakPulse(folder);

        final ChildJvm.Run run = WorkaroundsTest.loadWithout(folder, "unchecked");

        assertThat(run.lines()).anyMatch(line -> line.startsWith("RtcException") && line.contains("libpulse.so.0"));
        assertThat(WorkaroundsTest.extracted(folder)).isEmpty();
    }

    @Test
    @Tag("slow")
    void shouldLoadOnceAndWarmUp() {
        final Rtc rtc = Rtc.load();

        rtc.warmUp();

        assertThat(Rtc.load()).isSameAs(rtc);
    }

    private static void breakPulse(Path folder) throws Exception {
        assumeTrue(System.getProperty("os.name", "").equals("Linux"));
        Files.writeString(folder.resolve("libpulse.so.0"), "no library");
    }

    private static Properties buildInfo(String version) {
        final Properties info = new Properties();
        info.setProperty("version", version);
        return info;
    }

    private static Path file(Path folder, String name, Instant modified) throws Exception {
        final Path file = Files.createFile(folder.resolve(name));
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }
}
