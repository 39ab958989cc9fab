package dev.mouthpiece.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private long nowNs = 1_000_000_000_000L;

    @Test
    void shouldDrawOneLineOverAndOverOnTerminal() {
        final Progress progress = progress(80, true, false);
        progress.add("hello.mp4", 100);
        progress.start();

        at(50, () -> progress.onProgress(0, 10, 100));
        assertThat(err()).as("too soon").isEmpty();
        at(1_000, () -> progress.onProgress(0, 50, 100));
        assertThat(err()).isEqualTo("hello.mp4  ██████████░░░░░░░░░░  50%  50/100 frames  2.0x real time  0:01 left");
        at(2_000, () -> progress.onProgress(0, 75, 100));
        assertThat(err()).contains("\r\u001b[2Khello.mp4  ███████████████░░░░░  75%  75/100 frames  1.5x");
        at(2_500, () -> progress.onFinished(0, 100));

        assertThat(err()).endsWith("\r\u001b[2K");
        assertThat(out()).isEqualTo("wrote hello.mp4: 4.0 s in 2.5 s, 1.6x real time\n");
    }

    @Test
    void shouldNotBeWiderThanTerminal() {
        final Progress progress = progress(40, false, false);
        progress.add("hello.mp4", 100);
        progress.start();

        at(1_000, () -> progress.onProgress(0, 50, 100));

        assertThat(err()).hasSize(39).contains("##########----------");
    }

    @Test
    void shouldShortenLongName() {
        final Progress progress = progress(80, true, false);
        progress.add("films/of/a very long name.mp4", 100);
        progress.start();

        at(1_000, () -> progress.onProgress(0, 50, 100));

        assertThat(err()).startsWith("a very long…  ██████████").hasSizeLessThan(80);
    }

    @Test
    void shouldShowEachFilmInWorkAndTheirSum() {
        final Progress progress = progress(80, false, false);
        progress.add("a.mp4", 100);
        progress.add("b.mp4", 50);
        progress.add("c.mp4", 50);
        progress.start();
        at(10, () -> progress.onProgress(1, 25, 50));

        at(1_000, () -> progress.onProgress(0, 25, 100));

        assertThat(err().lines().toList())
                .containsExactly(
                        "  #####---------------  25%  a.mp4",
                        "  ##########----------  50%  b.mp4",
                        "0/3 films  #####---------------  25%  50/200 frames  2.0x real time  0:03 left");
        err.reset();
        at(1_100, () -> progress.onFinished(1, 50));
        assertThat(err()).isEqualTo("\r\u001b[2K\u001b[1A\u001b[2K\u001b[1A\u001b[2K");
        assertThat(out()).isEqualTo("wrote b.mp4: 2.0 s\n");
        at(2_000, () -> progress.finish(3));
        assertThat(out()).endsWith("3 of 3 films: 3.0 s in 2.0 s, 1.5x real time\n");
    }

    @Test
    void shouldSayPlainLineNowAndThenElsewhere() {
        final Progress progress = progress(0, true, false);
        progress.add("hello.mp4", 1_000);
        progress.start();

        for (int ms = 100; ms <= 10_000; ms += 100) {
            final int frames = ms / 20;
            at(ms, () -> progress.onProgress(0, frames, 1_000));
        }

        assertThat(err().lines().toList())
                .containsExactly(
                        "hello.mp4   25%  250/1000 frames  2.0x real time  0:15 left",
                        "hello.mp4   50%  500/1000 frames  2.0x real time  0:10 left");
    }

    @Test
    void shouldCountFramesWhenTheEndIsNotKnown() {
        final Progress progress = progress(80, false, false);
        progress.add("hello.mp4", -1);
        progress.start();

        at(1_000, () -> progress.onProgress(0, 50, -1));

        assertThat(err()).isEqualTo("hello.mp4  50 frames  2.0x real time");
    }

    @Test
    void shouldSayNothingWhenQuiet() {
        final Progress progress = progress(80, true, true);
        progress.add("hello.mp4", 100);
        progress.start();

        at(1_000, () -> progress.onProgress(0, 50, 100));
        at(2_000, () -> progress.onFinished(0, 100));
        progress.finish(1);

        assertThat(err()).isEmpty();
        assertThat(out()).isEmpty();
    }

    private void at(long ms, Runnable step) {
        nowNs = 1_000_000_000_000L + ms * 1_000_000;
        step.run();
    }

    private Progress progress(int columns, boolean isUnicode, boolean isQuiet) {
        final var terminal = new Terminal(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                columns,
                isUnicode,
                new Interruption());
        return new Progress(terminal, isQuiet, 25, () -> nowNs);
    }

    private String out() {
        return out.toString(UTF_8).replace(System.lineSeparator(), "\n");
    }

    private String err() {
        return err.toString(UTF_8);
    }
}
