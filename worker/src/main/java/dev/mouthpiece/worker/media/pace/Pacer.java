package dev.mouthpiece.worker.media.pace;

import java.util.ArrayList;
import org.agrona.concurrent.NanoClock;

/**
 * Steps the media clocks of all sessions. Owned by the pacer's thread.
 *
 * <p>A session whose sink keeps the thread for too long, again and again, is to end: all others wait meanwhile. But where the
 * machine has no time for the thread, any turn may seem long; such times are known by the thread's coming late to ticks that
 * it had nothing else to do before, and are held against nobody.
 */
public final class Pacer {
    private static final long NO_TICK_NS = 1_000_000_000L;

    /** A thread that is woken so late for its ticks has not got its share of the machine. */
    private static final long STARVED_NS = 20_000_000L;

    private static final long STARVED_FOR_NS = 10_000_000_000L;

    private final ArrayList<PacedTrack> tracks = new ArrayList<>();
    private final NanoClock clock;
    private long turnEndedNs;
    private boolean starved;
    private long starvedNs;

    /** @param clock tells how long each session's turn takes */
    public Pacer(NanoClock clock) {
        this.clock = clock;
        this.turnEndedNs = clock.nanoTime();
    }

    public void add(PacedTrack track) {
        tracks.add(track);
    }

    public void remove(PacedTrack track) {
        tracks.remove(track);
    }

    /** Does every tick that is due. Returns their number. */
    public int doWork(long nowNs) {
        noteStarvation(nowNs);
        int work = 0;
        for (int i = 0; i < tracks.size(); i++) {
            final PacedTrack track = tracks.get(i);
            if (!track.isFinished() && track.nextTickNs() - nowNs <= 0) {
                final long beforeNs = clock.nanoTime();
                work += track.doWork(nowNs);
                if (!starved) {
                    track.onTurn(nowNs, clock.nanoTime() - beforeNs);
                }
            }
        }
        turnEndedNs = clock.nanoTime();
        return work;
    }

    private void noteStarvation(long nowNs) {
        final long dueNs = nextTickNs(nowNs);
        final long couldNs = dueNs - turnEndedNs > 0 ? dueNs : turnEndedNs;
        if (nowNs - couldNs > STARVED_NS) {
            starved = true;
            starvedNs = nowNs;
        } else if (starved && nowNs - starvedNs > STARVED_FOR_NS) {
            starved = false;
        }
    }

    /** When the next tick of any session is due; where there is none, a second from now. */
    public long nextTickNs(long nowNs) {
        long nextNs = nowNs + NO_TICK_NS;
        for (int i = 0; i < tracks.size(); i++) {
            final PacedTrack track = tracks.get(i);
            if (!track.isFinished() && track.nextTickNs() - nextNs < 0) {
                nextNs = track.nextTickNs();
            }
        }
        return nextNs;
    }
}
