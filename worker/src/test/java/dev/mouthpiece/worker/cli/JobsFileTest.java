package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobsFileTest {
    @Test
    void shouldReadLinesLikeShell() {
        final String text = """
                # three films
                me.jpg hello.wav out.mp4

                  "my face.png"\t'it''s me.wav'   out/two\\ words.mp4   # the second
                "a \\"b\\" \\\\.png" c#d.wav "#.mp4"
                """;

        assertThat(JobsFile.parse("f", text))
                .containsExactly(
                        new JobsFile.Line("f:2", "me.jpg", "hello.wav", "out.mp4"),
                        new JobsFile.Line("f:4", "my face.png", "its me.wav", "out/two words.mp4"),
                        new JobsFile.Line("f:5", "a \"b\" \\.png", "c#d.wav", "#.mp4"));
    }

    @Test
    void shouldKeepEmptyWordInQuotes() {
        assertThat(JobsFile.parse("f", "a '' b")).containsExactly(new JobsFile.Line("f:1", "a", "", "b"));
    }

    @Test
    void shouldRefuseFileWithoutFilms() {
        assertThatThrownBy(() -> JobsFile.parse("f", "# nothing\n\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has no films in it");
    }

    @Test
    void shouldRefuseMoreFilmsThanAnybodyMeans() {
        assertThatThrownBy(() -> JobsFile.parse("f", "a b c.mp4\n".repeat(JobsFile.MAX_JOBS + 1)))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("f:10001: more than 10000 films");
    }

    @Test
    void shouldRefuseWhatIsNoText(@TempDir Path folder) throws IOException {
        final Path file = Files.write(folder.resolve("films.txt"), new byte[] {'a', ' ', (byte) 0xff, '\n'});

        assertThatThrownBy(() -> JobsFile.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not text in UTF-8");
    }
}
