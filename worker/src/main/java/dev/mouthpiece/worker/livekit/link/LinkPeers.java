package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.RtcException;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.List;

/** Makes peer connections. */
public interface LinkPeers {
    /**
     * One that offers the session's picture and sound.
     *
     * @throws RtcException if it cannot be made
     */
    LinkPeer publishing(Route route, VideoCodec codec, Events events);

    /**
     * One that answers the server's offers.
     *
     * @throws RtcException if it cannot be made
     */
    LinkPeer subscribing(Route route, Events events);

    /**
     * How to find the server.
     *
     * @param iceServers tried beside the machine's own addresses
     * @param relayOnly only by them
     */
    record Route(List<IceServer> iceServers, boolean relayOnly) {
        public Route {
            iceServers = List.copyOf(iceServers);
        }
    }

    /** What happens to a peer connection. Called in the session's turn; nothing comes after its close. */
    interface Events {
        /** A way to reach us, for the server. */
        void onIceCandidate(IceCandidate candidate);

        /** How it is now. */
        void onState(PeerState state);

        /** The server has opened a channel; it is listened to before this returns. */
        default void onChannel(LinkChannel channel) {}

        /** The server sends a track of sound. */
        default void onAudio(IncomingAudio audio) {}

        /** It sends that one no more. */
        default void onAudioEnded(IncomingAudio audio) {}
    }
}
