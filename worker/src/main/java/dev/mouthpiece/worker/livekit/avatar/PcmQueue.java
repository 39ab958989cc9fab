package dev.mouthpiece.worker.livekit.avatar;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** PCM that waits for room, cut at whole samples wherever the sender cut it. */
final class PcmQueue {
    private final int frameBytes;
    private final Deque<ByteBuffer> pieces = new ArrayDeque<>();
    /** The beginning of a sample whose rest comes with the next piece. */
    private ByteString split = ByteString.EMPTY;

    /** @param frameBytes bytes of one sample of all channels */
    PcmQueue(int frameBytes) {
        this.frameBytes = frameBytes;
    }

    void add(ByteString content) {
        final ByteString all = split.concat(content);
        final int whole = all.size() / frameBytes * frameBytes;
        split = all.substring(whole);
        if (whole > 0) {
            pieces.add(all.substring(0, whole).asReadOnlyByteBuffer());
        }
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /** Hands over as much as there is room for. Returns whether nothing is left. */
    boolean drainTo(SpeechPort port) {
        while (!pieces.isEmpty()) {
            final ByteBuffer piece = pieces.element();
            port.write(piece);
            if (piece.hasRemaining()) {
                return false;
            }
            pieces.remove();
        }
        return true;
    }

    void clear() {
        pieces.clear();
        split = ByteString.EMPTY;
    }
}
