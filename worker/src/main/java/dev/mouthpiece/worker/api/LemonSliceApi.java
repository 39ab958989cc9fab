package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.CommandKind;
import dev.mouthpiece.worker.session.PictureSize;
import dev.mouthpiece.worker.session.Quality;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.SessionService;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.Sessions;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions in LemonSlice's words: self-managed LiveKit rooms; hosted rooms, Daily and meetings are refused. */
final class LemonSliceApi implements Shape {
    static final String NAME = "lemonslice";

    private static final Logger LOG = LoggerFactory.getLogger(LemonSliceApi.class);
    private static final String SESSIONS = "/api/liveai/sessions";
    private static final Set<Integer> RATES = Set.of(16_000, 22_050, 24_000, 44_100, 48_000);
    private static final Map<String, Quality> MODELS = Map.of(
            "flash", Quality.STANDARD,
            "lite", Quality.LITE,
            "pro", Quality.PRO,
            "cwm-1", Quality.STANDARD,
            "cwm-1-lite", Quality.LITE);
    private static final int MAX_ID = 128;
    private static final int MAX_URL = 2_048;
    private static final int MAX_TOKEN = 16_384;
    private static final int MAX_PROMPT = 4_000;
    private static final int USUAL_IDLE_S = 60;
    private static final int MAX_S = 86_400;

    /** As long as the service that this looks like runs a session. */
    private static final long MAX_DURATION_MS = Duration.ofMinutes(30).toMillis();

    private static final int MAX_LIVE_IMAGE_BYTES = 900_000;

    /** As base64, with what goes around it. */
    private static final int MAX_CONTROL_BYTES = 2 << 20;

    /** Where no worker has room, for so long it may turn up before the client is told. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String DEFAULT_PROMPT = "a person talking";
    private static final String DEFAULT_IDLE_PROMPT = "a serious person";

    private final SessionService service;
    private final PictureIntake pictures;
    private final PictureFetch fetch;
    private final @Nullable String publicUrl;

    /**
     * Over this service.
     *
     * @param publicUrl under which clients reach us; null for the one that each of them has used
     */
    LemonSliceApi(SessionService service, PictureIntake pictures, PictureFetch fetch, @Nullable String publicUrl) {
        this.service = service;
        this.pictures = pictures;
        this.fetch = fetch;
        this.publicUrl = publicUrl;
    }

    @Override
    public void mount(Routes routes) {
        routes.post(SESSIONS, this::create);
        routes.get(SESSIONS, this::list);
        routes.get(SESSIONS + "/{id}", this::get);
        routes.post(SESSIONS + "/{id}/control", this::control);
        routes.post(SESSIONS + "/{id}/join-meeting", (context, tenant) -> refuseMeetings());
        routes.post(SESSIONS + "/{id}/leave-meeting", (context, tenant) -> refuseMeetings());
        for (final String rooms : List.of("/api/liveai/rooms", "/api/rooms")) {
            routes.post(rooms, (context, tenant) -> refuseHosted());
            routes.get(rooms, (context, tenant) -> refuseHosted());
        }
    }

    @Override
    public void refuse(Context context, RequestException e) {
        Answers.head(context, e);
        Answers.json(context, Statuses.of(e.kind()), Map.of("detail", e.text()));
    }

    private static void refuseMeetings() {
        throw RequestException.of(Kind.MALFORMED, "meetings", "meetings are not supported");
    }

    private static void refuseHosted() {
        throw RequestException.of(Kind.NOT_FOUND, "hosted", "hosted pipeline not available");
    }

    private void create(Context context, Tenant tenant) {
        final byte[] payload;
        final byte @Nullable [] image;
        if (Bodies.isMultipart(context)) {
            final Map<String, byte[]> form = Bodies.form(context, PictureIntake.MAX_FORM_BYTES);
            payload = form.getOrDefault("payload", new byte[0]);
            image = form.get("image");
        } else {
            payload = Bodies.read(context, Bodies.MAX_JSON_BYTES);
            image = null;
        }
        final var fields = new Fields(Bodies.object(payload), "", Kind.MALFORMED);
        final SessionSpec asked = spec(fields, image != null);
        final var properties = new Fields(
                fields.object("properties").orElseThrow(() -> fields.missing("properties")),
                "properties.",
                Kind.MALFORMED);
        final String url = properties.requireText("livekit_url", MAX_URL);
        if (!ProtofaceApi.isRoomUrl(url)) {
            throw properties.wrong("livekit_url", "must be a ws, wss, http or https URL");
        }
        final String token = properties.requireText("livekit_token", MAX_TOKEN);
        tellIgnored(fields);
        final String picture = picture(fields, image);
        final Session session = service.create(
                tenant,
                new SessionService.Order(
                        Ids.lemonSliceSession(),
                        NAME,
                        in(asked, new SessionSpec.Room(url, null, null, true), picture),
                        token,
                        null,
                        new String(payload, StandardCharsets.UTF_8),
                        PATIENCE));
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("session_id", session.id());
        answer.put("control_url", controlUrl(context, session.id()));
        answer.put("room_url", session.spec().room().url());
        Answers.json(context, 201, answer);
    }

