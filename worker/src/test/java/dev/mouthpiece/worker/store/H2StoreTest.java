package dev.mouthpiece.worker.store;

import java.util.UUID;

class H2StoreTest extends StoreContract {
    @Override
    Database.Address newDatabase() {
        return new Database.Address("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, null);
    }
}
