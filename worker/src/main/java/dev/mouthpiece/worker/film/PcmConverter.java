package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_compare;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_uninit;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc_set_opts2;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_get_out_samples;
import static org.bytedeco.ffmpeg.global.swresample.swr_init;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Decoded frames to interleaved 16-bit samples of one format, that of the first frame; a file that changes rate or channels
 * on its way is converted to it. Holds the samples of one frame at a time. Owned and closed by its reader.
 */
final class PcmConverter implements AutoCloseable {
    private static final int MAX_CHANNELS = 2;
    private static final int MIN_RATE_HZ = 4_000;
    private static final int MAX_RATE_HZ = 384_000;

    private final String name;
    private final PcmFormat format;
    private final AVChannelLayout outLayout = new AVChannelLayout();
    private final AVChannelLayout inLayout = new AVChannelLayout();
    private final PointerPointer<BytePointer> outPlanes = new PointerPointer<>(1);
    private int inRateHz;
    private int inSampleFormat;
    private @Nullable SwrContext swr;
    private BytePointer samples = new BytePointer(0);
    private ByteBuffer ready = ByteBuffer.allocate(0);

    private PcmConverter(String name, PcmFormat format) {
        this.name = name;
        this.format = format;
        av_channel_layout_default(outLayout, format.channels());
    }

    /** A converter to the format of the file's first frame. */
    static PcmConverter forFirst(String name, AVFrame frame) {
        final int rate = frame.sample_rate();
        if (rate < MIN_RATE_HZ || rate > MAX_RATE_HZ) {
            throw new BadInputException("speech " + name + " has a sample rate of " + rate + " Hz: convert it to "
                    + MIN_RATE_HZ + ".." + MAX_RATE_HZ + " Hz");
        }
        return new PcmConverter(
                name,
                new PcmFormat(rate, Math.min(MAX_CHANNELS, frame.ch_layout().nb_channels())));
    }

    PcmFormat format() {
        return format;
    }

    boolean isEmpty() {
        return !ready.hasRemaining();
    }

    /** Converts a frame; the one before must have been drained. */
    void add(AVFrame frame) {
        if (swr == null || differs(frame)) {
            configure(frame);
        }
        convert(frame.extended_data(), frame.nb_samples());
    }

    /** Brings what the resampler still holds. Returns whether there was something. */
    boolean flush() {
        if (swr == null || inRateHz == format.sampleRateHz()) {
            return false;
        }
        convert(null, 0);
        return !isEmpty();
    }

    /** Moves whole samples of all channels. Returns the bytes. */
    int drainTo(ByteBuffer target) {
        final int room = target.remaining() / format.frameBytes() * format.frameBytes();
        final int n = Math.min(room, ready.remaining());
        target.put(target.position(), ready, ready.position(), n);
        target.position(target.position() + n);
        ready.position(ready.position() + n);
        return n;
    }

    @Override
    public void close() {
        if (swr != null) {
            swr_free(swr);
            swr = null;
        }
        av_channel_layout_uninit(inLayout);
        av_channel_layout_uninit(outLayout);
        samples.deallocate();
        outPlanes.deallocate();
    }

    private boolean differs(AVFrame frame) {
        return frame.sample_rate() != inRateHz
                || frame.format() != inSampleFormat
                || av_channel_layout_compare(layoutOf(frame), inLayout) != 0;
    }

    private void configure(AVFrame frame) {
        if (swr != null) {
            swr_free(swr);
        }
        inRateHz = frame.sample_rate();
        inSampleFormat = frame.format();
        av_channel_layout_copy(inLayout, layoutOf(frame));
        final SwrContext context = new SwrContext(null);
        int code = swr_alloc_set_opts2(
                context,
                outLayout,
                AV_SAMPLE_FMT_S16,
                format.sampleRateHz(),
                inLayout,
                inSampleFormat,
                inRateHz,
                0,
                null);
        Ffmpeg.forgetComplaint();
        code = code < 0 ? code : swr_init(context);
        if (code < 0) {
            throw new BadInputException("speech " + name + ": its " + inLayout.nb_channels()
                    + " channels cannot be mixed (" + Ffmpeg.explain(code) + "): convert it to mono");
        }
        swr = context;
    }

    /** The frame's channels; where the file does not say which is which, the usual ones of that number. */
    private static AVChannelLayout layoutOf(AVFrame frame) {
        if (frame.ch_layout().order() == AV_CHANNEL_ORDER_UNSPEC) {
            final int channels = frame.ch_layout().nb_channels();
            av_channel_layout_default(frame.ch_layout(), channels);
        }
        return frame.ch_layout();
    }

    private void convert(@Nullable PointerPointer<?> planes, int count) {
        final SwrContext context = swr;
        if (context == null) {
            throw new IllegalStateException("not configured");
        }
        final int most = swr_get_out_samples(context, count);
        final long needed = (long) most * format.frameBytes();
        if (samples.capacity() < needed) {
            samples.deallocate();
            samples = new BytePointer(needed);
        }
        outPlanes.put(0, samples);
        final int made = Ffmpeg.check(
                swr_convert(context, outPlanes, most, planes, count), "speech " + name + " cannot be converted");
        ready = samples.position(0).limit((long) made * format.frameBytes()).asByteBuffer();
        samples.limit(samples.capacity());
    }
}
