package dev.mouthpiece.worker.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Sessions as their owners see them: create, look, list, end. An owner never meets another one's. */
public final class Sessions {
    private static final int MAX_REASON = 64;
    private static final long MINUTE_MS = 60_000;
    private static final String ACTIVE = "('created', 'queued', 'starting', 'running', 'ending')";

    private final Database database;

    public Sessions(Database database) {
        this.database = database;
    }

    /**
     * Creates a session and puts it into the queue, unless one of {@code onces} says that it is there already.
     *
     * @throws StoreException if the database cannot be used
     */
    public CreateResult create(NewSession session, List<Once> onces, CreateLimits limits) {
        final CreateResult result = database.in(handle -> {
            for (final Once once : onces) {
                final CreateResult earlier = earlier(handle, session.owner(), once);
                if (earlier != null) {
                    return earlier;
                }
            }
            final CreateResult refused = refused(handle, session, limits);
            return refused != null ? refused : insert(handle, session, onces);
        });
        if (result instanceof CreateResult.Created) {
            database.wakeups().raise();
        }
        return result;
    }

    private static @Nullable CreateResult earlier(Handle handle, String owner, Once once) {
        final Optional<Creation> found = handle.createQuery("""
                        select session_id, body_hash, <now> - created_at from creation
                        where owner = :owner and once_key = :key""")
                .bind("owner", owner)
                .bind("key", once.key())
                .map((row, context) -> new Creation(row.getString(1), row.getString(2), row.getLong(3)))
                .findOne();
        if (found.isEmpty()) {
            return null;
        }
        final Creation creation = found.get();
        if (creation.ageMs() < once.window().toMillis()) {
            if (once.isExact() && !creation.bodyHash().equals(once.bodyHash())) {
                return new CreateResult.Conflict();
            }
            final Optional<Session> session = get(handle, owner, creation.sessionId());
            if (session.isPresent() && (once.isExact() || !session.get().state().isTerminal())) {
                return new CreateResult.Repeated(session.get());
            }
        }
        // This one and not what another create may have put in its place meanwhile.
        handle.createUpdate("delete from creation where owner = :owner and once_key = :key and session_id = :session")
                .bind("owner", owner)
                .bind("key", once.key())
                .bind("session", creation.sessionId())
                .execute();
        return null;
    }

    private record Creation(String sessionId, String bodyHash, long ageMs) {}

    private static @Nullable CreateResult refused(Handle handle, NewSession session, CreateLimits limits) {
        if (limits.perMinute() > 0) {
            final List<Long> recent = handle.createQuery("""
                            select <now> - created_at from session
                            where owner = :owner and created_at > <now> - :window order by created_at desc limit :limit""")
                    .bind("owner", session.owner())
                    .bind("window", MINUTE_MS)
                    .bind("limit", limits.perMinute())
                    .mapTo(Long.class)
                    .list();
            if (recent.size() >= limits.perMinute()) {
                return new CreateResult.TooFast(
                        limits.perMinute(), Duration.ofMillis(Math.max(0, MINUTE_MS - recent.getLast())));
            }
        }
        if (limits.atATime() > 0) {
            final long active = handle.createQuery(
                            "select count(*) from session where owner = :owner and state in " + ACTIVE)
                    .bind("owner", session.owner())
                    .mapTo(Long.class)
                    .one();
            if (active >= limits.atATime()) {
                return new CreateResult.TooMany(limits.atATime());
            }
        }
        if (limits.isAdmitted() && freePlaces(handle) + limits.waiting() < session.cost()) {
            return new CreateResult.AtCapacity();
        }
        return null;
    }

    /** Places that no session holds or waits for, over all workers that live and take sessions. */
    private static long freePlaces(Handle handle) {
        return handle.createQuery("""
                        select (select coalesce(sum(capacity), 0) from worker
                                where not dead and not draining and lease_until >= <now>)
                             - (select coalesce(sum(cost), 0) from session where state in\s""" + ACTIVE + ")").mapTo(Long.class).one();
    }