    /** All but room and picture. */
    private static SessionSpec spec(Fields fields, boolean hasImage) {
        final String transport = fields.requireText("transport_type", MAX_ID);
        if (!transport.equals("livekit")) {
            throw RequestException.of(
                    Kind.MALFORMED,
                    "transport",
                    transport.equals("daily")
                            ? "transport_type daily is not supported"
                            : "transport_type must be livekit",
                    "transport_type");
        }
        final Optional<String> agent = fields.text("agent_id", MAX_ID);
        final int sources = (agent.isPresent() ? 1 : 0) + (fields.has("agent_image_url") ? 1 : 0) + (hasImage ? 1 : 0);
        if (sources != 1) {
            throw RequestException.of(
                    Kind.MALFORMED,
                    "image_source",
                    "give exactly one of agent_id, agent_image_url and the part image; got " + sources);
        }
        final int rate =
                fields.integer("audio_sample_rate", 0, Integer.MAX_VALUE).orElse(16_000);
        if (!RATES.contains(rate)) {
            throw fields.wrong("audio_sample_rate", "must be 16000, 22050, 24000, 44100 or 48000");
        }
        final Quality quality = fields.text("model", MAX_ID)
                .map(model -> Optional.ofNullable(MODELS.get(model))
                        .orElseThrow(() -> fields.wrong("model", "must be flash, lite, pro, cwm-1 or cwm-1-lite")))
                .orElse(Quality.STANDARD);
        final PictureSize size = PictureSize.of(
                        fields.text("aspect_ratio", MAX_ID).orElse(PictureSize.USUAL_ASPECT), quality)
                .orElseThrow(() -> fields.wrong("aspect_ratio", "must be 2x3, 9x16, 1x1 or 3x2"));
        final int idleS = fields.integer("idle_timeout", -MAX_S, MAX_S).orElse(USUAL_IDLE_S);
        final long responseDoneMs = fields.number("response_done_timeout", 0, MAX_S)
                .map(s -> (long) (s * 1_000))
                .orElse(0L);
        return new SessionSpec(
                agent.orElse(null),
                null,
                new SessionSpec.Room("", null, null, true),
                new SessionSpec.Audio(false, null, false, responseDoneMs),
                quality.word(),
                size.width(),
                size.height(),
                fields.flag("simulcast"),
                Math.max(0, idleS) * 1_000L,
                MAX_DURATION_MS,
                null,
                new SessionSpec.Mood(
                        fields.prose("agent_prompt", MAX_PROMPT).orElse(DEFAULT_PROMPT),
                        fields.prose("agent_idle_prompt", MAX_PROMPT).orElse(DEFAULT_IDLE_PROMPT)),
                Map.of());
    }

    private static SessionSpec in(SessionSpec spec, SessionSpec.Room room, @Nullable String picture) {
        return new SessionSpec(
                spec.avatarId(),
                picture,
                room,
                spec.audio(),
                spec.quality(),
                spec.width(),
                spec.height(),
                spec.simulcast(),
                spec.idleTimeoutMs(),
                spec.maxDurationMs(),
                null,
                spec.mood(),
                spec.metadata());
    }

    private @Nullable String picture(Fields fields, byte @Nullable [] image) {
        if (image != null) {
            return pictures.keep(image, Kind.MALFORMED, "image");
        }
        return fields.text("agent_image_url", MAX_URL)
                .map(url -> pictures.keep(fetch.fetch(url, "agent_image_url"), Kind.MALFORMED, "agent_image_url"))
                .orElse(null);
    }

    private static void tellIgnored(Fields fields) {
        fields.has("action_engine");
        final List<String> others = fields.others();
        if (!others.isEmpty()) {
            LOG.debug("fields of a LemonSlice create that mean nothing here: {}", others.size());
        }
    }

    private String controlUrl(Context context, String id) {
        final String base = Objects.requireNonNullElseGet(publicUrl, () -> context.scheme() + "://" + context.host());
        final String path = context.path();
        final String prefix = path.substring(0, path.indexOf("/api/"));
        return base + prefix + SESSIONS + "/" + id + "/control";
    }

