package dev.mouthpiece.worker.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The queue as workers see it: leases, claims, and what they write about their sessions.
 *
 * <p>A worker holds one lease for all its sessions. Who finds a lease run out declares that worker dead, once and for all, under the lock of its row: from then on its
 * heartbeat fails and its sessions are anybody's. Every claim of a session raises its fence, and every write names the fence it was
 * claimed with. So a worker that was only asleep, or cut off, can do no harm when it comes back.
 */
public final class WorkQueue {
    /** A session that has been begun so often and never came on air fails: it is the session, not the workers. */
    private static final int MAX_ATTEMPTS = 3;

    /** A row as the claim that it is going to be. */
    private static final RowMapper<Claim> CLAIM = (row, context) -> {
        final Session session = SessionRows.SESSION.map(row, context);
        return new Claim(
                session,
                row.getLong("fence") + 1,
                row.getInt("cost"),
                row.getString("token"),
                false,
                Duration.ofMillis(session.usage().billableMs()));
    };

    private final Database database;
    private final Limits limits;
    private final String node;

    /**
     * How patient the queue is.
     *
     * @param lease a worker that has not been heard for so long is dead
     * @param takeoverGrace a dead worker's session on air that nobody with room took over for so long has failed
     * @param takeoverWindow after so long a dead worker's session on air is not taken up again: its room has moved on
     * @param queue a session that waited so long has failed
     */
    public record Limits(Duration lease, Duration takeoverGrace, Duration takeoverWindow, Duration queue) {
        /** Dead after 6 s, on air again or failed 5 s later: well inside 15 s. */
        public static final Limits USUAL = new Limits(
                Duration.ofSeconds(6), Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(30));
    }

    public WorkQueue(Database database, Limits limits) {
        this(database, limits, "");
    }

    /** @param node this process, for sessions that no other one can run */
    public WorkQueue(Database database, Limits limits, String node) {
        this.database = database;
        this.limits = limits;
        this.node = node;
    }

    /** How patient it is. */
    public Limits limits() {
        return limits;
    }

    /** A new worker, with a lease. */
    public void register(String worker, String host, int capacity) {
        database.run(handle -> handle.createUpdate("""
                        insert into worker (id, host, capacity, draining, dead, started_at, lease_until)
                        values (:id, :host, :capacity, false, false, <now>, <now> + :lease)""")
                .bind("id", worker)
                .bind("host", host)
                .bind("capacity", capacity)
                .bind("lease", limits.lease().toMillis())
                .execute());
    }

    /** Renews the lease. Returns false when the worker has been declared dead: nothing is its own any more. */
    public boolean heartbeat(String worker, int capacity, boolean isDraining) {
        return database.in(handle -> handle.createUpdate("""
                        update worker set lease_until = <now> + :lease, capacity = :capacity, draining = :draining
                        where id = :id and not dead""")
                        .bind("lease", limits.lease().toMillis())
                        .bind("capacity", capacity)
                        .bind("draining", isDraining)
                        .bind("id", worker)
                        .execute()
                == 1);
    }

    /** The worker is gone, of its own will or by its own judgement: its sessions are anybody's. */
    public void leave(String worker) {
        database.run(handle -> handle.createUpdate(
                        "update worker set dead = true, dead_at = <now>, lease_until = <now> where id = :id and not dead")
                .bind("id", worker)
                .execute());
        database.wakeups().raise();
    }

    /**
     * Whether there is anything to do for a worker that has no sessions: one waits, a worker's lease has run out or is being settled, or a session is
     * this worker's without its knowing. One look, for workers that are asked nothing take it every second.
     */
    public boolean hasWork(String worker) {
        return database.in(handle -> handle.createQuery("""
                        select exists (select 1 from session where state = 'queued')
                            or exists (select 1 from worker where dead or lease_until < <now>)
                            or exists (select 1 from session where worker_id = :worker and state in ('starting', 'running', 'ending'))""")
                .bind("worker", worker)
                .mapTo(Boolean.class)
                .one());
    }

    /** Whether another worker than this one lives and takes sessions. */
    public boolean hasOther(String worker) {
        return database.in(handle ->
                handle.createQuery("""
                        select count(*) from worker where id <> :id and not dead and not draining and lease_until >= <now>""").bind("id", worker).mapTo(Long.class).one() > 0);
    }

    /**
     * Takes the sessions that have waited longest.
     *
     * @param places the worker's room
     */
    public List<Claim> claim(String worker, int places) {
        return database.in(handle -> take(
                handle,
                worker,
                places,
                false,
                handle.createQuery("""
                        select * from session where state = 'queued' and (node is null or node = :node)
                        order by seq limit :limit for update skip locked""")
                        .bind("limit", places)
                        .bind("node", node)
                        .map(CLAIM)
                        .list()));
    }

