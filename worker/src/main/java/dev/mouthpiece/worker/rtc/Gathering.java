package dev.mouthpiece.worker.rtc;

import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Waits for candidates of our own before an answer is given away. Owned by the serial executor. */
final class Gathering {
    /** Those over UDP come within 4 ms of each other. */
    private static final long QUIET_MS = 10;

    private static final long MAX_WAIT_MS = 3_000;
    private static final Pattern ICE_USER = Pattern.compile(" ufrag (\\S+)");

    private final Serial serial;
    private String iceUser = "";
    private int candidates;
    private boolean complete;
    private @Nullable CompletableFuture<Void> waiting;
    private CandidateWait until = CandidateWait.NONE;

    Gathering(Serial serial) {
        this.serial = serial;
    }

    /** A local description was applied. A new name of its ICE session says that gathering begins anew. */
    void onLocalDescription(String newIceUser) {
        if (!newIceUser.equals(iceUser)) {
            iceUser = newIceUser;
            candidates = 0;
            complete = false;
        }
    }

    /** May come before the description that it belongs to is known to be applied. */
    void onCandidate(String candidate) {
        final Matcher named = ICE_USER.matcher(candidate);
        if (named.find()) {
            onLocalDescription(named.group(1));
        }
        candidates++;
        finishWhenQuiet();
    }

    void onComplete() {
        complete = true;
        finishIf(true);
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    CompletableFuture<Void> await(CandidateWait wait) {
        if (complete || wait == CandidateWait.NONE) {
            return CompletableFuture.completedFuture(null);
        }
        final CompletableFuture<Void> result = new CompletableFuture<>();
        until = wait;
        waiting = result;
        finishWhenQuiet();
        serial.postLater(MAX_WAIT_MS, () -> finishIf(waiting == result));
        return result;
    }

    private void finishWhenQuiet() {
        if (until == CandidateWait.FIRST && candidates > 0) {
            final int seen = candidates;
            serial.postLater(QUIET_MS, () -> finishIf(seen == candidates));
        }
    }

    void close() {
        if (waiting != null) {
            waiting.completeExceptionally(new RtcException("the peer was closed"));
        }
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    private void finishIf(boolean due) {
        final CompletableFuture<Void> result = waiting;
        if (due && result != null) {
            waiting = null;
            until = CandidateWait.NONE;
            result.complete(null);
        }
    }
}
