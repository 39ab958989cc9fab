package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CandidatesTest {
    private static final List<String> OWN = List.of(
            "a=candidate:1 1 udp 2122260223 172.17.0.2 41003 typ host generation 0 network-id 1",
            "a=candidate:2 1 udp 2122262783 fd00::2 41004 typ host generation 0 network-id 2",
            "a=candidate:3 1 tcp 1518280447 172.17.0.2 9 typ host tcptype active",
            "a=candidate:4 1 udp 1686052607 198.51.100.1 41003 typ srflx raddr 172.17.0.2 rport 41003");

    @Test
    void shouldKnowCandidates() {
        for (final String line : OWN) {
            assertThat(Candidates.isCandidate(line.substring(2))).as(line).isTrue();
        }
        assertThat(Candidates.isCandidate("candidate:7 1 udp 2113937151 0b3e-4f.local 54321 typ host"))
                .isTrue();
    }

    @Test
    void shouldRefuseWhatIsNone() {
        for (final String text : List.of(
                "",
                "candidate:",
                "a=candidate:1 1 udp 1 1.2.3.4 5 typ host",
                "candidate:1 1 udp 1 1.2.3.4 5",
                "candidate:1 1 udp many 1.2.3.4 5 typ host",
                "candidate:1 1 udp 1 1.2.3.4 5 typ host\r\na=x",
                "candidate:1 1 udp 1 " + "a".repeat(300) + " 5 typ host")) {
            assertThat(Candidates.isCandidate(text)).as(text).isFalse();
        }
    }

    @Test
    void shouldAnnounceEachUdpPortOfTheAddressesFamily() {
        assertThat(Candidates.announced(network(0, 0, "203.0.113.7"), OWN))
                .singleElement()
                .asString()
                .matches("a=candidate:\\S+ 1 udp \\d+ 203\\.0\\.113\\.7 41003 typ host");
        assertThat(Candidates.announced(network(0, 0, "2001:db8::7"), OWN))
                .singleElement()
                .asString()
                .contains(" 2001:db8::7 41004 ");
    }

    @Test
    void shouldAnnounceNothingUnlessAsked() {
        assertThat(Candidates.announced(NetworkConfig.DEFAULT, OWN)).isEmpty();
        assertThat(Candidates.announced(network(0, 0, "172.17.0.2"), OWN)).isEmpty();
    }

    @Test
    void shouldAnnounceTheOnlyPortThereIsWhenNothingWasGathered() {
        assertThat(Candidates.announced(network(41_000, 41_000, "127.0.0.1"), List.of()))
                .singleElement()
                .asString()
                .contains(" 127.0.0.1 41000 typ host");
        assertThat(Candidates.announced(network(41_000, 41_010, "127.0.0.1"), List.of()))
                .isEmpty();
    }

    @Test
    void shouldRefuseNetworksThatCannotBe() {
        assertThatThrownBy(() -> network(41_000, 40_000, "")).hasMessageContaining("41000..40000");
        assertThatThrownBy(() -> network(0, 40_000, "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> network(1, 70_000, "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> network(0, 0, "example.org")).hasMessageContaining("example.org");
    }

    private static NetworkConfig network(int minPort, int maxPort, String announced) {
        return new NetworkConfig(minPort, maxPort, true, true, announced);
    }
}
