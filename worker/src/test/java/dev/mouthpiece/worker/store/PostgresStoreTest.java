package dev.mouthpiece.worker.store;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class PostgresStoreTest extends StoreContract {
    private static TestPostgres postgres;
    private static int databases;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Override
    Database.Address newDatabase() {
        return postgres.newDatabase("store_" + databases++);
    }
}
