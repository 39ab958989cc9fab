package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.devroom.RoomToken;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.TestTokens;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a person reads whose URL or token cannot be used, from a real server; nothing is tried twice. */
@Tag("slow")
class BadInputRoomTest {
    private static LiveKitServer server;

    @BeforeAll
    static void start() {
        server = LiveKitServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> tokens() {
        return Stream.of(
                refusal("an expired token", "the LiveKit token expired at ", TestTokens::expired),
                refusal("no right to join", "refuses the token", TestTokens::withoutJoin),
                refusal("an unknown key", "refuses the token: invalid API key", TestTokens::unknownKey),
                refusal("a forged one", "refuses the token", TestTokens::forged),
                refusal(
                        "no right to publish",
                        "does not allow to publish: it must grant canPublish",
                        (tokens, room) -> tokens.muteAvatar(room, "avatar", "agent")),
                refusal(
                        "the camera alone",
                        "does not allow to publish: it must grant canPublish",
                        (tokens, room) ->
                                tokens.avatar(room, "avatar", "agent").grant("canPublishSources", List.of("camera"))));
    }

    private static Arguments refusal(String what, String says, TriFunction make) {
        return refusal(what, says, (tokens, room) -> make.apply(tokens, room, "avatar"));
    }

    private static Arguments refusal(String what, String says, BiFunction<TestTokens, String, RoomToken> make) {
        return Arguments.of(what, says, make);
    }

    private interface TriFunction {
        RoomToken apply(TestTokens tokens, String room, String identity);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokens")
    void shouldSayWhatIsWrongWithTheToken(String what, String says, BiFunction<TestTokens, String, RoomToken> make) {
        final String token = make.apply(server.tokens(), "room").mint();
        try (AvatarRig rig = AvatarRig.join(server.url(), token)) {
            final AvatarRig.Event left = rig.await("left REFUSED");
            assertThat(left.text()).contains(says).doesNotContain("eyJ", "\n");
            assertThat(rig.since(0)).noneMatch(event -> event.startsWith("connected"));
        }
    }

    @Test
    void shouldSayThatTheRoomIsMissingWhereTheServerMakesNone() {
        try (LiveKitServer strict = LiveKitServer.start(Map.of("room", Map.of("auto_create", false)));
                AvatarRig rig = AvatarRig.join(
                        strict.url(),
                        strict.tokens().avatar("nowhere", "avatar", "agent").mint())) {
            assertThat(rig.await("left REFUSED").text())
                    .contains("the room does not exist")
                    .contains("\"nowhere\"");
        }
    }

    @Test
    void shouldSayThatTheAddressIsNoLiveKitServer() {
        try (AvatarRig rig = AvatarRig.join(
                server.url() + "/some/where",
                server.tokens().avatar("room", "avatar", "agent").mint())) {
            assertThat(rig.await("left REFUSED").text()).contains("is no LiveKit server");
        }
    }

    @Test
    void shouldTryAServerThatIsNotThereYetAndThenGiveUp() {
        try (LiveKitServer late = LiveKitServer.start()) {
            late.stop();
            final String token = late.tokens().avatar("late", "avatar", "agent").mint();
            try (AvatarRig rig = AvatarRig.join(
                    late.url(),
                    token,
                    AvatarSettings.DEFAULT,
                    settings -> settings.withTimeouts(Duration.ofSeconds(2), settings.reconnectTimeout()))) {
                assertThat(rig.await("left UNREACHABLE").text()).contains("cannot be reached");
            }
            try (AvatarRig rig = AvatarRig.join(late.url(), token)) {
                late.restart();
                rig.await("connected");
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNeitherUrlNorTokenAtOnce() {
        final String token = server.tokens().avatar("room", "avatar", "agent").mint();
        assertThatThrownBy(() -> AvatarRig.join("localhost", token))
                .isInstanceOf(RoomException.class)
                .hasMessageContaining("must begin with wss://");
        assertThatThrownBy(() -> AvatarRig.join(server.url(), "devkey"))
                .isInstanceOf(RoomException.class)
                .hasMessageContaining("no JWT");
    }
}
