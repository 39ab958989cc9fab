package dev.mouthpiece.worker.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;

/** A line of the daemon's log, for people or as JSON. What looks like a token or a key of ours is not written, wherever it came from. */
final class DaemonLayout extends LayoutBase<ILoggingEvent> {
    private static final Pattern SECRET =
            Pattern.compile("eyJ[\\w-]+\\.[\\w-]*\\.?[\\w-]*|mp_[\\w-]{20,}|(?<=access_token=)[^&\\s]+");
    private static final String REDACTED = "[redacted]";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean isJson;

    DaemonLayout(boolean isJson) {
        this.isJson = isJson;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return (isJson ? json(event) : text(event)) + System.lineSeparator();
    }

    private static String text(ILoggingEvent event) {
        final var line = new StringBuilder()
                .append(TIME.format(event.getInstant()))
                .append(' ')
                .append(event.getLevel())
                .append(' ')
                .append(clean(event.getFormattedMessage()));
        fields(event).forEach((key, value) -> {
            // Some messages say it themselves.
            if (!event.getFormattedMessage().contains(value)) {
                line.append(' ').append(key).append('=').append(clean(value));
            }
        });
        if (event.getThrowableProxy() != null) {
            line.append(System.lineSeparator()).append(clean(ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
        return line.toString();
    }

    private static String json(ILoggingEvent event) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
        fields.put("level", event.getLevel().toString());
        fields.put("message", clean(event.getFormattedMessage()));
        fields(event).forEach((key, value) -> fields.put(key, clean(value)));
        fields.put("logger", event.getLoggerName());
        fields.put("thread", event.getThreadName());
        if (event.getThrowableProxy() != null) {
            fields.put("error", clean(ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            return "{\"level\":\"ERROR\",\"message\":\"a log line could not be written\"}";
        }
    }

    /** What a line bears besides its message: the session that it was written for. */
    private static Map<String, String> fields(ILoggingEvent event) {
        final Map<String, String> fields = new LinkedHashMap<>(event.getMDCPropertyMap());
        final List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
        }
        return fields;
    }

    private static String clean(String text) {
        return SECRET.matcher(text).replaceAll(REDACTED);
    }
}
