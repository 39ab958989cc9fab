package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
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
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_DECODER_NOT_FOUND;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_q2d;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Speech of whatever FFmpeg decodes, sound of videos included, at its own rate, folded to two channels where it has more.
 *
 * <p>Sample 0 is the first that the recording means to be heard: what a container says of priming and padding (MP4's edit
 * list, LAME's header, Opus' pre-skip) is cut off. A damaged stretch is left out and told in {@link #warnings}. A file
 * cannot make this reader open another: playlists and references are refused. Read by one thread.
 */
public final class SpeechReader implements SpeechSource {
    /** Damaged packets in a row after which the rest of the file is given up. */
    private static final int MAX_DAMAGED_IN_A_ROW = 500;

    private static final String WHAT_TO_GIVE = "give WAV, MP3, M4A, FLAC, Opus or a video with sound";

    private final String name;
    private final AVFormatContext input;
    private final AVPacket packet;
    private final AVFrame frame;
    private @Nullable AVIOContext file;
    private @Nullable MemoryInput memory;
    private @Nullable AVCodecContext decoder;
    private @Nullable PcmConverter converter;
    private int stream = -1;
    private long estimatedSamples = -1;
    private int damagedPackets;
    private int damagedInARow;
    private boolean isCutShort;
    private boolean isDrained;
    private boolean isClosed;

    private SpeechReader(String name) {
        Ffmpeg.load();
        this.name = name;
        this.input = avformat_alloc_context();
        this.packet = av_packet_alloc();
        this.frame = av_frame_alloc();
    }

    /**
     * Opens a file and decodes its first samples.
     *
     * @throws BadInputException if there is no sound in it that can be decoded
     */
    public static SpeechReader open(Path file) {
        if (!Files.exists(file)) {
            throw new BadInputException("speech " + file + " does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("speech " + file + " is not a file: " + WHAT_TO_GIVE);
        }
        if (!Files.isReadable(file)) {
            throw new BadInputException("speech " + file + " cannot be read: permission denied");
        }
        final SpeechReader reader = new SpeechReader(file.toString());
        return reader.open(() -> reader.openFile(file));
    }

    /**
     * Opens a file that is in memory.
     *
     * @param name what errors call it
     * @throws BadInputException if there is no sound in it that can be decoded
     */
    public static SpeechReader open(String name, byte[] bytes) {
        final SpeechReader reader = new SpeechReader(name);
        return reader.open(() -> {
            reader.memory = new MemoryInput(bytes);
            return reader.memory.context();
        });
    }

    private SpeechReader open(Supplier<AVIOContext> bytes) {
        try {
            openContainer(bytes.get());
            openDecoder();
            decodeFirst();
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public PcmFormat format() {
        return converter().format();
    }

    @Override
    public long estimatedSamples() {
        return estimatedSamples;
    }

    @Override
    public List<String> warnings() {
        final List<String> all = new ArrayList<>();
        // The last packet of a file that is cut short is damaged too, which is no news.
        if (isCutShort && damagedPackets <= 1) {
            all.add("speech " + name + " is cut short: the film ends where it does");
        } else if (damagedPackets > 0) {
            all.add("speech " + name + " is damaged: " + damagedPackets
                    + " packets could not be decoded and are left out");
        }
        return all;
    }

    @Override
    public int read(ByteBuffer target) {
        final PcmConverter pcm = converter();
        int written = 0;
        while (target.remaining() >= pcm.format().frameBytes()) {
            final int n = pcm.drainTo(target);
            if (n > 0) {
                written += n;
            } else if (!decodeMore()) {
                return written > 0 ? written : -1;
            }
        }
        return written;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (converter != null) {
            converter.close();
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
        if (memory != null) {
            memory.close();
        }
    }

    private AVIOContext openFile(Path path) {
        final AVIOContext opened = new AVIOContext(null);
        Ffmpeg.forgetComplaint();
        final int code = avio_open2(
                opened,
                "file:" + path.toAbsolutePath(),
                AVIO_FLAG_READ,
                new AVIOInterruptCB(null),
                new AVDictionary(null));
        if (code < 0) {
            throw new BadInputException("speech " + name + " cannot be read: " + Ffmpeg.explain(code));
        }
        file = opened;
        return opened;
    }

    private void openContainer(AVIOContext bytes) {
        Ffmpeg.forgetComplaint();
        input.pb(bytes);
        input.flags(input.flags() | AVFormatContext.AVFMT_FLAG_CUSTOM_IO);
        final AVDictionary options = new AVDictionary(null);
        av_dict_set(options, "protocol_whitelist", "none", 0);
        int code = avformat_open_input(input, (String) null, null, options);
        av_dict_free(options);
        if (code < 0) {
            // FFmpeg has freed the context already, and cleared the pointer.
            throw notAudio(code);
        }
        code = avformat_find_stream_info(input, (PointerPointer<?>) null);
        if (code < 0) {
            throw notAudio(code);
        }
    }

    private BadInputException notAudio(int code) {
        return new BadInputException("speech " + name + " is not an audio or video file, or is damaged ("
                + Ffmpeg.explain(code) + "): " + WHAT_TO_GIVE);
    }

    private void openDecoder() {
        Ffmpeg.forgetComplaint();
        final AVCodec codec = new AVCodec(null);
        stream = av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, -1, codec, 0);
        if (stream == AVERROR_DECODER_NOT_FOUND()) {
            throw new BadInputException("speech " + name + " is in a format that cannot be decoded: " + WHAT_TO_GIVE);
        }
        if (stream < 0) {
            throw new BadInputException("speech " + name + " has no sound in it: " + WHAT_TO_GIVE);
        }
        for (int i = 0; i < input.nb_streams(); i++) {
            input.streams(i).discard(i == stream ? 0 : org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL);
        }
        final AVStream audio = input.streams(stream);
        decoder = avcodec_alloc_context3(codec);
        Ffmpeg.check(avcodec_parameters_to_context(decoder, audio.codecpar()), "speech " + name);
        decoder.thread_count(1);
        decoder.pkt_timebase(audio.time_base());
        final int code = avcodec_open2(decoder, codec, (AVDictionary) null);
        if (code < 0) {
            throw notAudio(code);
        }
        final double seconds = audio.duration() != AV_NOPTS_VALUE
                ? audio.duration() * av_q2d(audio.time_base())
                : input.duration() != AV_NOPTS_VALUE ? input.duration() / (double) AV_TIME_BASE : -1;
        estimatedSamples = seconds < 0 ? -1 : Math.round(seconds * decoder.sample_rate());
    }

    /** A header alone promises much: the first decoded samples tell what is there. */
    private void decodeFirst() {
        while (converter == null || converter.isEmpty()) {
            if (!decodeMore()) {
                throw damagedPackets > 0
                        ? new BadInputException("speech " + name + " is damaged: nothing in it could be decoded")
                        : new BadInputException("speech " + name + " is empty: it has no samples");
            }
        }
    }

    /** Decodes on until there are more samples. Returns false at the end. */
    private boolean decodeMore() {
        final AVCodecContext codec = decoder();
        while (!isDrained) {
            final int code = avcodec_receive_frame(codec, frame);
            if (code >= 0) {
                damagedInARow = 0;
                convert();
                return true;
            }
            if (code == AVERROR_EOF()) {
                isDrained = true;
                return converter != null && converter.flush();
            }
            if (code != Ffmpeg.AGAIN) {
                countDamaged();
            }
            sendPacket(codec);
        }
        return false;
    }

    private void sendPacket(AVCodecContext codec) {
        int code = damagedInARow > MAX_DAMAGED_IN_A_ROW ? AVERROR_EOF() : av_read_frame(input, packet);
        if (code < 0) {
            isCutShort |= code != AVERROR_EOF();
            avcodec_send_packet(codec, (AVPacket) null);
            return;
        }
        if (packet.stream_index() == stream) {
            isCutShort |= (packet.flags() & AV_PKT_FLAG_CORRUPT) != 0;
            code = avcodec_send_packet(codec, packet);
            if (code < 0) {
                countDamaged();
            }
        }
        av_packet_unref(packet);
    }

    private void countDamaged() {
        damagedPackets++;
        damagedInARow++;
    }

    private void convert() {
        if (converter == null) {
            converter = PcmConverter.forFirst(name, frame);
        }
        converter.add(frame);
        av_frame_unref(frame);
    }

    private PcmConverter converter() {
        if (converter == null) {
            throw new IllegalStateException("not opened");
        }
        return converter;
    }

    private AVCodecContext decoder() {
        if (decoder == null) {
            throw new IllegalStateException("not opened");
        }
        return decoder;
    }
}
