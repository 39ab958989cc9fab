package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AAC;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_free;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_read;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_size;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_write;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc_set_opts2;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_get_out_samples;
import static org.bytedeco.ffmpeg.global.swresample.swr_init;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVAudioFifo;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** Samples to AAC, on the calling thread. Its first packets carry negative times: the encoder's priming. */
final class AacEncoder implements AutoCloseable {
    private static final int BITS_PER_CHANNEL = 96_000;

    private final PcmFormat format;
    private final Consumer<AVPacket> sink;
    private final AVCodecContext codec;
    private final SwrContext swr = new SwrContext(null);
    private final AVAudioFifo fifo;
    private final AVFrame frame = av_frame_alloc();
    private final AVPacket packet = av_packet_alloc();
    private final PointerPointer<BytePointer> inPlanes = new PointerPointer<>(1);
    private final PointerPointer<BytePointer> outPlanes;
    private final BytePointer[] out;
    private BytePointer in = new BytePointer(0);
    private int outCapacity;
    private long nextPts;

    /** @param sink takes each packet, valid during the call; its times are in samples */
    AacEncoder(PcmFormat format, Consumer<AVPacket> sink) {
        this.format = format;
        this.sink = sink;
        final int channels = Math.min(2, format.channels());
        final int rate = encodedRateHz(format.sampleRateHz());
        final AVCodec encoder = avcodec_find_encoder(AV_CODEC_ID_AAC);
        codec = avcodec_alloc_context3(encoder);
        codec.sample_rate(rate).sample_fmt(AV_SAMPLE_FMT_FLTP).bit_rate((long) BITS_PER_CHANNEL * channels);
        av_channel_layout_default(codec.ch_layout(), channels);
        try (AVRational sampleTime = new AVRational().num(1).den(rate);
                AVChannelLayout given = new AVChannelLayout()) {
            codec.time_base(sampleTime);
            av_channel_layout_default(given, format.channels());
            codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT);
            Ffmpeg.forgetComplaint();
            Ffmpeg.check(avcodec_open2(codec, encoder, (AVDictionary) null), "cannot encode AAC of " + rate + " Hz");
            Ffmpeg.check(
                    swr_alloc_set_opts2(
                            swr,
                            codec.ch_layout(),
                            AV_SAMPLE_FMT_FLTP,
                            rate,
                            given,
                            AV_SAMPLE_FMT_S16,
                            format.sampleRateHz(),
                            0,
                            null),
                    "cannot resample");
        }
        Ffmpeg.check(swr_init(swr), "cannot resample " + format);
        fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, codec.frame_size() * 4);
        out = new BytePointer[channels];
        outPlanes = new PointerPointer<>(channels);
        for (int i = 0; i < channels; i++) {
            out[i] = new BytePointer(0);
        }
        frame.format(AV_SAMPLE_FMT_FLTP).nb_samples(codec.frame_size()).sample_rate(rate);
        av_channel_layout_default(frame.ch_layout(), channels);
        Ffmpeg.check(av_frame_get_buffer(frame, 0), "no memory for sound");
    }

    /**
     * The rate to encode at. The priming of AAC is 1024 samples, and some players ignore the edit list that hides it: at
     * 48 kHz that puts their sound off by 21 ms, at 16 kHz by 64. So low rates are raised.
     */
    static int encodedRateHz(int rateHz) {
        return rateHz % 11_025 == 0 && rateHz <= 44_100 ? 44_100 : 48_000;
    }

    AVCodecContext codec() {
        return codec;
    }

    /** Encodes samples of all channels, between position and limit. */
    void encode(ByteBuffer pcm) {
        final int bytes = pcm.remaining();
        if (in.capacity() < bytes) {
            in.deallocate();
            in = new BytePointer(bytes);
        }
        in.position(0).limit(bytes);
        in.asByteBuffer().put(pcm.duplicate());
        inPlanes.put(0, in);
        convert(inPlanes, bytes / format.frameBytes());
        while (av_audio_fifo_size(fifo) >= codec.frame_size()) {
            encodeFrame(codec.frame_size());
        }
    }

    void finish() {
        if (format.sampleRateHz() != codec.sample_rate()) {
            convert(null, 0);
        }
        while (av_audio_fifo_size(fifo) > 0) {
            encodeFrame(Math.min(av_audio_fifo_size(fifo), codec.frame_size()));
        }
        send(null);
    }

    @Override
    public void close() {
        av_frame_free(frame);
        av_packet_free(packet);
        av_audio_fifo_free(fifo);
        swr_free(swr);
        avcodec_free_context(codec);
        in.deallocate();
        for (final BytePointer plane : out) {
            plane.deallocate();
        }
        inPlanes.deallocate();
        outPlanes.deallocate();
    }

    private void convert(@Nullable PointerPointer<?> planes, int count) {
        final int most = swr_get_out_samples(swr, count);
        if (outCapacity < most) {
            for (int i = 0; i < out.length; i++) {
                out[i].deallocate();
                out[i] = new BytePointer((long) most * Float.BYTES);
            }
            outCapacity = most;
        }
        for (int i = 0; i < out.length; i++) {
            outPlanes.put(i, out[i]);
        }
        final int made = Ffmpeg.check(swr_convert(swr, outPlanes, most, planes, count), "cannot resample");
        Ffmpeg.check(av_audio_fifo_write(fifo, outPlanes, made), "no memory for sound");
    }

    private void encodeFrame(int count) {
        Ffmpeg.check(av_frame_make_writable(frame), "no memory for sound");
        Ffmpeg.check(av_audio_fifo_read(fifo, frame.extended_data(), count), "cannot encode sound");
        frame.nb_samples(count);
        frame.pts(nextPts);
        nextPts += count;
        send(frame);
    }

    private void send(@Nullable AVFrame next) {
        Ffmpeg.check(avcodec_send_frame(codec, next), "cannot encode sound");
        while (true) {
            final int code = avcodec_receive_packet(codec, packet);
            if (code == AVERROR_EOF() || code == Ffmpeg.AGAIN) {
                return;
            }
            Ffmpeg.check(code, "cannot encode sound");
            sink.accept(packet);
            av_packet_unref(packet);
        }
    }
}
