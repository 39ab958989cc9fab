package dev.mouthpiece.worker.livekit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalUrlTest {
    @ParameterizedTest
    @CsvSource({
        "ws://host:7880, ws://host:7880/rtc?a=1, http://host:7880/rtc/validate?a=1",
        "wss://host, wss://host/rtc?a=1, https://host/rtc/validate?a=1",
        "http://host, ws://host/rtc?a=1, http://host/rtc/validate?a=1",
        "https://host/, wss://host/rtc?a=1, https://host/rtc/validate?a=1",
        "HTTPS://Host.example/base/path/, wss://Host.example/base/path/rtc?a=1, https://Host.example/base/path/rtc/validate?a=1",
        "ws://[::1]:7880, ws://[::1]:7880/rtc?a=1, http://[::1]:7880/rtc/validate?a=1",
        "' ws://host ', ws://host/rtc?a=1, http://host/rtc/validate?a=1",
    })
    void shouldFindTheEndpointWhateverTheSchemeAndTheBasePath(String given, String connect, String validate) {
        final SignalUrl url = SignalUrl.parse(given);

        assertThat(url.connect("a=1")).hasToString(connect);
        assertThat(url.validate("a=1")).hasToString(validate);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host:7880",
                "ftp://host",
                "ws://",
                "ws:///path",
                "ws://host:99999",
                "ws://ho st",
                "ws://host?x=1",
                "ws://host#x",
                "ws://user:secret@host"
            })
    void shouldRefuseWhatIsNoAddressAndSayTheCallerWhatToDo(String given) {
        assertThatThrownBy(() -> SignalUrl.parse(given))
                .isInstanceOf(RoomException.class)
                .hasMessageStartingWith("the LiveKit URL cannot be used")
                .asInstanceOf(InstanceOfAssertFactories.type(RoomException.class))
                .matches(e -> e.fault() == RoomException.Fault.URL && !e.retryHelps());
    }

    @Test
    void shouldNotRepeatSecretsOfAWrongUrl() {
        assertThatThrownBy(() -> SignalUrl.parse("wss://user:hunter2@host/rtc?access_token=eyJabc.eyJdef.xyz"))
                .hasMessageNotContaining("hunter2")
                .hasMessageNotContaining("eyJ");
    }
}
