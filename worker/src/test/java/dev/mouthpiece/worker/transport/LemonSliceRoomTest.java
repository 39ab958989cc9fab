package dev.mouthpiece.worker.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.api.TestService;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveObserver;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.room.RoomHost;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.testkit.Client;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonViewer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * The whole product with LemonSlice's API, from the request to what somebody in the room sees, hears and is told: real HTTP, store, queue,
 * worker, models, LiveKit server and clients.
 */
@Tag("slow")
class LemonSliceRoomTest {
    private static final String SESSIONS = "/api/liveai/sessions";
    private static final String AGENT = "agent";
    private static final String AVATAR = "lemonslice-avatar-agent";
    private static final Duration LIMIT = Duration.ofSeconds(40);

    /** Makes compositing fail, as a broken device would. */
    private static final AtomicBoolean IS_BROKEN = new AtomicBoolean();

    private static LiveKitServer server;
    private static AvatarLibrary library;
    private static LiveEngine engine;
    private static RoomHost host;
    private static TestService service;

    private String room = "";
    private String id = "";

    @BeforeAll
    static void start() {
        server = LiveKitServer.start();
        library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
        engine = LiveEngine.start(
                PipelineConfig.forLive(2), new HostDevice(new Breakable()), new LiveObserver() {}, lost -> {});
        host = new RoomHost(Rtc.load(), engine, NetworkConfig.DEFAULT);
        service = TestService.on(avatars -> new RoomRunner(host, new Faces(library, avatars, "puppet")));
    }

    @AfterAll
    static void stop() {
        service.close();
        engine.close();
        host.close();
        library.close();
        server.close();
    }

    @BeforeEach
    void name(TestInfo test) {
        room = test.getTestMethod().orElseThrow().getName();
        IS_BROKEN.set(false);
    }

    @AfterEach
    void end() {
        if (!id.isEmpty()) {
            control("{\"event\":\"terminate\"}");
            awaitStatus("COMPLETED", "FAILED");
        }
    }

