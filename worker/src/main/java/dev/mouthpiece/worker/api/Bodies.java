package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import io.javalin.http.Context;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.http.Part;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.MultiPartFormInputStream;
import org.jspecify.annotations.Nullable;

/** Reads request bodies: never more than so many bytes, never longer than so long, whatever their label says. Stateless. */
final class Bodies {
    /** Enough for a session with its token and metadata. */
    static final int MAX_JSON_BYTES = 256 << 10;

    /** For all of it. A rate would be unfair to short bodies: a pause of a few milliseconds would break it. */
    private static final long MAX_TIME_NS = Duration.ofSeconds(20).toNanos();

    private static final int CHUNK = 16 << 10;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_NUMBER = 64;
    private static final int MAX_PARTS = 16;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER)
                            .maxStringLength(8 << 20)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Bodies() {}

    /**
     * The body's bytes.
     *
     * @throws RequestException if there are too many, or they come too slowly
     */
    static byte[] read(Context context, int maxBytes) {
        final long deadlineNs = System.nanoTime() + MAX_TIME_NS;
        if (context.req().getContentLengthLong() > maxBytes) {
            throw tooLarge(maxBytes);
        }
        final var out = new ByteArrayOutputStream();
        final byte[] chunk = new byte[CHUNK];
        try {
            final InputStream in = context.req().getInputStream();
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                out.write(chunk, 0, read);
                if (out.size() > maxBytes) {
                    throw tooLarge(maxBytes);
                }
                if (deadlineNs - System.nanoTime() < 0) {
                    throw RequestException.of(Kind.MALFORMED, "body_too_slow", "The request's body comes too slowly.");
                }
            }
        } catch (IOException e) {
            throw RequestException.of(Kind.MALFORMED, "body_unreadable", "The request's body broke off.");
        }
        return out.toByteArray();
    }

    private static RequestException tooLarge(int maxBytes) {
        return RequestException.of(
                Kind.TOO_LARGE, "body_too_large", "The request's body has more than " + maxBytes + " bytes.");
    }

    /** A JSON object; an empty body is an empty one. The content type does not matter: clients get it wrong. */
    static ObjectNode object(byte[] body) {
        try {
            final JsonNode node = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
            if (node instanceof ObjectNode object) {
                requireUnicode(object);
                return object;
            }
            if (node == null || node.isMissingNode()) {
                return JSON.createObjectNode();
            }
        } catch (JsonProcessingException e) {
            final var where = e.getLocation();
            throw RequestException.of(
                    Kind.MALFORMED,
                    "invalid_json",
                    "The request's body is not valid JSON"
                            + (where == null
                                    ? "."
                                    : " (line " + where.getLineNr() + ", column " + where.getColumnNr() + ")."));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        throw RequestException.of(Kind.MALFORMED, "invalid_json", "The request's body must be a JSON object.");
    }

    /** Half a character can be written in JSON, but neither kept nor sent back. */
    private static void requireUnicode(JsonNode node) {
        if (node.isTextual() && !isUnicode(node.textValue())) {
            throw RequestException.of(Kind.MALFORMED, "invalid_json", "The request's body holds half a character.");
        }
        node.fieldNames().forEachRemaining(name -> requireUnicode(TextNode.valueOf(name)));
        node.forEach(Bodies::requireUnicode);
    }

    private static boolean isUnicode(String text) {
        return new String(text.getBytes(UTF_8), UTF_8).equals(text);
    }

    static ObjectMapper json() {
        return JSON;
    }

    static boolean isMultipart(Context context) {
        final String type = context.contentType();
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
    }

    /**
     * The parts of a form, by name; of two parts of one name the first counts.
     *
     * @throws RequestException if it is not a form, or too large
     */
    static Map<String, byte[]> form(Context context, int maxBytes) {
        final byte[] body = read(context, maxBytes);
        final String type = Optional.ofNullable(context.contentType()).orElse("");
        final var limits = new MultipartConfigElement("", maxBytes, maxBytes, maxBytes);
        final Map<String, byte[]> parts = new LinkedHashMap<>();
        @Nullable MultiPartFormInputStream form = null;
        try {
            form = new MultiPartFormInputStream(
                    new ByteArrayInputStream(body), type, limits, new File(System.getProperty("java.io.tmpdir")));
            for (final Part part : form.getParts()) {
                if (parts.size() == MAX_PARTS) {
                    throw malformed();
                }
                if (!parts.containsKey(part.getName())) {
                    parts.put(part.getName(), part.getInputStream().readAllBytes());
                }
            }
            return parts;
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            throw malformed();
        } finally {
            if (form != null) {
                form.deleteParts();
            }
        }
    }

    private static RequestException malformed() {
        return RequestException.of(
                Kind.MALFORMED, "invalid_multipart", "The request's body is not valid multipart/form-data.");
    }
}
