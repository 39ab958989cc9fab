package dev.mouthpiece.worker.media.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class AudioRingTest {
    private static final PcmFormat MONO = new PcmFormat(16_000, 1);

    private final RingMemory memory = new RingMemory(1 << 18);

    @Test
    void shouldUseTheMemoryOfAClosedRingAgain() {
        final UnsafeBuffer first = memory.take();
        memory.give(first);
        final AudioRing ring = new AudioRing(memory, System::nanoTime);
        ring.close();

        assertThat(memory.take()).isSameAs(first);
        assertThat(memory.take()).isNotSameAs(first);
    }

    @Test
    void shouldBeginEmptyWhateverWasLeftInItsMemory() {
        final AudioRing before = new AudioRing(memory, System::nanoTime);
        before.start(MONO);
        while (before.overflows() == 0) {
            before.write(ByteBuffer.allocate(3_200).putLong(0, -1));
        }
        before.close();

        final AudioRing ring = new AudioRing(memory, System::nanoTime);
        assertThat(types(ring)).isEmpty();
        ring.start(MONO);
        ring.write(ByteBuffer.allocate(3_200));
        ring.end();
        assertThat(types(ring)).containsExactly(AudioRing.START, AudioRing.PCM, AudioRing.END);
    }

    @Test
    void shouldSwallowWhatIsWrittenAfterItsClose() {
        final AudioRing ring = new AudioRing(memory, System::nanoTime);
        ring.start(MONO);
        ring.close();
        final AudioRing next = new AudioRing(memory, System::nanoTime);

        final ByteBuffer pcm = ByteBuffer.allocate(3_200);
        assertThat(ring.write(pcm)).isEqualTo(3_200);
        assertThat(pcm.hasRemaining()).isFalse();
        assertThat(ring.end()).isTrue();
        assertThat(ring.start(MONO)).isTrue();
        assertThat(ring.write(pcm.clear())).isEqualTo(3_200);
        ring.clear();
        assertThat(ring.end()).isTrue();
        assertThat(ring.overflows()).isZero();
        assertThat(types(next)).as("the next one's memory is its own").isEmpty();
    }

    @Test
    void shouldKeepNoMoreMemoryThanItsBound() {
        final Set<UnsafeBuffer> taken = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i <= RingMemory.MAX_FREE; i++) {
            taken.add(memory.take());
        }
        taken.forEach(memory::give);

        for (int i = 0; i < RingMemory.MAX_FREE; i++) {
            assertThat(taken.contains(memory.take())).isTrue();
        }
        assertThat(taken.contains(memory.take())).isFalse();
    }

    private static List<Integer> types(AudioRing ring) {
        final List<Integer> types = new ArrayList<>();
        ring.read((type, buffer, index, length) -> types.add(type), Integer.MAX_VALUE);
        return types;
    }
}
