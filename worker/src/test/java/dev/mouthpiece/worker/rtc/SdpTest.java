package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SdpTest {
    /** The bones of a browser's offer. */
    private static final String OFFER = """
            v=0
            o=- 1 2 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0 1
            m=audio 9 UDP/TLS/RTP/SAVPF 111
            c=IN IP4 0.0.0.0
            a=ice-ufrag:abcd
            a=mid:0
            a=recvonly
            a=rtpmap:111 opus/48000/2
            a=fmtp:111 minptime=10;useinbandfec=1
            m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 108 109
            c=IN IP4 0.0.0.0
            a=ice-ufrag:abcd
            a=mid:1
            a=recvonly
            a=rtpmap:96 VP8/90000
            a=rtcp-fb:96 nack pli
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96
            a=rtpmap:102 H264/90000
            a=rtcp-fb:102 nack pli
            a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
            a=rtpmap:103 rtx/90000
            a=fmtp:103 apt=102
            a=rtpmap:104 H264/90000
            a=rtcp-fb:104 nack pli
            a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
            a=rtpmap:105 rtx/90000
            a=fmtp:105 apt=104
            a=rtpmap:108 H264/90000
            a=rtcp-fb:108 nack pli
            a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
            a=rtpmap:109 rtx/90000
            a=fmtp:109 apt=108
            """.replace("\n", "\r\n");

    @Test
    void shouldComeOutAsItWentIn() {
        assertThat(Sdp.parse(OFFER)).hasToString(OFFER);
        assertThat(Sdp.parse(OFFER.replace("\r\n", "\n"))).hasToString(OFFER);
    }

    @Test
    void shouldAskForPacketsOfSoundOfOneLength() {
        final Sdp asked = Sdp.parse(OFFER.replace("a=rtpmap:111", "a=ptime:60\r\na=rtpmap:111"));

        final Sdp short10 = asked.withSoundPackets(10);

        assertThat(short10.sections().getFirst().lines())
                .contains("a=ptime:10")
                .doesNotContain("a=ptime:60")
                .hasSameSizeAs(asked.sections().getFirst().lines());
        assertThat(video(short10)).isEqualTo(video(asked));
    }

    @Test
    void shouldKeepTheCodecThatIsSentAndItsRetransmissions() {
        final Sdp.Section video = video(Sdp.parse(OFFER).withVideo(VideoCodec.H264));

        assertThat(video.lines().getFirst()).isEqualTo("m=video 9 UDP/TLS/RTP/SAVPF 108 104 105 109");
        assertThat(video.lines()).noneMatch(line -> line.matches("a=(rtpmap|fmtp|rtcp-fb):(96|97|102|103) .*"));
        assertThat(video.lines()).contains("a=rtcp-fb:108 nack pli", "a=fmtp:109 apt=108", "a=mid:1", "a=recvonly");
    }

    @Test
    void shouldKeepVp8WhenThatIsSent() {
        final Sdp.Section video = video(Sdp.parse(OFFER).withVideo(VideoCodec.VP8));

        assertThat(video.lines().getFirst()).isEqualTo("m=video 9 UDP/TLS/RTP/SAVPF 96 97");
        assertThat(video.lines()).noneMatch(line -> line.contains("H264"));
    }

    @Test
    void shouldLeaveSoundAndSectionsWithoutTheCodecAlone() {
        final Sdp offer = Sdp.parse(OFFER.replace("H264", "H265"));

        assertThat(offer.withVideo(VideoCodec.H264)).isEqualTo(offer);
        assertThat(offer.has(VideoCodec.H264)).isFalse();
        assertThat(offer.has(VideoCodec.VP8)).isTrue();
    }

    @Test
    void shouldTakeConstrainedBaselineOfSufficientLevelOnly() {
        for (final String taken : List.of("42e01f", "42E01F", "42c01f", "42e02a", "42f01f")) {
            assertThat(Sdp.parse(OFFER.replace("42e01f", taken)).has(VideoCodec.H264))
                    .as(taken)
                    .isTrue();
        }
        for (final String refused : List.of("42001f", "42e015", "4d001f", "640c1f", "42e11f")) {
            assertThat(Sdp.parse(OFFER.replace("42e01f", refused)).has(VideoCodec.H264))
                    .as(refused)
                    .isFalse();
        }
    }

    @Test
    void shouldPreferExactlyOurProfile() {
        final String likeFirst = OFFER.replace("profile-level-id=64001f", "profile-level-id=42c01f");

        assertThat(video(Sdp.parse(likeFirst).withVideo(VideoCodec.H264))
                        .lines()
                        .getFirst())
                .startsWith("m=video 9 UDP/TLS/RTP/SAVPF 108 102 104 ");
    }

    @Test
    void shouldTellTheEncoderWhereToBegin() {
        final Sdp.Section video = video(Sdp.parse(OFFER).withStartBitrate(900));

        assertThat(video.lines())
                .contains(
                        "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;x-google-start-bitrate=900",
                        "a=fmtp:96 x-google-start-bitrate=900",
                        "a=fmtp:97 apt=96");
    }

    @Test
    void shouldAddCandidatesOnceWhereAllShareOneTransport() {
        final Sdp with = Sdp.parse(OFFER).withCandidates(List.of("a=candidate:1 1 udp 1 203.0.113.7 4000 typ host"));

        assertThat(with.candidates()).hasSize(1);
        assertThat(with.sections().getFirst().has("a=candidate:")).isTrue();
        assertThat(with.iceUser()).isEqualTo("abcd");
    }

    @Test
    void shouldTellWhoSends() {
        assertThat(section("m=audio 9 X 1", "a=sendonly").isSending()).isTrue();
        assertThat(section("m=audio 9 X 1", "a=sendrecv").isSending()).isTrue();
        assertThat(section("m=audio 9 X 1").isSending()).isTrue();
        assertThat(section("m=audio 9 X 1", "a=recvonly").isSending()).isFalse();
        assertThat(section("m=audio 9 X 1", "a=inactive").isSending()).isFalse();
        assertThat(section("m=audio 0 X 1", "a=sendonly").isSending()).isFalse();
        assertThat(section("m=audio 0 X 1", "a=sendonly", "a=bundle-only").isSending())
                .isTrue();
    }

    @Test
    void shouldRefuseWhatIsNoDescription() {
        for (final String nonsense : List.of("", "\r\n", "hello", "m=video 9 X 96\r\nv=0")) {
            assertThatThrownBy(() -> Sdp.parse(nonsense)).as(nonsense).isInstanceOf(RtcException.class);
        }
        assertThatThrownBy(() -> Sdp.parse("v=0\r\n" + "a=x\r\n".repeat(100_000)))
                .isInstanceOf(RtcException.class)
                .hasMessageContaining("more than");
    }

    @Test
    void shouldBearStrangeLines() {
        final Sdp odd = Sdp.parse("v=0\r\nm=\r\nm=video\r\na=rtpmap:\r\na=fmtp:96 apt=\r\na=mid\r\n");

        assertThat(odd.sections()).hasSize(2);
        assertThat(odd.has(VideoCodec.H264)).isFalse();
        assertThat(odd.withStartBitrate(1).withVideo(VideoCodec.VP8)).isEqualTo(odd);
        assertThat(odd.sections()).noneMatch(Sdp.Section::isRejected);
    }

    private static Sdp.Section video(Sdp sdp) {
        return sdp.sections().get(1);
    }

    private static Sdp.Section section(String... lines) {
        return new Sdp.Section(List.of(lines));
    }
}
