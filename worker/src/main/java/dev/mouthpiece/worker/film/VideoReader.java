package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_READ;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_q2d;
import static org.bytedeco.ffmpeg.global.swscale.SWS_AREA;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCachedContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.Picture;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a video file, upright, at 25 a second whatever its own rate, none with a side above {@value #MAX_SIDE_PX}
 * pixels. A file cannot make this reader open another. Read by one thread.
 */
public final class VideoReader implements Footage {
    /** Frames come out at 368x560 or little more: what is larger would only cost memory. */
    static final int MAX_SIDE_PX = 1280;

    private static final int FPS = 25;
    private static final Set<String> ENDINGS = Set.of("mp4", "m4v", "mov", "webm", "mkv", "avi");
    private static final String WHAT_TO_GIVE = "give MP4, MOV, WebM or MKV";

    private final String name;
    private final AVFormatContext input;
    private final AVPacket packet;
    private final AVFrame frame;
    private @Nullable AVIOContext file;
    private @Nullable AVCodecContext decoder;
    private @Nullable SwsContext scaler;
    private int stream = -1;
    private int quarterTurns;
    private double secondsPerTick;
    private double firstSeconds = Double.NaN;
    private @Nullable Picture shown;
    private @Nullable Picture coming;
    private double comingSeconds;
    private long ticks;
    private boolean isDrained;
    private boolean isClosed;

    private VideoReader(String name) {
        Ffmpeg.load();
        this.name = name;
        this.input = avformat_alloc_context();
        this.packet = av_packet_alloc();
        this.frame = av_frame_alloc();
    }

    /** Whether a file's name is that of a video. */
    public static boolean isVideo(String name) {
        final int dot = name.lastIndexOf('.');
        return ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT)) && dot >= 0;
    }

    /**
     * Opens a file.
     *
     * @throws BadInputException if there is no picture in it that can be decoded
     */
    public static VideoReader open(Path file) {
        return open(file, file.toString(), Long.MAX_VALUE);
    }

    /**
     * Opens a file.
     *
     * @param name what errors call it
     * @param maxPixels of its pictures, as they are in the file
     */
    static VideoReader open(Path file, String name, long maxPixels) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new BadInputException(
                    "portrait " + name + (Files.exists(file) ? " cannot be read" : " does not exist"));
        }
        final var reader = new VideoReader(name);
        try {
            reader.openContainer(file);
            reader.openDecoder(maxPixels);
            reader.coming = reader.decode();
            if (reader.coming == null) {
                throw reader.noVideo("nothing in it can be decoded");
            }
            return reader;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void openContainer(Path path) {
        Ffmpeg.forgetComplaint();
        final var opened = new AVIOContext(null);
        int code = avio_open2(
                opened,
                "file:" + path.toAbsolutePath(),
                AVIO_FLAG_READ,
                new AVIOInterruptCB(null),
                new AVDictionary(null));
        if (code < 0) {
            throw noVideo(Ffmpeg.explain(code));
        }
        file = opened;
        input.pb(opened);
        input.flags(input.flags() | AVFormatContext.AVFMT_FLAG_CUSTOM_IO);
        final var options = new AVDictionary(null);
        av_dict_set(options, "protocol_whitelist", "none", 0);
        code = avformat_open_input(input, (String) null, null, options);
        av_dict_free(options);
        if (code >= 0) {
            code = avformat_find_stream_info(input, (PointerPointer<?>) null);
        }
        if (code < 0) {
            throw noVideo(Ffmpeg.explain(code));
        }
    }

    private void openDecoder(long maxPixels) {
        final var codec = new AVCodec(null);
        stream = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, codec, 0);
        if (stream < 0) {
            throw noVideo("it has no picture in a format that can be decoded");
        }
        final AVStream video = input.streams(stream);
        final int width = video.codecpar().width();
        final int height = video.codecpar().height();
        if ((long) width * height > maxPixels) {
            throw new BadInputException("portrait " + name + " has pictures of " + width + "x" + height
                    + ": give a smaller video, 1280 pixels on its longer side are used");
        }
        decoder = avcodec_alloc_context3(codec);
        Ffmpeg.check(avcodec_parameters_to_context(decoder, video.codecpar()), "portrait " + name);
        decoder.thread_count(1);
        final int code = avcodec_open2(decoder, codec, (AVDictionary) null);
        if (code < 0) {
            throw noVideo(Ffmpeg.explain(code));
        }
        secondsPerTick = av_q2d(video.time_base());
        quarterTurns = quarterTurns(video);
    }

    /** How often a picture is to be turned clockwise: phones tell it beside the pictures. */
    private static int quarterTurns(AVStream video) {
        final AVPacketSideData matrix = av_packet_side_data_get(
                video.codecpar().coded_side_data(), video.codecpar().nb_coded_side_data(), AV_PKT_DATA_DISPLAYMATRIX);
        if (matrix == null || matrix.isNull()) {
            return 0;
        }
        final double degrees = -av_display_rotation_get(new IntPointer(matrix.data()));
        return Double.isNaN(degrees) ? 0 : Math.floorMod(Math.round(degrees / 90), 4);
    }

    private BadInputException noVideo(String why) {
        return new BadInputException(
                "portrait " + name + " is not a video that can be read (" + why + "): " + WHAT_TO_GIVE);
    }

    @Override
    public @Nullable Picture next() {
        final double due = (double) ticks / FPS;
        // A picture is shown from the tick that it is nearest to.
        while (coming != null && comingSeconds < due + 0.5 / FPS) {
            shown = coming;
            coming = decode();
        }
        ticks++;
        final Picture out = shown;
        if (coming == null) {
            shown = null;
        }
        return out;
    }

    /** The next picture of the file, its time in {@link #comingSeconds}; null at the end. */
    private @Nullable Picture decode() {
        final AVCodecContext codec = decoder;
        while (codec != null && !isDrained) {
            final int code = avcodec_receive_frame(codec, frame);
            if (code >= 0) {
                final long pts = frame.best_effort_timestamp();
                comingSeconds = pts == AV_NOPTS_VALUE ? comingSeconds + 1.0 / FPS : pts * secondsPerTick - first(pts);
                return convert();
            }
            if (code == AVERROR_EOF()) {
                isDrained = true;
            } else {
                send(codec);
            }
        }
        return null;
    }

    private double first(long pts) {
        if (Double.isNaN(firstSeconds)) {
            firstSeconds = pts * secondsPerTick;
        }
        return firstSeconds;
    }

    private void send(AVCodecContext codec) {
        if (av_read_frame(input, packet) < 0) {
            avcodec_send_packet(codec, (AVPacket) null);
            return;
        }
        if (packet.stream_index() == stream) {
            // A damaged packet is left out: the picture before it stands longer.
            avcodec_send_packet(codec, packet);
        }
        av_packet_unref(packet);
    }

    private Picture convert() {
        final double scale = Math.min(1, (double) MAX_SIDE_PX / Math.max(frame.width(), frame.height()));
        final int width = Math.max(1, (int) Math.round(frame.width() * scale));
        final int height = Math.max(1, (int) Math.round(frame.height() * scale));
        scaler = sws_getCachedContext(
                scaler,
                frame.width(),
                frame.height(),
                frame.format(),
                width,
                height,
                AV_PIX_FMT_RGB24,
                SWS_AREA,
                null,
                null,
                (DoublePointer) null);
        if (scaler == null || scaler.isNull()) {
            throw noVideo("its pictures are of a kind that cannot be converted");
        }
        final ByteBuffer rgb = ByteBuffer.allocateDirect(3 * width * height);
        try (PointerPointer<BytePointer> planes = new PointerPointer<>(4);
                IntPointer strides = new IntPointer(3 * width, 0, 0, 0)) {
            planes.put(0, new BytePointer(rgb));
            for (int plane = 1; plane < 4; plane++) {
                planes.put(plane, (BytePointer) null);
            }
            sws_scale(scaler, frame.data(), frame.linesize(), 0, frame.height(), planes, strides);
        }
        return turned(new Picture(width, height, rgb));
    }

    private Picture turned(Picture picture) {
        Picture upright = picture;
        for (int turn = 0; turn < quarterTurns; turn++) {
            upright = turnedOnce(upright);
        }
        return upright;
    }

    private static Picture turnedOnce(Picture from) {
        final ByteBuffer rgb = ByteBuffer.allocateDirect(from.rgb().capacity());
        final int width = from.height();
        for (int y = 0; y < from.width(); y++) {
            for (int x = 0; x < width; x++) {
                rgb.put(3 * (y * width + x), from.rgb(), 3 * ((from.height() - 1 - x) * from.width() + y), 3);
            }
        }
        return new Picture(width, from.width(), rgb);
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (scaler != null) {
            sws_freeContext(scaler);
        }
        if (decoder != null) {
            avcodec_free_context(decoder);
        }
        av_frame_free(frame);
        av_packet_free(packet);
        avformat_close_input(input);
        if (file != null) {
            avio_closep(file);
        }
    }
}
