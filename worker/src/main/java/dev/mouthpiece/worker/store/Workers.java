package dev.mouthpiece.worker.store;

import java.util.List;

/** The workers, as an operator sees them. Any thread; blocks for the database. */
public final class Workers {
    private final Database database;

    public Workers(Database database) {
        this.database = database;
    }

    /**
     * A worker.
     *
     * @param used places that its sessions take
     * @param isLost not heard for longer than its lease
     */
    public record Seen(String id, String host, int capacity, int used, boolean isDraining, boolean isLost) {}

    /** Those that live, and those that were lost of late; the oldest first. */
    public List<Seen> list() {
        return database.in(handle -> handle.createQuery("""
                        select w.id, w.host, w.capacity, w.draining, w.dead or w.lease_until < <now>,
                            (select coalesce(sum(s.cost), 0) from session s
                                where s.worker_id = w.id and s.state in ('starting', 'running', 'ending'))
                        from worker w order by w.started_at, w.id""")
                .map((row, context) -> new Seen(
                        row.getString(1),
                        row.getString(2),
                        row.getInt(3),
                        row.getInt(6),
                        row.getBoolean(4),
                        row.getBoolean(5)))
                .list());
    }
}
