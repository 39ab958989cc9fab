package dev.mouthpiece.model.pattern;

import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.FloatBuffer;

/** One feature a frame: 1 where it has the beep, else 0. */
final class PatternEncoder implements SpeechEncoder {
    private final Encode encode;
    private final int hop;
    private final BeepDetector detector;
    private final FloatBuffer[] inputs;
    private final FloatBuffer[] outputs;

    PatternEncoder(Encode encode, int hop) {
        this.encode = encode;
        this.hop = hop;
        this.detector = new BeepDetector(hop);
        final int calls = encode.framesPerCall().size();
        inputs = new FloatBuffer[calls];
        outputs = new FloatBuffer[calls];
        for (int i = 0; i < calls; i++) {
            final int frames = encode.framesPerCall().get(i);
            inputs[i] = FloatBuffer.allocate(encode.batch() * samples(frames));
            outputs[i] = FloatBuffer.allocate(encode.batch() * frames);
        }
    }

    private int samples(int frames) {
        return encode.contextSamples() + frames * hop + encode.lookaheadSamples();
    }

    @Override
    public FloatBuffer input(int frames) {
        return inputs[call(frames)];
    }

    @Override
    public FloatBuffer run(int frames) {
        final FloatBuffer input = inputs[call(frames)];
        final FloatBuffer output = outputs[call(frames)];
        for (int row = 0; row < encode.batch(); row++) {
            final int first = row * samples(frames) + encode.contextSamples();
            for (int frame = 0; frame < frames; frame++) {
                output.put(row * frames + frame, detector.hears(input, first + frame * hop) ? 1 : 0);
            }
        }
        return output;
    }

    private int call(int frames) {
        final int call = encode.framesPerCall().indexOf(frames);
        if (call < 0) {
            throw new IllegalArgumentException("pattern has no call of so many frames: frames=" + frames);
        }
        return call;
    }

    @Override
    public void close() {}
}
