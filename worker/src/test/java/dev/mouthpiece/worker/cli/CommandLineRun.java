package dev.mouthpiece.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;

/** One command run in this process, and what it said. */
record CommandLineRun(int code, String out, String err) {
    static CommandLineRun of(Object... args) {
        return with(InputStream.nullInputStream(), new Interruption(), args);
    }

    static CommandLineRun with(InputStream in, Interruption interruption, Object... args) {
        final var out = new ByteArrayOutputStream();
        final var err = new ByteArrayOutputStream();
        final var words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        final var terminal = new Terminal(
                in, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), 0, true, interruption);
        final int code = new Cli(terminal).run(words);
        return new CommandLineRun(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    /** That the caller was told of a mistake in one line. */
    void assertRefused(String... words) {
        assertThat(code).as(err).isEqualTo(2);
        assertThat(err.lines()).as("one line").hasSize(1);
        assertThat(err).startsWith("mouthpiece").contains(words).doesNotContain("Exception");
        assertThat(out).isEmpty();
    }
}