    @Test
    void shouldShowAnotherFaceInMidSpeechAndGoOnSpeaking() {
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body("av_stock_001"));
            agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.lemonSlice(AVATAR));
            viewer.await(0, "first_video", LIMIT);
            agent.push(4.0);
            agent.flush();
            agent.await(0, "playback_started", LIMIT);

            changeFace(PlatformAvatars.picture("av_stock_002"));

            assertThat(awaitMessage(viewer, "image_change_complete")
                            .path("session_id")
                            .asText())
                    .isEqualTo(id);
            viewer.await(0, "cut", LIMIT);
            final JsonNode end = agent.awaitPlayout(LIMIT);
            assertThat(end.path("interrupted").asBoolean()).isFalse();
            assertThat(end.path("position").asDouble()).isEqualTo(4.0);
            final JsonNode seen = viewer.report();
            assertThat(seen.path("cuts").asInt()).as(seen.toString()).isEqualTo(1);
            assertThat(seen.path("sizes").properties()).singleElement().matches(size -> size.getKey()
                    .equals("368x560"));
        }
    }

    @Test
    void shouldSayWhyAPictureCannotBeShownAndKeepTheFace() throws IOException {
        try (PythonViewer viewer = PythonViewer.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body("av_stock_001"));
            viewer.await(0, "first_video", LIMIT);
            final var blank = new ByteArrayOutputStream();
            ImageIO.write(new BufferedImage(400, 600, BufferedImage.TYPE_INT_RGB), "png", blank);

            changeFace(blank.toByteArray());

            assertThat(awaitMessage(viewer, "image_change_error").path("error").asText())
                    .contains("no face found");
            awaitStatus("ACTIVE");
            assertThat(viewer.report().path("cuts").asInt()).isZero();
        }
    }

    @Test
    void shouldSayThatTheTestPatternHasNoFaceToChange() {
        try (PythonViewer viewer = PythonViewer.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body(PlatformAvatars.PATTERN));
            viewer.await(0, "first_video", LIMIT);

            changeFace(PlatformAvatars.picture("av_stock_002"));

            assertThat(awaitMessage(viewer, "image_change_error").path("error").asText())
                    .contains("shows pattern", "made for puppet");
        }
    }

    @Test
    void shouldTellWhenItIsReadyAndHowAReplyWasHeard() {
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body(PlatformAvatars.PATTERN));
            final JsonNode ready = awaitMessage(viewer, "bot_ready");
            assertThat(ready.path("session_id").asText()).isEqualTo(id);
            agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.lemonSlice(AVATAR));

            agent.push(1.0);
            agent.flush();
            final JsonNode first = awaitMessage(viewer, "metric");
            assertThat(first.path("time_to_first_push").asDouble())
                    .as(first.toString())
                    .isGreaterThan(0);
            assertThat(first.path("tts_audio_delay").isBoolean()).isTrue();

            // Speech at a quarter of its own speed cannot be spoken without waiting.
            final int mark = viewer.mark();
            agent.ask(agent.command("push").put("seconds", 0.6).put("speed", 0.25), "pushed");
            agent.flush();
            assertThat(awaitMessage(viewer, mark, "metric")
                            .path("tts_audio_delay")
                            .asBoolean())
                    .isTrue();
        }
    }

    @Test
    void shouldEndAReplyWhoseStreamIsLeftOpenAfterTheSilenceThatWasAskedFor() {
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body(PlatformAvatars.PATTERN).put("response_done_timeout", 0.8));
            viewer.await(0, "first_video", LIMIT);
            agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.lemonSlice(AVATAR));
            final ObjectNode open = agent.command("open").put("stream", "s");
            open.putObject("attributes").put("sample_rate", "16000").put("num_channels", "1");
            agent.ask(open, "opened");

            agent.ask(agent.command("write").put("stream", "s").put("bytes", 16_000), "written");

            awaitMessage(viewer, "metric");
        }
    }

    @Test
    void shouldTellThatItLeavesBecauseNobodySpoke() {
        try (PythonViewer viewer = PythonViewer.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body(PlatformAvatars.PATTERN).put("idle_timeout", 2));

            assertThat(awaitMessage(viewer, "idle_timeout").path("session_id").asText())
                    .isEqualTo(id);
            viewer.await(0, "participant_disconnected", LIMIT);
            awaitStatus("COMPLETED");
        }
    }

    @Test
    void shouldTellThatItCannotGoOn() {
        try (PythonViewer viewer = PythonViewer.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            create(body("av_stock_001"));
            viewer.await(0, "first_video", LIMIT);

            IS_BROKEN.set(true);

            final JsonNode error = awaitMessage(viewer, "error");
            assertThat(error.path("error").asText()).contains("the compositor is broken");
            assertThat(error.path("fatal").asBoolean()).isTrue();
            viewer.await(0, "participant_disconnected", LIMIT);
            awaitStatus("FAILED");
        }
    }

    private ObjectNode body(String avatar) {
        final ObjectNode body = TestService.JSON
                .createObjectNode()
                .put("transport_type", "livekit")
                .put("agent_id", avatar);
        body.putObject("properties")
                .put("livekit_url", server.url())
                .put(
                        "livekit_token",
                        server.tokens().avatar(room, AVATAR, AGENT).mint());
        return body;
    }

    private void create(ObjectNode body) {
        final TestService.Answer answer = service.post(SESSIONS, body.toString());
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        id = answer.json().path("session_id").asText();
    }

    private void changeFace(byte[] picture) {
        final String base64 = Base64.getEncoder().encodeToString(picture);
        final TestService.Answer answer = control("{\"event\":\"update-image\",\"image_base64\":\"" + base64 + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private TestService.Answer control(String event) {
        return service.post(SESSIONS + "/" + id + "/control", event);
    }

    private void awaitStatus(String... oneOf) {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        String status = "";
        while (!List.of(oneOf).contains(status)) {
            assertThat(deadlineNs - System.nanoTime())
                    .as("waiting, still " + status)
                    .isPositive();
            status = service.get(SESSIONS + "/" + id)
                    .json()
                    .path("session_status")
                    .asText();
        }
    }

    /** The first message of that type that the avatar has sent to the room. */
    private static JsonNode awaitMessage(Client client, String type) {
        return awaitMessage(client, 0, type);
    }

    private static JsonNode awaitMessage(Client client, int mark, String type) {
        final Predicate<JsonNode> wanted = event -> event.path("topic").asText().equals("lemonslice")
                && event.path("identity").asText().equals(AVATAR)
                && json(event).path("type").asText().equals(type);
        return json(client.await(mark, "data_received", wanted, LIMIT));
    }

    private static JsonNode json(JsonNode event) {
        try {
            return TestService.JSON.readTree(event.path("text").asText());
        } catch (IOException e) {
            throw new AssertionError(event.toString(), e);
        }
    }

    /** A compositor that can be broken. */
    private static final class Breakable implements Compositor {
        private final Compositor whole = new HostCompositor();

        @Override
        public void composite(StillFrame still, ByteBuffer patches, int offset, int side, int x, int y, I420Frame out) {
            check();
            whole.composite(still, patches, offset, side, x, y, out);
        }

        @Override
        public void blend(
                StillFrame still,
                ByteBuffer patches,
                int offset,
                int side,
                PatchPlace place,
                float opacity,
                I420Frame out) {
            check();
            whole.blend(still, patches, offset, side, place, opacity, out);
        }

        private static void check() {
            if (IS_BROKEN.get()) {
                throw new IllegalStateException("the compositor is broken");
            }
        }
    }
}
