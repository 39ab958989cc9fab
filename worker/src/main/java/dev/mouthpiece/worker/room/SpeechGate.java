package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.live.Speech;
import dev.mouthpiece.worker.livekit.avatar.SpeechPort;
import java.nio.ByteBuffer;

/** A live session's speech as the avatar protocol wants it. The session's turn. */
final class SpeechGate implements SpeechPort {
    private final Speech speech;

    SpeechGate(Speech speech) {
        this.speech = speech;
    }

    @Override
    public boolean begin(int sampleRateHz, int channels) {
        return speech.begin(sampleRateHz, channels);
    }

    @Override
    public int write(ByteBuffer pcm) {
        return speech.write(pcm);
    }

    @Override
    public boolean end() {
        return speech.end();
    }

    @Override
    public void clear() {
        speech.clear();
    }
}
