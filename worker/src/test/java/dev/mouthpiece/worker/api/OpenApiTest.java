package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The document tells of the routes that there are, and of no others. */
class OpenApiTest {
    @Test
    void shouldDescribeExactlyTheRoutesThatAreServed() {
        try (TestService service = TestService.open()) {
            final JsonNode document = service.get("/openapi.json").json();
            final Set<String> described = routes(document);
            described.removeIf(route -> route.contains(" /whep/"));
            final Set<String> served = new TreeSet<>(service.server().routes());
            served.removeIf(route -> route.contains(" *")
                    || route.contains("*")
                    || route.startsWith("BEFORE")
                    || route.contains(" /protoface/")
                    || route.contains(" /lemonslice/"));

            assertThat(described).isEqualTo(served);
            service.server().routes().stream()
                    .filter(route -> route.contains(" /v1/"))
                    .forEach(route ->
                            assertThat(service.server().routes()).contains(route.replace(" /v1/", " /protoface/v1/")));
        }
    }

    @Test
    void shouldDescribeExactlyWhatWhepServes() {
        try (TestService service = TestService.whole()) {
            final Set<String> described =
                    whep(routes(service.get("/openapi.json").json()));
            final Set<String> served = whep(new TreeSet<>(service.server().routes()));

            assertThat(served).containsAll(described).contains("GET /whep/{session}/speech");
            // What is not described is served to say that it is not allowed.
            served.removeAll(described);
            for (final String route : served) {
                final String[] parts = route.split(" ", 2);
                final TestService.Answer answer = service.send(
                        parts[0], parts[1].replace("{session}", "s").replace("{viewer}", "v"), null);
                assertThat(answer.status()).as(route).isEqualTo(405);
                assertThat(described)
                        .as(route)
                        .containsAll(Arrays.stream(answer.header("Allow").split(", ", -1))
                                .map(method -> method + " " + parts[1])
                                .toList());
            }
        }
    }

    private static Set<String> routes(JsonNode document) {
        final Set<String> described = new TreeSet<>();
        document.path("paths").properties().forEach(path -> path.getValue()
                .fieldNames()
                .forEachRemaining(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return described;
    }

    private static Set<String> whep(Set<String> routes) {
        routes.removeIf(route -> !route.contains(" /whep/")
                || route.substring(0, route.indexOf(' ')).contains("BEFORE"));
        return routes;
    }

    @Test
    void shouldNameOnlySchemasThatThereAre() {
        final String document = ApiServer.openApi();
        final var names = Pattern.compile("#/components/schemas/(\\w+)").matcher(document);
        while (names.find()) {
            assertThat(document).contains("\"" + names.group(1) + "\":{");
        }
    }
}
