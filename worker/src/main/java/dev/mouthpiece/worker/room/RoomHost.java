package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.livekit.LiveKit;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.Rtc;

/** Puts faces into LiveKit rooms. One for the process; engine and WebRTC are borrowed. Any thread. */
public final class RoomHost implements AutoCloseable {
    private final Rtc rtc;
    private final LiveEngine engine;
    private final LiveKit liveKit;
    private final NetworkConfig network;

    /** @param network which sockets are opened for media */
    public RoomHost(Rtc rtc, LiveEngine engine, NetworkConfig network) {
        this(rtc, engine, network, new LiveKit());
    }

    /**
     * With what its sessions share.
     *
     * @param liveKit closed with the host
     * @param network which sockets are opened for media
     */
    public RoomHost(Rtc rtc, LiveEngine engine, NetworkConfig network, LiveKit liveKit) {
        this.rtc = rtc;
        this.engine = engine;
        this.network = network;
        this.liveKit = liveKit;
    }

    /** Loads what the first session would otherwise wait for. Blocks for about half a second. */
    public void warmUp() {
        liveKit.warmUp();
    }

    /**
     * Begins to join. What becomes of it is told to {@code events}. Blocks for some tens of milliseconds.
     *
     * @param id what logs and metrics call the session
     * @param avatar given back when the session is over, or could not begin
     * @param seed chooses how the face blinks, looks and sways
     * @throws dev.mouthpiece.worker.livekit.signal.RoomException if URL or token cannot be used
     */
    public RoomSession join(String id, RoomOrder order, AvatarLibrary.Loan avatar, long seed, RoomEvents events) {
        try {
            order.check();
        } catch (final RuntimeException e) {
            avatar.close();
            throw e;
        }
        return RoomSession.start(this, id, order, avatar, seed, events);
    }

    /** Sessions must be over before. */
    @Override
    public void close() {
        liveKit.close();
    }

    Rtc rtc() {
        return rtc;
    }

    LiveEngine engine() {
        return engine;
    }

    LiveKit liveKit() {
        return liveKit;
    }

    NetworkConfig network() {
        return network;
    }
}
