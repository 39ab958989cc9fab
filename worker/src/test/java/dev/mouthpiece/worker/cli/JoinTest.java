package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinTest {
    /** Header and body of a token, with a signature that nobody has checked: {"sub":"a","video":{"room":"r","roomJoin":true}}. */
    private static final String TOKEN =
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIiwidmlkZW8iOnsicm9vbSI6InIiLCJyb29tSm9pbiI6dHJ1ZX19.c2lnbg";

    @Test
    void shouldAskForTheAddress() {
        CommandLineRun.of("join", "--token", TOKEN).assertRefused("--url", "dev-room");
    }

    @Test
    void shouldAskForTheToken() {
        CommandLineRun.of("join", "--url", "ws://127.0.0.1:1").assertRefused("--token", "MOUTHPIECE_TOKEN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "ftp://127.0.0.1", "ws://"})
    void shouldRefuseAnAddressThatIsNone(String url) {
        CommandLineRun.of("join", "--url", url, "--token", TOKEN).assertRefused("LiveKit URL");
    }

    @Test
    void shouldRefuseATokenThatIsNoneWithoutRepeatingIt() {
        final CommandLineRun run = CommandLineRun.of("join", "--url", "ws://127.0.0.1:1", "--token", "secret-thing");

        run.assertRefused("token");
        assertThat(run.err()).doesNotContain("secret-thing");
    }

    @Test
    void shouldRefuseASourceItDoesNotKnow() {
        CommandLineRun.of("join", "--url", "ws://127.0.0.1:1", "--token", TOKEN, "--audio-source", "ether")
                .assertRefused("--audio-source", "ether");
    }

    @Test
    void shouldRefuseABitRateOutOfRange() {
        CommandLineRun.of("join", "--url", "ws://127.0.0.1:1", "--token", TOKEN, "--bitrate", "7")
                .assertRefused("--bitrate");
    }
}
