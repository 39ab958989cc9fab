package dev.mouthpiece.worker.livekit.signal;

import dev.mouthpiece.worker.livekit.serial.Serial;
import java.net.http.HttpClient;
import java.time.Duration;

/**
 * Signal connections over one HTTP client, because each client keeps threads of its own.
 *
 * <p>Any thread may use it; who made it closes it, after the sessions.
 */
public final class WebSocketSignalClient implements SignalClient, AutoCloseable {
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // explain() never fails, and the refusal is the result.
    public SignalConnection open(
            SignalUrl url, WorkerToken token, String query, Serial serial, SignalListener listener) {
        final var connection = new WebSocketSignal(serial, listener);
        final var refusal = new UpgradeRefusal(http, url, token, query);
        http.newWebSocketBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .header("Authorization", "Bearer " + token.secret())
                .buildAsync(url.connect(query), connection)
                .whenComplete((socket, failure) -> {
                    if (failure != null) {
                        refusal.explain(failure).thenAccept(connection::onRefused);
                    }
                });
        return connection;
    }

    /** Runs one connection against a server of our own on the loopback, so that the first session finds the classes loaded. */
    public void warmUp() {
        SignalWarmUp.run(http);
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
