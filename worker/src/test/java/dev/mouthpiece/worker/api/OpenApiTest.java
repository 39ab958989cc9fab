package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
            final Set<String> described = new TreeSet<>();
            document.path("paths").properties().forEach(path -> path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
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
    void shouldNameOnlySchemasThatThereAre() {
        final String document = ApiServer.openApi();
        final var names = Pattern.compile("#/components/schemas/(\\w+)").matcher(document);
        while (names.find()) {
            assertThat(document).contains("\"" + names.group(1) + "\":{");
        }
    }
}
