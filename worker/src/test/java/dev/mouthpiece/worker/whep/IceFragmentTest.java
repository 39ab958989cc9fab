package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class IceFragmentTest {
    private static final String CANDIDATE = "candidate:1 1 udp 2122260223 127.0.0.1 41000 typ host";
    private static final String OFFER = """
            v=0\r
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r
            a=%s\r
            a=ice-ufrag:old1\r
            a=ice-pwd:oldpassword\r
            a=mid:0\r
            m=video 9 UDP/TLS/RTP/SAVPF 108\r
            a=ice-ufrag:old1\r
            a=ice-pwd:oldpassword\r
            a=end-of-candidates\r
            a=mid:1\r
            """.formatted(CANDIDATE);

    @Test
    void shouldReadCredentialsAndCandidatesOfEachSection() {
        final IceFragment fragment =
                IceFragment.parse("a=ice-ufrag:u1\r\na=ice-pwd:p1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na="
                        + CANDIDATE + "\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\na=" + CANDIDATE
                        + "\r\na=end-of-candidates\r\n");

        assertThat(fragment.ufrag()).contains("u1");
        assertThat(fragment.password()).contains("p1");
        assertThat(fragment.candidates())
                .containsExactly(new IceFragment.Candidate("0", CANDIDATE), new IceFragment.Candidate("1", CANDIDATE));
    }

    @Test
    void shouldTakeCandidatesWithoutCredentials() {
        assertThat(IceFragment.parse("a=mid:0\na=" + CANDIDATE).candidates()).hasSize(1);
    }

    @Test
    void shouldRefuseWhatIsNoFragment() {
        assertThatThrownBy(() -> IceFragment.parse("hello"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a line of SDP: hello");
        assertThatThrownBy(() -> IceFragment.parse("")).hasMessageContaining("neither a candidate nor credentials");
        assertThatThrownBy(() -> IceFragment.parse("a=ice-ufrag:u1\r\n")).hasMessageContaining("go together");
        assertThatThrownBy(() -> IceFragment.parse(("a=" + CANDIDATE + "\r\n").repeat(65)))
                .hasMessageContaining("65 candidates");
    }

    @Test
    void shouldPutNewCredentialsIntoEverySectionAndDropOldCandidates() {
        final String offer = IceFragment.parse("a=ice-ufrag:new1\r\na=ice-pwd:newpassword\r\n")
                .restart(OFFER);

        assertThat(offer).doesNotContain("old1", "oldpassword", "candidate", "end-of-candidates");
        assertThat(offer.lines().filter(line -> line.equals("a=ice-ufrag:new1")))
                .hasSize(2);
        assertThat(offer.lines().filter(line -> line.equals("a=ice-pwd:newpassword")))
                .hasSize(2);
        assertThat(offer).startsWith("v=0\r\n").contains("a=mid:0\r\n", "a=mid:1\r\n");
    }

    @Test
    void shouldTellOurSideByTheFirstSection() {
        assertThat(IceFragment.of(OFFER))
                .isEqualTo(
                        "a=ice-ufrag:old1\r\na=ice-pwd:oldpassword\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na="
                                + CANDIDATE + "\r\n");
    }
}
