package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.PeerConfig;

/**
 * What browsers' sessions may cost.
 *
 * @param peer how viewers' connections find their way: STUN and TURN servers, ports
 * @param media what is sent to each of them
 * @param maxViewers of one session; each costs an encoder, about 5 % of a core
 * @param maxSpeakers WebSockets of one session that are open at a time
 * @param unwatchedSeconds a session whose last viewer has left for so long ends; programs that only speak are no viewers
 */
public record WhepConfig(PeerConfig peer, MediaLimits media, int maxViewers, int maxSpeakers, int unwatchedSeconds) {
    /** Own addresses, 1.5 Mbit/s, four viewers. */
    public static final WhepConfig DEFAULT = new WhepConfig(
            PeerConfig.DEFAULT, new MediaLimits(1_500_000, MediaLimits.VOICE_BPS, 900_000, 25), 4, 8, 60);

    public WhepConfig {
        if (maxViewers < 1 || maxSpeakers < 1 || unwatchedSeconds < 1) {
            throw new IllegalArgumentException("maxViewers, maxSpeakers and unwatchedSeconds must be 1 or more: "
                    + maxViewers + ", " + maxSpeakers + ", " + unwatchedSeconds);
        }
    }
}
