package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RawSpeechTest {
    private static final PcmFormat STEREO = new PcmFormat(24_000, 2);

    @Test
    void shouldReadWholeSamplesHoweverThePipeDelivers() {
        final byte[] bytes = new byte[4_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }

        final short[] heard = SpeechReaderTest.readAll(new RawSpeech(new Dripping(bytes), STEREO));

        assertThat(heard).hasSize(2_000);
        assertThat(heard[1_999] & 0xff).isEqualTo(bytes[3_998] & 0xff);
    }

    @Test
    void shouldDropHalfSampleAtTheEnd() {
        final byte[] bytes = new byte[4_003];

        assertThat(SpeechReaderTest.readAll(new RawSpeech(new ByteArrayInputStream(bytes), STEREO)))
                .hasSize(2_000);
    }

    @Test
    void shouldRefuseEmptyInput() {
        assertThatThrownBy(() -> new RawSpeech(new ByteArrayInputStream(new byte[3]), STEREO))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("standard input is empty");
    }

    @Test
    void shouldRefuseFileWhereRawSamplesAreExpected() {
        final byte[] wav = Arrays.copyOf("RIFF....WAVE".getBytes(StandardCharsets.ISO_8859_1), 100);

        assertThatThrownBy(() -> new RawSpeech(new ByteArrayInputStream(wav), STEREO))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("give the file by its name");
    }

    /** Gives at most three bytes at a time. */
    private static final class Dripping extends InputStream {
        private final InputStream in;

        Dripping(byte[] bytes) {
            in = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return in.read(target, offset, Math.min(3, length));
        }
    }
}
