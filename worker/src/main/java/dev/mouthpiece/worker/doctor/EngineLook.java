package dev.mouthpiece.worker.doctor;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.open.Devices;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.EngineException;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Check;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.model.load.PackageVerifier;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.rtc.RtcException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The native libraries, what computes, and the models. */
final class EngineLook {
    private static final String FACE = "face";

    private EngineLook() {}

    static Finding webRtc() {
        try {
            Rtc.load();
            return Finding.ok("webrtc", "its native library is loaded");
        } catch (RtcException e) {
            return Finding.fail(
                    "webrtc",
                    String.valueOf(e.getMessage()),
                    "scripts/system-packages installs what is missing, or says what; films are made without it");
        }
    }

    static Finding libtorch() {
        try {
            return Finding.ok("libtorch", Models.engine());
        } catch (EngineException e) {
            return Finding.fail(
                    "libtorch",
                    String.valueOf(e.getMessage()),
                    "make room in the cache folder (MOUTHPIECE_HOME/cache or ~/.cache/mouthpiece), remove its folder djl and try again");
        }
    }

    static Finding device(String choice) {
        final var line = new AtomicReference<>("");
        try (Device device = Devices.open(choice, line::set)) {
            final String seen = String.valueOf(line.get()).replaceFirst("^device: ", "");
            return Models.isUsable(device.kind())
                    ? Finding.ok("device", seen)
                    : choice.strip().equalsIgnoreCase("auto")
                            ? Finding.warn(
                                    "device",
                                    seen + ", but this libtorch is not built for CUDA",
                                    "the CPU computes; README.md, On a GPU")
                            : Finding.fail(
                                    "device",
                                    seen + ", but this libtorch is not built for CUDA",
                                    "README.md, On a GPU, or worker.device=cpu");
        } catch (IllegalArgumentException | DeviceException | EngineException e) {
            return Finding.fail(
                    "device",
                    String.valueOf(e.getMessage()),
                    "set worker.device to auto or cpu, or mend the GPU's driver");
        }
    }

    /** In which numbers the CPU computes models that leave the choice. */
    static Finding precision(Supplier<CpuPrecision.Choice> choice) {
        try {
            return precision(choice.get());
        } catch (ModelException e) {
            return Finding.fail("precision", String.valueOf(e.getMessage()), "set it to auto, or not at all");
        }
    }

    private static Finding precision(CpuPrecision.Choice choice) {
        final String processor = choice.isMultiplied()
                ? "this processor multiplies bfloat16"
                : "this processor does not multiply bfloat16";
        final String seen = "on the CPU, models that have both compute in " + choice.precision() + ": "
                + (choice.isForced() ? CpuPrecision.VARIABLE + " says so; " : "") + processor;
        return choice.precision() == CpuPrecision.BFLOAT16 && !choice.isMultiplied()
                ? Finding.warn(
                        "precision", seen, "it is slow here or fails: unset " + CpuPrecision.VARIABLE + " for float32")
                : Finding.ok("precision", seen);
    }

    /**
     * One finding for each package that is there, and one for each that is needed and missing; each made when the stream comes to it.
     *
     * @param model that sessions use
     */
    static Stream<Finding> models(ModelCatalog catalog, String model) {
        final Set<String> needed = new LinkedHashSet<>(List.of(model, FACE));
        final Map<String, ModelCatalog.Entry> there = new LinkedHashMap<>();
        needed.forEach(name -> there.put(name, new ModelCatalog.Entry(name, Path.of(name), null, null)));
        catalog.entries().forEach(entry -> there.put(entry.name(), entry));
        return there.values().stream().map(entry -> verify(catalog, entry, needed.contains(entry.name())));
    }

    private static Finding verify(ModelCatalog catalog, ModelCatalog.Entry entry, boolean isNeeded) {
        final String name = "model " + entry.name();
        try {
            final List<Check> checks = PackageVerifier.verify(
                    entry.problem() == null ? catalog.open(entry.name()) : damaged(entry), check -> {});
            return checks.stream()
                    .filter(check -> !check.ok())
                    .findFirst()
                    .map(bad -> bad(name, bad.name() + ": " + bad.detail(), isNeeded))
                    .orElseGet(() -> Finding.ok(name, checks.size() + " checks: hashes, shapes, golden results"));
        } catch (ModelException | EngineException e) {
            return bad(name, String.valueOf(e.getMessage()), isNeeded);
        }
    }

    private static ModelPackage damaged(ModelCatalog.Entry entry) {
        throw new ModelException(String.valueOf(entry.problem()));
    }

    private static Finding bad(String name, String detail, boolean isNeeded) {
        return isNeeded
                ? Finding.fail(
                        name,
                        detail,
                        "get the package again, mend it as models/README.md says, or set worker.model to another")
                : Finding.warn(name, detail, "no session uses it as configured; remove it, or get it again");
    }
}