    /**
     * Looks after dead workers: what had not come on air is queued again, what was on air is taken over as far as {@code places} go, what
     * nobody took over in time has failed. Returns what was taken over.
     */
    public List<Claim> recover(String worker, int places) {
        final AtomicBoolean isQueued = new AtomicBoolean();
        final List<Claim> taken = database.in(handle -> {
            handle.createUpdate("update worker set dead = true, dead_at = <now> where lease_until < <now> and not dead")
                    .execute();
            // Each dead worker is looked after by one other at a time.
            final List<String> dead = handle.createQuery(
                            "select id from worker where dead order by id for update skip locked")
                    .mapTo(String.class)
                    .list();
            if (dead.isEmpty()) {
                return List.of();
            }
            isQueued.set(requeue(handle, dead) > 0);
            final List<Claim> over = places <= 0 ? List.of() : takeOver(handle, worker, places, dead);
            bury(handle, dead);
            return over;
        });
        if (isQueued.get()) {
            database.wakeups().raise();
        }
        return taken;
    }

    private static int requeue(Handle handle, List<String> dead) {
        return handle.createUpdate("""
                        update session set state = 'queued', worker_id = null, queued_at = <now>
                        where worker_id in (<dead>) and state = 'starting' and attempts < :max""")
                .bindList("dead", dead)
                .bind("max", MAX_ATTEMPTS)
                .execute();
    }

    private List<Claim> takeOver(Handle handle, String worker, int places, List<String> dead) {
        return take(
                handle,
                worker,
                places,
                true,
                handle.createQuery("""
                        select * from session where worker_id in (<dead>) and state = 'running' and node is null
                            and (select dead_at from worker w where w.id = worker_id) > <now> - :window
                            and token is not null and (token_expires is null or token_expires > <now>)
                        order by seq limit :limit for update""")
                        .bindList("dead", dead)
                        .bind("window", limits.takeoverWindow().toMillis())
                        .bind("limit", places)
                        .map(CLAIM)
                        .list());
    }

    private void bury(Handle handle, List<String> dead) {
        handle.createUpdate("""
                        update session set state = 'ended', stage = 3, token = null, finished_at = <now>
                        where worker_id in (<dead>) and state = 'ending'""").bindList("dead", dead).execute();
        handle.createUpdate("""
                        update session set state = 'failed', stage = 3, token = null, finished_at = <now>, failure_code = 'worker.lost',
                            failure_message = 'The worker that ran this session is gone, and no other one could take it over.'
                        where worker_id in (<dead>) and (state = 'starting' or state = 'running' and (
                            token is null or token_expires <= <now>
                            or (select dead_at from worker w where w.id = worker_id) < <now> - :grace))""")
                .bindList("dead", dead)
                .bind("grace", limits.takeoverGrace().toMillis())
                .execute();
        handle.createUpdate("""
                        delete from worker where id in (<dead>) and dead_at < <now> - :keep and not exists (
                            select 1 from session s where s.worker_id = worker.id and s.state in ('starting', 'running', 'ending'))""")
                .bindList("dead", dead)
                .bind("keep", limits.takeoverWindow().toMillis())
                .execute();
    }

    /** Fails what has waited too long. */
    public void expireQueue() {
        database.run(handle -> handle.createUpdate("""
                        update session set state = 'failed', stage = 3, token = null, finished_at = <now>, failure_code = 'queue.timeout',
                            failure_message = 'No worker had room for this session in time.'
                        where state = 'queued' and queued_at < <now> - :patience""")
                .bind("patience", limits.queue().toMillis())
                .execute());
    }

    private static List<Claim> take(
            Handle handle, String worker, int places, boolean isTakeover, List<Claim> candidates) {
        final List<Claim> taken = new ArrayList<>();
        int room = places;
        for (final Claim candidate : candidates) {
            if (candidate.cost() > room) {
                // The next ones would overtake it for ever.
                break;
            }
            room -= candidate.cost();
            taken.add(new Claim(
                    candidate.session(),
                    candidate.fence(),
                    candidate.cost(),
                    candidate.token(),
                    isTakeover,
                    candidate.onAir()));
        }
        if (taken.isEmpty()) {
            return taken;
        }
        handle.createUpdate("""
                        update session set state = case when state = 'queued' then 'starting' else state end,
                            stage = case when stage < 1 then 1 else stage end,
                            worker_id = :worker, fence = fence + 1, attempts = attempts + 1, started_at = coalesce(started_at, <now>)
                        where seq in (<seqs>)""")
                .bind("worker", worker)
                .bindList(
                        "seqs",
                        taken.stream().map(claim -> claim.session().seq()).toList())
                .execute();
        return taken;
    }

