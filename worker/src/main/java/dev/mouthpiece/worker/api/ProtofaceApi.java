package dev.mouthpiece.worker.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.session.PictureSize;
import dev.mouthpiece.worker.session.Quality;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.SessionService;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.SessionState;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.StoreException;
import io.javalin.http.Context;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sessions, usage, status and plans in Protoface's words, which are our native ones. */
final class ProtofaceApi implements Shape {
    static final String NAME = "protoface";

    private static final int MAX_ID = 128;
    private static final int MAX_URL = 2_048;
    private static final int MAX_NAME = 512;
    private static final int MAX_TOKEN = 16_384;
    private static final int MAX_METADATA_BYTES = 8 << 10;
    private static final int MAX_KEY = 255;
    private static final int MAX_PAGE = 100;
    private static final int USUAL_PAGE = 20;
    private static final int USUAL_IDLE_S = 30;
    private static final int MAX_IDLE_S = 600;
    private static final int MAX_DURATION_S = 3_600;
    private static final String RESERVED = "_avatar.";
    private static final Set<String> SCHEMES = Set.of("ws", "wss", "http", "https");

    private final SessionService service;
    private final int planDurationS;
    private final ProtofaceViews views;
    private final BrowserDoor door;
    private final @Nullable String publicUrl;

    /**
     * Over this service.
     *
     * @param planDurationS the longest that a session may last, 1..3600
     * @param door for sessions in browsers
     * @param publicUrl under which clients reach us; null for the one that each of them has used
     */
    ProtofaceApi(SessionService service, int planDurationS, BrowserDoor door, @Nullable String publicUrl) {
        this.service = service;
        this.door = door;
        this.publicUrl = publicUrl;
        this.planDurationS = planDurationS;
        this.views = new ProtofaceViews(planDurationS);
    }

    @Override
    public void mount(Routes routes) {
        routes.post("/v1/sessions", this::create);
        routes.get("/v1/sessions", this::list);
        routes.get(
                "/v1/sessions/{id}",
                (context, tenant) -> Answers.json(
                        context, 200, views.session(service.get(tenant, context.pathParam("id")), base(context))));
        routes.post("/v1/sessions/{id}/end", (context, tenant) -> {
            Bodies.read(context, Bodies.MAX_JSON_BYTES);
            Answers.json(
                    context, 200, views.session(service.end(tenant, context.pathParam("id"), "user"), base(context)));
        });
        routes.get("/v1/usage", this::usage);
        routes.getOpen("/v1/status", this::status);
        routes.getOpen("/v1/billing/plans", context -> Answers.json(context, 200, List.of(views.plan())));
        routes.get("/v1/billing/quota", (context, tenant) -> Answers.json(context, 200, views.quota(tenant)));
    }

    @Override
    public void refuse(Context context, RequestException e) {
        Answers.protofaceError(context, e);
    }

    private void create(Context context, Tenant tenant) {
        final String key = context.header("Idempotency-Key");
        if (key != null && (key.isEmpty() || key.length() > MAX_KEY)) {
            throw RequestException.of(
                    Kind.MALFORMED, "invalid_idempotency_key", "An Idempotency-Key has 1 to 255 characters.");
        }
        final byte[] body = Bodies.read(context, Bodies.MAX_JSON_BYTES);
        final var fields = new Fields(Bodies.object(body), "", Kind.UNPROCESSABLE);
        final String avatar = fields.requireText("avatar_id", MAX_ID);
        final ObjectNode transport = fields.object("transport").orElseThrow(() -> fields.missing("transport"));
        final Quality quality = fields.text("quality", MAX_ID)
                .map(word -> Quality.find(word)
                        .orElseThrow(() -> fields.wrong("quality", "must be mock, lite, standard or pro")))
                .orElse(Quality.STANDARD);
        final int idleS = fields.integer("idle_timeout_seconds", 1, MAX_IDLE_S).orElse(USUAL_IDLE_S);
        final int wishedS = fields.number("max_duration_seconds", 0, MAX_DURATION_S)
                .map(seconds -> (int) Math.ceil(seconds))
                .orElse(planDurationS);
        if (wishedS < 1) {
            throw fields.wrong("max_duration_seconds", "must be 1 to " + MAX_DURATION_S);
        }
        final Map<String, Object> metadata = metadata(fields);
        fields.refuseOthers();
        final String id = Ids.protofaceSession();
        final Transport room = transport(transport, id);
        final int durationS = Math.min(wishedS, planDurationS);
        final PictureSize size =
                PictureSize.of(PictureSize.USUAL_ASPECT, quality).orElseThrow();
        final var spec = new SessionSpec(
                avatar,
                null,
                room.room(),
                room.audio(),
                quality.word(),
                size.width(),
                size.height(),
                false,
                idleS * 1_000L,
                durationS * 1_000L,
                durationS,
                SessionSpec.Mood.NEUTRAL,
                metadata);
        final Session session = service.create(
                tenant,
                new SessionService.Order(
                        id, NAME, spec, room.token(), key, new String(body, StandardCharsets.UTF_8), Duration.ZERO));
        final Map<String, Object> view = views.session(session, base(context));
        if (spec.room().inBrowser()) {
            // The one time that the token is told.
            final Map<String, Object> shown =
                    ProtofaceViews.browser(session.id(), base(context), door.token(session.id()));
            shown.put("ice_servers", door.iceServers());
            view.put("transport", shown);
        }
        Answers.json(context, 201, view);
    }

