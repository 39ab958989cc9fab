package dev.mouthpiece.worker.store;

import java.util.List;
import java.util.Locale;

/** Where a session stands. */
public enum SessionState {
    /** Known, with nothing to do yet. */
    CREATED(0),
    /** Waits for a worker. */
    QUEUED(0),
    /** A worker has it and joins the room. */
    STARTING(1),
    /** On air. */
    RUNNING(2),
    /** Asked to end; its worker leaves the room. */
    ENDING(2),
    /** Over, as somebody wanted. */
    ENDED(3),
    /** Over before a worker had it. */
    CANCELED(3),
    /** Over, as nobody wanted. */
    FAILED(3);

    /** Those in which a session holds a place. */
    public static final List<SessionState> ACTIVE = List.of(CREATED, QUEUED, STARTING, RUNNING, ENDING);

    /** Those that last. */
    public static final List<SessionState> TERMINAL = List.of(ENDED, CANCELED, FAILED);

    private final int stage;

    SessionState(int stage) {
        this.stage = stage;
    }

    /** Whether nothing comes after. */
    public boolean isTerminal() {
        return stage == 3;
    }

    /** The word for it, on the wire and in the database. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static SessionState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
