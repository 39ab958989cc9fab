package dev.mouthpiece.worker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.TestPostgres;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import livekit.LivekitModels.ParticipantInfo;
import org.jspecify.annotations.Nullable;

/** An API and workers, each a process, over one PostgreSQL and one LiveKit server. */
final class Cluster implements AutoCloseable {
    /** Far beyond what anything here takes: a machine of two cores may have much else to do. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final long LOOK_NS = Duration.ofMillis(50).toNanos();
    private static final String USER = "mouthpiece";
    private static final String DATABASE = "cluster";

    private final Path folder;
    private final List<DaemonProcess> processes = new ArrayList<>();
    private final TestPostgres postgres;
    private final Database.Address address;
    private final LiveKitServer rooms;
    private final DaemonProcess server;
    private final SessionApi api;

    private Cluster(Path folder) {
        this.folder = folder;
        postgres = TestPostgres.start();
        address = postgres.newDatabase(DATABASE);
        rooms = LiveKitServer.start(Map.of("room", Map.of("empty_timeout", 300, "departure_timeout", 300)));
        server = launch(
                "api", Map.of(), "serve", "--no-worker", "--set", "limits.creates=0", "--set", "limits.waiting=100");
        await("the API is open", server::isOpen);
        api = new SessionApi(server.url(), rooms);
    }

    /** An API, and no worker yet. */
    static Cluster start(Path folder) {
        return new Cluster(folder);
    }

    TestPostgres postgres() {
        return postgres;
    }

    LiveKitServer rooms() {
        return rooms;
    }

    /** Starts a worker with so many places; {@link #awaitOpen} waits for it. */
    DaemonProcess worker(String name, int places) {
        return worker(name, places, Map.of());
    }

    /** The same, with more in its environment. */
    DaemonProcess worker(String name, int places, Map<String, String> environment) {
        return launch(name, environment, "worker", "--capacity", Integer.toString(places));
    }

    /** The same, with the database behind a gate. */
    DaemonProcess worker(String name, int places, TcpGate gate) {
        return worker(
                name,
                places,
                Map.of("MOUTHPIECE_DATABASE_URL", address.url().replaceAll(":\\d+/", ":" + gate.port() + "/")));
    }

    private DaemonProcess launch(String name, Map<String, String> environment, String... arguments) {
        final Map<String, String> all = new HashMap<>(Map.of(
                "MOUTHPIECE_DATABASE_URL",
                address.url(),
                "MOUTHPIECE_DATABASE_USER",
                USER,
                "MOUTHPIECE_SERVER_PORT",
                "0"));
        all.putAll(environment);
        final var process = DaemonProcess.start(name, folder.resolve(name), all, List.of(), arguments);
        processes.add(process);
        return process;
    }

    /** Waits until they are ready, and known to the others. */
    void awaitOpen(DaemonProcess... workers) {
        for (final DaemonProcess worker : workers) {
            await(worker.name() + " is open", worker::isOpen);
            await(worker.name() + " has a lease", () -> leases(worker).stream().anyMatch(lease -> !lease.isDead()));
        }
    }

    /** Creates a session in a room of its own. Returns its id. */
    String create() {
        return api.create();
    }

    /** Creates a session whose room is reached by that URL. */
    String create(String url) {
        return api.create(url);
    }

    /** Asks for a session's end. */
    void end(String session) {
        api.end(session);
    }

    /** A session as the API has it. */
    JsonNode get(String session) {
        return api.get(session);
    }

    /** The avatar in the session's room, with picture and sound, if it is there. */
    Optional<ParticipantInfo> avatar(String session) {
        return api.avatar(session);
    }

    /**
     * A session as the database has it.
     *
     * @param claims how often it was claimed or taken over
     */
    record Row(
            String state,
            long claims,
            String worker,
            @Nullable String failure) {
        boolean isWith(DaemonProcess process) {
            return worker.contains("-" + process.pid() + "-");
        }
    }

    Row row(String session) {
        return query(
                        "select state, fence, coalesce(worker_id, ''), failure_code from session where id = '" + session
                                + "'",
                        row -> new Row(row.getString(1), row.getLong(2), row.getString(3), row.getString(4)))
                .getFirst();
    }

    /** A lease that a process has, or had. */
    record Lease(String name, boolean isDead, long untilMs) {}

    /** All leases of a process, oldest first. */
    List<Lease> leases(DaemonProcess process) {
        return query(
                "select id, dead, lease_until from worker where id like '%-" + process.pid()
                        + "-%' order by started_at, id",
                row -> new Lease(row.getString(1), row.getBoolean(2), row.getLong(3)));
    }

    private interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    private <T> List<T> query(String sql, Mapper<T> mapper) {
        try (var connection = DriverManager.getConnection(address.url(), USER, null);
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            final List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(mapper.map(rows));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Waits until the session is on air with that process, claimed for the {@code claims}th time. */
    void awaitOnAir(String session, DaemonProcess worker, int claims) {
        await(
                session + " is on air with " + worker.name() + ", claim " + claims,
                () -> {
                    final Row row = row(session);
                    return row.state().equals("running")
                            && row.claims() == claims
                            && row.isWith(worker)
                            && worker.said("session on air", session) > 0
                            && avatar(session).isPresent();
                },
                () -> row(session).toString());
    }

    /** Waits until the session is on air with whatever worker. Returns that one. */
    DaemonProcess awaitOnAir(String session) {
        await(
                session + " is on air",
                () -> row(session).state().equals("running") && avatar(session).isPresent(),
                () -> row(session).toString());
        final Row row = row(session);
        return processes.stream().filter(row::isWith).findFirst().orElseThrow();
    }

    /** Waits for a state. */
    void awaitState(String session, String state) {
        await(session + " is " + state, () -> row(session).state().equals(state), () -> row(session)
                .toString());
    }

    /** Waits until something is so. */
    void await(String what, BooleanSupplier fact) {
        await(what, fact, () -> "");
    }

    private void await(String what, BooleanSupplier fact, Supplier<String> instead) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!fact.getAsBoolean()) {
            if (deadlineNs - System.nanoTime() <= 0) {
                throw new AssertionError("after " + PATIENCE.toSeconds() + " s it is still not so that " + what + "; "
                        + instead.get() + "; the processes' logs are in target/testkit");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Ends all workers, and forgets their sessions. */
    void clear() {
        for (final DaemonProcess process : List.copyOf(processes)) {
            if (process != server) {
                process.kill();
                processes.remove(process);
            }
        }
        try (var connection = DriverManager.getConnection(address.url(), USER, null);
                var statement = connection.createStatement()) {
            statement.execute("truncate session, worker");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        processes.forEach(DaemonProcess::close);
        rooms.close();
        postgres.close();
        api.close();
    }
}
