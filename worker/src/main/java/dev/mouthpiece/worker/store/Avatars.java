package dev.mouthpiece.worker.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Portraits that users have given, and the pictures themselves, each once by its content. */
public final class Avatars {
    /** A worker that has taken an avatar to check it and says nothing for so long has died over it. */
    private static final long CHECK_MS = 30_000;

    private static final int MAX_FAILURE = 1000;

    private final Database database;

    public Avatars(Database database) {
        this.database = database;
    }

    /** Where an avatar stands. */
    public enum State {
        PROCESSING,
        READY,
        FAILED
    }

    /**
     * A portrait that a user has given.
     *
     * @param failure what is wrong with it, for a person; null unless failed
     * @param picture SHA-256 of its file
     */
    public record StoredAvatar(
            String id, String name, State state, @Nullable String failure, String picture, Instant created) {}

    /** Keeps a picture's file. Returns what it is found by. */
    public String keep(byte[] content) {
        final String sha256 = ApiKeys.hash(content);
        database.run(handle -> {
            final int known = handle.createUpdate("update picture set created_at = <now> where sha256 = :sha256")
                    .bind("sha256", sha256)
                    .execute();
            if (known == 0) {
                handle.createUpdate(
                                "insert into picture (sha256, content, created_at) values (:sha256, :content, <now>)")
                        .bind("sha256", sha256)
                        .bind("content", content)
                        .execute();
            }
        });
        return sha256;
    }

    /** A picture's file. */
    public Optional<byte[]> picture(String sha256) {
        return database.in(handle -> handle.createQuery("select content from picture where sha256 = :sha256")
                .bind("sha256", sha256)
                .map((row, context) -> row.getBytes(1))
                .findOne());
    }

    /** Whether a picture's file is here. */
    public boolean hasPicture(String sha256) {
        return database.in(handle -> handle.createQuery("select count(*) from picture where sha256 = :sha256")
                        .bind("sha256", sha256)
                        .mapTo(Long.class)
                        .one()
                > 0);
    }

    /** A new avatar, to be checked. */
    public StoredAvatar create(String owner, String id, String name, String picture) {
        final StoredAvatar made = database.in(handle -> {
            handle.createUpdate("""
                            insert into avatar (id, owner, name, state, picture, check_after, created_at)
                            values (:id, :owner, :name, 'processing', :picture, 0, <now>)""")
                    .bind("id", id)
                    .bind("owner", owner)
                    .bind("name", name)
                    .bind("picture", picture)
                    .execute();
            return get(handle, owner, id).orElseThrow();
        });
        database.wakeups().raise();
        return made;
    }

    /** The avatar, if it is the owner's. */
    public Optional<StoredAvatar> get(String owner, String id) {
        return database.in(handle -> get(handle, owner, id));
    }

    private static Optional<StoredAvatar> get(Handle handle, String owner, String id) {
        return handle.createQuery("select * from avatar where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map(Avatars::map)
                .findOne();
    }

    /** An owner's avatars, newest first. */
    public List<StoredAvatar> list(String owner) {
        return database.in(handle -> handle.createQuery("select * from avatar where owner = :owner order by seq desc")
                .bind("owner", owner)
                .map(Avatars::map)
                .list());
    }

    /** How many avatars an owner has. */
    public long count(String owner) {
        return database.in(handle -> handle.createQuery("select count(*) from avatar where owner = :owner")
                .bind("owner", owner)
                .mapTo(Long.class)
                .one());
    }

    /** Deletes it. Sessions that show it go on. Returns whether it was there. */
    public boolean delete(String owner, String id) {
        return database.in(handle -> handle.createUpdate("delete from avatar where id = :id and owner = :owner")
                        .bind("id", id)
                        .bind("owner", owner)
                        .execute()
                > 0);
    }

    /** Takes the next avatar to check, if there is one; another worker gets it if nothing is said of it in time. */
    public Optional<StoredAvatar> claimUnchecked() {
        return database.in(handle -> {
            final Optional<StoredAvatar> next =
                    handle.createQuery("""
                            select * from avatar where state = 'processing' and check_after <= <now>
                            order by seq limit 1 for update skip locked""").map(Avatars::map).findOne();
            next.ifPresent(
                    avatar -> handle.createUpdate("update avatar set check_after = <now> + :check where id = :id")
                            .bind("check", CHECK_MS)
                            .bind("id", avatar.id())
                            .execute());
            return next;
        });
    }

    /**
     * What the check has shown.
     *
     * @param failure what is wrong, for a person; null for nothing
     */
    public void checked(String id, @Nullable String failure) {
        database.run(handle -> handle.createUpdate(
                        "update avatar set state = :state, failure = :failure where id = :id and state = 'processing'")
                .bind("state", failure == null ? "ready" : "failed")
                .bind(
                        "failure",
                        failure != null && failure.length() > MAX_FAILURE ? failure.substring(0, MAX_FAILURE) : failure)
                .bind("id", id)
                .execute());
    }

    private static StoredAvatar map(ResultSet row, StatementContext context) throws SQLException {
        return new StoredAvatar(
                row.getString("id"),
                row.getString("name"),
                State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getString("failure"),
                row.getString("picture"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }
}
