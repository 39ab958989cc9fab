package dev.mouthpiece.worker.livekit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTokenTest {
    @Test
    void shouldReadWhatTheTokenSays() {
        final WorkerToken token = WorkerToken.parse(jwt("""
                {"sub":"avatar","exp":1700000000,"attributes":{"lk.publish_on_behalf":"agent"},
                 "video":{"room":"r","roomJoin":true}}"""));

        assertThat(token.identity()).isEqualTo("avatar");
        assertThat(token.room()).isEqualTo("r");
        assertThat(token.expiry()).contains(Instant.ofEpochSecond(1_700_000_000));
        assertThat(token.attributes()).containsOnly(entry("lk.publish_on_behalf", "agent"));
    }

    @Test
    void shouldReadATokenThatSaysLittle() {
        final WorkerToken token = WorkerToken.parse(jwt("{}"));

        assertThat(token.identity()).isEmpty();
        assertThat(token.room()).isEmpty();
        assertThat(token.expiry()).isEmpty();
        assertThat(token.attributes()).isEmpty();
    }

    @Test
    void shouldKeepItsTextToItself() {
        final String jwt = jwt("{\"sub\":\"avatar\"}");

        final WorkerToken token = WorkerToken.parse(" " + jwt + "\n");

        assertThat(token.secret()).isEqualTo(jwt);
        assertThat(token.toString()).doesNotContain(jwt.substring(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "a.b", "a.b.c.d", "a.!!!.c", "a.bm90IGpzb24.c", "a.W10.c"})
    void shouldRefuseWhatIsNoTokenWithoutRepeatingIt(String given) {
        assertThatThrownBy(() -> WorkerToken.parse(given))
                .isInstanceOf(RoomException.class)
                .hasMessageStartingWith("the LiveKit token is no JWT")
                .hasMessageNotContaining("bm90");
    }

    static String jwt(String body) {
        return "eyJhbGciOiJIUzI1NiJ9."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(body.getBytes(StandardCharsets.UTF_8))
                + ".c2lnbmF0dXJl";
    }
}
