package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.film.Videos;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.Workers;
import dev.mouthpiece.worker.studio.Overview;
import dev.mouthpiece.worker.studio.StudioRoutes;
import io.javalin.Javalin;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What the studio page shows, out of the store: each caller sees what is its own. */
public final class StudioApi {
    private static final int MAX_SESSIONS = 100;

    private final Access access;
    private final Sessions sessions;
    private final Workers workers;
    private final Avatars avatars;
    private final ToIntFunction<String> viewers;

    private StudioApi(
            Access access, Sessions sessions, Workers workers, Avatars avatars, ToIntFunction<String> viewers) {
        this.access = access;
        this.sessions = sessions;
        this.workers = workers;
        this.avatars = avatars;
        this.viewers = viewers;
    }

    /**
     * Adds the page.
     *
     * @param viewers how many watch a session that is on air in this process
     */
    public static void mount(
            Javalin app,
            Access access,
            Sessions sessions,
            Workers workers,
            Avatars avatars,
            ToIntFunction<String> viewers) {
        final var studio = new StudioApi(access, sessions, workers, avatars, viewers);
        StudioRoutes.register(app, studio::picture, studio::look, access::require);
    }

    private Optional<byte[]> picture(Context caller, String id) {
        if (id.equals(PlatformAvatars.PATTERN)) {
            return Optional.empty();
        }
        if (PlatformAvatars.find(id).isPresent()) {
            return Optional.of(PlatformAvatars.picture(id));
        }
        return avatars.get(access.require(caller).owner(), id)
                .flatMap(avatar -> avatars.picture(avatar.picture()))
                .map(file -> Videos.isVideo(file) ? Videos.poster(id, file) : file);
    }

    private Overview look(Context caller) {
        final Tenant tenant = access.require(caller);
        final Instant now = InstantSource.system().instant();
        final Map<String, String> names = new HashMap<>();
        final List<Overview.AvatarView> faces = new ArrayList<>();
        for (final PlatformAvatars.PlatformAvatar avatar : PlatformAvatars.all()) {
            names.put(avatar.id(), avatar.name());
            faces.add(new Overview.AvatarView(avatar.id(), avatar.name(), "ready", ""));
        }
        for (final Avatars.StoredAvatar avatar : avatars.list(tenant.owner())) {
            names.put(avatar.id(), avatar.name());
            faces.add(new Overview.AvatarView(
                    avatar.id(),
                    avatar.name(),
                    avatar.state().name().toLowerCase(Locale.ROOT),
                    text(avatar.failure())));
        }
        return new Overview(
                now.toString(),
                sessions.latest(tenant.owner(), MAX_SESSIONS).stream()
                        .map(session -> view(session, names, now))
                        .toList(),
                workers.list().stream().map(StudioApi::view).toList(),
                faces);
    }

    private Overview.SessionView view(Session session, Map<String, String> names, Instant now) {
        final Session.Times times = session.times();
        final Instant until = times.finished() == null ? now : times.finished();
        final Session.Failure failure = session.failure();
        final String avatar = session.spec().avatarId();
        return new Overview.SessionView(
                session.id(),
                session.state().word(),
                avatar == null ? "picture of the request" : names.getOrDefault(avatar, avatar),
                where(session),
                Math.max(0, Duration.between(times.created(), until).toSeconds()),
                failure == null ? text(session.endReason()) : failure.code() + ": " + failure.message());
    }

    private String where(Session session) {
        final SessionSpec.Room room = session.spec().room();
        if (!room.inBrowser()) {
            return "LiveKit" + (room.name() == null ? "" : ", room " + room.name());
        }
        if (session.state().isTerminal()) {
            return "browser";
        }
        final int count = viewers.applyAsInt(session.id());
        return "browser, " + count + (count == 1 ? " viewer" : " viewers");
    }

    private static Overview.WorkerView view(Workers.Seen worker) {
        return new Overview.WorkerView(
                worker.id(),
                worker.host(),
                worker.isLost() ? "lost" : worker.isDraining() ? "draining" : "ready",
                worker.used(),
                worker.capacity(),
                "");
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
