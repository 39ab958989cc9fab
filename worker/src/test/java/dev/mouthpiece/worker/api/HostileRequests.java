package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.SplittableRandom;

/** Makes requests that no good client sends, byte by byte, from a seed. Used by one thread. */
final class HostileRequests {
    private static final String SESSION = """
            {"avatar_id":"av_pattern","transport":{"type":"livekit","url":"wss://example.livekit.cloud","room_name":"r","worker_token":"t",\
            "worker_identity":"w","audio_source":"data_stream","subscribe_to_identity":"x","synthetic_audio_if_no_input":false},\
            "quality":"mock","idle_timeout_seconds":30,"max_duration_seconds":60,"metadata":{"a":1,"b":"x","c":null}}""";
    private static final String LEMON_SESSION = """
            {"transport_type":"livekit","agent_id":"av_pattern","agent_prompt":"a person talking","agent_idle_prompt":"calm","idle_timeout":60,\
            "response_done_timeout":0.8,"audio_sample_rate":24000,"simulcast":true,"aspect_ratio":"2x3","model":"lite",\
            "properties":{"livekit_url":"wss://example.livekit.cloud","livekit_token":"t","livekit_session_id":"RM_x"}}""";
    private static final String CONTROL = """
            {"event":"update-image","image_base64":"aGVsbG8=","agent_prompt":"x","idle_prompt":"y","pose_trigger":{"name":"wave"},"action":"wave"}""";
    private static final List<String> BODIES = List.of(SESSION, LEMON_SESSION, CONTROL, "{}", "[]", "null", "");

