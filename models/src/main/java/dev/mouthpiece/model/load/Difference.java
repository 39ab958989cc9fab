package dev.mouthpiece.model.load;

import dev.mouthpiece.model.ModelException;
import java.nio.ByteBuffer;
import java.util.Locale;

/** The largest absolute difference between what came out and what should have. */
final class Difference {
    private double largest;
    private boolean comparable = true;

    /** Floats; one that is not a number differs from everything. */
    Difference of(String what, float[] expected, float[] actual) {
        checkLength(what, expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            add(Math.abs((double) expected[i] - actual[i]));
        }
        return this;
    }

    /** Levels 0..255. */
    Difference of(String what, ByteBuffer expected, ByteBuffer actual) {
        checkLength(what, expected.capacity(), actual.capacity());
        for (int i = 0; i < expected.capacity(); i++) {
            add(Math.abs((expected.get(i) & 0xff) - (actual.get(i) & 0xff)));
        }
        return this;
    }

    private void add(double difference) {
        comparable &= !Double.isNaN(difference);
        largest = Math.max(largest, difference);
    }

    private static void checkLength(String what, int expected, int actual) {
        if (expected != actual) {
            throw new ModelException(what + " must have " + expected + " values: " + actual);
        }
    }

    /**
     * A line that tells the difference.
     *
     * @throws ModelException if it is above {@code tolerance}
     */
    String within(double tolerance) {
        if (!comparable || largest > tolerance) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "differs by %s, allowed are %s",
                    comparable ? Double.toString(largest) : "NaN",
                    tolerance));
        }
        return String.format(Locale.ROOT, "differs by %.2g at most, allowed are %s", largest, tolerance);
    }
}
