package dev.mouthpiece.worker.api;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;

/** Names for new things: safe in a path, never guessed, never given twice. */
final class Ids {
    private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int TIME_CHARACTERS = 10;
    private static final int RANDOM_CHARACTERS = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** A ULID: 48 bits of time in ms, 80 of chance. */
    static String ulid() {
        final char[] out = new char[TIME_CHARACTERS + RANDOM_CHARACTERS];
        long time = InstantSource.system().millis();
        for (int i = TIME_CHARACTERS - 1; i >= 0; i--) {
            out[i] = CROCKFORD.charAt((int) (time & 31));
            time >>>= 5;
        }
        for (int i = TIME_CHARACTERS; i < out.length; i++) {
            out[i] = CROCKFORD.charAt(RANDOM.nextInt(32));
        }
        return new String(out);
    }

    static String protofaceSession() {
        return "sess_" + ulid();
    }

    static String avatar() {
        return "av_" + ulid();
    }

    static String request() {
        return "req_" + ulid();
    }

    static String lemonSliceSession() {
        return "livekit-" + UUID.randomUUID();
    }
}
