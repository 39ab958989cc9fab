package dev.mouthpiece.worker.livekit.signal;

import dev.mouthpiece.worker.livekit.signal.RoomException.Fault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Why a WebSocket was not opened. The status of the upgrade can mislead (a busy server may say 401), so the server is asked
 * once more by an ordinary GET, and only what that says about the token is believed.
 */
final class UpgradeRefusal {
    static final int VALIDATE_TIMEOUT_S = 3;

    private static final Duration PROBE_TIMEOUT = Duration.ofMillis(1500);

    private static final int MAX_BODY_BYTES = 64 << 10;

    private final HttpClient http;
    private final SignalUrl url;
    private final WorkerToken token;
    private final String query;

    UpgradeRefusal(HttpClient http, SignalUrl url, WorkerToken token, String query) {
        this.http = http;
        this.url = url;
        this.token = token;
        this.query = query;
    }

    /** Never fails; takes at most {@link #VALIDATE_TIMEOUT_S} seconds. */
    CompletableFuture<RoomException> explain(Throwable failure) {
        final Throwable cause = unwrap(failure);
        if (cause instanceof WebSocketHandshakeException handshake && handshake.getResponse() != null) {
            return validate(handshake.getResponse().statusCode());
        }
        if (cause instanceof HttpTimeoutException && url.base().getScheme().equals("wss")) {
            return CompletableFuture.supplyAsync(() -> broken(probed(cause)), Thread::startVirtualThread);
        }
        return CompletableFuture.completedFuture(broken(cause));
    }

    /** What is wrong with TLS there, or {@code timeout} where nothing is. */
    private Throwable probed(Throwable timeout) {
        try {
            TlsProbe.handshake(url.base(), PROBE_TIMEOUT);
            return timeout;
        } catch (final SSLException e) {
            return e;
        } catch (final IOException e) {
            return timeout;
        }
    }

    private CompletableFuture<RoomException> validate(int upgradeStatus) {
        final HttpRequest request = HttpRequest.newBuilder(url.validate(query))
                .header("Authorization", "Bearer " + token.secret())
                .build();
        return http.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), MAX_BODY_BYTES))
                .orTimeout(VALIDATE_TIMEOUT_S, TimeUnit.SECONDS)
                .handle((response, failure) -> response != null
                        ? refused(upgradeStatus, response.statusCode(), response.body())
                        : busy(upgradeStatus, ""));
    }

    private RoomException refused(int upgradeStatus, int status, String body) {
        final String text = Redaction.text(body);
        return switch (status) {
            case 401, 403 -> refusedToken(text);
            case 404 ->
                text.contains("room")
                        ? new RoomException(
                                Fault.ROOM_NOT_FOUND,
                                "the room does not exist and the LiveKit server makes none by itself: create the room"
                                        + " \"" + token.room() + "\" first (" + text + ")")
                        : notLiveKit(status);
            case 200 -> text.equals("success") ? busy(upgradeStatus, "") : notLiveKit(upgradeStatus);
            case 400 ->
                new RoomException(
                        Fault.TOKEN, "the LiveKit server refuses the request: " + text + "; check the token's room");
            default -> status == 429 || status >= 500 ? busy(status, text) : notLiveKit(status);
        };
    }

    private RoomException refusedToken(String text) {
        final Instant now = Instant.now();
        final Instant expiry = token.expiry().orElse(Instant.MAX);
        if (expiry.isBefore(now)) {
            return new RoomException(
                    Fault.TOKEN_EXPIRED, "the LiveKit token expired at " + expiry + ": make a new one (" + text + ")");
        }
        return new RoomException(
                Fault.TOKEN,
                "the LiveKit server at " + url + " refuses the token: " + text
                        + "; check that it was made with this server's API key and allows to join the room");
    }

    private RoomException notLiveKit(int status) {
        return new RoomException(
                Fault.NOT_LIVEKIT,
                "what answers at " + url + " is no LiveKit server (HTTP " + status
                        + "): check host, port and path of the URL");
    }

    private RoomException busy(int status, String text) {
        return new RoomException(
                Fault.BUSY,
                "the LiveKit server at " + url + " cannot take the session now: HTTP " + status
                        + (text.isEmpty() ? "" : " " + text));
    }

    private RoomException broken(Throwable cause) {
        return switch (cause) {
            case HttpTimeoutException e -> unreachable("no answer within " + seconds(), e);
            case ConnectException e when e.getCause() instanceof UnresolvedAddressException -> unknownHost(e);
            case ConnectException e -> unreachable("connection refused or no way there", e);
            case UnresolvedAddressException e -> unknownHost(e);
            case SSLException e ->
                new RoomException(
                        Fault.URL,
                        "no TLS with " + url + ": " + Redaction.text(String.valueOf(e.getMessage()))
                                + "; use ws:// where the server has no TLS, and a certificate that this machine trusts",
                        e);
            case ProtocolException e -> noHttp(e);
            case WebSocketHandshakeException e -> noHttp(e);
            case IOException e when isNoHttp(e) -> noHttp(e);
            default -> unreachable(Redaction.text(String.valueOf(cause.getMessage())), cause);
        };
    }

    private RoomException unknownHost(Throwable cause) {
        return new RoomException(
                Fault.URL,
                "the host of the LiveKit URL is not known: " + url.base().getHost(),
                cause);
    }

    private RoomException unreachable(String why, Throwable cause) {
        return new RoomException(
                Fault.NETWORK,
                "the LiveKit server at " + url + " cannot be reached, " + why + ": check the URL, and that it runs",
                cause);
    }

    private RoomException noHttp(Throwable cause) {
        return new RoomException(
                Fault.NOT_LIVEKIT,
                "what answers at " + url + " is no LiveKit server, it does not speak HTTP: check host, port and path"
                        + " of the URL",
                cause);
    }

    /** The JDK's client has no type for an answer that is no HTTP. */
    private static boolean isNoHttp(IOException e) {
        final String text = String.valueOf(e.getMessage());
        return text.contains("status line") || text.contains("parser") || text.contains("Invalid");
    }

    private static String seconds() {
        return WebSocketSignalClient.CONNECT_TIMEOUT.toSeconds() + " s";
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
