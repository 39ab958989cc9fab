package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DaemonLayoutTest {
    private static final String TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    private final Logger logger = new LoggerContext().getLogger("dev.mouthpiece.worker.livekit.RoomSession");

    @Test
    void shouldNameTheSessionOfALine() throws Exception {
        final LoggingEvent event = event("avatar: connected", Map.of("session", "sess_1"));

        assertThat(new DaemonLayout(false).doLayout(event)).endsWith("INFO avatar: connected session=sess_1\n");
        final JsonNode json = new ObjectMapper().readTree(new DaemonLayout(true).doLayout(event));
        assertThat(json.path("session").asText()).isEqualTo("sess_1");
        assertThat(json.path("message").asText()).isEqualTo("avatar: connected");
    }

    @Test
    void shouldNotNameTheSessionTwiceToPeople() {
        final LoggingEvent event = event("session sess_1: a tone speaks", Map.of("session", "sess_1"));

        assertThat(new DaemonLayout(false).doLayout(event)).endsWith("INFO session sess_1: a tone speaks\n");
        assertThat(new DaemonLayout(true).doLayout(event)).contains("\"session\":\"sess_1\"");
    }

    @Test
    void shouldNeverWriteAToken() {
        final LoggingEvent event = event("refused " + TOKEN, Map.of("session", TOKEN));

        assertThat(new DaemonLayout(false).doLayout(event)).doesNotContain("eyJ");
        assertThat(new DaemonLayout(true).doLayout(event)).doesNotContain("eyJ");
    }

    private LoggingEvent event(String message, Map<String, String> context) {
        final var event = new LoggingEvent(DaemonLayoutTest.class.getName(), logger, Level.INFO, message, null, null);
        event.setMDCPropertyMap(context);
        return event;
    }
}
