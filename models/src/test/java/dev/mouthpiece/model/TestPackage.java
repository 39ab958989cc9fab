package dev.mouthpiece.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** A package in a folder of its own that a test may damage. */
public final class TestPackage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    private TestPackage(Path folder) {
        this.folder = folder;
    }

    /** A copy of a shipped package in {@code parent}. */
    public static TestPackage copyOf(String name, Path parent) {
        return copyOf(Shipped.folder().resolve(name), parent);
    }

    /** A copy of the package {@code source} in {@code parent}. */
    public static TestPackage copyOf(Path source, Path parent) {
        final Path target = parent.resolve(source.getFileName());
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TestPackage(target);
    }

    public Path folder() {
        return folder;
    }

    /** Changes the manifest. */
    public TestPackage edit(Consumer<ObjectNode> change) {
        final Path file = folder.resolve("model.json");
        try {
            final ObjectNode root = (ObjectNode) JSON.readTree(Files.readString(file));
            change.accept(root);
            Files.writeString(file, root.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Writes a file that the manifest does not know of. */
    public TestPackage overwrite(String name, byte[] bytes) {
        try {
            Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Writes a file and its size and hash into the manifest. */
    public TestPackage replace(String name, byte[] bytes) {
        overwrite(name, bytes);
        return edit(root -> root.withObject("files")
                .withObject(name)
                .put("sha256", sha256(bytes))
                .put("bytes", bytes.length));
    }

    /** Changes the bytes of an entry of a zip archive in place; size and hash follow. */
    public TestPackage editArchive(String name, String entry, Consumer<byte[]> change) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(read(name)));
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry next = in.getNextEntry(); next != null; next = in.getNextEntry()) {
                final byte[] content = in.readAllBytes();
                if (next.getName().equals(entry)) {
                    change.accept(content);
                }
                out.putNextEntry(new ZipEntry(next.getName()));
                out.write(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return replace(name, bytes.toByteArray());
    }

    public byte[] read(String name) {
        try {
            return Files.readAllBytes(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
