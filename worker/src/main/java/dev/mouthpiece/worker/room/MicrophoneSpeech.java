package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.live.Speech;
import dev.mouthpiece.worker.livekit.SpeakerEvents;
import java.nio.ByteBuffer;

/** A participant's microphone speaks: its sound goes to the face in segments. The session's turn. */
final class MicrophoneSpeech implements SpeakerEvents, EnergySegmenter.Output {
    private static final int RATE_HZ = 48_000;

    private final Speech speech;
    private final RoomEvents events;
    private final EnergySegmenter segmenter = new EnergySegmenter();
    private boolean heard;

    MicrophoneSpeech(Speech speech, RoomEvents events) {
        this.speech = speech;
        this.events = events;
    }

    /** Whether sound has come since the last call. */
    boolean takeHeard() {
        final boolean was = heard;
        heard = false;
        return was;
    }

    /** Stops what is played; what is said from now on is played again. */
    void interrupt() {
        speech.clear();
        segmenter.stop(new Nothing());
    }

    @Override
    public void onSpeaker(String identity) {
        events.onSpeakerFound(identity);
    }

    @Override
    public void onPcm(byte[] pcm) {
        heard = true;
        segmenter.next(pcm, this);
    }

    @Override
    public void onSpeakerGone(String identity) {
        segmenter.stop(this);
        events.onSpeakerGone(identity);
    }

    @Override
    public void begin() {
        // Without room the segment is lost; the ring counts it as an overflow.
        speech.begin(RATE_HZ, 1);
    }

    @Override
    public void piece(byte[] pcm) {
        speech.write(ByteBuffer.wrap(pcm));
    }

    @Override
    public void end() {
        speech.end();
    }

    /** After a clear there is nothing to end. */
    private static final class Nothing implements EnergySegmenter.Output {
        @Override
        public void begin() {
            throw new IllegalStateException("a stop begins nothing");
        }

        @Override
        public void piece(byte[] pcm) {
            throw new IllegalStateException("a stop passes nothing on");
        }

        @Override
        public void end() {
            // It was cleared.
        }
    }
}
