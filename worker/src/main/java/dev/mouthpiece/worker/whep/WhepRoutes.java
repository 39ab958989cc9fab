package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.rtc.IceServer;
import io.javalin.Javalin;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * WHEP by HTTP, as the draft has it:
 *
 * <pre>
 *   POST    /whep/{session}            application/sdp           → 201 answer, Location, ETag, Link
 *   PATCH   /whep/{session}/{viewer}   trickle-ice-sdpfrag       → 204; 200 with a fragment for an ICE restart
 *   DELETE  /whep/{session}/{viewer}                             → 200
 *   OPTIONS                                                      → 204, what is accepted
 *   WS      /whep/{session}/speech                               speech in, events out: {@link SpeechSocket}
 * </pre>
 *
 * <p>Each call but OPTIONS carries the session's token as {@code Authorization: Bearer}. Handlers block for as long as a
 * few seconds: they are for virtual threads.
 */
public final class WhepRoutes {
    /** A session that is about to start is waited for so long: the first viewer comes with the order itself. */
    private static final long START_WAIT_MS = 8_000;

    private static final long ANSWER_WAIT_MS = 8_000;
    /** For a whole body, however it trickles in. */
    private static final Duration BODY_PATIENCE = Duration.ofSeconds(20);

    private static final String ENDPOINT = "/whep/{session}";
    private static final String RESOURCE = "/whep/{session}/{viewer}";
    private static final String SPEECH = ENDPOINT + "/speech";
    private static final Logger LOG = LoggerFactory.getLogger(WhepRoutes.class);

    private final WhepRooms rooms;
    private final Duration bodyPatience;

    private WhepRoutes(WhepRooms rooms, Duration bodyPatience) {
        this.rooms = rooms;
        this.bodyPatience = bodyPatience;
    }

    /** Adds the routes to {@code app}. */
    public static void register(Javalin app, WhepRooms rooms) {
        register(app, rooms, BODY_PATIENCE);
    }

    /** @param bodyPatience how long a body may take, from its first byte read to its last */
    static void register(Javalin app, WhepRooms rooms, Duration bodyPatience) {
        final var routes = new WhepRoutes(rooms, bodyPatience);
        app.options(ENDPOINT, context -> options(context, "POST, OPTIONS"));
        app.options(RESOURCE, context -> options(context, "PATCH, DELETE, OPTIONS"));
        app.post(ENDPOINT, context -> routes.answer(context, () -> routes.join(context)));
        app.patch(RESOURCE, context -> routes.answer(context, () -> routes.patch(context)));
        app.delete(RESOURCE, context -> routes.answer(context, () -> routes.leave(context)));
        app.get(ENDPOINT, context -> notAllowed(context, "POST, OPTIONS"));
        app.put(ENDPOINT, context -> notAllowed(context, "POST, OPTIONS"));
        app.patch(ENDPOINT, context -> notAllowed(context, "POST, OPTIONS"));
        app.delete(ENDPOINT, context -> notAllowed(context, "POST, OPTIONS"));
        // Before the viewers' routes, whose names it would be one of.
        app.get(SPEECH, WhepRoutes::upgradeFirst);
        app.get(RESOURCE, context -> notAllowed(context, "PATCH, DELETE, OPTIONS"));
        app.post(RESOURCE, context -> notAllowed(context, "PATCH, DELETE, OPTIONS"));
        app.put(RESOURCE, context -> notAllowed(context, "PATCH, DELETE, OPTIONS"));
        SpeechSocket.register(app, SPEECH, rooms);
    }

    /** One call's work; what it throws is what the caller is told. */
    private interface Work {
        void run() throws IOException, Refused, Offers.RefusedException, InterruptedException;
    }