    /** Places that no session holds or waits for. */
    public long freePlaces() {
        return database.in(Sessions::freePlaces);
    }

    private static CreateResult insert(Handle handle, NewSession session, List<Once> onces) {
        for (final Once once : onces) {
            handle.createUpdate("""
                            insert into creation (owner, once_key, body_hash, session_id, created_at)
                            values (:owner, :key, :hash, :id, <now>)""")
                    .bind("owner", session.owner())
                    .bind("key", once.key())
                    .bind("hash", once.bodyHash())
                    .bind("id", session.id())
                    .execute();
        }
        final SessionSpec spec = session.spec();
        final Instant expires = session.tokenExpires();
        handle.createUpdate("""
                        insert into session (id, api, owner, state, avatar_id, picture, quality, spec, cost, token, token_expires, node,
                            created_at, queued_at, billable_ms, frames, fence, attempts, stage, told, tell_after, tell_attempts)
                        values (:id, :api, :owner, 'queued', :avatar, :picture, :quality, :spec, :cost, :token, :expires, :node,
                            <now>, <now>, 0, 0, 0, 0, 0, 0, 0, 0)""")
                .bind("id", session.id())
                .bind("api", session.api())
                .bind("owner", session.owner())
                .bind("avatar", spec.avatarId())
                .bind("picture", spec.picture())
                .bind("quality", spec.quality())
                .bind("spec", SessionRows.json(spec))
                .bind("cost", session.cost())
                .bind("token", session.token())
                .bind("node", spec.room().node())
                .bind("expires", expires == null ? null : (Long) expires.toEpochMilli())
                .execute();
        return new CreateResult.Created(
                get(handle, session.owner(), session.id()).orElseThrow());
    }

    /** The session, if it is the owner's. */
    public Optional<Session> get(String owner, String id) {
        return database.in(handle -> get(handle, owner, id));
    }

