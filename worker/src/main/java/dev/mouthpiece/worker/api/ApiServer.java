package dev.mouthpiece.worker.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.SessionService;
import dev.mouthpiece.worker.store.Avatars;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import io.javalin.websocket.WsHandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server: every shape of the API at the root and under its prefix, health, metrics and the OpenAPI document. Made, started and stopped by the
 * command; serves on virtual threads.
 */
public final class ApiServer implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final int MAX_CONNECTIONS = 2_048;
    private static final int MAX_HEADER_BYTES = 32 << 10;
    private static final long STOP_MS = 3_000;
    private static final String ALLOWED_HEADERS =
            "authorization, content-type, x-api-key, idempotency-key, x-protoface-session-grant";
    private static final String EXPOSED_HEADERS = "x-request-id, retry-after, location, link, etag";

    private final Javalin app;
    private final PictureFetch fetch;
    private final Settings settings;

    /**
     * How it serves.
     *
     * @param host to bind
     * @param port to bind; 0 for any free one
     * @param publicUrl under which clients reach it; null for the one that each of them has used
     * @param origins of web pages that may call; {@code *} for all
     * @param maxSessionS the longest that a session may last
     * @param isPrivateAllowed whether pictures may be fetched from inside the house
     * @param fetchPatience for a picture
     */
    public record Settings(
            String host,
            int port,
            @Nullable String publicUrl,
            List<String> origins,
            int maxSessionS,
            boolean isPrivateAllowed,
            Duration fetchPatience) {}

    /**
     * Who answers for the process.
     *
     * @param isReady whether it would take a session; if not, why
     * @param metrics in Prometheus' text format
     */
    public record Probes(Supplier<String> isReady, Supplier<String> metrics) {}

    /**
     * A server that is not started.
     *
     * @param door for sessions in browsers
     * @param more adds routes of other rooms
     */
    public ApiServer(
            Settings settings,
            Access access,
            SessionService service,
            Avatars avatars,
            Probes probes,
            BrowserDoor door,
            Consumer<Javalin> more) {
        this.settings = settings;
        this.fetch = new PictureFetch(settings.fetchPatience(), settings.isPrivateAllowed());
        this.app = create();
        final var pictures = new PictureIntake(avatars);
        final var protoface = new ProtofaceApi(service, settings.maxSessionS(), door, settings.publicUrl());
        final var lemonSlice = new LemonSliceApi(service, pictures, fetch, settings.publicUrl());
        final var avatarApi = new AvatarApi(avatars, pictures);
        protoface.mount(new Routes(app, access, protoface, List.of("", "/protoface")));
        avatarApi.mount(new Routes(app, access, avatarApi, List.of("", "/protoface")));
        lemonSlice.mount(new Routes(app, access, lemonSlice, List.of("", "/lemonslice")));
        addProbes(app, probes);
        app.get("/openapi.json", context -> context.contentType("application/json")
                .result(openApi()));
        app.exception(HttpResponseException.class, (e, context) -> unmatched(context, lemonSlice, e));
        app.exception(RequestException.class, (e, context) -> (isLemonSlice(context) ? lemonSlice : protoface)
                .refuse(context, e));
        more.accept(app);
        app.options("*", this::preflight);
    }

    /** A server with health and metrics alone, for a worker without an API. */
    public ApiServer(Settings settings, Probes probes) {
        this.settings = settings;
        this.fetch = new PictureFetch(settings.fetchPatience(), false);
        this.app = create();
        addProbes(app, probes);
        app.options("*", this::preflight);
        app.exception(
                HttpResponseException.class,
                (e, context) -> Answers.json(context, e.getStatus(), Map.of("detail", "there is only health here")));
    }

    private Javalin create() {
        final var made = Javalin.create(config -> {
            config.showJavalinBanner = false;
            config.startupWatcherEnabled = false;
            config.useVirtualThreads = true;
            config.http.prefer405over404 = true;
            config.http.disableCompression();
            config.jetty.modifyHttpConfiguration(ApiServer::bound);
            config.jetty.modifyServer(server -> {
                server.addBean(new ConnectionLimit(MAX_CONNECTIONS, server));
                server.setStopTimeout(STOP_MS);
            });
            config.jetty.addConnector((server, http) -> {
                final var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
                connector.setHost(settings.host());
                connector.setPort(settings.port());
                connector.setIdleTimeout(IDLE.toMillis());
                return connector;
            });
        });
        made.before(this::head);
        return made;
    }

    private static void bound(HttpConfiguration http) {
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.setSendServerVersion(false);
    }

    private void head(Context context) {
        context.header(Answers.REQUEST_ID, Ids.request());
        final String query = context.queryString();
        if (context.path().indexOf('\0') >= 0 || (query != null && query.contains("%00"))) {
            // No database keeps it.
            throw RequestException.of(Kind.MALFORMED, "invalid_character", "The URL holds a character that is none.");
        }
        final String origin = context.header("Origin");
        if (origin != null && isAllowed(origin)) {
            context.header("Access-Control-Allow-Origin", origin)
                    .header("Access-Control-Allow-Credentials", "true")
                    .header("Access-Control-Expose-Headers", EXPOSED_HEADERS)
                    .header("Vary", "Origin");
        }
    }

    private boolean isAllowed(String origin) {
        return settings.origins().contains("*") || settings.origins().contains(origin);
    }

    private void preflight(Context context) {
        context.status(204)
                .header("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS")
                .header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
                .header("Access-Control-Max-Age", "600");
    }

    private static void addProbes(Javalin app, Probes probes) {
        app.get("/healthz", context -> Answers.json(context, 200, Map.of("status", "ok")));
        app.get("/readyz", context -> {
            final String reason = probes.isReady().get();
            Answers.json(
                    context,
                    reason.isEmpty() ? 200 : 503,
                    Map.of("status", reason.isEmpty() ? "ready" : "not ready", "reason", reason));
        });
        app.get("/metrics", context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(probes.metrics().get()));
    }

    /** Paths that nobody serves, and methods that a path does not take. */
    private static void unmatched(Context context, LemonSliceApi lemonSlice, HttpResponseException e) {
        final boolean isMethod = e.getStatus() == 405;
        final Kind kind = e.getStatus() == 404 || isMethod ? Kind.NOT_FOUND : Kind.MALFORMED;
        final var refusal = RequestException.of(
                kind,
                isMethod ? "method_not_allowed" : "not_found",
                isMethod ? "This path does not take that method." : "There is nothing at this path.");
        if (isLemonSlice(context)) {
            lemonSlice.refuse(context, refusal);
        } else {
            Answers.protofaceError(context, refusal);
        }
        context.status(isMethod ? 405 : e.getStatus());
    }

    private static boolean isLemonSlice(Context context) {
        return context.path().startsWith("/lemonslice/") || context.path().startsWith("/api/");
    }

    /** The document as it is served. */
    static String openApi() {
        try (InputStream in = ApiServer.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks openapi.json");
            }
            return Bodies.json().readTree(in).toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("openapi.json is not JSON", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All routes, as METHOD path; a WebSocket is the GET that asks for it. */
    List<String> routes() {
        final Stream<String> http = Arrays.stream(HandlerType.values())
                .flatMap(method -> app.unsafeConfig().pvt.internalRouter.allHttpHandlers().stream()
                        .filter(handler -> handler.getEndpoint().getMethod() == method)
                        .map(handler -> method + " " + handler.getEndpoint().getPath()));
        final Stream<String> sockets = app.unsafeConfig().pvt.wsRouter.getWsPathMatcher().allEntries().stream()
                .filter(handler -> handler.getType() == WsHandlerType.WEBSOCKET)
                .map(handler -> "GET " + handler.getPath());
        return Stream.concat(http, sockets).toList();
    }

    /**
     * Starts serving.
     *
     * @throws BadInputException if the address cannot be bound
     */
    public void start() {
        try {
            app.start();
        } catch (JavalinBindException e) {
            throw unbound(settings.host(), settings.port(), e);
        }
    }

    /**
     * Whether an address can be bound, at this moment: told before models are loaded for nothing.
     *
     * @throws BadInputException that says why not
     */
    public static void checkFree(String host, int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw unbound(host, port, e);
        }
    }

    private static BadInputException unbound(String host, int port, Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        final String reason = String.valueOf(root.getMessage());
        if (reason.contains("in use")) {
            return new BadInputException(
                    "port " + port + " of " + host + " is taken by another program: end it, or choose another --port",
                    e);
        }
        if (reason.contains("ermission denied")) {
            return new BadInputException(
                    "port " + port + " of " + host + " needs rights that this user lacks: choose a --port above 1023",
                    e);
        }
        return new BadInputException(
                host + ":" + port + " cannot be bound (" + reason + "): is " + host + " an address of this machine?",
                e);
    }

    /** Where it listens, once started. */
    public int port() {
        return app.port();
    }

    @Override
    public void close() {
        app.stop();
        fetch.close();
    }
}
