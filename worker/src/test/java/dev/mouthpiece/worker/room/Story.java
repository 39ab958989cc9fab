package dev.mouthpiece.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.Departure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a session in a room tells, in order, as lines of text. */
final class Story implements RoomEvents {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<String> told = new ArrayList<>();

    synchronized List<String> all() {
        return List.copyOf(told);
    }

    /** The first that begins so, when it comes. */
    synchronized String await(String beginning) {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            for (final String each : told) {
                if (each.startsWith(beginning)) {
                    return each;
                }
            }
            final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            assertThat(leftMs).as("%s in %s", beginning, told).isPositive();
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private synchronized void tell(String what) {
        told.add(what);
        notifyAll();
    }

    @Override
    public void onAir() {
        tell("on air");
    }

    @Override
    public void onSpeakerFound(String identity) {
        tell("speaker " + identity);
    }

    @Override
    public void onSpeaking(long segment) {
        tell("speaking " + segment);
    }

    @Override
    public void onSpoken(long segment, long positionUs, boolean interrupted) {
        tell("spoken " + segment + " " + positionUs + (interrupted ? " interrupted" : ""));
    }

    @Override
    public void onOver(Ending ending) {
        final Departure.Cause cause = ending.cause();
        tell("over " + cause + (ending.failed() ? " failed " : " fine ") + ending.message());
    }
}
