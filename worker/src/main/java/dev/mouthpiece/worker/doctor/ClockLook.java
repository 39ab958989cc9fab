package dev.mouthpiece.worker.doctor;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** This machine's clock, against those of the others. Leases go by the database's clock; tokens by the LiveKit server's and this one's. */
final class ClockLook {
    private static final String NAME = "clock";
    private static final Duration NOTABLE = Duration.ofSeconds(5);
    private static final Duration TOO_FAR = Duration.ofSeconds(60);
    private static final String ADVICE = "let the machines keep time by NTP (timedatectl set-ntp true)";

    private ClockLook() {}

    static Finding clock(OptionalLong databaseMs, Optional<Long> liveKitMs) {
        if (databaseMs.isEmpty() && liveKitMs.isEmpty()) {
            return Finding.ok(NAME, Instant.now() + ", compared with no other machine");
        }
        final var seen = new StringBuilder();
        databaseMs.ifPresent(ms -> seen.append("the database's is ").append(inWords(ms)));
        liveKitMs.ifPresent(ms -> seen.append(seen.isEmpty() ? "" : ", ")
                .append("the LiveKit server's is ")
                .append(inWords(ms)));
        final long worstMs = Math.max(Math.abs(databaseMs.orElse(0)), Math.abs(liveKitMs.orElse(0L)));
        if (worstMs >= TOO_FAR.toMillis()) {
            return Finding.fail(NAME, seen + ": tokens are refused", ADVICE);
        }
        return worstMs >= NOTABLE.toMillis()
                ? Finding.warn(NAME, seen.toString(), ADVICE)
                : Finding.ok(NAME, seen.toString());
    }

    private static String inWords(long aheadMs) {
        return Math.abs(aheadMs) + " ms " + (aheadMs < 0 ? "behind" : "ahead");
    }
}
