package dev.mouthpiece.worker.rtc;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The shared libraries of the system that webrtc-java's native half is linked with, needed even where there is neither a screen nor a
 * loudspeaker. Looked for before loading, because a failed load names only the first of them and leaves 23 MB in the
 * folder for temporary files.
 */
final class SystemLibraries {
    /** Shared library to Debian package; scripts/system-packages has the same. */
    static final Map<String, String> PACKAGES = packages();

    private SystemLibraries() {}

    /** @throws RtcException naming what is missing and how to get it */
    static void require() {
        if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            require(SystemLibraries::isLoadable);
        }
    }

    static void require(Predicate<String> loadable) {
        final List<String> missing = new ArrayList<>();
        final List<String> wanted = new ArrayList<>();
        PACKAGES.forEach((library, debianPackage) -> {
            if (!loadable.test(library)) {
                missing.add(library);
                wanted.add(debianPackage);
            }
        });
        if (!missing.isEmpty()) {
            throw new RtcException(
                    "this machine lacks system libraries that WebRTC needs (" + String.join(", ", missing)
                            + "): install them, on Debian and Ubuntu with: apt-get install --no-install-recommends "
                            + String.join(" ", wanted) + " (scripts/system-packages does it)");
        }
    }

    @SuppressWarnings("restricted")
    private static boolean isLoadable(String library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Map<String, String> packages() {
        final Map<String, String> packages = new LinkedHashMap<>();
        packages.put("libpulse.so.0", "libpulse0");
        packages.put("libudev.so.1", "libudev1");
        packages.put("libX11.so.6", "libx11-6");
        packages.put("libXfixes.so.3", "libxfixes3");
        packages.put("libXrandr.so.2", "libxrandr2");
        packages.put("libXcomposite.so.1", "libxcomposite1");
        packages.put("libdbus-1.so.3", "libdbus-1-3");
        return packages;
    }
}
