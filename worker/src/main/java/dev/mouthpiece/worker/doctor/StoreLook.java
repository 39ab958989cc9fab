package dev.mouthpiece.worker.doctor;

import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.StoreException;
import java.util.OptionalLong;

/**
 * The database, as far as it can be looked at without changing it.
 *
 * @param database what was found
 * @param aheadMs how far its clock is ahead of this machine's; empty where it does not answer or is on this machine
 */
record StoreLook(Finding database, OptionalLong aheadMs) {
    private static final String NAME = "database";

    static StoreLook at(Config.Store store) {
        final var address = new Database.Address(store.url(), store.user(), store.password());
        final long beganMs = System.currentTimeMillis();
        try {
            final OptionalLong answer = Database.probe(address);
            final long endedMs = System.currentTimeMillis();
            if (answer.isEmpty()) {
                return new StoreLook(Finding.ok(NAME, address + " is made at the first start"), OptionalLong.empty());
            }
            final String seen = address + " answered in " + (endedMs - beganMs) + " ms";
            return new StoreLook(
                    Finding.ok(NAME, seen),
                    address.isPostgres()
                            ? OptionalLong.of(answer.getAsLong() - (beganMs + endedMs) / 2)
                            : OptionalLong.empty());
        } catch (StoreException e) {
            final String advice = address.isPostgres()
                    ? "see that PostgreSQL runs there, lets this machine in, and that database.url, .user and .password are right"
                    : "another program may hold the file, or it is damaged: end that program, or move the file away";
            return new StoreLook(Finding.fail(NAME, String.valueOf(e.getMessage()), advice), OptionalLong.empty());
        }
    }
}
