package dev.mouthpiece.worker.livekit.avatar;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a session listens to its agent.
 *
 * @param senderIdentity whose speech is played; null: whom the token's attribute {@code lk.publish_on_behalf} names, else the
 *     first participant that sends speech here
 * @param responseDoneTimeout a stream without bytes for so long, whose speech is played out, is a complete segment; null: 10 s,
 *     0.8 s where a browser is the sender, for those may never close their streams
 * @param senderGrace after the sender has left, it is waited for so long; more than 0
 * @param maxWaitingSpeech speech that may wait to be played; what comes beyond is dropped
 */
public record AvatarSettings(
        @Nullable String senderIdentity,
        @Nullable Duration responseDoneTimeout,
        Duration senderGrace,
        Duration maxWaitingSpeech) {
    public static final AvatarSettings DEFAULT =
            new AvatarSettings(null, null, Duration.ofSeconds(30), Duration.ofMinutes(10));

    public AvatarSettings {
        if (responseDoneTimeout != null && !responseDoneTimeout.isPositive()) {
            throw new IllegalArgumentException("must be positive: responseDoneTimeout=" + responseDoneTimeout);
        }
        if (!senderGrace.isPositive()) {
            throw new IllegalArgumentException("must be positive: senderGrace=" + senderGrace);
        }
        if (!maxWaitingSpeech.isPositive()) {
            throw new IllegalArgumentException("must be positive: maxWaitingSpeech=" + maxWaitingSpeech);
        }
    }

    public AvatarSettings withSenderIdentity(@Nullable String identity) {
        return new AvatarSettings(identity, responseDoneTimeout, senderGrace, maxWaitingSpeech);
    }

    public AvatarSettings withResponseDoneTimeout(@Nullable Duration timeout) {
        return new AvatarSettings(senderIdentity, timeout, senderGrace, maxWaitingSpeech);
    }

    public AvatarSettings withSenderGrace(Duration grace) {
        return new AvatarSettings(senderIdentity, responseDoneTimeout, grace, maxWaitingSpeech);
    }
}
