package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mouthpiece render}. */
@Command(
        name = "render",
        header = "Makes a film of a portrait that speaks, or many films at once.",
        customSynopsis = {
            "mouthpiece render [OPTIONS] PORTRAIT SPEECH [-o FILM.mp4]",
            "       mouthpiece render [OPTIONS] --jobs FILE"
        },
        synopsisHeading = "%nUsage: ",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mouthpiece render av_stock_001 hello -o hello.mp4",
            "  mouthpiece render me.jpg greeting.mp3 --size 720x1280 --seed 7",
            "  mouthpiece render me.jpg a.wav --trace mouth.csv --plot mouth.png",
            "  ffmpeg -i talk.mkv -f s16le -ac 1 -ar 24000 - |",
            "    mouthpiece render me.jpg - --rate 24000 -o talk.mp4",
            "  mouthpiece render --jobs films.txt",
            "",
            "A jobs file has one film per line: portrait, speech, target, with quotes and",
            "# comments as in a shell. Paths are those of the current folder.",
            "  me.jpg         hello.wav        hello.mp4",
            "  av_stock_002   \"my speech.mp3\"  second.mp4   # a demo portrait",
            "Every line is checked before the first film is begun. A portrait that occurs",
            "again is prepared once, and all films share the model's batches.",
            "",
            "A film appears under its name when it is complete, and replaces what was",
            "there. Whatever happens, nothing half-written stays.",
            "Exit codes: 0 all films are written; 2 the call or its input is wrong;",
            "1 Mouthpiece failed; 130 interrupted."
        })
final class RenderCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PORTRAIT",
            description =
                    "A picture of one face that looks into the camera, photographed, painted or drawn: PNG, JPEG or"
                            + " WebP, 128 to 8192 px a side, a WebP up to 16 megapixels; or the name of a demo portrait, such as"
                            + " av_stock_001. For models made by `model import` also a video, up to five seconds of it.")
    private @Nullable String portrait;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SPEECH",
            description =
                    "A sound or video file of any format that FFmpeg decodes; or - for raw 16-bit little-endian PCM on"
                            + " standard input; or the name of a demo sample, such as hello.")
    private @Nullable String speech;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILM.mp4",
            description = "The film. Default: PORTRAIT-SPEECH.mp4 in the current folder.")
    private @Nullable Path out;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "WxH",
            description =
                    "Size of the picture, even numbers, 128 to 1920: 368x560, 512x512, 720x1280, 1280x720, ... Default:"
                            + " 368x560, or less where the portrait is cropped more closely.")
    private @Nullable String size;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            defaultValue = "puppet",
            description =
                    "The lip-sync model, by name or folder: see `mouthpiece model list`. Default: ${DEFAULT-VALUE}.")
    private String model = "puppet";

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description =
                    "What computes: cpu, cuda, cuda:N or auto. A GPU's film is not the CPU's byte for byte. Default: ${DEFAULT-VALUE}.")
    private String device = "cpu";

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Chooses how the face blinks, looks and sways; with one seed a film comes out the same, byte for"
                            + " byte. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Sample rate of raw PCM on standard input, 4000 to 384000.")
    private @Nullable Integer rate;

    @Option(names = "--channels", paramLabel = "N", description = "Its channels, interleaved, 1 to 8. Default: 1.")
    private @Nullable Integer channels;

    @Option(
            names = "--jobs",
            paramLabel = "FILE",
            description = "Make the films that FILE lists, in place of PORTRAIT and SPEECH.")
    private @Nullable Path jobs;

    @Option(
            names = "--frames",
            paramLabel = "DIR",
            description = "Write the pictures too: DIR/000000.png and on. DIR must be empty or new.")
    private @Nullable Path frames;

    @Option(
            names = "--trace",
            paramLabel = "FILE.csv",
            description = "Write the mouth's parameters too, one row per picture.")
    private @Nullable Path trace;

    @Option(names = "--plot", paramLabel = "FILE.png", description = "Draw them too, below the waveform.")
    private @Nullable Path plot;

    @Option(
            names = {"-q", "--quiet"},
            description = "Say nothing but errors.")
    private boolean isQuiet;

    RenderCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final Optional<FrameSize> frame = Optional.ofNullable(size).map(FrameSize::parse);
        final Optional<PcmFormat> raw = rawFormat();
        final List<FilmOrder> orders = orders();
        FilmOrder.check(orders);
        return new FilmStudio(terminal, new FilmStudio.Settings(model, device, frame, seed, raw, isQuiet)).make(orders);
    }

    private List<FilmOrder> orders() {
        if (jobs != null) {
            if (portrait != null || out != null || frames != null || trace != null || plot != null) {
                throw new BadInputException("--jobs takes portraits, speech and targets from its file:"
                        + " leave out PORTRAIT, SPEECH, -o, --frames, --trace and --plot");
            }
            return JobsFile.read(jobs).stream().map(FilmOrder::of).toList();
        }
        if (portrait == null || speech == null) {
            throw new BadInputException((portrait == null ? "PORTRAIT and SPEECH are" : "SPEECH is")
                    + " missing, as in: mouthpiece render me.jpg greeting.mp3");
        }
        final Path target = out == null ? FilmOrder.defaultTarget(portrait, speech) : out;
        return List.of(new FilmOrder("", portrait, speech, target, frames, trace, plot));
    }

    private Optional<PcmFormat> rawFormat() {
        final boolean isRaw = FilmOrder.STANDARD_INPUT.equals(speech);
        if (!isRaw && (rate != null || channels != null)) {
            throw new BadInputException("--rate and --channels are for raw PCM on standard input, SPEECH -");
        }
        if (!isRaw) {
            return Optional.empty();
        }
        if (rate == null) {
            throw new BadInputException("raw PCM on standard input needs its --rate, such as --rate 24000");
        }
        try {
            return Optional.of(new PcmFormat(rate, channels == null ? 1 : channels));
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }
}
