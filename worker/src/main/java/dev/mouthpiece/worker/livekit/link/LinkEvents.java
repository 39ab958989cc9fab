package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.livekit.signal.RoomException;
import livekit.LivekitRtc.SignalRequest;

/** What the links need of their session. Called in its turn. */
public interface LinkEvents {
    /** To the server. */
    void send(SignalRequest request);

    /** Something about the connections has changed: see what {@link SessionLinks} says. */
    void onLinkChanged();

    /** A connection has lost its path and comes back only by an ICE restart. */
    void onPathLost(boolean publisher);

    /** The connections are of no use any more. */
    void onLinkBroken(RoomException why);

    /** The server has closed a data channel; it closes them just before it says why we have to leave. */
    void onChannelClosed();

    /** A packet has come. */
    void onPacket(byte[] packet, boolean reliable);

    /** A track of sound has come. */
    void onAudio(IncomingAudio audio);

    /** A track of sound has ended. */
    void onAudioEnded(IncomingAudio audio);
}
