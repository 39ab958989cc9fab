package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.internal.NativeLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out whether webrtc-java is here, whole and of the one version that this room's repairs are made for, and loads it. */
final class RtcLibrary {
    static final String VERSION = "0.14.0";

    private static final Logger LOG = LoggerFactory.getLogger(RtcLibrary.class);
    private static final String BUILD_INFO = "/META-INF/maven/dev.onvoid.webrtc/webrtc-java/pom.properties";
    private static final String EXTRACTED = "libwebrtc-java-*.so";
    private static final Pattern EXTRACTED_PATH = Pattern.compile("(/[^:]*libwebrtc-java-[^:/]*\\.so)");

    /** A running load deletes its file within seconds; what is older was left by a process that failed or was killed. */
    private static final Duration LEFT_BEHIND = Duration.ofMinutes(10);

    private RtcLibrary() {}

    /** @throws RtcException if it cannot be loaded here, or is another version */
    static void load() {
        requireVersion(buildInfo());
        SystemLibraries.require();
        deleteLeftBehind(Path.of(System.getProperty("java.io.tmpdir", "/tmp")), Instant.now());
        loadNative();
        NativeExit.skipDestructors();
    }

    /** Loads without looking first. The loader's own classes would do the same in a static block, and be unusable when it fails. */
    static void loadNative() {
        try {
            NativeLoader.loadLibrary("webrtc-java");
        } catch (LinkageError e) {
            deleteExtracted(e);
            throw new RtcException("WebRTC's native library cannot be loaded here: " + e.getMessage(), e);
        } catch (Exception e) {
            throw new RtcException(
                    "WebRTC's native library cannot be unpacked to " + System.getProperty("java.io.tmpdir") + ": " + e
                            + "; is there no build for this kind of machine, or no room on the disk?",
                    e);
        }
    }

    /** @param buildInfo what the jar says about itself, null if it says nothing */
    static void requireVersion(@Nullable Properties buildInfo) {
        final String version = buildInfo == null ? "unknown" : buildInfo.getProperty("version", "unknown");
        if (!version.equals(VERSION)) {
            throw new RtcException("webrtc-java must be version " + VERSION + " and is " + version
                    + ": its native objects are repaired by layouts of that version only");
        }
    }

    static void deleteLeftBehind(Path folder, Instant now) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, EXTRACTED)) {
            for (final Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(LEFT_BEHIND))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            LOG.debug("cannot tidy {}", folder, e);
        }
    }

    /** The loader deletes what it has unpacked, but not when linking fails. The error's text begins with the file's path. */
    private static void deleteExtracted(LinkageError failure) {
        final Matcher path = EXTRACTED_PATH.matcher(String.valueOf(failure.getMessage()));
        if (path.find()) {
            try {
                Files.deleteIfExists(Path.of(path.group(1)));
            } catch (IOException | InvalidPathException e) {
                LOG.debug("cannot delete {}", path.group(1), e);
            }
        }
    }

    private static @Nullable Properties buildInfo() {
        try (InputStream in = PeerConnectionFactory.class.getResourceAsStream(BUILD_INFO)) {
            if (in == null) {
                return null;
            }
            final Properties properties = new Properties();
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new RtcException("webrtc-java's jar cannot be read: " + e.getMessage(), e);
        }
    }
}
