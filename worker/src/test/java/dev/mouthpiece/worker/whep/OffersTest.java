package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OffersTest {
    private static final String SESSION =
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=fingerprint:sha-256 AA\r\n";
    private static final String AUDIO =
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n";

    @Test
    void shouldTakeWhatABrowserOffers() {
        assertThatCode(() -> Offers.check(SESSION + AUDIO + video("H264/90000", "recvonly")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Offers.check(SESSION + video("VP8/90000", "sendrecv")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Offers.check(SESSION + AUDIO)).doesNotThrowAnyException();
    }

    @Test
    void shouldAnswer400ToWhatIsNoOffer() {
        refuses(() -> Offers.check(""), 400, "empty");
        refuses(() -> Offers.check("{\"sdp\":\"v=0\"}"), 400, "no SDP");
        refuses(() -> Offers.check("v=0\r\nthis is not it\r\n"), 400, "no SDP");
        refuses(() -> Offers.check("v=0\r\n" + AUDIO), 400, "none of WebRTC");
    }

    @Test
    void shouldAnswer422ToOffersOfWhatIsNotSent() {
        refuses(() -> Offers.check(SESSION), 422, "neither video nor audio");
        refuses(() -> Offers.check(SESSION + video("AV1/90000", "recvonly")), 422, "neither H264 nor VP8");
        refuses(() -> Offers.check(SESSION + video("H264/90000", "sendonly")), 422, "offer recvonly");
    }

    private static String video(String codec, String direction) {
        return "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=" + direction + "\r\na=rtpmap:96 " + codec + "\r\n";
    }

    private static void refuses(ThrowingCallable check, int status, String words) {
        assertThatThrownBy(check)
                .isInstanceOfSatisfying(
                        Offers.RefusedException.class, e -> org.assertj.core.api.Assertions.assertThat(e.status())
                                .isEqualTo(status))
                .hasMessageContaining(words);
    }
}
