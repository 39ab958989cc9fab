package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.ModelException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepared avatars on disk, so that a later process, or one that has let go of them, needs neither the picture's face nor the
 * work. A file each, named by the hash of all that it depends on; those that were not used for longest make room.
 *
 * <p>Thread-safe, and safe for several processes on one folder. Nothing here ever fails a session: what cannot be kept or read is
 * prepared again.
 */
public final class AvatarCache {
    private static final Logger LOG = LoggerFactory.getLogger(AvatarCache.class);

    private static final String SUFFIX = ".avatar";

    /** Begins the content of pictures that users have given; the rest is their SHA-256. Such avatars go when the picture does. */
    private static final String STORED = "stored-";

    private static final int SHA256_DIGITS = 64;

    private static final String PART = ".part";

    /** Whoever wrote a part this long ago was ended meanwhile. */
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private final Path folder;
    private final long maxBytes;
    private final String build;

    /**
     * @param folder made when the first avatar is kept
     * @param maxBytes what all files together may take
     * @param build what tells this program's way to prepare avatars from others
     */
    public AvatarCache(Path folder, long maxBytes, String build) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.build = build;
    }

    /** A cache for this build of the program; empty where it runs from loose classes, which change without a name. */
    public static Optional<AvatarCache> of(Path folder, long maxBytes) {
        return build().map(build -> new AvatarCache(folder, maxBytes, build));
    }

    private static Optional<String> build() {
        final CodeSource source = AvatarCache.class.getProtectionDomain().getCodeSource();
        try {
            final Path jar =
                    source == null ? null : Path.of(source.getLocation().toURI());
            if (jar == null || !Files.isRegularFile(jar)) {
                return Optional.empty();
            }
            return Optional.of(jar.getFileName() + " " + Files.size(jar) + " "
                    + Files.getLastModifiedTime(jar).toMillis());
        } catch (URISyntaxException | IOException e) {
            LOG.debug("avatars are not kept on disk: {}", e.toString());
            return Optional.empty();
        }
    }

    /**
     * The name of an avatar.
     *
     * @param content the SHA-256 of its picture, or what {@link #stored} says of it
     * @param parts what else it depends on: packages, device, size
     */
    public String key(String content, List<String> parts) {
        return content + "-" + sha256((build + "\n" + String.join("\n", parts)).getBytes(StandardCharsets.UTF_8));
    }

    /** The content of a picture that a user has given. */
    public static String stored(String sha256) {
        return STORED + sha256;
    }

    /** The SHA-256 of some bytes, in hexadecimal digits. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(newDigest().digest(bytes));
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether an avatar of that name lies here. */
    public boolean has(String key) {
        return Files.isRegularFile(file(key));
    }

    /** The avatar of that name, with a slot of its own in the model; empty if it is not here or damaged. */
    public Optional<AvatarLoader.Loaded> find(String key, IdentityKeeper model) {
        final Path file = file(key);
        try {
            final AvatarLoader.Loaded found = AvatarFile.read(Files.readAllBytes(file), model);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return Optional.of(found);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | ModelException e) {
            LOG.warn("a kept avatar cannot be used and is prepared again: {}: {}", file, e.toString());
            delete(file);
            return Optional.empty();
        }
    }

    /** Keeps an avatar of one picture; one of a video is not kept. */
    public void keep(String key, AvatarLoader.Loaded loaded, IdentityKeeper model) {
        if (loaded.avatar().loop().size() != 1) {
            return;
        }
        Path written = null;
        try {
            Files.createDirectories(folder);
            written = Files.createTempFile(folder, "new", PART);
            Files.write(written, AvatarFile.bytes(loaded, model));
            Files.move(written, file(key), StandardCopyOption.ATOMIC_MOVE);
            written = null;
            makeRoom();
        } catch (IOException e) {
            LOG.warn("an avatar cannot be kept in {}: {}", folder, e.toString());
        } finally {
            if (written != null) {
                delete(written);
            }
        }
    }

    /**
     * Deletes the avatars of users' pictures that are gone.
     *
     * @param isThere whether the picture of that SHA-256 is still stored
     */
    public void dropGone(Predicate<String> isThere) {
        try {
            for (final Path file : files(SUFFIX)) {
                final String name = file.getFileName().toString();
                if (name.startsWith(STORED)
                        && !isThere.test(name.substring(STORED.length(), STORED.length() + SHA256_DIGITS))) {
                    delete(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("kept avatars cannot be looked through in {}: {}", folder, e.toString());
        }
    }

    private List<Path> files(String suffix) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .toList();
        }
    }

    private record Kept(Path file, long bytes, FileTime used) {}

    private void makeRoom() throws IOException {
        final List<Kept> all = new ArrayList<>();
        long sum = 0;
        final Instant old = Instant.now().minus(LEFT_BEHIND);
        for (final Path part : files(PART)) {
            if (Files.getLastModifiedTime(part).toInstant().isBefore(old)) {
                delete(part);
            }
        }
        for (final Path file : files(SUFFIX)) {
            final var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            all.add(new Kept(file, attributes.size(), attributes.lastModifiedTime()));
            sum += attributes.size();
        }
        all.sort(Comparator.comparing(Kept::used));
        for (int i = 0; sum > maxBytes && i < all.size(); i++) {
            delete(all.get(i).file());
            sum -= all.get(i).bytes();
        }
    }

    private Path file(String key) {
        return folder.resolve(key + SUFFIX);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("cannot delete {}", file, e);
        }
    }
}
