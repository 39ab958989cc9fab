package dev.mouthpiece.worker.media;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Random tests that can be run again: a failure names its seed. */
public final class Seeds {
    private Seeds() {}

    /** Runs {@code test} with {@code count} seeds; {@code -Dseed=N} runs that one alone. */
    public static void forEach(int count, Consumer<SplittableRandom> test) {
        final Long one = Long.getLong("seed");
        final long first = one != null ? one : System.nanoTime();
        for (long seed = first; seed < first + (one != null ? 1 : count); seed++) {
            try {
                test.accept(new SplittableRandom(seed));
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError("failed with -Dseed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
