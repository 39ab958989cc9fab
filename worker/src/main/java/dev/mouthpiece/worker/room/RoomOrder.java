package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.livekit.signal.SignalUrl;
import dev.mouthpiece.worker.livekit.signal.WorkerToken;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a session does in which room.
 *
 * @param url of the LiveKit server: ws, wss, http or https
 * @param token the avatar's; secret, in no text of ours
 * @param source where speech comes from
 * @param speaker identity of the participant who speaks; null: whom the token's attribute {@code lk.publish_on_behalf} names,
 *     else the first that does
 * @param sineIfAlone whether a tone speaks when nobody has joined after ten seconds
 * @param responseDone a stream without bytes for so long is a complete segment; null for the usual
 * @param maxVideoBps ceiling of the picture's bit rate; 0 for the one that suits its size
 */
public record RoomOrder(
        String url,
        String token,
        AudioSource source,
        @Nullable String speaker,
        boolean sineIfAlone,
        @Nullable Duration responseDone,
        int maxVideoBps) {
    /** Where speech comes from. */
    public enum AudioSource {
        /** Byte streams of an agent, with its calls and ours: the avatar protocol of livekit-agents. */
        DATA_STREAM,
        /** A participant's microphone track. */
        TRACK
    }

    /** An agent's streams, everything as usual. */
    public static RoomOrder of(String url, String token) {
        return new RoomOrder(url, token, AudioSource.DATA_STREAM, null, false, null, 0);
    }

    /**
     * Finds what is wrong with URL and token without asking anybody.
     *
     * @throws dev.mouthpiece.worker.livekit.signal.RoomException if either cannot be used
     */
    public void check() {
        SignalUrl.parse(url);
        WorkerToken.parse(token);
    }

    @Override
    public String toString() {
        return "RoomOrder[source=" + source + "]";
    }
}
