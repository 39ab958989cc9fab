package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told before anything is loaded. */
class CliTest {
    @Test
    void shouldTeachWhenAskedForHelp() {
        final CommandLineRun root = CommandLineRun.of("--help");
        final CommandLineRun render = CommandLineRun.of("render", "--help");

        assertThat(root.code()).isZero();
        assertThat(root.out()).contains("render", "model", "Examples:", "Exit codes:");
        assertThat(render.code()).isZero();
        assertThat(render.out())
                .contains("PORTRAIT SPEECH", "--size", "--seed", "--jobs", "--trace", "--plot", "--frames")
                .contains("Default: puppet", "Examples:", "Exit codes:");
        assertThat(render.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "render",
                "join",
                "dev-room",
                "serve",
                "worker",
                "capacity",
                "measure",
                "config",
                "doctor",
                "keys",
                "model"
            })
    void shouldKnowEachCommandThatTheHelpLists(String command) {
        final CommandLineRun root = CommandLineRun.of("--help");
        final CommandLineRun alone = CommandLineRun.of(command, "--help");
        final CommandLineRun afterAnOption = CommandLineRun.of("--verbose", command, "--help");

        assertThat(root.out()).containsPattern("\\n +" + command + " ");
        assertThat(alone.code()).isZero();
        assertThat(alone.out()).contains("Usage: mouthpiece " + command);
        assertThat(afterAnOption.out()).isEqualTo(alone.out());
    }

    @Test
    void shouldTellItsVersion() {
        final CommandLineRun run = CommandLineRun.of("--version");

        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("mouthpiece ");
    }

    @Test
    void shouldAskForCommandWhenThereIsNone() {
        CommandLineRun.of().assertRefused("name a command: render, dev-room or model", "mouthpiece --help");
        CommandLineRun.of("model").assertRefused("name a command: list, show, verify or import");
        CommandLineRun.of("redner").assertRefused("does not know what to do with redner");
    }

    @Test
    void shouldSuggestWhatMayHaveBeenMeant() {
        CommandLineRun.of("render", "a.png", "b.wav", "--siez", "3")
                .assertRefused("there is no option --siez", "--size");
    }

    @Test
    void shouldAskForPortraitAndSpeech() {
        CommandLineRun.of("render").assertRefused("PORTRAIT and SPEECH are missing");
        CommandLineRun.of("render", "a.png").assertRefused("SPEECH is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "huge, is not WIDTHxHEIGHT",
        "368, is not WIDTHxHEIGHT",
        "-368x560, is not WIDTHxHEIGHT",
        "367x560, sides must be even and 128..1920 px",
        "368x2000, sides must be even and 128..1920 px",
        "64x64, sides must be even and 128..1920 px",
        "99999x99999, sides must be even and 128..1920 px",
    })
    void shouldRefuseSizeThatIsNone(String size, String reason) {
        CommandLineRun.of("render", "a.png", "b.wav", "--size=" + size).assertRefused("size " + size, reason);
    }

    @Test
    void shouldRefuseTargetThatIsNoFilm(@TempDir Path folder) throws IOException {
        CommandLineRun.of("render", "a.png", "b.wav", "-o", "film.avi").assertRefused("film.avi", "name it .mp4");
        CommandLineRun.of("render", "a.png", "b.wav", "-o", "f.mp4", "--trace", "f.mp4")
                .assertRefused("f.mp4 is named twice");

        final Path talk = Files.createFile(folder.resolve("talk.mp4"));
        CommandLineRun.of("render", "a.png", talk, "-o", talk).assertRefused("talk.mp4 is an input too");
        assertThat(talk).exists();
    }

    @Test
    void shouldTieRateToRawSpeech() {
        CommandLineRun.of("render", "a.png", "b.wav", "--rate", 16_000).assertRefused("raw PCM on standard input");
        CommandLineRun.of("render", "a.png", "-").assertRefused("needs its --rate");
        CommandLineRun.of("render", "a.png", "-", "--rate", 5).assertRefused("sample rate must be 4000..384000");
        CommandLineRun.of("render", "a.png", "-", "--rate", 16_000, "--channels", 9)
                .assertRefused("channels must be 1..8");
        CommandLineRun.of("render", "a.png", "-", "--rate", "fast").assertRefused("--rate", "fast");
    }

    @Test
    void shouldNameFilmAfterPortraitAndSpeech() {
        assertThat(FilmOrder.defaultTarget("pictures/me.jpg", "talks/hello.v2.wav"))
                .hasToString("me-hello.v2.mp4");
        assertThat(FilmOrder.defaultTarget("av_stock_001", "-")).hasToString("av_stock_001-speech.mp4");
    }

    @Test
    void shouldRefuseADeviceThatIsNone() {
        CommandLineRun.of("render", "a.png", "b.wav", "--device", "gpu")
                .assertRefused("--device", "auto, cpu, cuda or cuda:N");
        CommandLineRun.of("measure", "--device", "cuda:99")
                .assertRefused("--device", "no CUDA device 99", "choose cpu");
        CommandLineRun.of("model", "verify", "pattern", "--device", "cuda:99").assertRefused("no CUDA device 99");
    }

    @Test
    void shouldTellWhichDeviceIsUsedWhereThatIsAsked() {
        final CommandLineRun run = CommandLineRun.of("model", "verify", "pattern", "--device", "auto");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().filter(line -> line.startsWith("device: ")))
                .hasSizeBetween(1, 2);
    }

    @Test
    void shouldRefuseUnknownModel() {
        CommandLineRun.of("render", "a.png", "b.wav", "--model", "muppet")
                .assertRefused("there is no model muppet; there are", "puppet");
    }

    @Test
    void shouldRefuseWhatJobsFileAlreadySays(@TempDir Path folder) {
        CommandLineRun.of("render", "a.png", "b.wav", "--jobs", "films.txt").assertRefused("leave out PORTRAIT");
        CommandLineRun.of("render", "--jobs", folder.resolve("films.txt")).assertRefused("films.txt does not exist");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a.png b.wav", "a.png b.wav c.mp4 d", "a.png 'b.wav c.mp4", "a.png - c.mp4", "a.png b.wav c.avi"
            })
    void shouldNameLineOfJobsFileThatIsWrong(String line, @TempDir Path folder) throws IOException {
        final Path jobs = Files.write(folder.resolve("films.txt"), List.of("# films", "", line));

        CommandLineRun.of("render", "--jobs", jobs).assertRefused("films.txt:3: ");
    }

    @Test
    void shouldRefuseJobsThatShareTarget(@TempDir Path folder) throws IOException {
        final Path jobs = Files.write(folder.resolve("films.txt"), List.of("a.png b.wav c.mp4", "d.png e.wav ./c.mp4"));

        CommandLineRun.of("render", "--jobs", jobs).assertRefused("films.txt:2: target ./c.mp4 is named twice");
    }

    @Test
    void shouldListAndShowModels() {
        final CommandLineRun list = CommandLineRun.of("model", "list");
        final CommandLineRun show = CommandLineRun.of("model", "show", "puppet");

        assertThat(list.code()).isZero();
        assertThat(list.out()).contains("NAME", "face", "pattern", "puppet");
        assertThat(show.code()).isZero();
        assertThat(show.out()).contains("puppet", "16000 Hz", "jaw 0..1", "blink 0..1", "encode.pt", "Apache-2.0");
        CommandLineRun.of("model", "show", "muppet").assertRefused("there is no model muppet");
    }

    @Test
    void shouldListDamagedModelAsSuch(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("model.json"), "{");

        CommandLineRun.of("model", "show", folder + "/").assertRefused("model.json");
    }
}
