package dev.mouthpiece.worker.rtc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps what a peer tells. */
final class RecordedEvents implements PeerEvents {
    final List<IceCandidate> candidates = new CopyOnWriteArrayList<>();
    final List<PeerState> states = new CopyOnWriteArrayList<>();
    final List<IceState> iceStates = new CopyOnWriteArrayList<>();
    final List<DataChannel> channels = new CopyOnWriteArrayList<>();
    final List<byte[]> messages = new CopyOnWriteArrayList<>();
    final List<AudioReceiver> tracks = new CopyOnWriteArrayList<>();
    final List<AudioReceiver> endedTracks = new CopyOnWriteArrayList<>();
    final List<String> threads = new CopyOnWriteArrayList<>();
    private @Nullable Consumer<IceCandidate> taker;

    /** On the session's thread: sends candidates on, those of before too. */
    void trickleTo(Consumer<IceCandidate> newTaker) {
        taker = newTaker;
        new ArrayList<>(candidates).forEach(newTaker);
    }

    PeerState state() {
        return states.isEmpty() ? PeerState.NEW : states.getLast();
    }

    @Override
    public void onIceCandidate(IceCandidate candidate) {
        threads.add(Thread.currentThread().getName());
        candidates.add(candidate);
        if (taker != null) {
            taker.accept(candidate);
        }
    }

    @Override
    public void onStateChange(PeerState state) {
        threads.add(Thread.currentThread().getName());
        states.add(state);
    }

    @Override
    public void onIceStateChange(IceState state) {
        iceStates.add(state);
    }

    @Override
    public void onDataChannel(DataChannel channel) {
        channels.add(channel);
        channel.listen(messages::add);
    }

    @Override
    public void onAudioTrack(AudioReceiver track) {
        tracks.add(track);
    }

    @Override
    public void onAudioTrackEnded(AudioReceiver track) {
        endedTracks.add(track);
    }
}
