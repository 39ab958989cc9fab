package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.capacity.CapacityCurve;
import dev.mouthpiece.worker.rtc.Rtc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mouthpiece measure}. */
@Command(
        name = "measure",
        header = "Measures a model on a device: milliseconds a batch, sessions that hold cadence, what bounds them.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Runs the real path in real time. With --encode h264 pictures and sound go through",
            "the encoders of live rooms and over the loopback to receivers that do not decode.",
            "How many sessions the daemon takes is told by `mouthpiece capacity`. The result is",
            "kept in ~/.mouthpiece/capacity, by device, model, size and encoding.",
            "",
            "--composite measures compositing alone: 64 patches of 256 pixels in frames of 512,",
            "against what the device's memory moves in a plain copy. Exit code 1 where a GPU",
            "uses less than 60 % of it."
        })
final class MeasureCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = "puppet",
            description = "A package. Default: puppet.")
    private String model = "puppet";

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            description = "auto, cpu, cuda or cuda:N. Default: auto.")
    private String deviceChoice = "auto";

    @Option(
            names = "--size",
            paramLabel = "WxH",
            defaultValue = "368x560",
            description = "Of the frames. Default: 368x560.")
    private String size = "368x560";

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How long each number of sessions speaks, 1 to 600. Default: 5.")
    private double seconds = 5;

    @Option(
            names = "--most",
            paramLabel = "N",
            defaultValue = "512",
            description = "Try no more sessions than this. Default: 512.")
    private int most = 512;

    @Option(
            names = "--encode",
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "none or h264. Default: none.")
    private String encode = "none";

    @Option(names = "--composite", description = "Measure compositing alone.")
    private boolean isComposite;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result here too, as JSON.")
    private @Nullable Path json;

    MeasureCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!(seconds >= 1 && seconds <= 600) || most < 1 || most > 4096) {
            throw new BadInputException("--seconds must be 1..600 and --most 1..4096: " + seconds + ", " + most);
        }
        if (!encode.equals("none") && !encode.equals("h264")) {
            throw new BadInputException("--encode must be none or h264: " + encode);
        }
        if (isComposite) {
            try (Device device = DeviceChoice.open("--device", deviceChoice, this::say)) {
                return new CompositeMeasure(terminal, device).run();
            }
        }
        final FrameSize frame = FrameSize.parse(size);
        final Rtc rtc = encode.equals("none") ? null : Rtc.load();
        final ModelPackage files = ModelCatalog.standard().open(model);
        try (Device device = DeviceChoice.open("--device", deviceChoice, this::say);
                LipSyncModel loaded = Models.open(files, device.kind())) {
            tell(new DeviceMeasure(device, files, loaded, frame, rtc).run(seconds, most, this::say));
        }
        return Cli.OK;
    }

    private void say(String line) {
        terminal.err().println("mouthpiece: " + line);
    }

    private void tell(CapacityCurve curve) {
        terminal.out().print(curve.toTable());
        terminal.err().println("mouthpiece: kept in " + curve.save());
        if (json != null) {
            try {
                Files.writeString(json, curve.toJson());
            } catch (IOException e) {
                throw new UncheckedIOException(json + " cannot be written: " + e.getMessage(), e);
            }
        }
    }
}
