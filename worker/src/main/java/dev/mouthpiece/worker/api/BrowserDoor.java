package dev.mouthpiece.worker.api;

import java.util.List;
import java.util.Map;

/** Where sessions for browsers go: this process itself. Any thread. */
public interface BrowserDoor {
    /** A server that shows nothing to browsers, for it runs no sessions. */
    BrowserDoor CLOSED = new BrowserDoor() {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public String node() {
            return "";
        }

        @Override
        public String token(String session) {
            return "";
        }

        @Override
        public void expect(String session) {}

        @Override
        public List<Map<String, Object>> iceServers() {
            return List.of();
        }
    };

    /** Whether this process runs sessions. */
    boolean isOpen();

    /** What the queue calls this process. */
    String node();

    /** The token that opens a session to viewers and speakers: always the same for the same id. */
    String token(String session);

    /** A session is about to be ordered: viewers may come, and wait. */
    void expect(String session);

    /** What viewers are to try, as browsers take it: urls, username, credential. */
    List<Map<String, Object>> iceServers();
}
