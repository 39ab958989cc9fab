package dev.mouthpiece.worker.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.devroom.LocalServer;
import dev.mouthpiece.worker.devroom.RoomToken;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The server that the other tests stand on, and its tokens. */
@Tag("slow")
class LiveKitServerTest {
    private static LiveKitServer server;

    @BeforeAll
    static void start() {
        server = LiveKitServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void shouldAnswerAgainOnItsPortsWhenKilledOrStopped() {
        final String url = server.httpUrl();

        server.kill();
        assertThat(LocalServer.answers(url)).isFalse();
        server.restart();
        assertThat(server.httpUrl()).isEqualTo(url);
        assertThat(LocalServer.answers(url)).isTrue();

        server.stop();
        assertThat(LocalServer.answers(url)).isFalse();
        server.restart();
        assertThat(LocalServer.answers(url)).isTrue();
    }

    @Test
    void shouldMakeAndDeleteRooms() {
        server.createRoom("made", 60, 3);
        assertThat(server.rooms()).anyMatch(room -> room.getName().equals("made") && room.getMaxParticipants() == 3);

        server.delete("made");
        assertThat(server.rooms()).noneMatch(room -> room.getName().equals("made"));
    }

    static Stream<Arguments> tokens() {
        return Stream.of(
                token("a viewer", 200, TestTokens::viewer),
                token("an avatar", 200, (tokens, room) -> tokens.avatar(room, "avatar", "agent")),
                token("a deaf avatar", 200, (tokens, room) -> tokens.deafAvatar(room, "avatar", "agent")),
                token("an expired one", 401, TestTokens::expired),
                token("one that may not join", 401, TestTokens::withoutJoin),
                token("one with an unknown key", 401, TestTokens::unknownKey),
                token("a forged one", 401, TestTokens::forged));
    }

    private static Arguments token(String what, int status, TriFunction make) {
        return token(what, status, (tokens, room) -> make.apply(tokens, room, "somebody"));
    }

    private static Arguments token(String what, int status, BiFunction<TestTokens, String, RoomToken> make) {
        return Arguments.of(what, status, make);
    }

    private interface TriFunction {
        RoomToken apply(TestTokens tokens, String room, String identity);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("tokens")
    void shouldTakeGoodTokensAndRefuseBadOnes(String what, int status, BiFunction<TestTokens, String, RoomToken> make)
            throws Exception {
        final String token = make.apply(server.tokens(), "room").mint();

        final HttpRequest request = HttpRequest.newBuilder(URI.create(server.httpUrl() + "/rtc/validate"))
                .header("Authorization", "Bearer " + token)
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            final HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(what + ": " + response.body()).isEqualTo(status);
        }
    }
}