    private static final List<String> PATHS = List.of(
            "/v1/sessions",
            "/v1/sessions/ID",
            "/v1/sessions/ID/end",
            "/v1/avatars",
            "/v1/avatars/av_stock_001",
            "/v1/avatars/ID",
            "/v1/usage",
            "/v1/status",
            "/v1/billing/plans",
            "/v1/billing/quota",
            "/protoface/v1/sessions",
            "/api/liveai/sessions",
            "/api/liveai/sessions/ID",
            "/api/liveai/sessions/ID/control",
            "/api/liveai/sessions/ID/join-meeting",
            "/api/liveai/rooms",
            "/lemonslice/api/liveai/sessions/ID/control",
            "/openapi.json",
            "/healthz",
            "/readyz",
            "/metrics",
            "/",
            "/studio/avatars/ID/picture",
            "/whep/ID",
            "/whep/ID/ID",
            "/whep/ID/speech");
    private static final List<String> METHODS = List.of(
            "GET", "GET", "GET", "POST", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE",
            "BREW", "get");
    private static final List<String> IDS = List.of(
            "sess_none",
            "livekit-none",
            "av_none",
            "%00",
            "..%2f..%2fetc%2fpasswd",
            "%2e%2e",
            ";a=b",
            "%zz",
            "%c3%28",
            "%ff",
            "'--",
            "a%20b",
            "%0d%0aX-Injected:1",
            "%F0%9F%98%80",
            "\u00fc",
            "${jndi:ldap://x}",
            "{{7*7}}",
            "<script>");
    private static final List<String> QUERIES = List.of(
            "limit=-1",
            "limit=0",
            "limit=99999999999999999999",
            "limit=1e3",
            "limit=",
            "limit",
            "page=-5",
            "page=1000000",
            "page=2147483648",
            "status=running&status=none",
            "status=",
            "starting_after=nobody",
            "starting_after=%00",
            "created_after=yesterday",
            "created_after=9999-99-99",
            "created_after=+999999999-12-31T23:59:59Z",
            "created_before=-999999999-01-01T00:00:00Z",
            "period=never",
            "period_start=2026-01-01&period_end=2025-01-01",
            "scope=everybody",
            "q=%25%5f'%22",
            "avatar_id=%ff%fe",
            "%",
            "=&&&=",
            "a[]=1&a[x]=2",
            "q=" + "x".repeat(3000));
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "-1e999",
            "1e-999",
            "9".repeat(60),
            "9".repeat(500),
            "-0.0",
            "2147483648",
            "-9223372036854775809",
            "0.1",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\uffff\"",
            "\"%s%n\"",
            "\"../../x\"",
            "[]",
            "{}",
            "[[[[]]]]",
            "[1,\"a\",null]",
            "{\"a\":{\"b\":[{}]}}",
            "\"http://127.0.0.1:1/\"",
            "\"file:///etc/passwd\"",
            "\"http://[::1\"",
            "\"wss://u:p@h\"",
            "\"ws://\"",
            "\"javascript:1\"",
            "NaN",
            "Infinity",
            "0x10",
            "01",
            "'a'",
            "undefined",
            "\"" + "x".repeat(20_000) + "\"",
            "\"\ufeff\"",
            "\"\u202e\"");
    private static final List<String> FIELDS = List.of(
            "avatar_id",
            "transport",
            "quality",
            "idle_timeout_seconds",
            "max_duration_seconds",
            "metadata",
            "type",
            "url",
            "room_name",
            "worker_token",
            "audio_source",
            "transport_type",
            "agent_id",
            "agent_image_url",
            "properties",
            "livekit_url",
            "livekit_token",
            "idle_timeout",
            "response_done_timeout",
            "audio_sample_rate",
            "aspect_ratio",
            "model",
            "event",
            "image_base64",
            "image_url",
            "action",
            "__proto__",
            "",
            "a.b");
    private static final List<String> TYPES = List.of(
            "application/json",
            "application/json",
            "application/octet-stream",
            "text/plain",
            "multipart/form-data; boundary=X",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "application/x-www-form-urlencoded",
            "application/json; charset=nonsense",
            "application/json; charset=utf-16",
            "/",
            "\u00ff\u00fe",
            "application/sdp",
            "text/xml; \"");
    private static final List<String> HEADERS = List.of(
            "Idempotency-Key: " + "k".repeat(300),
            "Idempotency-Key: ",
            "Idempotency-Key: \u0001",
            "Idempotency-Key: \u00e4\u00f6",
            "Authorization: Basic dTpw",
            "X-API-Key: ' OR 1=1",
            "Origin: null",
            "Origin: http://evil.example",
            "Origin: \u00e9",
            "Accept: x/y;q=z",
            "Accept-Encoding: gzip;q=9",
            "Range: bytes=9-1",
            "Expect: 100-continue",
            "X-Forwarded-Host: evil",
            "Host: evil:99999",
            "Cookie: =;;=\"",
            "If-None-Match: *",
            "Upgrade: websocket",
            "Upgrade: h2c",
            "Connection: Upgrade, close",
            "X-Long: " + "y".repeat(9_000),
            "X-Longer: " + "z".repeat(40_000),
            "No colon here",
            " Folded: x",
            "Bad\u0000Name: x",
            "X-Protoface-Session-Grant: \u007f",
            "Access-Control-Request-Method: \u00a0",
            "Content-Length: 7");

    private final SplittableRandom random;
    private final String key;
    private final String session;

    /**
     * A source.
     *
     * @param key that is valid; most requests carry it
     * @param session that there is
     */
    HostileRequests(SplittableRandom random, String key, String session) {
        this.random = random;
        this.key = key;
        this.session = session;
    }

    /**
     * One request.
     *
     * @param bytes as they are sent
     * @param isCut whether the body ends before its announced length, so that only the end of the connection ends it
     */
    record Request(byte[] bytes, boolean isCut) {
        String method() {
            final String text = new String(bytes, 0, Math.min(bytes.length, 16), ISO_8859_1);
            return text.substring(0, text.indexOf(' '));
        }

        @Override
        public String toString() {
            final String text = new String(bytes, ISO_8859_1);
            return text.length() > 1_500 ? text.substring(0, 1_500) + "..." : text;
        }
    }

    Request next() {
        final var head = new StringBuilder();
        head.append(any(METHODS)).append(' ').append(target()).append(" HTTP/1.1\r\n");
        head.append("Host: 127.0.0.1\r\n");
        if (!chance(10)) {
            head.append("Authorization: Bearer ")
                    .append(chance(10) ? any(IDS) : key)
                    .append("\r\n");
        }
        head.append("Content-Type: ").append(any(TYPES)).append("\r\n");
        for (int i = random.nextInt(3); i > 0; i--) {
            head.append(chance(50) ? any(HEADERS) : "X-Fine: 1").append("\r\n");
        }
        final byte[] body = body();
        final boolean isCut = body.length > 0 && chance(5);
        if (chance(10)) {
            head.append("Transfer-Encoding: chunked\r\n\r\n");
            return new Request(joined(head, chunks(body)), true);
        }
        head.append("Content-Length: ").append(body.length + (isCut ? 10 : 0)).append("\r\n\r\n");
        return new Request(joined(head, body), isCut);
    }

    private String target() {
        final String id = chance(40) ? session : chance(70) ? any(IDS) : Integer.toString(random.nextInt(), 36);
        String path = any(PATHS).replace("ID", id);
        if (chance(8)) {
            path = any(List.of("/..", "/.", "//", "/%2e%2e/", "/./", "\\", "/v1/../v1", "/%c0%ae")) + path;
        }
        if (chance(4)) {
            path += "/".repeat(random.nextInt(1, 300));
        }
        return chance(40) ? path + "?" + any(QUERIES) + "&" + any(QUERIES) : path;
    }

    private byte[] body() {
        final String good = any(BODIES);
        return switch (random.nextInt(12)) {
            case 0 -> noise(random.nextInt(400));
            case 1 -> broken(good.getBytes(UTF_8));
            case 2 -> good.substring(0, random.nextInt(good.length() + 1)).getBytes(UTF_8);
            case 3 -> nested();
            case 4 -> form(good);
            case 5 -> chance(10) ? noise(600_000) : good.getBytes(UTF_8);
            case 6 -> ("{\"" + any(FIELDS) + "\":" + any(VALUES) + "," + good.replaceFirst("^\\{", "")).getBytes(UTF_8);
            default -> mutated(good).getBytes(UTF_8);
        };
    }

    /** Some fields get other values. */
    private String mutated(String json) {
        String changed = json;
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            final String field = "\"" + any(FIELDS) + "\":";
            final int at = changed.indexOf(field);
            if (at >= 0) {
                final int from = at + field.length();
                int to = from;
                while (to < changed.length() && ",}".indexOf(changed.charAt(to)) < 0) {
                    to++;
                }
                changed = changed.substring(0, from) + any(VALUES) + changed.substring(to);
            }
        }
        return changed;
    }

    private byte[] broken(byte[] bytes) {
        for (int i = 0; i < bytes.length && i < 4; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private byte[] nested() {
        final int depth = random.nextInt(1, 20_000);
        return (chance(50) ? "[".repeat(depth) : "{\"metadata\":" + "{\"a\":".repeat(depth)).getBytes(UTF_8);
    }

    private byte[] form(String payload) {
        final String line = chance(20) ? "\n" : "\r\n";
        final var text = new StringBuilder();
        for (int i = random.nextInt(1, 20); i > 0; i--) {
            text.append("--X").append(line);
            text.append("Content-Disposition: ")
                    .append(any(List.of(
                            "form-data; name=\"payload\"",
                            "form-data; name=image; filename=\"../x\"",
                            "form-data",
                            "attachment",
                            "")))
                    .append(line);
            text.append(chance(30) ? "Content-Type: " + any(TYPES) + line : "").append(line);
            text.append(chance(50) ? payload : new String(noise(100), ISO_8859_1))
                    .append(line);
        }
        return (chance(30) ? text.toString() : text + "--X--" + line).getBytes(ISO_8859_1);
    }

    private byte[] noise(int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** In chunks, of which some are none. */
    private byte[] chunks(byte[] body) {
        final String size = chance(70)
                ? Integer.toHexString(body.length)
                : any(List.of("-1", "zz", "ffffffffffffffff", "", "0x5", "7;a=b"));
        final var out = new ByteArrayOutputStream();
        out.writeBytes((size + "\r\n").getBytes(UTF_8));
        out.writeBytes(body);
        out.writeBytes((chance(80) ? "\r\n0\r\n\r\n" : "0\r\n").getBytes(UTF_8));
        return out.toByteArray();
    }

    private static byte[] joined(StringBuilder head, byte[] body) {
        final var out = new ByteArrayOutputStream();
        out.writeBytes(head.toString().getBytes(ISO_8859_1));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
