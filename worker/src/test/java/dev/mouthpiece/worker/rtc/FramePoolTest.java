package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.I420Frame;
import dev.onvoid.webrtc.media.video.NativeI420Buffer;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class FramePoolTest {
    private final FramePool pool = new FramePool(true);

    @BeforeAll
    static void load() {
        Rtc.load();
    }

    @Test
    void shouldReadHowManyHoldAPicture() {
        assertThat(FramePool.isCountReadable()).isTrue();
    }

    @Test
    void shouldCopyAllPlanesEvenOfOddSizes() {
        final I420Frame frame = new I420Frame(7, 5);
        for (int i = 0; i < frame.data().capacity(); i++) {
            frame.data().put(i, (byte) i);
        }

        final NativeI420Buffer copy = buffer(copy(frame));

        for (int i = 0; i < 35; i++) {
            assertThat(copy.getDataY().get(i)).isEqualTo((byte) i);
        }
        for (int i = 0; i < 12; i++) {
            assertThat(copy.getDataU().get(i)).isEqualTo((byte) (35 + i));
            assertThat(copy.getDataV().get(i)).isEqualTo((byte) (47 + i));
        }
    }

    @Test
    void shouldUseAPictureAgainOnlyWhenNobodyHoldsIt() {
        final I420Frame frame = new I420Frame(16, 16);
        final FramePool.Picture first = copy(frame);
        assertThat(copy(frame)).isSameAs(first);

        buffer(first).retain();
        final FramePool.Picture second = copy(frame);
        assertThat(second).isNotSameAs(first);
        assertThat(copy(frame)).isSameAs(second);

        buffer(first).release();
        assertThat(copy(frame)).isSameAs(first);
    }

    @Test
    void shouldGiveNoneWhenAllAreHeld() {
        final I420Frame frame = new I420Frame(16, 16);
        for (int i = 0; i < FramePool.CAPACITY_FRAMES; i++) {
            buffer(copy(frame)).retain();
        }

        assertThat(pool.copy(frame)).isNull();
    }

    @Test
    void shouldBeginAnewWithAnotherSize() {
        final FramePool.Picture small = copy(new I420Frame(16, 16));
        buffer(small).retain();

        final FramePool.Picture large = copy(new I420Frame(32, 32));

        assertThat(large).isNotSameAs(small);
        assertThat(buffer(large).getWidth()).isEqualTo(32);
        assertThat(NativeObjects.references(buffer(small)))
                .as("only the encoder's is left")
                .isEqualTo(1);
        buffer(small).release();
    }

    @Test
    void shouldMakeANewPictureEachTimeWhereCountsCannotBeRead() {
        final FramePool plain = new FramePool(false);
        final I420Frame frame = new I420Frame(16, 16);
        final FramePool.Picture first = Objects.requireNonNull(plain.copy(frame));
        buffer(first).retain();

        plain.giveBack(first);

        assertThat(NativeObjects.references(buffer(first))).isEqualTo(1);
        assertThat(plain.copy(frame)).isNotSameAs(first);
        buffer(first).release();
    }

    private FramePool.Picture copy(I420Frame frame) {
        return Objects.requireNonNull(pool.copy(frame));
    }

    private static NativeI420Buffer buffer(FramePool.Picture picture) {
        return (NativeI420Buffer) picture.frame.buffer;
    }
}
