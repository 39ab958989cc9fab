package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.session.RequestException;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "100.127.1.1",
                "198.18.0.1",
                "198.19.1.1",
                "192.0.0.8",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fd00:ec2::254",
                "fc00::1",
                "ff02::1",
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001:db8::1",
                "2001::1"
            })
    void shouldKnowWhatIsInsideTheHouse(String address) throws Exception {
        assertThat(PublicAddresses.contains(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "93.184.216.34",
                "172.32.0.1",
                "100.128.0.1",
                "198.20.0.1",
                "192.1.0.1",
                "2606:4700::1111",
                "64:ff9b::101:101"
            })
    void shouldKnowTheOpenInternet(String address) throws Exception {
        assertThat(PublicAddresses.contains(InetAddress.getByName(address))).isTrue();
    }

    @Test
    void shouldNotConnectInsideTheHouse() {
        try (var fetch = new PictureFetch(Duration.ofSeconds(2), false)) {
            for (final String url : new String[] {
                "https://127.0.0.1/a",
                "https://localhost/a",
                "https://[::1]/a",
                "https://2130706433/a",
                "https://169.254.169.254/latest",
                "http://example.com/a.png",
                "https://example.com:22/a",
                "https://user:word@example.com/a",
                "file:///etc/passwd",
                "https://"
            }) {
                assertThatThrownBy(() -> fetch.fetch(url, "image_url"))
                        .as(url)
                        .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.kind())
                                .isEqualTo(RequestException.Kind.MALFORMED));
            }
            assertThatThrownBy(() -> fetch.fetch("https://localhost/a", "image_url"))
                    .hasMessageContaining("private address");
        }
    }
}
