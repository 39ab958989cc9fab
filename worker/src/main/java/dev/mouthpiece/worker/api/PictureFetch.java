package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import javax.net.SocketFactory;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;

/**
 * Fetches pictures by URL. Where the connection goes is checked at the connect itself, for every redirect too, so that no name can resolve to one address
 * when it is looked at and to another one when it is used. Thread-safe; blocks for the given time at most.
 */
final class PictureFetch implements AutoCloseable {
    private static final Set<Integer> PORTS = Set.of(443, 8443);
    private static final int MAX_AT_A_TIME = 16;
    private static final int MAX_URL = 2_048;

    private final OkHttpClient client;
    private final boolean isPrivateAllowed;
    private final Semaphore atATime = new Semaphore(MAX_AT_A_TIME);

    /**
     * A fetcher.
     *
     * @param patience for everything together; clients wait for no answer longer than 5 s
     * @param isPrivateAllowed whether http, any port, and addresses inside the house will do
     */
    PictureFetch(Duration patience, boolean isPrivateAllowed) {
        this.isPrivateAllowed = isPrivateAllowed;
        this.client = new OkHttpClient.Builder()
                .proxy(Proxy.NO_PROXY)
                .socketFactory(new GuardedSockets(isPrivateAllowed))
                .followSslRedirects(isPrivateAllowed)
                .addNetworkInterceptor(chain -> {
                    checkPort(chain.request().url());
                    return chain.proceed(chain.request());
                })
                .callTimeout(patience)
                .build();
    }

    /**
     * The picture's file.
     *
     * @param param what the caller calls the URL
     * @throws RequestException if there is none to be had
     */
    byte[] fetch(String url, String param) {
        final HttpUrl parsed = url.length() > MAX_URL ? null : HttpUrl.parse(url);
        if (parsed == null || !(parsed.isHttps() || isPrivateAllowed)) {
            throw refused(param, "must be an https URL");
        }
        if (!parsed.username().isEmpty() || !parsed.password().isEmpty()) {
            throw refused(param, "must not hold a name or a password");
        }
        if (!atATime.tryAcquire()) {
            throw RequestException.later(
                    Kind.UNAVAILABLE,
                    "too_many_fetches",
                    "Too many pictures are being fetched.",
                    Duration.ofSeconds(1));
        }
        try {
            checkPort(parsed);
            return load(parsed, param);
        } catch (RefusedException e) {
            throw refused(param, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            // What exactly went wrong would tell a stranger about our network.
            throw refused(param, "could not be fetched in time");
        } finally {
            atATime.release();
        }
    }

    private byte[] load(HttpUrl url, String param) throws IOException {
        final var request = new Request.Builder()
                .url(url)
                .header("User-Agent", "mouthpiece")
                .header("Accept", "image/*")
                .header("Accept-Encoding", "identity")
                .build();
        try (Response response = client.newCall(request).execute()) {
            final ResponseBody body = response.body();
            if (!response.isSuccessful()) {
                throw refused(param, "answered with status " + response.code());
            }
            if (body.contentLength() > PictureIntake.MAX_BYTES) {
                throw tooLarge(param);
            }
            final byte[] bytes = body.byteStream().readNBytes(PictureIntake.MAX_BYTES + 1);
            if (bytes.length > PictureIntake.MAX_BYTES) {
                throw tooLarge(param);
            }
            return bytes;
        }
    }

    private void checkPort(HttpUrl url) throws RefusedException {
        if (!isPrivateAllowed && !PORTS.contains(url.port())) {
            throw new RefusedException("must use port 443");
        }
    }

    private static RequestException refused(String param, String why) {
        return RequestException.of(Kind.MALFORMED, "invalid_image_url", param + " " + why + ".", param);
    }

    private static RequestException tooLarge(String param) {
        return RequestException.of(
                Kind.TOO_LARGE,
                "image_too_large",
                param + ": the picture has more than " + (PictureIntake.MAX_BYTES >> 20) + " MiB.",
                param);
    }

    @Override
    public void close() {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }

    /** Something that we will not do. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** Sockets that connect to the open internet only. */
    private static final class GuardedSockets extends SocketFactory {
        private final boolean isPrivateAllowed;

        GuardedSockets(boolean isPrivateAllowed) {
            this.isPrivateAllowed = isPrivateAllowed;
        }

        @Override
        public Socket createSocket() {
            return new Socket() {
                @Override
                public void connect(SocketAddress endpoint, int timeout) throws IOException {
                    if (!isPrivateAllowed
                            && (!(endpoint instanceof InetSocketAddress inet)
                                    || inet.getAddress() == null
                                    || !PublicAddresses.contains(inet.getAddress()))) {
                        throw new RefusedException("must not point to a private address");
                    }
                    super.connect(endpoint, timeout);
                }
            };
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new UnsupportedOperationException("only unconnected sockets are guarded");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw new UnsupportedOperationException("only unconnected sockets are guarded");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new UnsupportedOperationException("only unconnected sockets are guarded");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw new UnsupportedOperationException("only unconnected sockets are guarded");
        }
    }
}
