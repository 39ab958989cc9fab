package dev.mouthpiece.worker.rtc;

import java.util.List;

/**
 * A STUN or TURN server.
 *
 * @param urls such as {@code stun:host:port} or {@code turn:host:port?transport=udp}
 * @param username empty for STUN
 * @param credential empty for STUN; a secret, so it is in no text of ours
 */
public record IceServer(List<String> urls, String username, String credential) {
    public IceServer {
        urls = List.copyOf(urls);
    }

    @Override
    public String toString() {
        return "IceServer" + urls;
    }
}
