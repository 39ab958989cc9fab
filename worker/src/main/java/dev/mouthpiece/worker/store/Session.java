package dev.mouthpiece.worker.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session as it stands.
 *
 * @param seq grows with every session: the order of creation
 * @param id the caller's handle
 * @param api the API that it was made by, such as {@code protoface}
 * @param owner the key that it belongs to
 * @param endReason why it is over or is to be; null while nothing ends it
 * @param failure what went wrong; null unless failed
 */
public record Session(
        long seq,
        String id,
        String api,
        String owner,
        SessionState state,
        SessionSpec spec,
        Times times,
        @Nullable String endReason,
        @Nullable Failure failure,
        Usage usage) {

    /** When each state was reached first; null for not yet. */
    public record Times(
            Instant created,
            @Nullable Instant queued,
            @Nullable Instant started,
            @Nullable Instant firstFrame,
            @Nullable Instant ending,
            @Nullable Instant finished) {}

    /** What went wrong, for programs and for people. */
    public record Failure(String code, String message) {}

    /**
     * What it took.
     *
     * @param billableMs time on air
     * @param frames pictures sent
     */
    public record Usage(long billableMs, long frames) {
        /** Nothing yet. */
        public static final Usage NONE = new Usage(0, 0);
    }

    /** As it was when it had just been created: what a repeated create is answered with. */
    public Session asCreated() {
        return new Session(
                seq,
                id,
                api,
                owner,
                SessionState.QUEUED,
                spec,
                new Times(times.created(), times.queued(), null, null, null, null),
                null,
                null,
                Usage.NONE);
    }
}
