package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script on a machine whose libraries, package manager and user are made up. */
class SystemPackagesTest {
    private Path folder = Path.of("");

    private record Run(int code, String said) {}

    @BeforeEach
    void build(@TempDir Path folder) throws IOException {
        assumeTrue(System.getProperty("os.name", "").equals("Linux"));
        this.folder = folder;
        script("grep", "exec " + which("grep") + " \"$@\"");
        script("uname", "echo Linux");
        script(
                "ldconfig",
                "while read -r library; do printf '\\t%s (libc6,x86-64) => /lib/%s\\n' \"$library\" \"$library\"; done <\"$HERE/libraries\"");
        has(SystemLibraries.PACKAGES.keySet());
        user(0);
    }

    @Test
    void shouldBeContentWhenAllIsThere() throws Exception {
        aptGet("exit 1");

        assertThat(run()).isEqualTo(new Run(0, ""));
        assertThat(log()).isEmpty();
    }

    @Test
    void shouldNotTakeALibraryOfALongerNameForTheRightOne() throws Exception {
        final List<String> almost = new ArrayList<>(SystemLibraries.PACKAGES.keySet());
        almost.remove("libX11.so.6");
        almost.addAll(List.of("libX11.so.60", "libqX11.so.6"));
        has(almost);

        assertThat(run().said()).contains("lacks: libX11.so.6\n");
    }

    @Test
    void shouldInstallAsRootWithoutFetchingListsFirst() throws Exception {
        has(List.of("libudev.so.1", "libX11.so.6", "libXfixes.so.3", "libXcomposite.so.1", "libdbus-1.so.3"));
        aptGet("printf 'libpulse.so.0\\nlibXrandr.so.2\\n' >>\"$HERE/libraries\"");

        assertThat(run().code()).isZero();
        assertThat(log()).containsExactly("install -y -q --no-install-recommends libpulse0 libxrandr2");
    }

    @Test
    void shouldFetchListsOnceWhenItDoesNotGoWithout() throws Exception {
        has(List.of());
        aptGet("case $1 in update) : >\"$HERE/updated\" ;; *) [ -e \"$HERE/updated\" ] || exit 100;"
                + " printf '%s\\n' " + String.join(" ", SystemLibraries.PACKAGES.keySet())
                + " >\"$HERE/libraries\" ;; esac");

        assertThat(run().code()).isZero();
        assertThat(log()).hasSize(3).element(1).isEqualTo("update -q");
    }

    @Test
    void shouldSayWhatToInstallWhenAptCannot() throws Exception {
        has(List.of());
        aptGet("exit 100");

        final Run run = run();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.said())
                .contains("lacks: " + String.join(" ", SystemLibraries.PACKAGES.keySet()))
                .endsWith("apt-get install --no-install-recommends "
                        + String.join(" ", SystemLibraries.PACKAGES.values()) + "\n");
    }

    @Test
    void shouldOnlySayItWhenItIsNotRoot() throws Exception {
        has(List.of());
        aptGet("exit 0");
        user(1000);

        final Run run = run();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.said()).contains("install them as root: apt-get install");
        assertThat(log()).isEmpty();
    }

    @Test
    void shouldOnlyLookWhenAskedTo() throws Exception {
        has(List.of());
        aptGet("exit 0");

        assertThat(run("--check").code()).isEqualTo(1);
        assertThat(log()).isEmpty();
    }

    @Test
    void shouldSpeakTheWordsOfOtherSystems() throws Exception {
        has(List.of());
        assertThat(run().said()).contains("your system's package manager", "libpulse0");

        script("dnf", "");
        assertThat(run().said())
                .endsWith(
                        "dnf install pulseaudio-libs systemd-libs libX11 libXfixes libXrandr libXcomposite dbus-libs\n");
    }

    private Run run(String... arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of(which("bash").toString()));
        command.add(Path.of(System.getProperty("mouthpiece.root"), "scripts/system-packages")
                .toString());
        command.addAll(List.of(arguments));
        final Path said = folder.resolve("said");
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().put("PATH", folder.resolve("bin").toString());
        builder.environment().put("HERE", folder.toString());
        final int code = builder.start().waitFor();
        return new Run(code, Files.readString(said));
    }

    private void has(Collection<String> libraries) throws IOException {
        Files.write(folder.resolve("libraries"), libraries);
    }

    private void user(int id) throws IOException {
        script("id", "echo " + id);
    }

    private void aptGet(String body) throws IOException {
        script("apt-get", "echo \"$*\" >>\"$HERE/log\"\n" + body);
    }

    private List<String> log() throws IOException {
        final Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private void script(String name, String body) throws IOException {
        Files.writeString(bin(name), "#!" + which("bash") + "\n" + body + "\n");
        Files.setPosixFilePermissions(bin(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path bin(String name) throws IOException {
        return Files.createDirectories(folder.resolve("bin")).resolve(name);
    }

    private static Path which(String tool) {
        for (final String place : List.of("/usr/bin", "/bin")) {
            final Path path = Path.of(place, tool);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        throw new AssertionError("no " + tool);
    }
}
