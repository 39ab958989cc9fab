package dev.mouthpiece.worker.media.pace;

/**
 * What the pacer does when pictures, speech or it itself is late.
 *
 * @param startWaitFrames a segment whose sound is there starts, or goes on after it had run dry, after this many frame times
 *     even without a picture; {@link Integer#MAX_VALUE} for a film, which waits
 * @param startsAtAnyTick whether the first picture of a segment cuts the frame time of a face at rest short
 * @param soundAheadTicks so many ticks before its picture a frame's sound is handed out; a segment then starts when its first picture is
 *     expected to be there in time, and need not wait until it is
 * @param reserveNs speech that arrives no faster than it is spoken starts when its first picture has been there for so
 *     long: each later one will have as much time to spare
 * @param catchUpNs ticks that are late by no more than this are made up for, sound and all; beyond, the time is left out
 * @param slowTurnNs a turn that a session's sink draws out longer than this counts against it: the third within ten
 *     seconds ends the session, for all others wait meanwhile
 */
public record PaceLimits(
        int startWaitFrames,
        boolean startsAtAnyTick,
        int soundAheadTicks,
        long reserveNs,
        long catchUpNs,
        long slowTurnNs) {
    /** For films, whose clock waits for them. */
    public static PaceLimits forFilms() {
        return new PaceLimits(Integer.MAX_VALUE, false, 0, 0, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** For rooms. */
    public static PaceLimits forLive() {
        return new PaceLimits(5, true, 0, 4_000_000L, 200_000_000L, 100_000_000L);
    }

    /** The same with another {@link #soundAheadTicks}. */
    public PaceLimits withSoundAhead(int ticks) {
        return new PaceLimits(startWaitFrames, startsAtAnyTick, ticks, reserveNs, catchUpNs, slowTurnNs);
    }
}
