package dev.mouthpiece.worker.rtc;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing step by step: goes on after a failure, and tells the first one at the end. webrtc-java throws plain Errors here. */
final class Teardown {
    private static final Logger LOG = LoggerFactory.getLogger(Teardown.class);

    private @Nullable Throwable first;

    void step(Runnable action) {
        try {
            action.run();
        } catch (Throwable t) {
            if (first == null) {
                first = t;
            } else {
                first.addSuppressed(t);
            }
        }
    }

    void finish(String what) {
        if (first != null) {
            LOG.warn("{} did not close cleanly", what, first);
        }
    }
}