    /** A call that is not served. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    private void answer(Context context, Work work) {
        allowOrigins(context);
        try {
            work.run();
        } catch (Refused e) {
            refuse(context, e.status, String.valueOf(e.getMessage()));
        } catch (Offers.RefusedException e) {
            refuse(context, e.status(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            refuse(context, 400, "the body could not be read");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(context, 503, "the server is being stopped");
        }
    }

    private void join(Context context) throws IOException, Refused, Offers.RefusedException, InterruptedException {
        final WhepRoom room = room(context);
        requireType(context, Offers.CONTENT_TYPE);
        final String offer = body(context, Offers.MAX_BYTES);
        Offers.check(offer);
        final WhepRoom.Joined joined = await(room.join(offer));
        context.status(201)
                .contentType(Offers.CONTENT_TYPE)
                .header("Location", "/whep/" + context.pathParam("session") + "/" + joined.viewer())
                .header("ETag", joined.etag())
                .header("Accept-Patch", IceFragment.CONTENT_TYPE)
                .header("Cache-Control", "no-store")
                .result(joined.answer());
        for (final IceServer server : room.iceServers()) {
            server.urls().forEach(url -> context.res().addHeader("Link", link(url, server)));
        }
    }

    private void patch(Context context) throws IOException, Refused, InterruptedException {
        final WhepRoom room = room(context);
        requireType(context, IceFragment.CONTENT_TYPE);
        final String ifMatch = context.header("If-Match");
        if (ifMatch == null) {
            throw new Refused(428, "If-Match is missing: send the ETag of the answer, or * to restart ICE");
        }
        final IceFragment fragment;
        try {
            fragment = IceFragment.parse(body(context, Offers.MAX_BYTES));
        } catch (IllegalArgumentException e) {
            throw new Refused(400, String.valueOf(e.getMessage()));
        }
        final WhepRoom.Patched patched = await(room.patch(context.pathParam("viewer"), ifMatch, fragment));
        context.header("ETag", patched.etag());
        if (patched.fragment().isEmpty()) {
            context.status(204);
        } else {
            context.status(200).contentType(IceFragment.CONTENT_TYPE).result(patched.fragment());
        }
    }

    private void leave(Context context) throws Refused, InterruptedException {
        await(room(context).leave(context.pathParam("viewer")));
        context.status(200);
    }

    /** The session that the path names and the token opens, waited for where it is about to start. */
    private WhepRoom room(Context context) throws Refused, InterruptedException {
        final WhepRooms.Place place = rooms.find(context.pathParam("session"))
                .orElseThrow(() -> new Refused(404, "there is no such session, or it is over"));
        if (!place.isToken(bearer(context).orElse(""))) {
            context.header("WWW-Authenticate", "Bearer realm=\"session\"");
            throw new Refused(401, "the session's token is missing or wrong: send Authorization: Bearer TOKEN");
        }
        try {
            return place.room().get(START_WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            context.header("Retry-After", "1");
            throw new Refused(409, "the session has not started yet: try again");
        } catch (ExecutionException e) {
            throw new Refused(404, "the session is over");
        }
    }

    private static <T> T await(CompletableFuture<T> asked) throws Refused, InterruptedException {
        try {
            return asked.get(ANSWER_WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Refused(503, "no answer in time: try again");
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case WhepRoom.NoViewerException gone -> new Refused(404, String.valueOf(gone.getMessage()));
                case WhepRoom.StaleException stale -> new Refused(412, String.valueOf(stale.getMessage()));
                case WhepRoom.FullException full -> new Refused(503, String.valueOf(full.getMessage()));
                case IllegalArgumentException bad -> new Refused(400, String.valueOf(bad.getMessage()));
                case null, default -> {
                    LOG.warn("a viewer's call failed", e.getCause());
                    yield new Refused(500, "this failed on our side: see the server's log");
                }
            };
        }
    }

    private static void refuse(Context context, int status, String message) {
        if (status == 503) {
            context.header("Retry-After", "5");
        }
        context.status(status).contentType("text/plain; charset=utf-8").result(message + "\n");
    }

    private static void requireType(Context context, String type) throws Refused {
        final String given = Optional.ofNullable(context.contentType()).orElse("");
        if (!given.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals(type)) {
            throw new Refused(415, "the body is to be " + type + (given.isEmpty() ? "" : ", not " + given));
        }
    }

    /** The whole body; a read that waits for longer than is left of the time breaks off. */
    private String body(Context context, int maxBytes) throws IOException, Refused {
        final EndPoint connection =
                Request.getBaseRequest(context.req()).getHttpChannel().getEndPoint();
        final long usualMs = connection.getIdleTimeout();
        final long deadlineNs = System.nanoTime() + bodyPatience.toNanos();
        final byte[] bytes = new byte[maxBytes + 1];
        final InputStream in = context.bodyInputStream();
        try {
            int length = 0;
            for (int read = 0;
                    read >= 0 && length < bytes.length;
                    read = in.read(bytes, length, bytes.length - length)) {
                length += read;
                final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw tooSlow();
                }
                connection.setIdleTimeout(leftMs);
            }
            if (length > maxBytes) {
                throw new Refused(413, "the body is longer than " + maxBytes + " bytes");
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        } catch (IOException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw tooSlow();
            }
            throw e;
        } finally {
            connection.setIdleTimeout(usualMs);
        }
    }

    private static Refused tooSlow() {
        return new Refused(408, "the body comes too slowly");
    }

    private static Optional<String> bearer(Context context) {
        final @Nullable String header = context.header("Authorization");
        return header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? Optional.of(header.substring(7).trim())
                : Optional.empty();
    }

    private static String link(String url, IceServer server) {
        final String base = "<" + url + ">; rel=\"ice-server\"";
        return server.username().isEmpty()
                ? base
                : base + "; username=\"" + server.username() + "\"; credential=\"" + server.credential()
                        + "\"; credential-type=\"password\"";
    }

    private static void options(Context context, String methods) {
        allowOrigins(context);
        final boolean isEndpoint = methods.startsWith("POST");
        context.status(204)
                .header("Allow", methods)
                .header("Access-Control-Allow-Methods", methods)
                .header("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
                .header("Access-Control-Max-Age", "86400")
                .header(
                        isEndpoint ? "Accept-Post" : "Accept-Patch",
                        isEndpoint ? Offers.CONTENT_TYPE : IceFragment.CONTENT_TYPE);
    }

    private static void notAllowed(Context context, String methods) {
        allowOrigins(context);
        context.header("Allow", methods);
        refuse(context, 405, context.method() + " means nothing here: " + methods);
    }

    /** What comes without an upgrade; a WebSocket never gets here. */
    private static void upgradeFirst(Context context) {
        allowOrigins(context);
        context.header("Upgrade", "websocket");
        refuse(context, 426, "speech comes by WebSocket: open this address with ws:// or wss://");
    }

    /** Any page may ask: the token is what opens a session, and no cookie goes along. */
    private static void allowOrigins(Context context) {
        if (context.res().getHeader("Access-Control-Allow-Origin") == null) {
            context.header("Access-Control-Allow-Origin", "*");
        }
        context.header("Access-Control-Expose-Headers", "Location, ETag, Link, Accept-Patch, Retry-After");
    }
}
