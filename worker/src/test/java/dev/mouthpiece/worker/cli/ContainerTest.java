package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dockerfile.cuda, read: what a build would trip over, and what a running container must have. */
class ContainerTest {
    private static final Path ROOT = Path.of(System.getProperty("mouthpiece.root"));

    private final List<Stage> stages = new ArrayList<>();
    private final Map<String, String> arguments = new HashMap<>();

    /** Instructions of one stage, each its word and the rest. */
    private record Stage(String image, List<String[]> instructions) {
        List<String> all(String word) {
            return instructions.stream()
                    .filter(line -> line[0].equals(word))
                    .map(line -> line[1])
                    .toList();
        }
    }

    @BeforeEach
    void read() throws IOException {
        final String text = Files.readString(ROOT.resolve("Dockerfile.cuda"))
                .replaceAll("(?m)^\\s*#.*\\R", "")
                .replaceAll("\\\\\\R", " ");
        for (final String line : text.lines().filter(each -> !each.isBlank()).toList()) {
            final String[] parts = line.strip().split("\\s+", 2);
            if (parts[0].equals("ARG") && parts[1].contains("=")) {
                arguments.put(parts[1].split("=", 2)[0], parts[1].split("=", 2)[1]);
            }
            if (parts[0].equals("FROM")) {
                stages.add(new Stage(resolve(parts[1]), new ArrayList<>()));
            } else if (!stages.isEmpty()) {
                stages.getLast().instructions().add(parts);
            }
        }
    }

    @Test
    void shouldPinEveryImageToAReleaseOrADay() {
        assertThat(stages).hasSize(3).allSatisfy(stage -> assertThat(stage.image())
                .matches("[a-z/-]+:[\\w.-]*\\d+([._-]\\d+)*[\\w.-]*( AS \\w+)?")
                .doesNotContain("latest"));
        assertThat(stages.getLast().image()).matches("debian:bookworm-\\d{8}-slim");
    }

    @Test
    void shouldRunAsNobodyThatTellsItsHealthAndHearsTerm() {
        final Stage run = stages.getLast();

        assertThat(run.all("USER")).singleElement().satisfies(user -> assertThat(Integer.parseInt(user))
                .isGreaterThan(999));
        assertThat(run.all("HEALTHCHECK")).singleElement().asString().contains("/readyz");
        assertThat(run.all("STOPSIGNAL")).containsExactly("SIGTERM");
        assertThat(run.all("ENTRYPOINT"))
                .singleElement()
                .asString()
                .contains("exec /opt/jre/bin/java", "$MOUTHPIECE_JAVA_OPTS");
    }

    @Test
    void shouldLeaveToolsAndCachesBehind() {
        final Stage run = stages.getLast();
        final String installed = String.join(" ", run.all("RUN"));

        assertThat(installed).contains("--no-install-recommends", "rm -rf /var/lib/apt/lists/*");
        assertThat(installed).doesNotContain("gcc", "g++", "make", "maven", "python", "-jdk", "-dev ");
        assertThat(run.all("COPY")).noneMatch(copy -> copy.contains(".m2") || copy.contains("mvnw"));
    }

    @Test
    void shouldCopyOnlyWhatIsThere() throws IOException {
        final List<String> ignored = Files.readAllLines(ROOT.resolve(".dockerignore"));
        for (final Stage stage : stages) {
            for (final String copy : stage.all("COPY")) {
                if (!copy.startsWith("--from=")) {
                    final List<String> words = List.of(copy.split("\\s+", -1));
                    for (final String word : words.subList(0, words.size() - 1)) {
                        assertThat(ROOT.resolve(word)).exists();
                        final Path folder = Path.of(word).getName(0);
                        assertThat(ignored.contains(folder + "/**") && !ignored.contains("!" + word))
                                .as(word + " is ignored")
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    void shouldBringTheLibtorchThatTheJniLibraryIsMadeFor() throws IOException {
        final String version = property("libtorch.version");

        assertThat(arguments).containsEntry("TORCH_VERSION", version);
        assertThat(String.join(" ", stages.getLast().all("ENV"))).contains("PYTORCH_VERSION=" + version + " ");
    }

    @Test
    void shouldStartJavaWithTheOptionsThatTheLauncherHas() throws IOException {
        final String entry = stages.getLast().all("ENTRYPOINT").getFirst();
        final Matcher launcher =
                Pattern.compile("(?m)^options=\\(([^)]*)\\)$").matcher(Files.readString(ROOT.resolve("mouthpiece")));

        assertThat(launcher.find()).isTrue();
        for (final String option : launcher.group(1).trim().split("\\s+", -1)) {
            assertThat(entry).contains(option.replace("\"$root\"", "/opt/mouthpiece"));
        }
    }

    private static String property(String name) throws IOException {
        final Matcher value = Pattern.compile("<" + Pattern.quote(name) + ">(.*?)</")
                .matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(value.find()).isTrue();
        return value.group(1);
    }

    private String resolve(String text) {
        String resolved = text;
        for (final Map.Entry<String, String> each : arguments.entrySet()) {
            resolved = resolved.replace("${" + each.getKey() + "}", each.getValue());
        }
        return resolved;
    }
}
