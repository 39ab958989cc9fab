package dev.mouthpiece.worker.rtc;

/** Which candidates of our own an answer waits for. */
public enum CandidateWait {
    /** None: they follow as events. For signalling that carries them in both directions. */
    NONE,
    /** The first ones, over UDP: 10 ms without another. Costs a few milliseconds. */
    FIRST,
    /** All, those for TCP and from STUN and TURN servers too: 100 ms and more. */
    ALL
}
