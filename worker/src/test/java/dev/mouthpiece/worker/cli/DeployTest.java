package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import dev.mouthpiece.worker.testkit.PythonEnv;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code deploy} says: by the public schemas, and by what the product really has. Nothing of it is run here: there is no cluster. */
@Tag("slow")
class DeployTest {
    private static final Path DEPLOY = Path.of(System.getProperty("mouthpiece.root"), "deploy");
    private static final Path COMPOSE = DEPLOY.resolve("compose.yaml");
    private static final PythonEnv PYTHON =
            PythonEnv.of("deploy", List.of("check-jsonschema==0.39.0", "kubernetes-validate==1.37.0", "PyYAML==6.0.3"));

    /** What the product hears beside its settings. */
    private static final Set<String> OTHER_VARIABLES = Set.of(
            "MOUTHPIECE_HOME",
            "MOUTHPIECE_CONFIG",
            "MOUTHPIECE_MODELS",
            "MOUTHPIECE_JAVA_OPTS",
            "MOUTHPIECE_CPU_PRECISION");

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void shouldMatchThePublicSchemas(@TempDir Path folder) throws Exception {
        final List<String> kubernetes = new ArrayList<>(List.of("-m", "kubernetes_validate", "--strict"));
        manifestFiles().forEach(file -> kubernetes.add(file.toString()));
        assertThat(python(kubernetes).code()).isZero();
        assertThat(compose(COMPOSE).code()).as(compose(COMPOSE).out()).isZero();

        final Path bad = folder.resolve("compose.yaml");
        Files.writeString(bad, Files.readString(COMPOSE).replace("stop_grace_period", "stop_grace"));
        assertThat(compose(bad).code()).as("a name that there is not").isNotZero();
        final Path worse = folder.resolve("workers.yaml");
        Files.writeString(
                worse,
                Files.readString(DEPLOY.resolve("kubernetes/workers.yaml")).replace("containerPort", "port"));
        assertThat(python(List.of("-m", "kubernetes_validate", "--strict", worse.toString()))
                        .code())
                .as("likewise")
                .isNotZero();
    }

    @Test
    void shouldSetOnlyWhatIsASettingAndToWhatItMayBe(@TempDir Path home) throws Exception {
        final Map<String, String> config = new HashMap<>();
        manifest("ConfigMap", "mouthpiece")
                .path("data")
                .properties()
                .forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        final Set<String> named = new TreeSet<>(config.keySet());
        final List<Map<String, String>> environments = new ArrayList<>(List.of(config));
        for (final JsonNode container : containers()) {
            container.path("env").forEach(entry -> named.add(entry.path("name").asText()));
        }
        for (final JsonNode service : ours()) {
            final Map<String, String> environment = new HashMap<>();
            service.path("environment")
                    .properties()
                    .forEach(entry -> environment.put(
                            entry.getKey(), resolve(entry.getValue().asText())));
            named.addAll(environment.keySet());
            environments.add(environment);
        }

        final Set<String> known =
                Stream.of(Key.values()).map(Key::variable).collect(Collectors.toCollection(TreeSet::new));
        known.addAll(OTHER_VARIABLES);
        assertThat(named).isNotEmpty().isSubsetOf(known);
        for (final Map<String, String> environment : environments) {
            assertThat(Config.of(home, Settings.read(Optional.empty(), environment, Map.of()))
                            .server()
                            .isLoopback())
                    .isFalse();
        }
    }

