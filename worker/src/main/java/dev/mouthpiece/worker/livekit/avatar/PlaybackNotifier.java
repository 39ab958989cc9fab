package dev.mouthpiece.worker.livekit.avatar;

import dev.mouthpiece.worker.livekit.data.RpcException;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the sender what was played. In order: a report goes out when the one before it was answered, for a LiveKit client hands calls
 * that come at once to its program in any order, and each is taken for the oldest segment. What does not get through is repeated while
 * the sender is there, and what comes later waits behind it: an agent that misses a report waits for ever.
 */
final class PlaybackNotifier {
    static final String STARTED = "lk.playback_started";
    static final String FINISHED = "lk.playback_finished";
    static final int QUICK_TRIES = 3;
    static final long QUICK_RETRY_MS = 100;
    static final long SLOW_RETRY_MS = 1_000;
    static final int MAX_TRIES = 60;
    static final int MAX_WAITING = 256;
    /** A sender that is slow to answer has begun to hear a report after this time, and hears the next. */
    static final long IN_ORDER_MS = 300;
    /** A sender that is back is told what is owed after this time, unless it speaks before: then it is another process. */
    static final long OWED_MS = 3_000;

    private static final Logger LOG = LoggerFactory.getLogger(PlaybackNotifier.class);
    private static final double US_PER_S = 1e6;

    /** Calls a method of another participant; completes in the session's turn. */
    @FunctionalInterface
    interface Caller {
        CompletableFuture<String> call(String identity, String method, String payload);
    }

    private static final class Report {
        final long number;
        final String identity;
        final String payload;
        int tries;

        Report(long number, String identity, String payload) {
            this.number = number;
            this.identity = identity;
            this.payload = payload;
        }
    }

    private final Serial serial;
    private final Caller caller;
    /** Reports that are not on their way, by number. */
    private final NavigableMap<Long, Report> waiting = new TreeMap<>();
    /** Reports of what was cut off when the sender left. */
    private final Deque<Report> owed = new ArrayDeque<>();

    private long reports;
    /** The last one that was sent, until it is answered or {@link #IN_ORDER_MS} are over. */
    private @Nullable Report onItsWay;

    private boolean retrying;
    private boolean paying;
    private boolean senderThere = true;
    private boolean wantsStarted = true;
    private boolean refusalTold;
    private boolean closed;

    PlaybackNotifier(Serial serial, Caller caller) {
        this.serial = serial;
        this.caller = caller;
    }

    void started(String identity) {
        if (!senderThere || !wantsStarted) {
            return;
        }
        final var unused = caller.call(identity, STARTED, "").whenComplete((answer, failure) -> {
            if (failure != null && code(failure) == RpcException.UNSUPPORTED_METHOD) {
                LOG.debug("{} does not want to know when playback starts", identity);
                wantsStarted = false;
            }
        });
    }

    /** @param isOwed the sender left before the segment was over */
    void finished(String identity, Segment.Outcome outcome, boolean isOwed) {
        final var report = new Report(++reports, identity, payload(outcome.positionUs(), outcome.interrupted()));
        if (isOwed) {
            owe(report);
        } else {
            keep(report);
            sendNext();
        }
    }

    /** The sender has left. */
    void onGone() {
        senderThere = false;
        waiting.values().forEach(this::owe);
        waiting.clear();
    }

    /** The sender is there, perhaps again. */
    void onThere() {
        if (!senderThere) {
            senderThere = true;
            wantsStarted = true;
            refusalTold = false;
            payLater();
        }
    }

    /** Nobody waits for what is owed. */
    void forgetOwed() {
        owed.clear();
    }

    void close() {
        closed = true;
        waiting.clear();
        owed.clear();
    }

    private void sendNext() {
        if (senderThere && !closed && !retrying && onItsWay == null && !waiting.isEmpty()) {
            final Report next = waiting.pollFirstEntry().getValue();
            onItsWay = next;
            serial.schedule(IN_ORDER_MS, () -> goOnAfter(next));
            send(next);
        }
    }

    private void goOnAfter(Report report) {
        if (onItsWay == report) {
            onItsWay = null;
            sendNext();
        }
    }

    private void send(Report report) {
        final var unused = caller.call(report.identity, FINISHED, report.payload)
                .whenComplete((answer, failure) -> {
                    if (failure != null) {
                        onFailed(report, code(failure));
                    } else if (answer.equals("reject")) {
                        LOG.warn("{} refuses our reports: it expects another avatar", report.identity);
                    }
                    goOnAfter(report);
                });
    }

    private void onFailed(Report report, int code) {
        if (closed || code == RpcException.RESPONSE_TIMEOUT) {
            // Acknowledged and not answered: it was heard, and a second report would finish another segment.
            return;
        }
        report.tries++;
        if (!senderThere) {
            owe(report);
            return;
        }
        if (report.tries >= MAX_TRIES || (report.tries >= QUICK_TRIES && !isOfTheWay(code))) {
            tellGivenUp(report, code);
            return;
        }
        keep(report);
        if (!retrying) {
            retrying = true;
            serial.schedule(report.tries < QUICK_TRIES ? QUICK_RETRY_MS : SLOW_RETRY_MS, this::retry);
        }
    }

    private void retry() {
        retrying = false;
        sendNext();
    }

    private void owe(Report report) {
        owed.add(report);
        if (owed.size() > MAX_WAITING) {
            owed.remove();
        }
        payLater();
    }

    /** It may be the same process after a reconnect, which still waits. Once is enough: another one merely warns. */
    private void payLater() {
        if (senderThere && !paying && !owed.isEmpty()) {
            paying = true;
            serial.schedule(OWED_MS, this::pay);
        }
    }

    private void pay() {
        paying = false;
        while (senderThere && !owed.isEmpty()) {
            final Report report = owed.remove();
            report.tries = MAX_TRIES - 1;
            keep(report);
        }
        sendNext();
    }

    private void keep(Report report) {
        waiting.put(report.number, report);
        if (waiting.size() > MAX_WAITING) {
            waiting.pollFirstEntry();
        }
    }

    private void tellGivenUp(Report report, int code) {
        if (!refusalTold) {
            LOG.warn("{} takes no reports of playback: RPC error {}", report.identity, code);
            refusalTold = true;
        }
    }

    /** Whether the call did not get there, rather than being refused there. */
    private static boolean isOfTheWay(int code) {
        return switch (code) {
            case RpcException.CONNECTION_TIMEOUT,
                    RpcException.RECIPIENT_DISCONNECTED,
                    RpcException.RECIPIENT_NOT_FOUND,
                    RpcException.SEND_FAILED -> true;
            default -> false;
        };
    }

    /** Exactly the keys that the agent's side knows: it refuses any other. */
    private static String payload(long positionUs, boolean interrupted) {
        return String.format(
                Locale.ROOT,
                "{\"playback_position\":%.6f,\"interrupted\":%b,\"synchronized_transcript\":null}",
                positionUs / US_PER_S,
                interrupted);
    }

    private static int code(Throwable failure) {
        final Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof RpcException rpc ? rpc.code() : RpcException.APPLICATION_ERROR;
    }
}
