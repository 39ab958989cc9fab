package dev.mouthpiece.worker.store;

/** Moves leases where a test cannot wait for them, and makes the database slow where it must be. */
public final class TestLeases {
    private TestLeases() {}

    public static void lapse(Database database, String worker) {
        database.run(handle -> handle.execute("update worker set lease_until = 0 where id = ?", worker));
    }

    /** Lets nobody write a session while {@code meanwhile} runs. */
    public static void hold(Database database, String session, Runnable meanwhile) {
        database.run(handle -> {
            handle.select("select id from session where id = ? for update", session)
                    .mapTo(String.class)
                    .one();
            meanwhile.run();
        });
    }
}
