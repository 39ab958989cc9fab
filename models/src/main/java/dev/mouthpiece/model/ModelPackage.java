package dev.mouthpiece.model;

import dev.mouthpiece.model.Manifest.FileEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A package on disk whose manifest is read and whose files are all there. Thread-safe.
 *
 * <p>Opening looks at sizes only; {@link #file} hashes a file before it hands out its path, once in this object's life.
 * It does not watch for later changes.
 */
public final class ModelPackage {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path folder;
    private final Manifest manifest;
    private final Set<String> checked = ConcurrentHashMap.newKeySet();

    private ModelPackage(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Opens the package in {@code folder}.
     *
     * @throws ModelException if the manifest breaks its contract, or a file is missing or has another size
     */
    public static ModelPackage open(Path folder) {
        final ModelPackage opened = new ModelPackage(folder, ManifestReader.read(folder));
        for (Map.Entry<String, FileEntry> file : opened.manifest.files().entrySet()) {
            opened.checkSize(file.getKey(), file.getValue().bytes());
        }
        return opened;
    }

    private void checkSize(String name, long expectedBytes) {
        final Path file = folder.resolve(name);
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelException(file + " is missing, but " + ManifestReader.FILE + " lists it");
            }
            if (Files.size(file) != expectedBytes) {
                throw new ModelException(file + " is damaged: it should have " + expectedBytes + " bytes, it has "
                        + Files.size(file) + "; get the package again");
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The same package, drawn by its renderers on CPUs too. */
    public ModelPackage withoutWarps() {
        return new ModelPackage(folder, manifest.withoutWarps());
    }

    public Path folder() {
        return folder;
    }

    public Manifest manifest() {
        return manifest;
    }

    /** What tells this package from every other, and from itself before a change: the SHA-256 of its manifest, which holds its files'. */
    public String fingerprint() {
        return sha256(folder.resolve(ManifestReader.FILE));
    }

    /** The size of all files together, without the manifest. */
    public long totalBytes() {
        return manifest.files().values().stream().mapToLong(FileEntry::bytes).sum();
    }

    /**
     * The path of a file that the manifest lists, its contents checked.
     *
     * @throws ModelException if the hash is another than the manifest's
     */
    public Path file(String name) {
        final FileEntry entry = manifest.files().get(name);
        if (entry == null) {
            throw new ModelException(ManifestReader.FILE + ": files lists no " + name);
        }
        final Path file = folder.resolve(name);
        if (!checked.contains(name)) {
            final String actual = sha256(file);
            if (!actual.equals(entry.sha256())) {
                throw new ModelException(file + " is damaged: its SHA-256 should be " + entry.sha256() + ", it is "
                        + actual + "; get the package again");
            }
            checked.add(name);
        }
        return file;
    }

    private static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            final byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static ModelException unreadable(Path file, IOException e) {
        return new ModelException(file + " cannot be read: " + e.getMessage(), e);
    }
}
