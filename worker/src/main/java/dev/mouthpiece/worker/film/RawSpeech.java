package dev.mouthpiece.worker.film;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Raw signed 16-bit little-endian PCM from a stream, such as standard input. Blocks until it comes. Read by one thread. */
public final class RawSpeech implements SpeechSource {
    private static final int PEEK_BYTES = 16;
    private static final String[] CONTAINERS = {"RIFF", "ID3", "OggS", "fLaC", "FORM", "\u001aE\u00df\u00a3"};

    private final PcmFormat format;
    private final InputStream in;
    private byte[] chunk = new byte[1 << 14];

    /**
     * Waits for the first bytes.
     *
     * @throws BadInputException if nothing comes, or what comes is a file's header
     */
    public RawSpeech(InputStream stream, PcmFormat format) {
        this.format = format;
        this.in = new BufferedInputStream(stream, 1 << 16);
        try {
            in.mark(PEEK_BYTES);
            final byte[] head = in.readNBytes(PEEK_BYTES);
            in.reset();
            if (head.length < format.frameBytes()) {
                throw new BadInputException(
                        "speech on standard input is empty: pipe raw 16-bit little-endian PCM into it");
            }
            if (isContainer(head)) {
                throw new BadInputException("speech on standard input is an audio file, raw PCM is expected there:"
                        + " give the file by its name");
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public PcmFormat format() {
        return format;
    }

    @Override
    public long estimatedSamples() {
        return -1;
    }

    @Override
    public int read(ByteBuffer target) {
        final int whole = target.remaining() / format.frameBytes() * format.frameBytes();
        final int wanted = Math.min(whole, chunk.length / format.frameBytes() * format.frameBytes());
        try {
            int n = in.read(chunk, 0, wanted);
            if (n < 0) {
                return -1;
            }
            while (n % format.frameBytes() != 0) {
                final int more = in.read(chunk, n, format.frameBytes() - n % format.frameBytes());
                if (more < 0) {
                    // Part of a sample at the end is no sound.
                    n -= n % format.frameBytes();
                    break;
                }
                n += more;
            }
            target.put(chunk, 0, n);
            return n == 0 ? -1 : n;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The stream stays open: it is the caller's. */
    @Override
    public void close() {
        chunk = new byte[0];
    }

    private static boolean isContainer(byte[] head) {
        for (final String magic : CONTAINERS) {
            final byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
            if (head.length >= bytes.length && Arrays.equals(Arrays.copyOf(head, bytes.length), bytes)) {
                return true;
            }
        }
        return head.length >= 8 && new String(head, 4, 4, StandardCharsets.ISO_8859_1).equals("ftyp");
    }

    private static BadInputException unreadable(IOException e) {
        return new BadInputException("speech on standard input cannot be read: " + PendingFile.reason(e), e);
    }
}
