package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.SessionState;
import dev.mouthpiece.worker.store.Sessions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Our things as Protoface shows them: exactly these fields, for its client takes no others. Stateless. */
final class ProtofaceViews {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);
    private static final String REDACTED = "[redacted]";
    private static final int ANY_NUMBER = 10_000;

    private final int planDurationS;

    ProtofaceViews(int planDurationS) {
        this.planDurationS = planDurationS;
    }

    static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : TIME.format(time);
    }

    /** @param base under which the caller reaches us */
    Map<String, Object> session(Session session, String base) {
        final SessionSpec spec = session.spec();
        final Session.Times times = session.times();
        final boolean isFailed = session.state() == SessionState.FAILED;
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("object", "session");
        view.put("id", session.id());
        view.put("status", session.state().word());
        view.put("avatar_id", spec.avatarId());
        view.put("transport", spec.room().inBrowser() ? browser(session.id(), base, REDACTED) : transport(spec));
        view.put("quality", spec.quality());
        view.put(
                "max_duration_seconds",
                spec.requestedMaxDurationS() == null ? planDurationS : spec.requestedMaxDurationS());
        view.put("idle_timeout_seconds", spec.idleTimeoutMs() / 1_000);
        view.put("metadata", spec.metadata());
        view.put("created_at", time(times.created()));
        view.put("started_at", time(times.started()));
        view.put("first_frame_at", time(times.firstFrame()));
        view.put("ended_at", isFailed ? null : time(times.finished()));
        view.put("failed_at", isFailed ? time(times.finished()) : null);
        view.put("failure", failure(session.failure()));
        view.put("usage", times.firstFrame() == null ? null : usage(session.usage()));
        return view;
    }

    /** A session for browsers: where to watch it, and where to speak. */
    static Map<String, Object> browser(String id, String base, String token) {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("type", "whep");
        view.put("whep_url", base + "/whep/" + id);
        view.put("speech_url", base.replaceFirst("^http", "ws") + "/whep/" + id + "/speech");
        view.put("token", token);
        return view;
    }

    private static Map<String, Object> transport(SessionSpec spec) {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("type", "livekit");
        view.put("url", spec.room().url());
        view.put("room_name", spec.room().name());
        view.put("worker_identity", spec.room().workerIdentity());
        view.put("worker_token", REDACTED);
        view.put("audio_source", spec.audio().isTrack() ? "track" : "data_stream");
        view.put("subscribe_to_identity", spec.audio().subscribeTo());
        view.put("synthetic_audio_if_no_input", spec.audio().isSyntheticIfSilent());
        return view;
    }

    private static @Nullable Map<String, Object> failure(Session.@Nullable Failure failure) {
        return failure == null ? null : Map.of("code", failure.code(), "message", failure.message());
    }

    private static Map<String, Object> usage(Session.Usage usage) {
        return Map.of("billable_seconds", seconds(usage.billableMs()), "frames", usage.frames());
    }

    private static long seconds(long ms) {
        return (ms + 999) / 1_000;
    }

    Map<String, Object> usage(Instant from, Instant to, List<Sessions.Used> used) {
        final Map<String, Object> byQuality = new LinkedHashMap<>();
        long sessions = 0;
        long total = 0;
        for (final Sessions.Used one : used) {
            byQuality.put(one.quality(), seconds(one.billableMs()));
            sessions += one.sessions();
            total += seconds(one.billableMs());
        }
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("period_start", time(from));
        view.put("period_end", time(to));
        view.put("billable_seconds", total);
        view.put("sessions", sessions);
        view.put("by_quality", byQuality);
        return view;
    }

    /**
     * How the service fares.
     *
     * @param places that are free; null where the database does not answer
     */
    Map<String, Object> status(@Nullable Long places) {
        final String database = places == null ? "outage" : "operational";
        final String workers = places == null || places <= 0 ? "degraded" : "operational";
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("status", places == null ? "outage" : workers);
        view.put(
                "components",
                List.of(
                        Map.of("name", "api", "status", "operational"),
                        Map.of("name", "database", "status", database),
                        Map.of("name", "workers", "status", workers)));
        view.put("updated_at", time(Instant.now()));
        return view;
    }

    /** There is one plan, and it costs nothing. */
    Map<String, Object> plan() {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("key", "self_hosted");
        view.put("name", "Self-hosted");
        view.put("monthly_price_cents", 0);
        view.put("included_credits", 0);
        view.put("extra_credit_unit_micros", null);
        view.put("max_concurrency", ANY_NUMBER);
        view.put("session_time_limit_seconds", planDurationS);
        view.put("custom_avatar_slots", ANY_NUMBER);
        view.put("extra_avatar_slot_cents", null);
        return view;
    }

    Map<String, Object> quota(Tenant tenant) {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("plan", "self_hosted");
        view.put("max_concurrency", tenant.maxSessions() == 0 ? ANY_NUMBER : tenant.maxSessions());
        view.put("session_time_limit_seconds", planDurationS);
        view.put("custom_avatar_slots", ANY_NUMBER);
        view.put("credits_remaining", ANY_NUMBER);
        return view;
    }
}
