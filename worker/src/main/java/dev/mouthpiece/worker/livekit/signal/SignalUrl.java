package dev.mouthpiece.worker.livekit.signal;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The address of a LiveKit server: ws, wss, http or https, with or without a base path.
 *
 * @param base scheme ws or wss, host, port and base path without a slash at its end; no user, query or fragment
 */
public record SignalUrl(URI base) {
    private static final String PATH = "/rtc";

    /**
     * Reads an address as a person writes it.
     *
     * @throws RoomException with {@link RoomException.Fault#URL} where {@code url} is no such address
     */
    public static SignalUrl parse(String url) {
        final URI uri;
        try {
            uri = new URI(url.strip());
        } catch (final URISyntaxException e) {
            throw refuse(url, "it is no valid URL");
        }
        final String scheme = webSocketScheme(uri.getScheme());
        if (scheme == null) {
            throw refuse(url, "it must begin with wss://, ws://, https:// or http://");
        }
        if (uri.getHost() == null || uri.getHost().isEmpty()) {
            throw refuse(url, "it names no host");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw refuse(url, "it must not hold a user, a query or a fragment; the token is given separately");
        }
        if (uri.getPort() > 65_535 || uri.getPort() == 0) {
            throw refuse(url, "its port is not 1..65535");
        }
        return new SignalUrl(URI.create(scheme + "://" + uri.getRawAuthority() + trimmed(uri.getRawPath())));
    }

    /** Where the WebSocket is opened. */
    public URI connect(String query) {
        return URI.create(base + PATH + "?" + query);
    }

    /** Where a GET tells why a WebSocket was refused. */
    public URI validate(String query) {
        final String http = base.toString().replaceFirst("^ws", "http");
        return URI.create(http + PATH + "/validate?" + query);
    }

    /** For messages: what the caller gave, as far as it matters. */
    @Override
    public String toString() {
        return base.toString();
    }

    private static @Nullable String webSocketScheme(@Nullable String scheme) {
        return switch (scheme == null ? "" : scheme.toLowerCase(Locale.ROOT)) {
            case "ws", "http" -> "ws";
            case "wss", "https" -> "wss";
            default -> null;
        };
    }

    private static String trimmed(@Nullable String path) {
        return path == null ? "" : path.replaceFirst("/+$", "");
    }

    private static RoomException refuse(String url, String why) {
        return new RoomException(
                RoomException.Fault.URL, "the LiveKit URL cannot be used, " + why + ": " + Redaction.url(url));
    }
}
