package dev.mouthpiece.worker.media.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.media.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ByteLogTest {
    @Test
    void shouldGiveBackEveryByteInOrderAndRefuseWhatPassesTheBound() {
        Seeds.forEach(30, random -> {
            final ByteLog log = new ByteLog(200_000);
            final UnsafeBuffer source = new UnsafeBuffer(new byte[50_000]);
            final ByteBuffer target = ByteBuffer.allocate(50_000);
            long written = 0;
            long read = 0;
            for (int step = 0; step < 300; step++) {
                final int length = 1 + random.nextInt(50_000);
                if (random.nextBoolean()) {
                    for (int i = 0; i < length; i++) {
                        source.putByte(i, (byte) ((written + i) * 31));
                    }
                    final boolean room = log.roomBytes() >= length;
                    assertThat(log.append(source, 0, length)).isEqualTo(room);
                    written += room ? length : 0;
                } else {
                    final int n = (int) Math.min(length, written - read);
                    target.clear();
                    log.read(read, target, n);
                    final byte[] expected = new byte[n];
                    for (int i = 0; i < n; i++) {
                        expected[i] = (byte) ((read + i) * 31);
                    }
                    assertThat(Arrays.copyOf(target.array(), n)).isEqualTo(expected);
                    read += n;
                    log.release(read);
                }
                assertThat(log.appended()).isEqualTo(written);
            }
        });
    }

    @Test
    void shouldUseReleasedChunksAgainAndHoldNoMoreThanItMustKeep() {
        final ByteLog log = new ByteLog(100 << 20);
        final FloatLog samples = new FloatLog(10 << 20);
        final UnsafeBuffer source = new UnsafeBuffer(new byte[10_000]);
        final float[] floats = new float[10_000];
        for (int i = 0; i < 20_000; i++) {
            assertThat(log.append(source, 0, 10_000)).isTrue();
            log.release(log.appended() - 5_000);
            samples.append(floats, 10_000);
            samples.release(samples.appended() - 5_000);
        }

        assertThat(log.chunkCount()).isLessThanOrEqualTo(3);
        assertThat(samples.chunkCount()).isLessThanOrEqualTo(3);
    }

    @Test
    void shouldRefuseToReadWhatIsNotThere() {
        final ByteLog log = new ByteLog(1_000);
        log.append(new UnsafeBuffer(new byte[10]), 0, 10);

        assertThatThrownBy(() -> log.read(5, ByteBuffer.allocate(10), 10))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
