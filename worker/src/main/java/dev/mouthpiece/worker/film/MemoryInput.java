package dev.mouthpiece.worker.film;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FORCE;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.av_freep;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.avformat.Write_packet_Pointer_BytePointer_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A file in memory, as FFmpeg reads files. Owned by its reader; closed after whatever reads it. */
final class MemoryInput implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 15;
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_END = 2;
    private static final int INVALID = -22;

    private final byte[] bytes;
    private final AVIOContext context;
    /** Kept: native code calls them as long as the context lives. */
    private final Reader reader = new Reader();

    private final Seeker seeker = new Seeker();
    private int readAt;

    MemoryInput(byte[] bytes) {
        this.bytes = bytes;
        context = avio_alloc_context(
                new BytePointer(av_malloc(CHUNK_BYTES)),
                CHUNK_BYTES,
                0,
                null,
                reader,
                (Write_packet_Pointer_BytePointer_int) null,
                seeker);
    }

    AVIOContext context() {
        return context;
    }

    @Override
    public void close() {
        // FFmpeg may have put another buffer in the first one's place.
        try (PointerPointer<?> buffer = new PointerPointer<>(1)) {
            buffer.put(0, context.buffer());
            av_freep(buffer);
        }
        context.buffer(null);
        avio_context_free(context);
        reader.close();
        seeker.close();
    }

    private final class Reader extends Read_packet_Pointer_BytePointer_int {
        @Override
        public int call(Pointer opaque, BytePointer target, int size) {
            final int n = Math.min(size, bytes.length - readAt);
            if (n <= 0) {
                return AVERROR_EOF();
            }
            target.put(bytes, readAt, n);
            readAt += n;
            return n;
        }
    }

    private final class Seeker extends Seek_Pointer_long_int {
        @Override
        public long call(Pointer opaque, long offset, int whence) {
            if ((whence & AVSEEK_SIZE) != 0) {
                return bytes.length;
            }
            final long to =
                    switch (whence & ~AVSEEK_FORCE) {
                        case SEEK_SET -> offset;
                        case SEEK_CUR -> readAt + offset;
                        case SEEK_END -> bytes.length + offset;
                        default -> INVALID;
                    };
            if (to < 0 || to > bytes.length) {
                return INVALID;
            }
            readAt = (int) to;
            return to;
        }
    }
}
