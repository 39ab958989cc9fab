package dev.mouthpiece.worker.whep;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open WebSockets of one session: all hear its events, and each may speak. A bounded number. Any thread; nothing waits for
 * one that does not read.
 */
final class SpeechListeners implements SpeechDesk.Events {
    private final Set<SpeechConnection> connections = ConcurrentHashMap.newKeySet();
    private final String ready;
    private final int max;
    private final Runnable onCome;
    private volatile boolean isClosed;

    /**
     * @param ready the event that each hears first
     * @param onCome run when one has come
     */
    SpeechListeners(String ready, int max, Runnable onCome) {
        this.ready = ready;
        this.max = max;
        this.onCome = onCome;
    }

    boolean isEmpty() {
        return connections.isEmpty();
    }

    /** One more comes, if there is room for it. */
    void enter(SpeechConnection connection) {
        if (isClosed) {
            connection.close(1001, "the session is over");
        } else if (connections.size() >= max) {
            connection.close(1013, "the session has its " + max + " connections, and may have no more");
        } else {
            connection.send(ready);
            connections.add(connection);
            onCome.run();
            if (isClosed && connections.remove(connection)) {
                // The end came in between, and may not have met it.
                connection.close(1001, "the session is over");
            }
        }
    }

    /** It hears no more. */
    void exit(SpeechConnection connection) {
        connections.remove(connection);
    }

    /** Tells all. */
    void tell(String event) {
        for (final SpeechConnection connection : connections) {
            connection.send(event);
        }
    }

    /** The session is over. */
    void close(String reason) {
        isClosed = true;
        tell(SpeechEvents.sessionEnded(reason));
        for (final SpeechConnection connection : connections) {
            connection.close(1000, reason);
        }
        connections.clear();
    }

    @Override
    public void onSegmentStarted(SpeechDesk.Speaker speaker, long segment) {
        for (final SpeechConnection connection : connections) {
            connection.send(SpeechEvents.segmentStarted(segment, connection.is(speaker)));
        }
    }

    @Override
    public void onPlaybackStarted(long segment) {
        tell(SpeechEvents.playbackStarted(segment));
    }

    @Override
    public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
        tell(SpeechEvents.playbackFinished(segment, positionUs, interrupted));
    }

    @Override
    public void onSpeakerIdle(SpeechDesk.Speaker speaker) {
        for (final SpeechConnection connection : connections) {
            if (connection.is(speaker)) {
                connection.send(SpeechEvents.error(
                        "speech_idle",
                        "nothing came for 10 s: the segment was ended; flush at the end of what is said"));
            }
        }
    }
}
