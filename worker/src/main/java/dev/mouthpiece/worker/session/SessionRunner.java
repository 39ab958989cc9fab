package dev.mouthpiece.worker.session;

/** Brings sessions on air. */
public interface SessionRunner {
    /**
     * Starts a session. Never blocks and never throws for the session's sake: what comes of it is told to {@code events}.
     *
     * @param events told on any thread; exactly one of {@code ended} and {@code failed} comes last, unless the process dies
     */
    RunningSession start(SessionOrder order, RunEvents events);
}
