package dev.mouthpiece.worker.store;

/** What a worker writes about a session of its own. Has no effect where the fence says that it is another's by now. */
public sealed interface SessionChange {
    /** The session. */
    String id();

    /** The number that the claim came with. */
    long fence();

    /** The first picture is in the room. */
    record OnAir(String id, long fence) implements SessionChange {}

    /** What it is by now, other than at first: who takes it over goes on with that. */
    record Changed(String id, long fence, SessionSpec spec) implements SessionChange {}

    /** What it took so far, over all workers that had it. */
    record Used(String id, long fence, Session.Usage usage) implements SessionChange {}

    /** Over, as wanted. */
    record Ended(String id, long fence, String reason, Session.Usage usage) implements SessionChange {}

    /** Over, as not wanted. */
    record Failed(String id, long fence, Session.Failure failure, Session.Usage usage) implements SessionChange {}
}