    @Test
    void shouldAskPathsThatAreServedOnPortsThatAreOpen(@TempDir Path home) throws Exception {
        final Set<String> paths = new TreeSet<>();
        for (final JsonNode container : containers()) {
            for (final String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                final JsonNode get = container.path(probe).path("httpGet");
                if (!get.isMissingNode()) {
                    paths.add(get.path("path").asText());
                    assertThat(container.path("ports").findValuesAsText("name"))
                            .contains(get.path("port").asText());
                }
            }
            container.path("ports").forEach(port -> assertThat(
                            port.path("containerPort").asText())
                    .isEqualTo(config("MOUTHPIECE_SERVER_PORT")));
        }
        for (final JsonNode deployment : manifests("Deployment")) {
            final JsonNode notes = deployment.at("/spec/template/metadata/annotations");
            paths.add(notes.path("prometheus.io/path").asText());
            assertThat(notes.path("prometheus.io/port").asText()).isEqualTo(config("MOUTHPIECE_SERVER_PORT"));
        }
        for (final JsonNode service : ours()) {
            final String check = service.path("healthcheck").path("test").toString();
            assertThat(check).contains("127.0.0.1:8080/readyz");
            assertThat(service.at("/environment/MOUTHPIECE_SERVER_PORT").asText())
                    .isEqualTo("8080");
        }
        assertThat(paths).containsExactlyInAnyOrder("/healthz", "/readyz", "/metrics");

        final Config config = Config.of(home, Settings.read(Optional.empty(), Map.of(), Map.of(Key.SERVER_PORT, "0")));
        for (final boolean hasApi : new boolean[] {true, false}) {
            try (Daemon daemon = Daemon.start(config, Daemon.open(config), Optional.empty(), Places.none(), hasApi);
                    HttpClient client = HttpClient.newHttpClient()) {
                for (final String path : paths) {
                    final HttpResponse<String> answer = client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.port() + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.statusCode()).as(path).isEqualTo(200);
                    if (path.equals("/metrics")) {
                        assertThat(answer.body())
                                .contains(
                                        "\nmouthpiece_sessions{state=\"queued\"} 0",
                                        "\nmouthpiece_worker_places_used 0");
                    }
                }
            }
        }
    }

    @Test
    void shouldScaleByTheMetricsThatAreExported() throws Exception {
        final JsonNode metrics =
                manifest("HorizontalPodAutoscaler", "mouthpiece-worker").at("/spec/metrics");

        assertThat(metrics.at("/0/external/metric/name").asText()).isEqualTo("mouthpiece_sessions");
        assertThat(metrics.at("/0/external/metric/selector/matchLabels/state").asText())
                .isEqualTo("queued");
        assertThat(metrics.at("/1/pods/metric/name").asText()).isEqualTo("mouthpiece_worker_places_used");
        assertThat(metrics.at("/1/pods/target/averageValue").asInt())
                .isLessThan(Integer.parseInt(config("MOUTHPIECE_WORKER_CAPACITY")));
        assertThat(Integer.parseInt(config("MOUTHPIECE_LIMITS_WAITING")))
                .as("without it nobody ever waits")
                .isPositive();
    }

    @Test
    void shouldGiveADrainTheTimeThatItMayTake() throws Exception {
        final long worker = manifest("Deployment", "mouthpiece-worker")
                .at("/spec/template/spec/terminationGracePeriodSeconds")
                .asLong();
        assertThat(worker).isGreaterThanOrEqualTo(Long.parseLong(config("MOUTHPIECE_WORKER_DRAIN")) + 15);
        for (final JsonNode service : ours()) {
            assertThat(Duration.parse("PT"
                                    + service.path("stop_grace_period").asText().toUpperCase(Locale.ROOT))
                            .toSeconds())
                    .isGreaterThanOrEqualTo(
                            service.at("/environment/MOUTHPIECE_WORKER_DRAIN").asLong() + 15);
        }
    }

    @Test
    void shouldCallCommandsThatThereAre() throws Exception {
        final List<JsonNode> calls = new ArrayList<>();
        containers().forEach(container -> calls.add(container.path("args")));
        ours().forEach(service -> calls.add(service.path("command")));

        assertThat(calls).isNotEmpty();
        for (final JsonNode call : calls) {
            final List<Object> words = new ArrayList<>();
            call.forEach(word -> words.add(word.asText()));
            words.add("--help");
            final CommandLineRun run = CommandLineRun.of(words.toArray());
            assertThat(run.code()).as(call + run.err()).isZero();
        }
    }

    @Test
    void shouldSelectThePodsThatThereAre() throws Exception {
        final List<JsonNode> labels = new ArrayList<>();
        manifests("Deployment").forEach(made -> labels.add(made.at("/spec/template/metadata/labels")));

        for (final JsonNode made : manifests("Deployment")) {
            assertThat(made.at("/spec/selector/matchLabels")).isEqualTo(made.at("/spec/template/metadata/labels"));
        }
        manifests("Service").forEach(made -> assertThat(labels).contains(made.at("/spec/selector")));
        manifests("PodDisruptionBudget")
                .forEach(made -> assertThat(labels).contains(made.at("/spec/selector/matchLabels")));
    }

    private record Run(int code, String out) {}

    private static Run compose(Path file) throws Exception {
        return python(List.of("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file.toString()));
    }

    private static Run python(List<String> arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of(PYTHON.python().toString()));
        command.addAll(arguments);
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out);
    }

    private static List<Path> manifestFiles() throws IOException {
        try (Stream<Path> files = Files.list(DEPLOY.resolve("kubernetes"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    private static List<JsonNode> manifests(String kind) throws Exception {
        final List<JsonNode> all = new ArrayList<>();
        for (final Path file : manifestFiles()) {
            read(file).forEach(manifest -> {
                if (manifest.path("kind").asText().equals(kind)) {
                    all.add(manifest);
                }
            });
        }
        assertThat(all).as(kind).isNotEmpty();
        return all;
    }

    private static JsonNode manifest(String kind, String name) throws Exception {
        return manifests(kind).stream()
                .filter(manifest -> manifest.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonNode> containers() throws Exception {
        return Stream.concat(manifests("Deployment").stream(), manifests("Job").stream())
                .flatMap(made -> StreamSupport.stream(
                        made.at("/spec/template/spec/containers").spliterator(), false))
                .toList();
    }

    /** The services of the compose file that are Mouthpiece. */
    private static List<JsonNode> ours() throws Exception {
        final List<JsonNode> services = new ArrayList<>();
        read(COMPOSE).get(0).path("services").forEach(service -> {
            if (service.path("image").asText().startsWith("mouthpiece:")) {
                services.add(service);
            }
        });
        assertThat(services).hasSize(2);
        return services;
    }

    private static String config(String variable) {
        try {
            return manifest("ConfigMap", "mouthpiece")
                    .path("data")
                    .path(variable)
                    .asText();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** As compose fills in variables that are not set. */
    private static String resolve(String text) {
        return text.replaceAll("\\$\\{\\w+:-([^}]*)}", "$1").replaceAll("\\$\\{\\w+:\\?[^}]*}", "x");
    }

    private static JsonNode read(Path yaml) throws Exception {
        final Run run = python(List.of(
                "-c",
                "import json,sys,yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1], encoding='utf-8')))))",
                yaml.toString()));
        assertThat(run.code()).as(run.out()).isZero();
        return JSON.readTree(run.out());
    }
}