    private static Optional<Session> get(Handle handle, String owner, String id) {
        return handle.createQuery("select * from session where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map(SessionRows.SESSION)
                .findOne();
    }

    /**
     * Which sessions to list.
     *
     * @param api only those of this API
     * @param states only those; empty for all
     * @param avatarId only those of this avatar
     * @param createdFrom not before
     * @param createdBefore before
     * @param after only those after this one in the list, which is newest first
     * @param skip how many to leave out at the start
     * @param limit how many at most
     */
    public record Filter(
            String api,
            List<SessionState> states,
            @Nullable String avatarId,
            @Nullable Instant createdFrom,
            @Nullable Instant createdBefore,
            @Nullable String after,
            int skip,
            int limit) {}

    /** An owner's sessions, newest first. */
    public List<Session> list(String owner, Filter filter) {
        final var where = new Where(owner, filter);
        return database.in(handle -> where.bind(handle.createQuery(
                        "select * from session where " + where.text() + " order by seq desc limit :limit offset :skip"))
                .bind("limit", filter.limit())
                .bind("skip", filter.skip())
                .map(SessionRows.SESSION)
                .list());
    }

    /** An owner's newest sessions, whichever API they came by. */
    public List<Session> latest(String owner, int limit) {
        return database.in(handle -> handle.createQuery(
                        "select * from session where owner = :owner order by seq desc limit :limit")
                .bind("owner", owner)
                .bind("limit", limit)
                .map(SessionRows.SESSION)
                .list());
    }

    /** How many the filter lets through, whatever its limit. */
    public long count(String owner, Filter filter) {
        final var where = new Where(owner, filter);
        return database.in(
                handle -> where.bind(handle.createQuery("select count(*) from session where " + where.text()))
                        .mapTo(Long.class)
                        .one());
    }

    /** A filter as SQL. */
    private static final class Where {
        private final StringBuilder text = new StringBuilder("owner = :owner and api = :api");
        private final Map<String, Object> values = new TreeMap<>();
        private final List<String> states = new ArrayList<>();

        Where(String owner, Filter filter) {
            values.put("owner", owner);
            values.put("api", filter.api());
            filter.states().forEach(state -> states.add(state.word()));
            if (!states.isEmpty()) {
                text.append(" and state in (<states>)");
            }
            and("avatar_id = :avatar", "avatar", filter.avatarId());
            and("created_at >= :from", "from", ms(filter.createdFrom()));
            and("created_at < :before", "before", ms(filter.createdBefore()));
            and("seq < (select seq from session s where s.id = :after and s.owner = :owner)", "after", filter.after());
        }

        private static @Nullable Long ms(@Nullable Instant time) {
            return time == null ? null : time.toEpochMilli();
        }

        private void and(String condition, String name, @Nullable Object value) {
            if (value != null) {
                text.append(" and ").append(condition);
                values.put(name, value);
            }
        }

        String text() {
            return text.toString();
        }

        Query bind(Query query) {
            query.bindMap(values);
            return states.isEmpty() ? query : query.bindList("states", states);
        }
    }

    /**
     * Ends a session: one that no worker has is canceled at once, one on its way or on air is ended by its worker, one that is over stays as it is.
     * Returns the session as it is now, if it is the owner's.
     */
    public Optional<Session> end(String owner, String id, String reason) {
        final String why = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        final Optional<Session> ended = database.in(handle -> {
            handle.createUpdate("""
                            update session set
                                state = case when state in ('created', 'queued') then 'canceled' else 'ending' end,
                                token = case when state in ('created', 'queued') then null else token end,
                                stage = case when state in ('created', 'queued') then 3 else stage end,
                                ending_at = case when state in ('created', 'queued') then null else <now> end,
                                finished_at = case when state in ('created', 'queued') then <now> else null end,
                                end_reason = :reason
                            where id = :id and owner = :owner and state in ('created', 'queued', 'starting', 'running')""")
                    .bind("reason", why)
                    .bind("id", id)
                    .bind("owner", owner)
                    .execute();
            return get(handle, owner, id);
        });
        ended.ifPresent(session -> database.wakeups().raise());
        return ended;
    }

    /** Leaves a wish for the session's worker. Returns whether there is such a session that is not over. */
    public boolean command(String owner, String id, String kind, String body) {
        final boolean isKnown = database.in(handle -> handle.createUpdate("""
                        insert into session_command (session_id, kind, body)
                        select id, :kind, :body from session where id = :id and owner = :owner and state in\s""" + ACTIVE)
                        .bind("kind", kind)
                        .bind("body", body)
                        .bind("id", id)
                        .bind("owner", owner)
                        .execute()
                > 0);
        if (isKnown) {
            database.wakeups().raise();
        }
        return isKnown;
    }

    /**
     * What an owner has used of one quality.
     *
     * @param sessions how many were created
     */
    public record Used(String quality, long sessions, long billableMs) {}

    /** What an owner has used in the sessions created from {@code from} (inclusive) to {@code to} (exclusive), by quality. */
    public List<Used> usage(String owner, Instant from, Instant to) {
        return database.in(handle -> handle.createQuery("""
                        select quality, count(*), sum(billable_ms) from session
                        where owner = :owner and created_at >= :from and created_at < :to
                        group by quality order by quality""")
                .bind("owner", owner)
                .bind("from", from.toEpochMilli())
                .bind("to", to.toEpochMilli())
                .map((row, context) -> new Used(row.getString(1), row.getLong(2), row.getLong(3)))
                .list());
    }

    /** How many sessions are in each state, over all owners. */
    public Map<SessionState, Long> countByState() {
        return database.in(handle -> {
            final Map<SessionState, Long> counts = new TreeMap<>();
            handle.createQuery("select state, count(*) from session where state in " + ACTIVE + " group by state")
                    .map((row, context) -> counts.put(SessionState.of(row.getString(1)), row.getLong(2)))
                    .list();
            return counts;
        });
    }
}
