package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.SessionChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the store is still to be told of a worker's sessions, in the order in which it happened. {@link Runs} fills it; the {@link Worker}, which owns it, takes it
 * along on its turns, and puts back what did not reach the store. Conductor's thread.
 */
final class Outbox {
    private List<SessionChange> changes = new ArrayList<>();

    /** What sessions took that are handed over: only the last turn finds out whether there is a worker to take them. */
    private final List<SessionChange> unfinished = new ArrayList<>();

    void add(SessionChange change) {
        changes.add(change);
    }

    /** Keeps it for the last turn. */
    void addUnfinished(SessionChange.Used used) {
        unfinished.add(used);
    }

    /** Whether there is something to tell now. */
    boolean hasChanges() {
        return !changes.isEmpty();
    }

    /** Adds which sessions it holds changes of. */
    void addIds(Set<String> ids) {
        changes.forEach(change -> ids.add(change.id()));
    }

    /** A copy of what is to be told now, in the last turn with what was kept for it. */
    List<SessionChange> changes(boolean isLast) {
        final List<SessionChange> said = new ArrayList<>(changes);
        if (isLast) {
            said.addAll(unfinished);
        }
        return said;
    }

    /** Takes out what is to be told now. */
    List<SessionChange> take() {
        final List<SessionChange> taken = changes;
        changes = new ArrayList<>();
        return taken;
    }

    /** Has not reached the store after all: it comes before what has happened since. */
    void putBack(List<SessionChange> unsaid) {
        final List<SessionChange> all = new ArrayList<>(unsaid);
        all.addAll(changes);
        changes = all;
    }

    /** Forgets what was to be told now. */
    void clear() {
        changes = new ArrayList<>();
    }
}
