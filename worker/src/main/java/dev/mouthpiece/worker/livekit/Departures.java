package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.Departure.Cause;
import java.util.Optional;
import livekit.LivekitModels.DisconnectReason;

/** What it means that the server sends us away. */
final class Departures {
    private Departures() {}

    /** Empty where a new session may be had, here or on another node. */
    static Optional<Departure> of(DisconnectReason reason) {
        return switch (reason) {
            case SERVER_SHUTDOWN,
                    STATE_MISMATCH,
                    JOIN_FAILURE,
                    MIGRATION,
                    SIGNAL_CLOSE,
                    CONNECTION_TIMEOUT,
                    MEDIA_FAILURE -> Optional.empty();
            case CLIENT_INITIATED -> Optional.of(new Departure(Cause.OWN_LEAVE, "we left"));
            case PARTICIPANT_REMOVED ->
                Optional.of(new Departure(
                        Cause.REMOVED, "we were removed from the room, as agents do when their session ends"));
            case ROOM_DELETED -> Optional.of(new Departure(Cause.ROOM_ENDED, "the room was deleted"));
            case ROOM_CLOSED ->
                Optional.of(new Departure(Cause.ROOM_ENDED, "the room was closed, everybody else has left"));
            case DUPLICATE_IDENTITY ->
                Optional.of(new Departure(
                        Cause.DUPLICATE_IDENTITY, "another participant joined with our identity: two workers run it?"));
            default -> Optional.of(new Departure(Cause.SERVER, "the server ended our stay: " + reason));
        };
    }
}
