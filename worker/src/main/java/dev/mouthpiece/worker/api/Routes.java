package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.StoreException;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds a shape's routes to the server, at the root and under its prefix, and sees to what goes wrong in them. */
final class Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
    private static final Duration DATABASE_RETRY = Duration.ofSeconds(2);

    private final Javalin app;
    private final Access access;
    private final Shape shape;
    private final List<String> prefixes;

    Routes(Javalin app, Access access, Shape shape, List<String> prefixes) {
        this.app = app;
        this.access = access;
        this.shape = shape;
        this.prefixes = prefixes;
    }

    /** What a route does for somebody we know. */
    interface TenantHandler {
        void handle(Context context, Tenant tenant);
    }

    void get(String path, TenantHandler handler) {
        add(HandlerType.GET, path, known(handler));
    }

    void post(String path, TenantHandler handler) {
        add(HandlerType.POST, path, known(handler));
    }

    void delete(String path, TenantHandler handler) {
        add(HandlerType.DELETE, path, known(handler));
    }

    /** A route that needs no key. */
    void getOpen(String path, Handler handler) {
        add(HandlerType.GET, path, handler);
    }

    private Handler known(TenantHandler handler) {
        return context -> handler.handle(context, access.require(context));
    }

    private void add(HandlerType method, String path, Handler handler) {
        final Handler safe = context -> run(context, handler);
        for (final String prefix : prefixes) {
            app.addHttpHandler(method, prefix + path, safe);
        }
    }

    private void run(Context context, Handler handler) {
        try {
            handler.handle(context);
        } catch (RequestException e) {
            shape.refuse(context, e);
        } catch (StoreException e) {
            LOG.warn("{}", e.getMessage());
            shape.refuse(
                    context,
                    RequestException.later(
                            Kind.UNAVAILABLE,
                            "database_unavailable",
                            "The service's database does not answer.",
                            DATABASE_RETRY));
        } catch (Exception e) {
            LOG.error("request {} {} failed", context.method(), context.path(), e);
            context.status(500);
            shape.refuse(context, RequestException.of(Kind.INTERNAL, "internal", "Something went wrong on our side."));
        }
    }
}
