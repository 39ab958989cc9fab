package dev.mouthpiece.worker.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The keys of the API's users. A key is 256 random bits and is told once; the database has its SHA-256, which is as good as a slow hash where
 * there is nothing to guess.
 */
public final class ApiKeys {
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 6;
    private static final String PREFIX = "mp_";

    private final Database database;
    private final SecureRandom random = new SecureRandom();

    public ApiKeys(Database database) {
        this.database = database;
    }

    /**
     * What is known of a key.
     *
     * @param id the owner of what is made with it
     * @param createsPerMinute null for what the service allows everybody
     * @param maxSessions at a time; null for what the service allows everybody
     */
    public record ApiKey(
            String id,
            String name,
            @Nullable Integer createsPerMinute,
            @Nullable Integer maxSessions,
            Instant created,
            @Nullable Instant revoked) {}

    /** Makes a key. Returns it, this once. */
    public String create(String name, @Nullable Integer createsPerMinute, @Nullable Integer maxSessions) {
        final byte[] secret = new byte[KEY_BYTES];
        random.nextBytes(secret);
        final byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        final String key = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        database.run(handle -> handle.createUpdate("""
                        insert into api_key (id, name, hash, creates_per_minute, max_sessions, created_at)
                        values (:id, :name, :hash, :creates, :sessions, <now>)""")
                .bind("id", "key_" + HexFormat.of().formatHex(id))
                .bind("name", name)
                .bind("hash", hash(key))
                .bind("creates", createsPerMinute)
                .bind("sessions", maxSessions)
                .execute());
        return key;
    }

    /** The key, if it is one of ours and not revoked. */
    public Optional<ApiKey> find(String key) {
        return database.in(
                handle -> handle.createQuery("select * from api_key where hash = :hash and revoked_at is null")
                        .bind("hash", hash(key))
                        .map(ApiKeys::map)
                        .findOne());
    }

    /** All keys, oldest first. */
    public List<ApiKey> list() {
        return database.in(handle -> handle.createQuery("select * from api_key order by created_at, id")
                .map(ApiKeys::map)
                .list());
    }

    /** Whether any key works. */
    public boolean isAny() {
        return database.in(handle -> handle.createQuery("select count(*) from api_key where revoked_at is null")
                        .mapTo(Long.class)
                        .one()
                > 0);
    }

    /** Revokes the key of that id or name. Returns how many that were. */
    public int revoke(String idOrName) {
        return database.in(handle -> handle.createUpdate(
                        "update api_key set revoked_at = <now> where (id = :key or name = :key) and revoked_at is null")
                .bind("key", idOrName)
                .execute());
    }

    private static ApiKey map(ResultSet row, StatementContext context) throws SQLException {
        final long revoked = row.getLong("revoked_at");
        final boolean isRevoked = !row.wasNull();
        return new ApiKey(
                row.getString("id"),
                row.getString("name"),
                row.getObject("creates_per_minute", Integer.class),
                row.getObject("max_sessions", Integer.class),
                Instant.ofEpochMilli(row.getLong("created_at")),
                isRevoked ? Instant.ofEpochMilli(revoked) : null);
    }

    /** SHA-256, as hexadecimal digits. */
    public static String hash(String text) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /** SHA-256, as hexadecimal digits. */
    public static String hash(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .toLowerCase(Locale.ROOT);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
