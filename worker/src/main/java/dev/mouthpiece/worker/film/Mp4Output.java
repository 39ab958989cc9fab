package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.jspecify.annotations.Nullable;

/**
 * An MP4 file: H264 and AAC, both from time 0 on, playable while it loads. The sound encoder's priming is declared by an
 * edit list, so that players show picture and sound as they were given, to the sample. Equal input makes equal bytes.
 */
public final class Mp4Output implements FilmOutput {
    private final PendingFile file;
    private final AVFormatContext muxer = new AVFormatContext(null);
    private @Nullable AVIOContext io;
    private @Nullable H264Encoder video;
    private @Nullable AacEncoder audio;
    private int videoStream;
    private int audioStream;
    private boolean isClosed;

    /**
     * Claims the target.
     *
     * @throws dev.mouthpiece.worker.BadInputException if it cannot be written
     */
    public Mp4Output(Path target) {
        file = PendingFile.file(target);
    }

    @Override
    public void start(int width, int height, int fps, PcmFormat format) {
        Ffmpeg.load();
        Ffmpeg.forgetComplaint();
        final String url = "file:" + file.path();
        check(avformat_alloc_output_context2(muxer, null, "mp4", url));
        muxer.flags(muxer.flags() | AVFormatContext.AVFMT_FLAG_BITEXACT);
        video = new H264Encoder(width, height, fps, this::writeVideo);
        audio = new AacEncoder(format, this::writeAudio);
        videoStream = addStream(video.codec());
        audioStream = addStream(audio.codec());
        final AVIOContext opened = new AVIOContext(null);
        check(avio_open2(opened, url, AVIO_FLAG_WRITE, new AVIOInterruptCB(null), new AVDictionary(null)));
        io = opened;
        muxer.pb(opened);
        final AVDictionary options = new AVDictionary(null);
        av_dict_set(options, "movflags", "+faststart", 0);
        final int code = avformat_write_header(muxer, options);
        av_dict_free(options);
        check(code);
    }

    @Override
    public void video(I420Frame frame) {
        started(video).encode(frame);
    }

    @Override
    public void audio(ByteBuffer pcm) {
        started(audio).encode(pcm);
    }

    @Override
    public void finish() {
        started(video).finish();
        started(audio).finish();
        check(av_write_trailer(muxer));
        if (io != null) {
            final int code = io.error();
            final int closed = avio_closep(io);
            io = null;
            muxer.pb(null);
            check(code < 0 ? code : closed);
        }
        file.commit();
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (audio != null) {
            audio.close();
        }
        if (video != null) {
            video.close();
        }
        if (io != null) {
            avio_closep(io);
        }
        if (!muxer.isNull()) {
            avformat_free_context(muxer);
        }
        file.close();
    }

    private int addStream(AVCodecContext codec) {
        final AVStream stream = avformat_new_stream(muxer, null);
        check(avcodec_parameters_from_context(stream.codecpar(), codec));
        stream.codecpar().codec_tag(0);
        stream.time_base(codec.time_base());
        return stream.index();
    }

    private void writeVideo(AVPacket packet) {
        write(packet, videoStream, started(video).codec());
    }

    private void writeAudio(AVPacket packet) {
        write(packet, audioStream, started(audio).codec());
    }

    private void write(AVPacket packet, int stream, AVCodecContext codec) {
        packet.stream_index(stream);
        av_packet_rescale_ts(packet, codec.time_base(), muxer.streams(stream).time_base());
        check(av_interleaved_write_frame(muxer, packet));
        if (io != null && io.error() < 0) {
            check(io.error());
        }
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("not started");
        }
        return part;
    }

    private void check(int code) {
        Ffmpeg.check(code, "cannot write " + file.target());
    }
}
