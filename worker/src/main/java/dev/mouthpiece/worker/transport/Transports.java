package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.session.RunEvents;
import dev.mouthpiece.worker.session.RunningSession;
import dev.mouthpiece.worker.session.SessionOrder;
import dev.mouthpiece.worker.session.SessionRunner;

/**
 * Sends each session to the runner of its transport. Any thread.
 *
 * @param browser runs sessions for browsers
 * @param room runs sessions in LiveKit rooms
 */
public record Transports(SessionRunner browser, SessionRunner room) implements SessionRunner {
    @Override
    public RunningSession start(SessionOrder order, RunEvents events) {
        return (order.spec().room().inBrowser() ? browser : room).start(order, events);
    }
}
