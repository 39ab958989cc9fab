package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigTest {
    @Test
    void shouldRefuseLimitsThatMakeNoSense() {
        assertThatThrownBy(() -> new MediaLimits(29_999, 48_000, 0, 25)).hasMessageContaining("maxVideoBps");
        assertThatThrownBy(() -> new MediaLimits(1_000_000, 5_000, 0, 25)).hasMessageContaining("maxAudioBps");
        assertThatThrownBy(() -> new MediaLimits(1_000_000, 48_000, 1_000_001, 25))
                .hasMessageContaining("startVideoBps");
        assertThatThrownBy(() -> new MediaLimits(1_000_000, 48_000, -1, 25)).hasMessageContaining("startVideoBps");
        assertThatThrownBy(() -> new MediaLimits(1_000_000, 48_000, 0, 0)).hasMessageContaining("fps");
        assertThatThrownBy(() -> new MediaLimits(1_000_000, 48_000, 0, 25, 30)).hasMessageContaining("soundPacketMs");
    }

    @Test
    void shouldRefuseNamesThatWouldBreakTheDescription() {
        for (final String name : List.of("", "two words", "line\r\nbreak", "x".repeat(65))) {
            assertThatThrownBy(() -> new PublisherConfig(name, "sound", "picture"))
                    .hasMessageContaining("streamId");
            assertThatThrownBy(() -> new PublisherConfig("stream", name, "picture"))
                    .hasMessageContaining("audioTrackId");
            assertThatThrownBy(() -> new PublisherConfig("stream", "sound", name))
                    .hasMessageContaining("videoTrackId");
        }
    }

    @Test
    void shouldKeepCredentialsToThemselves() {
        final IceServer server = new IceServer(List.of("turn:turn.example.org"), "user", "secret");

        assertThat(new PeerConfig(List.of(server), false, NetworkConfig.DEFAULT).toString())
                .contains("turn.example.org")
                .doesNotContain("secret")
                .doesNotContain("user");
    }
}
