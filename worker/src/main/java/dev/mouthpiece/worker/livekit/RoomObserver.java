package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.link.IncomingAudio;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.UpdateSubscription;

/** What a stay in a room tells its participant. Called in the session's turn. */
interface RoomObserver extends Roster.Changes {
    /** A new session has begun at the server; who is there follows. */
    void onJoined(JoinResponse join);

    /** Media flows for the first time. */
    void onConnected();

    void onReconnecting(String why);

    void onReconnected(boolean resumed);

    /** Our own entry in the list of participants has changed. */
    void onSelf(ParticipantInfo self);

    void onMuted(boolean audio, boolean muted);

    void onAudio(IncomingAudio audio);

    void onAudioEnded(IncomingAudio audio);

    /** The server does not let us hear a track. */
    void onNotHeard(String trackSid, String why);

    /** Whether participants' tracks are to be heard. */
    boolean hears();

    /** Which tracks we hear, for a resume. */
    UpdateSubscription subscription();

    /** Nothing follows. */
    void onLeft(Departure departure);
}
