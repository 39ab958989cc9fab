package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.api.TestService.Answer;
import org.junit.jupiter.api.Test;

/** Who may do what, and how much of it. */
class AccessTest {
    @Test
    void shouldLetIdentifiedCallersOnly() {
        try (TestService service = TestService.locked(0)) {
            final String key = service.newKey("studio");

            final Answer nobody = service.get("/v1/sessions");
            assertThat(nobody.status()).isEqualTo(401);
            assertThat(nobody.json().path("error").path("type").asText()).isEqualTo("authentication");
            assertThat(service.get("/v1/sessions", "Authorization", "Bearer nonsense")
                            .status())
                    .isEqualTo(401);
            assertThat(service.get("/v1/sessions", "Authorization", "bearer " + key)
                            .status())
                    .isEqualTo(200);
            assertThat(service.get("/v1/sessions", "x-api-key", key).status()).isEqualTo(200);
            assertThat(service.get("/api/liveai/sessions", "X-API-Key", key).status())
                    .isEqualTo(200);
            assertThat(service.get("/api/liveai/sessions").json().path("detail").isTextual())
                    .isTrue();
            assertThat(service.get("/v1/status").status()).isEqualTo(200);
            assertThat(service.get("/v1/billing/plans").status()).isEqualTo(200);
            assertThat(service.get("/healthz").status()).isEqualTo(200);
        }
    }

    @Test
    void shouldKeepKeysApart() {
        try (TestService service = TestService.locked(0)) {
            final String ours = "Bearer " + service.newKey("ours");
            final String theirs = "Bearer " + service.newKey("theirs");
            final String id = service.post(
                            "/v1/sessions", ProtofaceApiTest.body().toString(), "Authorization", ours)
                    .json()
                    .path("id")
                    .asText();

            assertThat(service.get("/v1/sessions/" + id, "Authorization", ours).status())
                    .isEqualTo(200);
            assertThat(service.get("/v1/sessions/" + id, "Authorization", theirs)
                            .status())
                    .isEqualTo(404);
            assertThat(service.post("/v1/sessions/" + id + "/end", "", "Authorization", theirs)
                            .status())
                    .isEqualTo(404);
            assertThat(service.post(
                                    "/api/liveai/sessions/" + id + "/control",
                                    "{\"event\":\"terminate\"}",
                                    "Authorization",
                                    theirs)
                            .status())
                    .isEqualTo(404);
            assertThat(service.get("/v1/sessions", "Authorization", theirs)
                            .json()
                            .path("data"))
                    .isEmpty();
        }
    }

    @Test
    void shouldLimitCreatesAMinute() {
        try (TestService service = TestService.locked(2)) {
            final String key = "Bearer " + service.newKey("studio");
            final String repeated = ProtofaceApiTest.body().toString();
            assertThat(service.post("/v1/sessions", repeated, "Authorization", key)
                            .status())
                    .isEqualTo(201);
            assertThat(service.post("/v1/sessions", ProtofaceApiTest.body().toString(), "Authorization", key)
                            .status())
                    .isEqualTo(201);

            final Answer third =
                    service.post("/v1/sessions", ProtofaceApiTest.body().toString(), "Authorization", key);
            assertThat(third.status()).isEqualTo(429);
            assertThat(third.json().path("error").path("type").asText()).isEqualTo("rate_limit");
            assertThat(Integer.parseInt(third.header("Retry-After"))).isBetween(1, 60);
            assertThat(service.post("/v1/sessions", repeated, "Authorization", key)
                            .status())
                    .as("a retry of one that was created is no new create")
                    .isEqualTo(201);
        }
    }

    @Test
    void shouldTellWhenThereIsNoRoom() {
        try (TestService service = TestService.scripted(1)) {
            final String id = service.post(
                            "/v1/sessions", ProtofaceApiTest.body().toString())
                    .json()
                    .path("id")
                    .asText();
            final Answer full =
                    service.post("/v1/sessions", ProtofaceApiTest.body().toString());
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.json().path("error").path("code").asText()).isEqualTo("at_capacity");
            assertThat(full.json().path("error").path("type").asText()).isEqualTo("service_unavailable");
            assertThat(Integer.parseInt(full.header("Retry-After"))).isPositive();

            while (!service.runner().isRunning(id)) {
                Thread.onSpinWait();
            }
            service.runner().session(id).left("room_closed");
            while (service.get("/v1/sessions?status=active").json().path("data").size() > 0) {
                Thread.onSpinWait();
            }
            assertThat(service.post("/v1/sessions", ProtofaceApiTest.body().toString())
                            .status())
                    .isEqualTo(201);
        }
    }
}
