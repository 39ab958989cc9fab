package dev.mouthpiece.worker.testkit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Processes that must not outlive this JVM, whatever becomes of the test that started them. Thread-safe. */
final class Orphans {
    /** Ended ones too: a handle knows its process even when the number belongs to another. */
    private static final Set<ProcessHandle> STARTED = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> STARTED.forEach(Orphans::end), "orphans"));
    }

    private Orphans() {}

    static void watch(ProcessHandle process) {
        STARTED.add(process);
    }

    private static void end(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
