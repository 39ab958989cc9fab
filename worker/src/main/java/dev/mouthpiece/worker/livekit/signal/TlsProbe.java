package dev.mouthpiece.worker.livekit.signal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One TLS handshake by a blocking socket. The JDK's HTTP client loses the failure of a handshake about once in 1,500 times
 * (measured with JDK 25) and then reports a timeout, which would send people looking for a network fault.
 */
final class TlsProbe {
    private static final int DEFAULT_PORT = 443;

    private TlsProbe() {}

    /**
     * Blocks for at most twice {@code limit}.
     *
     * @throws SSLException if something answers and no TLS session comes about
     * @throws IOException  if nothing answers
     */
    static void handshake(URI url, Duration limit) throws IOException {
        final int port = url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
        final int millis = Math.toIntExact(limit.toMillis());
        final var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (var tcp = new Socket()) {
            tcp.connect(new InetSocketAddress(url.getHost(), port), millis);
            tcp.setSoTimeout(millis);
            try (var tls = (SSLSocket) factory.createSocket(tcp, url.getHost(), port, false)) {
                final SSLParameters parameters = tls.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                tls.setSSLParameters(parameters);
                tls.startHandshake();
            }
        }
    }
}
