package dev.mouthpiece.worker.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells workers that there is work, so that they need not ask all the time: across machines by PostgreSQL's LISTEN and NOTIFY, else
 * inside this process. A wake-up may get lost (a connection breaks, a process dies between its commit and the word): whoever listens
 * asks by himself every now and then too.
 *
 * <p>Notes are gathered: a commit that notifies holds a lock of the whole database, so a thread of its own says once, for all creates of the
 * last moment, that there are some.
 */
public final class Wakeups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);
    private static final String CHANNEL = "mouthpiece";
    private static final int LISTEN_MS = 500;
    private static final long RETRY_MS = 500;

    /** How often a worker should look by itself, ms: words get lost, and processes that share a file tell each other nothing. */
    public static final long POLL_MS = 1_000;

    /** How often the listener looks whether its connection still stands: a network that was cut says nothing. */
    private static final long CHECK_NS = TimeUnit.SECONDS.toNanos(5);

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Semaphore notes = new Semaphore(0);
    private final Database.@Nullable Address address;
    private volatile boolean isClosed;

    private Wakeups(Database.@Nullable Address address) {
        this.address = address;
    }

    static Wakeups local() {
        return new Wakeups(null);
    }

    static Wakeups overPostgres(Database.Address address) {
        final var wakeups = new Wakeups(address);
        Thread.ofPlatform().name("wakeups-in").daemon().start(() -> wakeups.keepConnected(wakeups::listen));
        Thread.ofPlatform().name("wakeups-out").daemon().start(() -> wakeups.keepConnected(wakeups::tell));
        return wakeups;
    }

    /** From now on the listener is called, on some thread of ours or of a caller's, when there may be work. It must not block. */
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    /** Not any more. */
    public void forget(Runnable listener) {
        listeners.remove(listener);
    }

    /** There may be work. To be said after the commit. */
    void raise() {
        if (address == null) {
            listeners.forEach(Runnable::run);
        } else {
            notes.release();
        }
    }

    private void keepConnected(Conversation conversation) {
        while (!isClosed) {
            try (Connection connection = connect()) {
                conversation.hold(connection);
            } catch (SQLException e) {
                LOG.debug("wake-up connection lost: {}", e.getMessage());
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private Connection connect() throws SQLException {
        final Database.Address to = Objects.requireNonNull(address);
        final var properties = new Properties();
        if (to.user() != null) {
            properties.setProperty("user", to.user());
        }
        if (to.password() != null) {
            properties.setProperty("password", to.password());
        }
        properties.setProperty("connectTimeout", Long.toString(Database.PATIENCE.toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(Database.PATIENCE.toSeconds()));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", "mouthpiece wake-ups");
        return DriverManager.getConnection(to.url(), properties);
    }

    private void listen(Connection connection) throws SQLException {
        final PGConnection postgres = connection.unwrap(PGConnection.class);
        try (Statement statement = connection.createStatement()) {
            statement.execute("listen " + CHANNEL);
        }
        listeners.forEach(Runnable::run);
        long checkedNs = System.nanoTime();
        while (!isClosed) {
            final var told = postgres.getNotifications(LISTEN_MS);
            final long nowNs = System.nanoTime();
            if (told != null && told.length > 0) {
                listeners.forEach(Runnable::run);
            } else if (nowNs - checkedNs >= CHECK_NS) {
                checkedNs = nowNs;
                if (!connection.isValid((int) Database.PATIENCE.toSeconds())) {
                    throw new SQLException("no answer");
                }
            }
        }
    }

    private void tell(Connection connection) throws SQLException, InterruptedException {
        try (Statement statement = connection.createStatement()) {
            while (!isClosed) {
                if (notes.tryAcquire(LISTEN_MS, TimeUnit.MILLISECONDS)) {
                    notes.drainPermits();
                    notify(statement);
                }
            }
        }
    }

    private void notify(Statement statement) throws SQLException {
        try {
            statement.execute("notify " + CHANNEL);
        } catch (SQLException e) {
            // Over the next connection.
            notes.release();
            throw e;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        notes.release();
        listeners.clear();
    }

    private interface Conversation {
        void hold(Connection connection) throws SQLException, InterruptedException;
    }
}
