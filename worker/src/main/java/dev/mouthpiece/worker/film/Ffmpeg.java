package dev.mouthpiece.worker.film;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mouthpiece.model.Installation;
import java.util.regex.Pattern;
import org.bytedeco.ffmpeg.avutil.LogCallback;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swresample;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * FFmpeg's libraries: loading, errors, and its log, which goes into the error that follows it instead of to the terminal.
 */
public final class Ffmpeg {
    private static final Logger LOG = LoggerFactory.getLogger(Ffmpeg.class);
    private static final String CACHE_DIR = "org.bytedeco.javacpp.cachedir";
    private static final int MAX_ERROR_BYTES = 256;

    /** FFmpeg's "needs more input first": EAGAIN, which is 35 on macOS and 11 elsewhere. */
    static final int AGAIN = System.getProperty("os.name", "").startsWith("Mac") ? -35 : -11;

    /** Which object logs, such as {@code [mp4 @ 0x7f2a]}. */
    private static final Pattern PREFIX = Pattern.compile("^(\\[[^]]* @ 0x[0-9a-f]+] ?)+");

    /** The last complaint on this thread since {@link #forgetComplaint}; FFmpeg complains on the caller's thread. */
    private static final ThreadLocal<@Nullable String> COMPLAINT = new ThreadLocal<>();

    private Ffmpeg() {}

    /** Loads the libraries, half a second's work the first time. Any thread; may be called ahead of need. */
    public static void load() {
        Loaded.touch();
    }

    /** Loaded once, by the class loader's own lock. */
    private static final class Loaded {
        /** Kept: native code calls it as long as the process lives. */
        private static final Log LOG_CALLBACK;

        static {
            // Its libraries come out of a jar, 68 MB at the first start on a machine; the loader knows about other
            // processes.
            if (System.getProperty(CACHE_DIR) == null) {
                System.setProperty(
                        CACHE_DIR, Installation.cache().resolve("javacpp").toString());
            }
            LOG_CALLBACK = new Log();
            Loader.load(avutil.class);
            Loader.load(swresample.class);
            Loader.load(avcodec.class);
            Loader.load(avformat.class);
            avutil.av_log_set_level(avutil.AV_LOG_WARNING);
            avutil.setLogCallback(LOG_CALLBACK);
        }

        static void touch() {}
    }

    private static final class Log extends LogCallback {
        @Override
        public void call(int level, BytePointer message) {
            final String text =
                    PREFIX.matcher(message.getString(UTF_8)).replaceFirst("").strip();
            if (text.isEmpty()) {
                return;
            }
            if (level <= avutil.AV_LOG_ERROR) {
                COMPLAINT.set(text);
            }
            LOG.debug("ffmpeg: {}", text);
        }
    }

    /** Before a call whose failure is to be explained. */
    static void forgetComplaint() {
        COMPLAINT.remove();
    }

    /** What FFmpeg's code means, with the reason that it logged. */
    static String explain(int code) {
        final byte[] text = new byte[MAX_ERROR_BYTES];
        avutil.av_strerror(code, text, text.length);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        final String meaning = new String(text, 0, length, UTF_8);
        final String complaint = COMPLAINT.get();
        return complaint == null || complaint.equals(meaning) ? meaning : meaning + ": " + complaint;
    }

    /** Throws what a call into FFmpeg that cannot fail for the caller's fault says. */
    static int check(int code, String what) {
        if (code < 0) {
            throw new FilmException(what + ": " + explain(code));
        }
        return code;
    }
}
