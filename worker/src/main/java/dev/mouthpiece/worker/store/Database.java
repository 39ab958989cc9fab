package dev.mouthpiece.worker.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * The connection pool and the schema. Made once by the command, closed by it after everybody who uses it; any thread may call.
 *
 * <p>A transaction that meets another one's lock is tried again. One that meets a dead connection fails within
 * {@link #PATIENCE}, because a worker must not wait longer for its heartbeat than its lease lasts.
 */
public final class Database implements AutoCloseable {
    /** Longest wait for a connection, and for an answer of the database. */
    public static final Duration PATIENCE = Duration.ofSeconds(3);

    /** Milliseconds since 1970 by the database's clock. Both databases know this spelling. */
    static final String NOW = "cast(floor(extract(epoch from current_timestamp) * 1000) as bigint)";

    private static final int MAX_CONNECTIONS = 8;

    /** H2's code for a file that does not exist and is not to be made. */
    private static final int H2_NOT_THERE = 90_146;

    private static final int MAX_TRIES = 8;

    /** Serialisation failure, deadlock, H2's lock timeout and its concurrent update. */
    private static final Set<String> TRY_AGAIN = Set.of("40001", "40P01", "HYT00", "90131");

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Wakeups wakeups;

    private Database(HikariDataSource pool, Wakeups wakeups) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
        jdbi.define("now", NOW);
        this.wakeups = wakeups;
    }

    /**
     * Where the database is.
     *
     * @param url {@code jdbc:h2:...} or {@code jdbc:postgresql:...}
     */
    public record Address(
            String url, @Nullable String user, @Nullable String password) {
        /** Whether many machines can share it. */
        public boolean isPostgres() {
            return url.startsWith("jdbc:postgresql:");
        }

        @Override
        public String toString() {
            return url.replaceAll("(?i)(password|sslpassword)=[^&;]*", "$1=***");
        }
    }

    /**
     * Connects, and brings the schema up to date.
     *
     * @throws StoreException if that cannot be done
     */
    public static Database open(Address address) {
        // The file's first user serves the others on this machine; nobody else is to reach it.
        System.setProperty("h2.bindAddress", "127.0.0.1");
        final HikariDataSource pool;
        try {
            pool = new HikariDataSource(poolConfig(address));
        } catch (RuntimeException e) {
            throw unusable(address, e);
        }
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(pool)
                    .locations("classpath:dev/mouthpiece/worker/store/migration")
                    .placeholders(Map.of("bytes", address.isPostgres() ? "bytea" : "blob"))
                    .loggers("slf4j")
                    .load()
                    .migrate();
            return new Database(pool, address.isPostgres() ? Wakeups.overPostgres(address) : Wakeups.local());
        } catch (RuntimeException e) {
            pool.close();
            throw unusable(address, e);
        }
    }

    /**
     * Asks a database for its time, and changes nothing there.
     *
     * @return milliseconds since 1970 by its clock; empty where it is a file that is not there yet
     * @throws StoreException if it does not answer
     */
    public static OptionalLong probe(Address address) {
        final var properties = new Properties();
        if (address.user() != null) {
            properties.setProperty("user", address.user());
        }
        if (address.password() != null) {
            properties.setProperty("password", address.password());
        }
        final String patience = Long.toString(PATIENCE.toSeconds());
        final String url = address.isPostgres() ? address.url() : address.url() + ";IFEXISTS=TRUE";
        if (address.isPostgres()) {
            properties.setProperty("loginTimeout", patience);
            properties.setProperty("connectTimeout", patience);
            properties.setProperty("socketTimeout", patience);
        }
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select " + NOW)) {
            row.next();
            return OptionalLong.of(row.getLong(1));
        } catch (SQLException e) {
            if (e.getErrorCode() == H2_NOT_THERE && !address.isPostgres()) {
                return OptionalLong.empty();
            }
            throw unusable(address, e);
        }
    }

    private static HikariConfig poolConfig(Address address) {
        final var config = new HikariConfig();
        config.setPoolName("database");
        config.setJdbcUrl(address.url());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(MAX_CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(PATIENCE.toMillis());
        config.setValidationTimeout(PATIENCE.toMillis() / 2);
        if (address.isPostgres()) {
            config.addDataSourceProperty("socketTimeout", PATIENCE.toSeconds());
            config.addDataSourceProperty("connectTimeout", PATIENCE.toSeconds());
            config.addDataSourceProperty("ApplicationName", "mouthpiece");
        }
        return config;
    }

    private static StoreException unusable(Address address, Exception e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        final String reason =
                String.valueOf(root.getMessage()).lines().findFirst().orElse("");
        return new StoreException("database " + address + " cannot be used: " + reason, e);
    }

    /**
     * Runs one transaction.
     *
     * @throws StoreException if the database cannot be used
     */
    <T> T in(Function<Handle, T> work) {
        for (int tries = 1; ; tries++) {
            try {
                return jdbi.inTransaction(work::apply);
            } catch (JdbiException e) {
                final String state = sqlState(e);
                if (tries == MAX_TRIES || !(TRY_AGAIN.contains(state) || state.equals(UNIQUE))) {
                    throw new StoreException(
                            "the database does not answer: "
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse(""),
                            e);
                }
            }
        }
    }

    /** Runs one transaction for its effect. */
    void run(Consumer<Handle> work) {
        in(handle -> {
            work.accept(handle);
            return true;
        });
    }

    /** Two have inserted the same: the second one looks again. */
    private static final String UNIQUE = "23505";

    private static String sqlState(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
        }
        return "";
    }

    /** Tells who waits for work that there is some. */
    public Wakeups wakeups() {
        return wakeups;
    }

    /**
     * Whether it answers.
     *
     * @throws StoreException if not
     */
    public long nowMs() {
        return in(handle -> handle.createQuery("select <now>").mapTo(Long.class).one());
    }

    @Override
    public void close() {
        wakeups.close();
        pool.close();
    }
}
