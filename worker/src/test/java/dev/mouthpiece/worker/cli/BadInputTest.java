package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.avatar.TestPictures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with what was brought: one line, exit code 2, and nothing in the target's folder. */
class BadInputTest {
    private Path folder = Path.of("");
    private Path films = Path.of("");

    @BeforeEach
    void makeFolders(@TempDir Path folder) throws IOException {
        this.folder = folder;
        films = Files.createDirectory(folder.resolve("films"));
    }

    @AfterEach
    void shouldHaveWrittenNothing() throws IOException {
        try (Stream<Path> written = Files.list(films)) {
            assertThat(written).isEmpty();
        }
    }

    @Test
    void shouldRefusePortraitWithoutFace() {
        render(TestPortraits.write(TestPortraits.nobody(), folder.resolve("room.png")), "hello")
                .assertRefused("no face found in portrait", "room.png", "looks into the camera");
    }

    @Test
    void shouldRefuseFaceThatLooksAside() {
        render(TestPortraits.write(TestPortraits.turned(45), folder.resolve("aside.png")), "hello")
                .assertRefused("aside.png is turned too far away", "looks into the camera");
    }

    @Test
    void shouldRefuseFaceThatIsTooSmall() {
        render(TestPortraits.write(TestPortraits.far(), folder.resolve("far.png")), "hello")
                .assertRefused("far.png is too small", "px apart", "larger picture");
    }

    @Test
    void shouldRefusePortraitThatIsDamaged() throws IOException {
        final byte[] whole = Files.readAllBytes(
                TestPortraits.write(TestPortraits.demo("av_stock_001"), folder.resolve("whole.jpg")));
        final Path half = Files.write(folder.resolve("half.jpg"), Arrays.copyOf(whole, whole.length / 2));

        render(half, "hello").assertRefused("half.jpg is cut short");
    }

    @Test
    void shouldRefusePortraitThatIsHuge() throws IOException {
        final Path bomb = Files.write(folder.resolve("bomb.png"), TestPictures.pngHeader(50_000, 50_000));

        render(bomb, "hello").assertRefused("bomb.png is too large: 50000x50000 px", "scale it down");
    }

    @Test
    void shouldRefusePortraitThatIsNone() throws IOException {
        render(folder.resolve("nobody.png"), "hello").assertRefused("nobody.png does not exist");
        render("av_stock_000", "hello").assertRefused("av_stock_000 does not exist", "av_stock_001, av_stock_002");
        render(Files.writeString(folder.resolve("text.png"), "hello"), "hello")
                .assertRefused("text.png is not a picture");
    }

    @Test
    void shouldRefuseFaceTooLargeForTheSize() {
        final Path close = TestPortraits.write(
                TestPortraits.demo("av_stock_001").getSubimage(280, 260, 400, 620), folder.resolve("close.png"));

        render(close, "hello", "--size", "1080x1920")
                .assertRefused("close.png", "fills too much of the picture for size 1080x1920", "choose a size up to");
    }

    @Test
    void shouldRefuseSpeechThatIsNone() throws IOException {
        render("av_stock_001", folder.resolve("nobody.wav")).assertRefused("nobody.wav does not exist");
        render("av_stock_001", "hallo").assertRefused("speech hallo does not exist", "hello");
        render("av_stock_001", Files.writeString(folder.resolve("text.wav"), "no sound ".repeat(999)))
                .assertRefused("text.wav is not an audio or video file");
        render("av_stock_001", TestPortraits.write(TestPortraits.nobody(), folder.resolve("still.png")))
                .assertRefused("still.png has no sound in it");
    }

