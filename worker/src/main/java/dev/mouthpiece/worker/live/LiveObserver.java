package dev.mouthpiece.worker.live;

import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Watches sessions without being in their way, such as for metrics or a trace. Called by the engine's observer thread and by
 * those that open and close sessions; it may block, but then others learn later.
 */
public interface LiveObserver {
    default void onOpened(LiveSession session) {}

    /** A segment of the session is over; the utterance is valid until the call returns. */
    default void onUtterance(LiveSession session, Utterance utterance) {}

    /** The session is off the air; its last utterances have been told. */
    default void onClosed(LiveSession session) {}

    /** Tells several, one after the other; one that throws keeps the others from nothing. */
    static LiveObserver all(LiveObserver... observers) {
        return new LiveObserver() {
            @Override
            public void onOpened(LiveSession session) {
                each(observer -> observer.onOpened(session));
            }

            @Override
            public void onUtterance(LiveSession session, Utterance utterance) {
                each(observer -> observer.onUtterance(session, utterance));
            }

            @Override
            public void onClosed(LiveSession session) {
                each(observer -> observer.onClosed(session));
            }

            private void each(Consumer<LiveObserver> told) {
                for (final LiveObserver observer : observers) {
                    try {
                        told.accept(observer);
                    } catch (final RuntimeException e) {
                        LoggerFactory.getLogger(LiveObserver.class).warn("an observer failed", e);
                    }
                }
            }
        };
    }
}
