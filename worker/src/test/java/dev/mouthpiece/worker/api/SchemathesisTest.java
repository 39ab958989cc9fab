package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.testkit.PythonEnv;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Somebody who has read the OpenAPI document and nothing else. */
@Tag("slow")
class SchemathesisTest {
    private static final String EXAMPLES = "60";

    @Test
    void shouldAnswerAsTheDocumentSays() {
        final String seed = Long.toString(Long.getLong("seed", System.nanoTime() & Integer.MAX_VALUE));
        try (TestService service = TestService.wholeAndOpen()) {
            final String said = PythonEnv.schemathesis()
                    .run(
                            "api_reader.py",
                            Map.of(),
                            "run",
                            service.url() + "/openapi.json",
                            "--checks",
                            "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
                                    + "response_schema_conformance",
                            "--max-examples",
                            EXAMPLES,
                            "--seed",
                            seed,
                            "--phases",
                            "examples,coverage,fuzzing",
                            "--generation-database",
                            "none",
                            "--no-color",
                            "--continue-on-failure");

            assertThat(said).containsPattern("(\\d{3,}) generated, \\1 passed");
        }
    }
}
