package dev.mouthpiece.worker.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UnreadVideoTest {
    private static final String OFFER = """
            v=0\r
            m=audio 9 UDP/TLS/RTP/SAVPF 111 96\r
            a=rtpmap:111 opus/48000/2\r
            a=rtpmap:96 telephone-event/48000\r
            a=fmtp:111 minptime=10\r
            m=video 9 UDP/TLS/RTP/SAVPF 102 103\r
            a=rtpmap:102 H264/90000\r
            a=rtcp-fb:102 nack pli\r
            a=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r
            a=rtpmap:103 rtx/90000\r
            a=fmtp:103 apt=102\r
            a=ssrc:102 cname:x\r
            """;

    @Test
    void shouldGiveTheReceiverOtherNumbersForVideoAloneAndTheSenderItsOwnBack() {
        final UnreadVideo unread = UnreadVideo.of(OFFER);

        final String hidden = unread.hide(OFFER);

        assertThat(hidden)
                .contains("m=audio 9 UDP/TLS/RTP/SAVPF 111 96")
                .contains("a=fmtp:111 minptime=10")
                .contains("m=video 9 UDP/TLS/RTP/SAVPF 97 98\r\n")
                .contains("a=rtpmap:97 H264/90000")
                .contains("a=rtcp-fb:97 nack pli")
                .contains("a=fmtp:98 apt=97")
                .contains("a=ssrc:102 cname:x");
        assertThat(unread.show(hidden)).isEqualTo(OFFER);
    }

    @Test
    void shouldRefuseAnOfferWithoutVideo() {
        assertThatThrownBy(() -> UnreadVideo.of("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