    @Test
    void shouldRefuseSpeechThatIsEmpty() throws IOException {
        final byte[] header = new byte[44];
        try (InputStream in = Demo.class.getResourceAsStream("/dev/mouthpiece/demo/speech/hello.wav")) {
            assertThat(in).isNotNull();
            assertThat(in.readNBytes(header, 0, 44)).isEqualTo(44);
        }
        Arrays.fill(header, 40, 44, (byte) 0);

        render("av_stock_001", Files.write(folder.resolve("empty.wav"), header))
                .assertRefused("empty.wav is empty: it has no samples");
        CommandLineRun.with(
                        new ByteArrayInputStream(new byte[1]),
                        new Interruption(),
                        "render",
                        "av_stock_001",
                        "-",
                        "--rate",
                        16_000,
                        "-o",
                        films.resolve("film.mp4"))
                .assertRefused("standard input is empty");
    }

    @Test
    void shouldRefuseTargetThatCannotBeWritten() throws IOException {
        final Path file = Files.createFile(folder.resolve("file"));

        CommandLineRun.of("render", "av_stock_001", "hello", "-o", folder.resolve("no/film.mp4"))
                .assertRefused("cannot write", "no/film.mp4", "does not exist: create it first");
        CommandLineRun.of("render", "av_stock_001", "hello", "-o", file.resolve("film.mp4"))
                .assertRefused("cannot write", "file/film.mp4");
        render("av_stock_001", "hello", "--frames", folder)
                .assertRefused("cannot write frames to", "not an empty folder");
        render("av_stock_001", "hello", "--trace", folder.resolve("no/t.csv"))
                .assertRefused("cannot write", "no/t.csv");
    }

    @Test
    void shouldRefuseDamagedModel() throws IOException {
        final Path copy = copyOfPuppet();
        final Path encode = copy.resolve("encode.pt");
        final byte[] bytes = Files.readAllBytes(encode);
        bytes[bytes.length / 2] ^= 1;
        Files.write(encode, bytes);
        render("av_stock_001", "hello", "--model", copy).assertRefused("encode.pt", "damaged");

        Files.write(encode, Arrays.copyOf(bytes, 100));
        render("av_stock_001", "hello", "--model", copy).assertRefused("encode.pt is damaged");

        Files.delete(encode);
        render("av_stock_001", "hello", "--model", copy).assertRefused("encode.pt is missing");

        Files.writeString(copy.resolve("model.json"), "{\"schema\": 1}");
        render("av_stock_001", "hello", "--model", copy).assertRefused("model.json");
    }

    @Test
    void shouldRefuseModelOfAnotherKind() {
        render("av_stock_001", "hello", "--model", "face").assertRefused("face finds faces");
    }

    @Test
    void shouldRefuseAllJobsWhenOneLineIsBad() throws IOException {
        final Path room = TestPortraits.write(TestPortraits.nobody(), folder.resolve("room.png"));

        jobs("av_stock_001 hello " + films.resolve("a.mp4"), "av_stock_001 hallo " + films.resolve("b.mp4"))
                .assertRefused("films.txt:2: speech hallo does not exist");
        jobs("av_stock_001 hello " + films.resolve("a.mp4"), room + " hello " + films.resolve("b.mp4"))
                .assertRefused("films.txt:2: no face found");
        jobs("av_stock_001 hello " + films.resolve("a.mp4"), "av_stock_001 hello " + films.resolve("no/b.mp4"))
                .assertRefused("films.txt:2: cannot write");
    }

    private CommandLineRun jobs(String... lines) throws IOException {
        return CommandLineRun.of("render", "--jobs", Files.write(folder.resolve("films.txt"), List.of(lines)));
    }

    private CommandLineRun render(Object portrait, Object speech, Object... options) {
        final List<Object> args = new ArrayList<>(List.of("render", portrait, speech, "-o", films.resolve("film.mp4")));
        args.addAll(List.of(options));
        return CommandLineRun.of(args.toArray());
    }

    private Path copyOfPuppet() throws IOException {
        final Path puppet = Path.of(System.getProperty("mouthpiece.root"), "models", "packages", "puppet");
        final Path copy = folder.resolve("puppet");
        try (Stream<Path> files = Files.walk(puppet)) {
            for (final Path file : files.toList()) {
                Files.copy(file, copy.resolve(puppet.relativize(file).toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return copy;
    }
}
