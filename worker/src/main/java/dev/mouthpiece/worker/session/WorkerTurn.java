package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.Attention;
import dev.mouthpiece.worker.store.Claim;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionChange;
import dev.mouthpiece.worker.store.WorkQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a worker asks of the store in one go, and what it is told. Runs on a thread that may block.
 *
 * @param name of the worker
 * @param isNew whether it has to be made known
 * @param isHeartbeat whether its lease is to be renewed
 * @param isRecover whether it looks after dead workers
 * @param isDraining whether it takes no more sessions
 * @param isLast whether it leaves
 * @param places for so many it takes sessions
 * @param known its sessions, as far as it knows
 * @param changes what has happened to them
 */
record WorkerTurn(
        String name,
        String host,
        boolean isNew,
        boolean isHeartbeat,
        boolean isRecover,
        boolean isDraining,
        boolean isLast,
        int capacity,
        int places,
        Set<String> known,
        List<SessionChange> changes) {
    private static final Attention NOTHING = new Attention(List.of(), List.of());
    private static final String STOPPED = "The worker that ran this session was stopped, and there is no other one.";

    /**
     * What the store has told.
     *
     * @param isAlive false where somebody has declared the worker dead
     * @param claims sessions that are the worker's now
     */
    record Answer(boolean isAlive, Attention attention, List<Claim> claims) {}

    /**
     * Asks.
     *
     * @param renewed called as soon as the lease is: what comes after may take long
     */
    Answer ask(WorkQueue queue, Runnable renewed) {
        if (isNew) {
            queue.register(name, host, capacity);
            renewed.run();
        } else if (isHeartbeat) {
            if (!queue.heartbeat(name, capacity, isDraining)) {
                return new Answer(false, NOTHING, List.of());
            }
            renewed.run();
        }
        if (isLast) {
            leave(queue);
            return new Answer(true, NOTHING, List.of());
        }
        if (known.isEmpty() && changes.isEmpty() && !queue.hasWork(name)) {
            return new Answer(true, NOTHING, List.of());
        }
        queue.write(name, changes);
        final Attention attention = queue.attention(name);
        return new Answer(true, attention, claims(queue, attention));
    }

    private List<Claim> claims(WorkQueue queue, Attention attention) {
        final List<Claim> claims = new ArrayList<>();
        for (final Attention.Mine mine : attention.mine()) {
            if (!known.contains(mine.id())) {
                queue.reclaim(name, mine.id()).ifPresent(claims::add);
            }
        }
        if (isRecover) {
            claims.addAll(queue.recover(name, places));
            queue.expireQueue();
        }
        int room = places;
        for (final Claim claim : claims) {
            room -= claim.cost();
        }
        if (room > 0) {
            claims.addAll(queue.claim(name, room));
        }
        return claims;
    }

    /** With another worker at hand, sessions are left to it as they are; else they are over. */
    private void leave(WorkQueue queue) {
        final boolean isInherited = queue.hasOther(name);
        final List<SessionChange> last = new ArrayList<>();
        for (final SessionChange change : changes) {
            if (change instanceof SessionChange.Used used && !isInherited) {
                last.add(new SessionChange.Failed(
                        used.id(), used.fence(), new Session.Failure("worker.stopped", STOPPED), used.usage()));
            } else {
                last.add(change);
            }
        }
        queue.write(name, last);
        queue.leave(name);
    }
}
