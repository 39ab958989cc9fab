package dev.mouthpiece.worker.store;

import java.time.Duration;

/** Forgets what is not needed any more, a bounded number of rows at a time. */
public final class Housekeeping {
    private static final int AT_A_TIME = 1_000;
    private static final long CREATION_MS = Duration.ofHours(25).toMillis();
    private static final long PICTURE_MS = Duration.ofHours(1).toMillis();

    private final Database database;
    private final Duration retention;

    /**
     * Over this database.
     *
     * @param retention how long sessions that are over are kept
     */
    public Housekeeping(Database database, Duration retention) {
        this.database = database;
        this.retention = retention;
    }

    /** One round. Returns how many sessions were forgotten. */
    public int sweep() {
        return database.in(handle -> {
            final int sessions = handle.createUpdate("""
                            delete from session where seq in (
                                select seq from session where finished_at < <now> - :retention order by finished_at limit :limit)""")
                    .bind("retention", retention.toMillis())
                    .bind("limit", AT_A_TIME)
                    .execute();
            handle.createUpdate("delete from creation where created_at < <now> - :window")
                    .bind("window", CREATION_MS)
                    .execute();
            handle.createUpdate("""
                            delete from session_command where not exists (select 1 from session s
                                where s.id = session_command.session_id and s.finished_at is null)""").execute();
            handle.createUpdate("""
                            delete from picture where created_at < <now> - :age
                                and not exists (select 1 from avatar a where a.picture = picture.sha256)
                                and not exists (select 1 from session s where s.picture = picture.sha256 and s.finished_at is null)""").bind("age", PICTURE_MS).execute();
            return sessions;
        });
    }
}
