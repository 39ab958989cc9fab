package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a house of its own, with a Java and a Maven that only tell what they were asked. */
class LauncherTest {
    private Path folder = Path.of("");
    private Path house = Path.of("");
    private Path jdk = Path.of("");
    private Map<String, String> environment = Map.of();

    @BeforeEach
    void build(@TempDir Path folder) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")) || Files.isExecutable(Path.of("/usr/bin/bash")));
        this.folder = folder;
        house = Files.createDirectories(folder.resolve("house"));
        jdk = folder.resolve("jdk");
        final Path root = Path.of(System.getProperty("mouthpiece.root"));
        Files.createDirectories(house.resolve("scripts"));
        Files.copy(root.resolve("mouthpiece"), house.resolve("mouthpiece"));
        Files.copy(root.resolve("scripts/jdk.sh"), house.resolve("scripts/jdk.sh"));
        Files.createFile(house.resolve("pom.xml"));
        for (final String module : List.of("native", "models", "worker")) {
            Files.createDirectories(house.resolve(module).resolve("src/main"));
            Files.createFile(house.resolve(module).resolve("pom.xml"));
            Files.createFile(house.resolve(module).resolve("src/main/Code.java"));
        }
        script(jdk.resolve("bin/java"), """
                case "$*" in
                  *XshowSettings*) echo '    java.specification.version = 25' >&2; exit 0 ;;
                  *AOTCacheOutput*) echo warm >>"$LOG"; exit 1 ;;
                esac
                echo "arenas $MALLOC_ARENA_MAX" >>"$LOG"
                echo "java $*" >>"$LOG"
                echo "in $PWD"
                echo "heard" >&2
                exit 7
                """);
        script(jdk.resolve("bin/javac"), "");
        script(folder.resolve("bin/mvn"), """
                case "$*" in -v) echo 'Apache Maven 3.9.9'; exit 0 ;; esac
                echo "mvn" >>"$LOG"
                echo '[INFO] Building Mouthpiece worker 0.1.0 [3/3]'
                [ ! -e "$LOG.broken" ] || { echo "[ERROR] it is broken"; cat "$LOG.broken"; exit 1; }
                mkdir -p "${house}/worker/target/lib"
                : >"${house}/worker/target/mouthpiece-worker-0.1.0.jar"
                """.replace("${house}", house.toString()));
    }

    @Test
    void shouldBuildOnceAndPassOnWhatItIsGiven() throws Exception {
        final Run first = run("render", "a b.png", "--x");
        final Run second = run("--help");

        assertThat(first.code()).as(first.err()).isEqualTo(7);
        assertThat(first.err())
                .contains("building for the first time", "building Mouthpiece worker")
                .endsWith("heard");
        assertThat(second.code()).isEqualTo(7);
        assertThat(second.err()).isEqualTo("heard");
        assertThat(log()).filteredOn(line -> line.equals("mvn")).hasSize(1);
        assertThat(log()).filteredOn(line -> line.equals("warm")).hasSize(1);
        assertThat(log()).anyMatch(line -> line.endsWith("mouthpiece-worker-0.1.0.jar render a b.png --x"));
        assertThat(log()).last().asString().endsWith("mouthpiece-worker-0.1.0.jar --help");
    }

    @Test
    void shouldBuildAgainWhenSourcesHaveChanged() throws Exception {
        run("--help");
        Files.setLastModifiedTime(
                house.resolve("models/src/main/Code.java"),
                FileTime.from(Instant.now().plusSeconds(60)));

        final Run run = run("--help");

        assertThat(run.err()).contains("sources have changed, building");
        assertThat(log()).filteredOn(line -> line.equals("mvn")).hasSize(2);
    }

    @Test
    void shouldNotBuildAgainWhatMavenHasBuilt() throws Exception {
        final FileTime later = FileTime.from(Instant.now().plusSeconds(60));
        Files.createDirectories(house.resolve("worker/target/lib"));
        for (final String module : List.of("native", "models", "worker")) {
            final Path jar = house.resolve(module).resolve("target/mouthpiece-" + module + "-0.1.0.jar");
            Files.createDirectories(jar.getParent());
            Files.setLastModifiedTime(Files.createFile(jar), later);
        }

        final Run built = run("--help");
        awaitPractice();
        Files.setLastModifiedTime(
                house.resolve("native/src/main/Code.java"),
                FileTime.from(Instant.now().plusSeconds(120)));
        final Run changed = run("--help");

        assertThat(built.err()).isEqualTo("heard");
        assertThat(changed.err()).contains("building");
        assertThat(log()).filteredOn(line -> line.equals("mvn")).hasSize(1);
    }

    @Test
    void shouldPrepareFastStartsAgainWhenAnotherBuildMadeTheJars() throws Exception {
        run("--help");
        Files.setLastModifiedTime(
                house.resolve("worker/target/mouthpiece-worker-0.1.0.jar"),
                FileTime.from(Instant.now().plusSeconds(60)));

        final Run run = run("--help");
        awaitPractice();

        assertThat(run.code()).as(run.err()).isEqualTo(7);
        assertThat(run.err()).as("nobody waits for it").isEqualTo("heard");
        assertThat(log()).filteredOn(line -> line.equals("mvn")).hasSize(1);
        assertThat(log()).filteredOn(line -> line.equals("warm")).hasSize(2);
    }

    /** The launcher practises behind the command's back, and holds a lock while it does. */
    private void awaitPractice() throws Exception {
        final Path lock = house.resolve("worker/target/launcher/warming");
        final Process flock =
                new ProcessBuilder("flock", lock.toString(), "true").inheritIO().start();
        assertThat(flock.waitFor()).isZero();
    }

    @Test
    void shouldKeepTheHeapsOfTheCLibraryFewUnlessTheUserSaysHowMany() throws Exception {
        run("--help");
        environment = Map.of("MALLOC_ARENA_MAX", "5");
        run("--help");

        assertThat(log()).filteredOn(line -> line.startsWith("arenas ")).containsExactly("arenas 2", "arenas 5");
    }

    @Test
    void shouldWorkFromAnyFolderAndThroughLinks() throws Exception {
        final Path far = Files.createDirectories(folder.resolve("far/away"));
        final Path direct = Files.createSymbolicLink(folder.resolve("direct"), house.resolve("mouthpiece"));
        final Path relative = Files.createSymbolicLink(far.resolve("relative"), Path.of("../../direct"));

        for (final Path link : List.of(direct, relative)) {
            final Run run = start(far, link, List.of("--help"));
            assertThat(run.code()).as(run.err()).isEqualTo(7);
            assertThat(run.out()).isEqualTo("in " + far.toRealPath());
        }
    }

    @Test
    void shouldSayWhatBrokeTheBuildAndTryAgainNextTime() throws Exception {
        Files.createFile(folder.resolve("log.broken"));
        final Run broken = run("--help");
        Files.delete(folder.resolve("log.broken"));
        final Run mended = run("--help");

        assertThat(broken.code()).isEqualTo(2);
        assertThat(broken.err()).contains("the build failed", "build.log", "it is broken");
        assertThat(mended.code()).isEqualTo(7);
    }

    @Test
    void shouldSayInOneLineThatTheBuildNeedsANetwork() throws Exception {
        Files.writeString(
                folder.resolve("log.broken"),
                "Could not transfer artifact a:b:pom:1 from/to central: repo.maven.apache.org: Temporary failure in name resolution");

        final Run run = run("--help");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines().filter(line -> !line.contains("building")))
                .singleElement()
                .asString()
                .contains("needs Maven Central and cannot reach it", "connect this machine", "build.log");
    }

    @Test
    void shouldSayInOneLineThatThereIsNoJava() throws Exception {
        // A house whose script looks for a Java that no machine has yet.
        final Path finder = house.resolve("scripts/jdk.sh");
        Files.writeString(finder, Files.readString(finder).replace("-ge 25", "-ge 2500"));

        final Run run = run("--help");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith("mouthpiece: needs a JDK of version 25 or newer, and found none")
                .contains("install", "JAVA_HOME");
    }

    private record Run(int code, String out, String err) {}

    private Run run(String... args) throws Exception {
        return start(folder, house.resolve("mouthpiece"), List.of(args));
    }

    private Run start(Path where, Path launcher, List<String> args) throws Exception {
        final List<String> command = new ArrayList<>(List.of("bash", launcher.toString()));
        command.addAll(args);
        final Path out = folder.resolve("out");
        final Path err = folder.resolve("err");
        final var builder = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("LOG", folder.resolve("log").toString());
        builder.environment().remove("MOUTHPIECE_JAVA_OPTS");
        builder.environment().remove("MALLOC_ARENA_MAX");
        builder.environment().putAll(environment);
        final Process process = builder.start();
        process.getOutputStream().close();
        return new Run(
                process.waitFor(),
                Files.readString(out).strip(),
                Files.readString(err).strip());
    }

    private List<String> log() throws IOException {
        return Files.readAllLines(folder.resolve("log"));
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/usr/bin/env bash\n" + body);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
