package dev.mouthpiece.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.cluster.TcpGate;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two machines on one PostgreSQL, one of them over a network that can be cut. */
@Tag("slow")
class WakeupsTest {
    private static final long LIMIT_S = 60;

    private TestPostgres postgres;
    private TcpGate gate;
    private Database near;
    private Database far;

    @BeforeEach
    void open() {
        postgres = TestPostgres.start();
        final Database.Address address = postgres.newDatabase("wakeups");
        gate = new TcpGate(postgres.port());
        near = Database.open(address);
        far = Database.open(new Database.Address(
                address.url().replace(":" + postgres.port() + "/", ":" + gate.port() + "/"), address.user(), null));
    }

    @AfterEach
    void close() {
        far.close();
        near.close();
        gate.close();
        postgres.close();
    }

    @Test
    void shouldHearAndTellAgainWhenTheNetworkWasCutWithoutAWord() throws Exception {
        final var heardNear = new Semaphore(0);
        final var heardFar = new Semaphore(0);
        near.wakeups().listen(heardNear::release);
        far.wakeups().listen(heardFar::release);
        far.wakeups().raise();
        assertHeard(heardNear);
        assertHeard(heardFar);

        gate.cut();
        awaitSilence(heardNear);
        awaitSilence(heardFar);
        gate.mend();

        // Whoever has lost a connection looks for work when he has another one.
        assertHeard(heardFar);
        far.wakeups().raise();
        assertHeard(heardNear);
    }

    /** What was said before is not to be taken for what is said later. */
    private static void awaitSilence(Semaphore heard) throws InterruptedException {
        while (heard.tryAcquire(1, TimeUnit.SECONDS)) {
            heard.drainPermits();
        }
    }

    private static void assertHeard(Semaphore heard) throws InterruptedException {
        assertThat(heard.tryAcquire(LIMIT_S, TimeUnit.SECONDS)).isTrue();
    }
}