    private String base(Context context) {
        return Objects.requireNonNullElseGet(publicUrl, () -> context.scheme() + "://" + context.host());
    }

    private record Transport(SessionSpec.Room room, SessionSpec.Audio audio, String token) {
        @Override
        public String toString() {
            return "Transport[" + room + "]";
        }
    }

    private Transport transport(ObjectNode node, String id) {
        final var fields = new Fields(node, "transport.", Kind.UNPROCESSABLE);
        // The SDK's typed configuration leaves out what was not set, and its type is a default.
        final boolean isLiveKit = fields.has("url") && fields.has("room_name") && fields.has("worker_token");
        final JsonNode type = node.get("type");
        if ((type == null || type.isNull()) && !isLiveKit) {
            throw RequestException.of(
                    Kind.MALFORMED, "transport.type.missing", "The field transport.type is missing.", "transport.type");
        }
        final String kind = fields.text("type", MAX_ID).orElse("livekit");
        if (kind.equals("whep") && door.isOpen()) {
            fields.refuseOthers();
            door.expect(id);
            return new Transport(SessionSpec.Room.browser(door.node()), SessionSpec.Audio.STREAMS, door.token(id));
        }
        if (!kind.equals("livekit")) {
            throw RequestException.of(
                    Kind.MALFORMED,
                    "transport.unsupported",
                    "Only transport.type " + (door.isOpen() ? "livekit and whep are" : "livekit is")
                            + " supported here.",
                    "transport.type");
        }
        final String url = fields.requireText("url", MAX_URL);
        if (!isRoomUrl(url)) {
            throw fields.wrong("url", "must be a ws, wss, http or https URL");
        }
        final String name = fields.requireText("room_name", MAX_NAME);
        final String token = fields.requireText("worker_token", MAX_TOKEN);
        final String identity = fields.text("worker_identity", MAX_NAME).orElse("protoface-worker");
        final String source = fields.text("audio_source", MAX_ID).orElse("data_stream");
        if (!source.equals("data_stream") && !source.equals("track")) {
            throw fields.wrong("audio_source", "must be data_stream or track");
        }
        final var audio = new SessionSpec.Audio(
                source.equals("track"),
                fields.text("subscribe_to_identity", MAX_NAME).orElse(null),
                fields.flag("synthetic_audio_if_no_input"),
                0);
        fields.refuseOthers();
        return new Transport(new SessionSpec.Room(url, name, identity, false), audio, token);
    }

