package dev.mouthpiece.worker.whep;

import dev.mouthpiece.model.Manifest;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * How far the mouth is open, from the pacer's thread to the thread {@code whep}: one ring, no allocation, no waiting.
 *
 * <pre>
 *   segment i64 | frame i64 | open f32, 0..1
 * </pre>
 *
 * <p>Where nobody reads, for seconds, what is new is dropped: it is for the eye only.
 */
final class MouthTap {
    private static final int SHAPE = 1;
    private static final int OPEN_AT = 2 * Long.BYTES;
    private static final int BYTES = OPEN_AT + Float.BYTES;
    private static final int RING_BYTES = 1 << 13;

    /** Models that name what they draw call it so. */
    private static final String OPENING = "jaw";

    private final OneToOneRingBuffer ring = new OneToOneRingBuffer(
            new UnsafeBuffer(ByteBuffer.allocateDirect(RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH)));
    private final int index;
    private final float min;
    private final float range;

    /** Hears of a shape. */
    interface Reader {
        void onMouth(long segment, long frame, float open);
    }

    /** @param features those of the session's model; where none is the opening of a mouth, nothing is told */
    MouthTap(List<Manifest.Parameter> features) {
        int found = -1;
        for (int i = 0; i < features.size(); i++) {
            if (features.get(i).name().equals(OPENING) || features.size() == 1) {
                found = i;
            }
        }
        index = found;
        min = found < 0 ? 0 : features.get(found).min();
        range = found < 0 ? 1 : Math.max(1e-6f, features.get(found).max() - min);
    }

    /** Pacer's thread. */
    void put(long segment, long frame, float[] features) {
        if (index < 0) {
            return;
        }
        final int at = ring.tryClaim(SHAPE, BYTES);
        if (at < 0) {
            return;
        }
        final MutableDirectBuffer buffer = ring.buffer();
        buffer.putLong(at, segment);
        buffer.putLong(at + Long.BYTES, frame);
        buffer.putFloat(at + OPEN_AT, Math.clamp((features[index] - min) / range, 0f, 1f));
        ring.commit(at);
    }

    /** Thread {@code whep}. */
    void drain(Reader reader) {
        ring.read((type, buffer, at, length) ->
                reader.onMouth(buffer.getLong(at), buffer.getLong(at + Long.BYTES), buffer.getFloat(at + OPEN_AT)));
    }
}
