package dev.mouthpiece.worker.store;

import java.time.Duration;
import java.util.List;

/**
 * What a webhook has yet to tell. A session's row says how far it has come and how far that has been told, so nothing has to be written when
 * a session moves on, and nothing is forgotten when a process dies.
 */
public final class WebhookQueue {
    /** What is taken and not settled within this time is told again. */
    private static final long TAKEN_MS = 60_000;

    /** Older events are nobody's news. */
    private static final long TOO_OLD_MS = Duration.ofHours(24).toMillis();

    private final Database database;

    public WebhookQueue(Database database) {
        this.database = database;
    }

    /**
     * A session of which something is to be told.
     *
     * @param told how far it was told: 0 nothing, 1 starting, 2 first frame, 3 over
     * @param stage how far it has come
     * @param attempts how often the telling failed in a row
     */
    public record News(Session session, int told, int stage, int attempts) {}

    /** Takes some. */
    public List<News> take(int limit) {
        return database.in(handle -> {
            final List<News> news = handle.createQuery("""
                            select * from session where told < stage and tell_after <= <now> and created_at > <now> - :age
                            order by seq limit :limit for update skip locked""")
                    .bind("age", TOO_OLD_MS)
                    .bind("limit", limit)
                    .map((row, context) -> new News(
                            SessionRows.SESSION.map(row, context),
                            row.getInt("told"),
                            row.getInt("stage"),
                            row.getInt("tell_attempts")))
                    .list();
            if (!news.isEmpty()) {
                handle.createUpdate("update session set tell_after = <now> + :taken where seq in (<seqs>)")
                        .bind("taken", TAKEN_MS)
                        .bindList(
                                "seqs",
                                news.stream().map(one -> one.session().seq()).toList())
                        .execute();
            }
            return news;
        });
    }

    /** It has been told as far as this. */
    public void told(Session session, int stage) {
        database.run(handle -> handle.createUpdate("""
                        update session set tell_attempts = case when told < :stage then 0 else tell_attempts end,
                            told = :stage, tell_after = 0 where seq = :seq""")
                .bind("stage", stage)
                .bind("seq", session.seq())
                .execute());
    }

    /** It could not be told; try again later. */
    public void failed(Session session, Duration later) {
        database.run(handle -> handle.createUpdate(
                        "update session set tell_after = <now> + :later, tell_attempts = tell_attempts + 1 where seq = :seq")
                .bind("later", later.toMillis())
                .bind("seq", session.seq())
                .execute());
    }
}
