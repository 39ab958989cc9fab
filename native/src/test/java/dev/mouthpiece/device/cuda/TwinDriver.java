package dev.mouthpiece.device.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The driver of {@code src/test/cuda}, compiled with the machine's C++ compiler and loaded in place of libcuda.so.1: so the
 * whole room runs, bindings included, and the kernel's own source computes. With {@code -Dmouthpiece.cuda=real} the
 * machine's driver is used instead.
 */
@SuppressWarnings("restricted") // Loading and calling a library is what it is for.
final class TwinDriver {
    private static final boolean REAL = "real".equals(System.getProperty("mouthpiece.cuda"));
    private static final Path ROOT = Path.of(System.getProperty("mouthpiece.root"), "native");
    private static final Path BUILD = ROOT.resolve("target/twin-driver");

    private static boolean loaded;

    private TwinDriver() {}

    static boolean isReal() {
        return REAL;
    }

    /** Loads it, once. Skips the test where there is no compiler. */
    static synchronized void load() {
        if (REAL || loaded) {
            return;
        }
        Assumptions.assumeTrue(canCompile(), "no g++ on this machine: the kernel's source cannot be run here");
        try {
            Files.createDirectories(BUILD);
            final Path versions = Files.writeString(BUILD.resolve("cudart.map"), "libcudart.so.12 { global: *; };\n");
            final Path empty = Files.writeString(BUILD.resolve("empty.cpp"), "extern \"C\" void twin_runtime() {}\n");
            final Path runtime = BUILD.resolve("libcudart.so.12");
            compile(
                    "-Wl,-soname,libcudart.so.12",
                    "-Wl,--version-script=" + versions,
                    "-o",
                    runtime.toString(),
                    empty.toString());
            final Path driver = BUILD.resolve("libcuda.so.1");
            compile(
                    "-O2",
                    "-ffp-contract=off",
                    "-Wall",
                    "-Werror",
                    "-Wno-unused-function",
                    "-fno-strict-aliasing",
                    "-I" + ROOT.resolve("src/main/cuda"),
                    "-Wl,-soname,libcuda.so.1",
                    "-o",
                    driver.toString(),
                    ROOT.resolve("src/test/cuda/driver.cpp").toString());
            System.load(driver.toString());
            System.load(runtime.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loaded = true;
    }

    private static boolean canCompile() {
        try {
            return run(List.of("g++", "--version")).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static void compile(String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("g++", "-std=c++14", "-shared", "-fPIC"));
        command.addAll(List.of(arguments));
        final String errors = run(command);
        if (!errors.isEmpty()) {
            throw new IllegalStateException("g++ says:\n" + errors);
        }
    }

    /** What it says where it fails; nothing where it does not. */
    private static String run(List<String> command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                return "too slow";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
        return process.exitValue() == 0 ? "" : said + "exit " + process.exitValue();
    }

    /** From now on every call of the driver says this; 0 for what is true. */
    static void failWith(int code) {
        call("twin_fail", ValueLayout.JAVA_INT, code);
    }

    /** So many bytes of device memory are left. */
    static void leaveMemory(long bytes) {
        call("twin_memory", ValueLayout.JAVA_LONG, bytes);
    }

    /** Allocations of device and pinned memory that nobody has freed. */
    static long allocations() {
        try {
            return (long) Linker.nativeLinker()
                    .downcallHandle(
                            symbols().findOrThrow("twin_allocations"), FunctionDescriptor.of(ValueLayout.JAVA_LONG))
                    .invoke();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void call(String name, MemoryLayout type, Object argument) {
        try {
            Linker.nativeLinker()
                    .downcallHandle(symbols().findOrThrow(name), FunctionDescriptor.ofVoid(type))
                    .invokeWithArguments(argument);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static SymbolLookup symbols() {
        return SymbolLookup.libraryLookup(BUILD.resolve("libcuda.so.1"), Arena.global());
    }
}