    /** Takes a session again that is this worker's already: the answer to its first claim was lost. */
    public Optional<Claim> reclaim(String worker, String id) {
        return database.in(handle -> {
            final List<Claim> found = handle.createQuery("""
                            select * from session where id = :id and worker_id = :worker and state in ('starting', 'running')
                            for update""")
                    .bind("id", id)
                    .bind("worker", worker)
                    .map(CLAIM)
                    .list();
            return take(handle, worker, Integer.MAX_VALUE, false, found).stream()
                    .findFirst();
        });
    }

    /** Which sessions are this worker's, and what is wished for them. */
    public Attention attention(String worker) {
        return database.in(handle -> {
            final List<Attention.Mine> mine = handle.createQuery("""
                            select id, fence, case when state = 'ending' then coalesce(end_reason, 'ended') else '' end
                            from session where worker_id = :worker and state in ('starting', 'running', 'ending')""")
                    .bind("worker", worker)
                    .map((row, context) -> new Attention.Mine(row.getString(1), row.getLong(2), row.getString(3)))
                    .list();
            if (mine.isEmpty()) {
                return new Attention(mine, List.of());
            }
            final List<Long> seqs = new ArrayList<>();
            final List<SessionCommand> commands = handle.createQuery("""
                            select c.seq, c.session_id, c.kind, c.body from session_command c
                            join session s on s.id = c.session_id
                            where s.worker_id = :worker and s.state in ('starting', 'running') order by c.seq""")
                    .bind("worker", worker)
                    .map((row, context) -> {
                        seqs.add(row.getLong(1));
                        return new SessionCommand(row.getString(2), row.getString(3), row.getString(4));
                    })
                    .list();
            if (!seqs.isEmpty()) {
                handle.createUpdate("delete from session_command where seq in (<seqs>)")
                        .bindList("seqs", seqs)
                        .execute();
            }
            return new Attention(mine, commands);
        });
    }

    /** Writes what happened, all at once. What is another's by now stays as it is. */
    public void write(String worker, List<SessionChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        database.run(handle -> {
            batch(handle, worker, of(changes, SessionChange.OnAir.class), """
                    update session set state = case when state = 'starting' then 'running' else state end,
                        stage = case when stage < 2 then 2 else stage end, first_frame_at = coalesce(first_frame_at, <now>)""");
            batch(handle, worker, of(changes, SessionChange.Changed.class), """
                    update session set spec = :spec, picture = :picture""");
            batch(handle, worker, of(changes, SessionChange.Used.class), """
                    update session set billable_ms = :ms, frames = :frames""");
            batch(handle, worker, of(changes, SessionChange.Ended.class), """
                    update session set state = 'ended', stage = 3, token = null, finished_at = <now>,
                        end_reason = coalesce(end_reason, :reason), billable_ms = :ms, frames = :frames""");
            batch(handle, worker, of(changes, SessionChange.Failed.class), """
                    update session set state = 'failed', stage = 3, token = null, finished_at = <now>,
                        failure_code = :code, failure_message = :message, billable_ms = :ms, frames = :frames""");
        });
    }

    private static <T extends SessionChange> List<SessionChange> of(List<SessionChange> changes, Class<T> type) {
        final List<SessionChange> found = new ArrayList<>();
        for (final SessionChange change : changes) {
            if (type.isInstance(change)) {
                found.add(change);
            }
        }
        return found;
    }

    private static void batch(Handle handle, String worker, List<SessionChange> changes, String update) {
        if (changes.isEmpty()) {
            return;
        }
        final PreparedBatch batch = handle.prepareBatch(update
                + " where id = :id and worker_id = :worker and fence = :fence"
                + " and state in ('starting', 'running', 'ending')");
        for (final SessionChange change : changes) {
            batch.bind("id", change.id()).bind("fence", change.fence()).bind("worker", worker);
            switch (change) {
                case SessionChange.OnAir onAir -> {}
                case SessionChange.Changed changed ->
                    batch.bind("spec", SessionRows.json(changed.spec()))
                            .bind("picture", changed.spec().picture());
                case SessionChange.Used used -> bind(batch, used.usage());
                case SessionChange.Ended ended -> bind(batch, ended.usage()).bind("reason", ended.reason());
                case SessionChange.Failed failed ->
                    bind(batch, failed.usage())
                            .bind("code", failed.failure().code())
                            .bind("message", failed.failure().message());
            }
            batch.add();
        }
        batch.execute();
    }

    private static PreparedBatch bind(PreparedBatch batch, Session.Usage usage) {
        return batch.bind("ms", usage.billableMs()).bind("frames", usage.frames());
    }
}
