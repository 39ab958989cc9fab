package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import dev.mouthpiece.device.I420Frame;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/**
 * Frames to H264 by OpenH264, on the calling thread, one packet out per frame in. A portrait stands still but for its face,
 * so a constant fine quantiser costs few bits: quality is fixed, not the rate.
 */
final class H264Encoder implements AutoCloseable {
    /** Looks clean in a full-screen view; a talking face of 368x560 takes some 0.6 Mbit/s. Lower only adds grain. */
    private static final int QUANTISER = 17;

    /** Far above what the quantiser asks for: the rate control has nothing to do. */
    private static final int CEILING_BITS_PER_PIXEL = 1;

    /** Players seek to whole keyframes; 4 s keeps files small. */
    private static final int KEYFRAME_SECONDS = 4;

    private final AVCodecContext codec;
    private final AVFrame frame = av_frame_alloc();
    private final AVPacket packet = av_packet_alloc();
    private final Consumer<AVPacket> sink;
    private long nextPts;

    /** @param sink takes each packet, valid during the call; its times are in the codec's time base */
    H264Encoder(int width, int height, int fps, Consumer<AVPacket> sink) {
        this.sink = sink;
        final AVCodec encoder = avcodec_find_encoder_by_name("libopenh264");
        if (encoder == null || encoder.isNull()) {
            throw new FilmException("this FFmpeg has no H264 encoder (libopenh264)");
        }
        codec = avcodec_alloc_context3(encoder);
        codec.width(width).height(height).pix_fmt(AV_PIX_FMT_YUV420P);
        try (AVRational frameTime = new AVRational().num(1).den(fps);
                AVRational rate = new AVRational().num(fps).den(1);
                AVRational square = new AVRational().num(1).den(1)) {
            codec.time_base(frameTime).framerate(rate).sample_aspect_ratio(square);
        }
        // Pixels are converted by BT.601's matrix; their light and colours are those of sRGB, which BT.709 shares.
        codec.color_range(AVCOL_RANGE_MPEG)
                .colorspace(AVCOL_SPC_SMPTE170M)
                .color_primaries(AVCOL_PRI_BT709)
                .color_trc(AVCOL_TRC_BT709);
        codec.bit_rate((long) width * height * fps * CEILING_BITS_PER_PIXEL);
        codec.qmin(QUANTISER).qmax(QUANTISER);
        codec.gop_size(fps * KEYFRAME_SECONDS);
        codec.thread_count(1).slices(1);
        codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT);
        final AVDictionary options = new AVDictionary(null);
        av_dict_set(options, "rc_mode", "quality", 0);
        av_dict_set(options, "coder", "cabac", 0);
        Ffmpeg.forgetComplaint();
        final int code = avcodec_open2(codec, encoder, options);
        av_dict_free(options);
        Ffmpeg.check(code, "cannot encode H264 of " + width + "x" + height);
        frame.format(AV_PIX_FMT_YUV420P).width(width).height(height);
    }

    AVCodecContext codec() {
        return codec;
    }

    /** Encodes the next picture. */
    void encode(I420Frame picture) {
        // The frame only points at the picture: the encoder copies what it is to keep.
        try (BytePointer y = new BytePointer(picture.data());
                BytePointer u = new BytePointer(y).position(picture.lumaBytes());
                BytePointer v = new BytePointer(y).position(picture.vOffset())) {
            frame.data(0, y).data(1, u).data(2, v);
            frame.linesize(0, picture.width());
            frame.linesize(1, picture.chromaWidth());
            frame.linesize(2, picture.chromaWidth());
            frame.pts(nextPts++);
            send(frame);
        }
    }

    void finish() {
        send(null);
    }

    @Override
    public void close() {
        frame.data(0, null).data(1, null).data(2, null);
        av_frame_free(frame);
        av_packet_free(packet);
        avcodec_free_context(codec);
    }

    private void send(@Nullable AVFrame next) {
        Ffmpeg.check(avcodec_send_frame(codec, next), "cannot encode picture " + (nextPts - 1));
        while (true) {
            final int code = avcodec_receive_packet(codec, packet);
            if (code == AVERROR_EOF() || code == Ffmpeg.AGAIN) {
                return;
            }
            Ffmpeg.check(code, "cannot encode picture " + (nextPts - 1));
            packet.duration(1);
            sink.accept(packet);
            av_packet_unref(packet);
        }
    }
}
