package dev.mouthpiece.worker.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session is to be: picture and mood by the last wish that was fulfilled, the rest as it was created; independent of the API that it
 * came by. Holds no secret.
 *
 * @param avatarId the avatar; null where a picture came with the request
 * @param picture SHA-256 of the picture that a user gave, with the request or as the avatar; null for an avatar that comes along
 * @param room where it is to appear
 * @param audio where its speech comes from
 * @param quality {@code mock}, {@code lite}, {@code standard} or {@code pro}
 * @param width of the picture on air, px
 * @param height of the picture on air, px
 * @param idleTimeoutMs ends after so long without speech; 0 for never
 * @param maxDurationMs ends after so long on air; 0 for never
 * @param requestedMaxDurationS what the caller asked for as the longest duration, after clamping; null for nothing
 * @param mood prompts that set the face's mood
 * @param metadata the caller's own, given back as it came
 */
public record SessionSpec(
        @Nullable String avatarId,
        @Nullable String picture,
        Room room,
        Audio audio,
        String quality,
        int width,
        int height,
        boolean simulcast,
        long idleTimeoutMs,
        long maxDurationMs,
        @Nullable Integer requestedMaxDurationS,
        Mood mood,
        Map<String, Object> metadata) {

    /** The same, with the avatar's picture. */
    public SessionSpec withPicture(String sha256) {
        return new SessionSpec(
                avatarId,
                sha256,
                room,
                audio,
                quality,
                width,
                height,
                simulcast,
                idleTimeoutMs,
                maxDurationMs,
                requestedMaxDurationS,
                mood,
                metadata);
    }

    /** The same, feeling otherwise. */
    public SessionSpec withMood(Mood felt) {
        return new SessionSpec(
                avatarId,
                picture,
                room,
                audio,
                quality,
                width,
                height,
                simulcast,
                idleTimeoutMs,
                maxDurationMs,
                requestedMaxDurationS,
                felt,
                metadata);
    }

    /**
     * The LiveKit room, or none: a session for browsers is shown by the process that was asked for it.
     *
     * @param url of the server, ws or wss; {@link #BROWSER} and the node's name for browsers
     * @param name as the caller calls it; the token decides. Null where the caller said nothing
     * @param workerIdentity as the caller calls the avatar; the token decides
     * @param messages whether the worker tells on data topics how it fares
     */
    public record Room(
            String url, @Nullable String name, @Nullable String workerIdentity, boolean messages) {
        /** Begins what stands in the place of a server's URL where there is none. */
        public static final String BROWSER = "browser:";

        /** No room: for browsers, shown by that node. */
        public static Room browser(String node) {
            return new Room(BROWSER + node, null, null, false);
        }

        /** Whether it is for browsers. */
        public boolean inBrowser() {
            return url.startsWith(BROWSER);
        }

        /** The one process that can run it; null where any can. */
        public @Nullable String node() {
            return inBrowser() ? url.substring(BROWSER.length()) : null;
        }
    }

    /**
     * Where speech comes from.
     *
     * @param isTrack an audio track in place of data streams
     * @param subscribeTo the participant whose audio it is; null for whoever comes first
     * @param isSyntheticIfSilent whether a test tone sounds where nobody comes
     * @param responseDoneMs speech that pauses for so long has ended; 0 for never
     */
    public record Audio(
            boolean isTrack, @Nullable String subscribeTo, boolean isSyntheticIfSilent, long responseDoneMs) {
        /** Speech by data streams that end by themselves. */
        public static final Audio STREAMS = new Audio(false, null, false, 0);
    }

    /**
     * How the face feels, in the caller's words; empty for nothing.
     *
     * @param speaking while it speaks
     * @param idle while it does not
     */
    public record Mood(String speaking, String idle) {
        /** No wish. */
        public static final Mood NEUTRAL = new Mood("", "");
    }
}