    /** Whether a LiveKit server can be at that URL. */
    static boolean isRoomUrl(String url) {
        try {
            final var uri = new URI(url);
            return uri.getScheme() != null
                    && SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Map<String, Object> metadata(Fields fields) {
        final Map<String, Object> metadata = new LinkedHashMap<>();
        final Optional<ObjectNode> node = fields.object("metadata");
        if (node.isEmpty()) {
            return metadata;
        }
        if (node.get().toString().getBytes(StandardCharsets.UTF_8).length > MAX_METADATA_BYTES) {
            throw fields.wrong("metadata", "must have at most " + MAX_METADATA_BYTES + " bytes");
        }
        for (final Map.Entry<String, JsonNode> entry : node.get().properties()) {
            if (entry.getKey().startsWith(RESERVED)) {
                throw fields.wrong("metadata", "must not have keys that begin with " + RESERVED);
            }
            if (entry.getValue().isContainerNode()) {
                throw fields.wrong("metadata", "must be flat: strings, numbers, booleans and nulls");
            }
            metadata.put(entry.getKey(), Bodies.json().convertValue(entry.getValue(), Object.class));
        }
        return metadata;
    }

    private void list(Context context, Tenant tenant) {
        final List<SessionState> states = new ArrayList<>();
        for (final String word : context.queryParams("status")) {
            switch (word) {
                case "active" -> states.addAll(SessionState.ACTIVE);
                case "terminal" -> states.addAll(SessionState.TERMINAL);
                default -> states.add(state(word));
            }
        }
        final int limit = Queries.limit(context, USUAL_PAGE, MAX_PAGE);
        final String after = context.queryParam("starting_after");
        if (after != null) {
            Queries.requireCursor(() -> service.get(tenant, after));
        }
        final var filter = new Sessions.Filter(
                NAME,
                states,
                context.queryParam("avatar_id"),
                time(context, "created_after").orElse(null),
                time(context, "created_before").orElse(null),
                after,
                0,
                limit + 1);
        final List<Session> found = service.list(tenant, filter);
        Answers.json(
                context,
                200,
                Queries.page(found, limit, Session::id, session -> views.session(session, base(context))));
    }

    private static SessionState state(String word) {
        for (final SessionState state : SessionState.values()) {
            if (state.word().equals(word)) {
                return state;
            }
        }
        throw RequestException.of(Kind.MALFORMED, "invalid_status", "There is no such session status.", "status");
    }

    private static Optional<Instant> time(Context context, String name) {
        final String text = context.queryParam(name);
        if (text == null) {
            return Optional.empty();
        }
        try {
            // A plus sign in a query that was not escaped arrives as a space.
            return Optional.of(
                    bounded(OffsetDateTime.parse(text.replace(' ', '+')).toInstant()));
        } catch (DateTimeException e) {
            try {
                return Optional.of(
                        LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
            } catch (DateTimeException again) {
                throw RequestException.of(
                        Kind.UNPROCESSABLE,
                        "invalid_parameter",
                        name + " must be a time such as 2026-01-31T12:00:00Z.",
                        name);
            }
        }
    }

    private static Instant bounded(Instant time) {
        if (time.isBefore(Instant.EPOCH) || time.getEpochSecond() > 253_402_300_799L) {
            throw new DateTimeException("out of range");
        }
        return time;
    }

    private void usage(Context context, Tenant tenant) {
        final String period = context.queryParam("period");
        final Optional<Instant> start = time(context, "period_start");
        final Optional<Instant> end = time(context, "period_end");
        final Instant from;
        final Instant to;
        if (start.isPresent() || end.isPresent()) {
            if (period != null
                    || start.isEmpty()
                    || end.isEmpty()
                    || !start.get().isBefore(end.get())) {
                throw badPeriod();
            }
            from = start.get();
            to = end.get();
        } else {
            final YearMonth now = YearMonth.now(ZoneOffset.UTC);
            final YearMonth month =
                    switch (Objects.requireNonNullElse(period, "current_month")) {
                        case "current_month" -> now;
                        case "previous_month" -> now.minusMonths(1);
                        default -> throw badPeriod();
                    };
            from = start(month);
            to = start(month.plusMonths(1));
        }
        Answers.json(context, 200, views.usage(from, to, service.usage(tenant, from, to)));
    }

    private static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static RequestException badPeriod() {
        return RequestException.of(
                Kind.MALFORMED,
                "invalid_period",
                "Name a period, current_month or previous_month, or period_start and a later period_end.",
                "period");
    }

    private void status(Context context) {
        final @Nullable Long places = free();
        Answers.json(context, 200, views.status(places));
    }

    /** Null where the database does not answer: that is what the caller wants to know. */
    private @Nullable Long free() {
        try {
            return service.freePlaces();
        } catch (StoreException e) {
            return null;
        }
    }
}