    private void list(Context context, Tenant tenant) {
        final int page = Queries.number(context, "page", 1, 1_000_000, Kind.MALFORMED);
        final int limit = Queries.number(context, "limit", 25, 100, Kind.MALFORMED);
        final var filter = new Sessions.Filter(NAME, List.of(), null, null, null, null, (page - 1) * limit, limit);
        final long total = service.count(tenant, filter);
        final List<Map<String, Object>> shown = service.list(tenant, filter).stream()
                .map(LemonSliceApi::summary)
                .toList();
        final Map<String, Object> pagination = new LinkedHashMap<>();
        pagination.put("page", page);
        pagination.put("limit", limit);
        pagination.put("total", total);
        pagination.put("total_pages", (total + limit - 1) / limit);
        pagination.put("has_more", (long) page * limit < total);
        Answers.json(context, 200, Map.of("sessions", shown, "pagination", pagination));
    }

    private static Map<String, Object> summary(Session session) {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("session_id", session.id());
        view.put("session_status", status(session));
        view.put("created_at", ProtofaceViews.time(session.times().created()));
        view.put("credits_used", 0);
        view.put("provider", "livekit");
        return view;
    }

    private void get(Context context, Tenant tenant) {
        final Session session = service.get(tenant, context.pathParam("id"));
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("session_status", status(session));
        if (status(session).equals("COMPLETED")) {
            view.put("cost", 0);
        }
        Answers.json(context, 200, view);
    }

    private static String status(Session session) {
        return switch (session.state()) {
            case CREATED, QUEUED, STARTING -> "QUEUED";
            case RUNNING, ENDING -> "ACTIVE";
            case ENDED, CANCELED -> "COMPLETED";
            case FAILED ->
                session.failure() != null && session.failure().code().equals("queue.timeout") ? "TIMED_OUT" : "FAILED";
        };
    }

    private void control(Context context, Tenant tenant) {
        final byte[] body = Bodies.read(context, MAX_CONTROL_BYTES);
        final String id = context.pathParam("id");
        final Session session = service.get(tenant, id);
        final var fields = new Fields(Bodies.object(body), "", Kind.MALFORMED);
        final String event = fields.requireText("event", MAX_ID);
        if (event.equals("terminate")) {
            service.end(tenant, id, "user");
        } else if (session.state().isTerminal()) {
            throw RequestException.of(Kind.NOT_FOUND, "session_over", "the session is over");
        } else {
            carryOut(tenant, id, event, fields);
        }
        Answers.json(context, 200, Map.of("success", true));
    }

    private void carryOut(Tenant tenant, String id, String event, Fields fields) {
        switch (event) {
            case "update-image" -> service.command(tenant, id, CommandKind.SHOW_PICTURE, newPicture(fields));
            case "update-agent-prompt" ->
                service.command(tenant, id, CommandKind.SPEAKING_PROMPT, prompt(fields, "agent_prompt"));
            case "update-idle-prompt" ->
                service.command(tenant, id, CommandKind.IDLE_PROMPT, prompt(fields, "idle_prompt"));
            case "reset-idle-timeout" -> service.command(tenant, id, CommandKind.RESET_IDLE_TIMEOUT, "");
            case "pose-trigger" ->
                new Fields(
                                fields.object("pose_trigger").orElseThrow(() -> fields.missing("pose_trigger")),
                                "pose_trigger.",
                                Kind.MALFORMED)
                        .requireText("name", MAX_ID);
            case "action" -> fields.requireText("action", MAX_ID);
            default -> throw fields.wrong("event", "is not known");
        }
    }

    private static String prompt(Fields fields, String name) {
        return fields.prose(name, MAX_PROMPT).orElseThrow(() -> fields.missing(name));
    }

    private String newPicture(Fields fields) {
        final Optional<String> base64 = fields.prose("image_base64", MAX_CONTROL_BYTES);
        final Optional<String> url = fields.text("image_url", MAX_URL);
        if (base64.isPresent() == url.isPresent()) {
            throw RequestException.of(Kind.MALFORMED, "image_source", "give exactly one of image_url and image_base64");
        }
        return url.map(from -> pictures.keep(fetch.fetch(from, "image_url"), Kind.MALFORMED, "image_url"))
                .orElseGet(() -> pictures.keep(decoded(fields, base64.orElseThrow()), Kind.MALFORMED, "image_base64"));
    }

    /** Raw, or as a data URL. */
    private static byte[] decoded(Fields fields, String text) {
        final String data = text.startsWith("data:") ? text.substring(text.indexOf(',') + 1) : text;
        final byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(data);
        } catch (IllegalArgumentException e) {
            throw fields.wrong("image_base64", "is not base64");
        }
        if (bytes.length > MAX_LIVE_IMAGE_BYTES) {
            throw RequestException.of(
                    Kind.TOO_LARGE, "image_too_large", "image_base64 has more than " + MAX_LIVE_IMAGE_BYTES + " bytes");
        }
        if (bytes.length == 0) {
            throw fields.wrong("image_base64", "is empty");
        }
        return bytes;
    }
}
