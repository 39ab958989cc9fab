package dev.mouthpiece.worker.film;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * A file or folder that appears under its name only when it is complete. Until then it lies beside it, hidden, as
 * {@code .NAME.part-XXXXXXXX}, so that finishing is one atomic rename. Owned by one output; {@link #close} takes back what
 * was not committed.
 */
public final class PendingFile implements AutoCloseable {
    private static final Set<PendingFile> PENDING = ConcurrentHashMap.newKeySet();

    private final Path target;
    private final Path part;
    private boolean isDone;

    private PendingFile(Path target, Path part) {
        this.target = target;
        this.part = part;
        PENDING.add(this);
    }

    /**
     * Makes the empty file.
     *
     * @throws BadInputException if the target cannot be written
     */
    public static PendingFile file(Path target) {
        final Path real = resolve(target);
        if (Files.exists(real) && !Files.isRegularFile(real)) {
            throw new BadInputException("cannot write " + target + ": "
                    + (Files.isDirectory(real) ? "it is a folder: name a file in it" : "it is not a regular file"));
        }
        if (Files.exists(real) && !Files.isWritable(real)) {
            throw new BadInputException("cannot write " + target + ": the file there is write-protected");
        }
        final Path part = part(real);
        try {
            return new PendingFile(real, Files.createFile(part));
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /**
     * Makes the empty folder.
     *
     * @throws BadInputException if the target cannot be written or is not an empty folder
     */
    public static PendingFile folder(Path target) {
        final Path real = resolve(target);
        if (Files.exists(real) && !isEmptyFolder(real)) {
            throw new BadInputException("cannot write frames to " + target
                    + ": it is not an empty folder: name one that is empty or does not exist");
        }
        final Path part = part(real);
        try {
            return new PendingFile(real, Files.createDirectory(part));
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /** Where to write meanwhile. */
    public Path path() {
        return part;
    }

    /** What it will be called. */
    public Path target() {
        return target;
    }

    /** Puts what was written in its place; what was there before is replaced. */
    public void commit() {
        try {
            if (Files.isDirectory(part)) {
                Files.deleteIfExists(target);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new FilmException("cannot write " + target + ": " + reason(e), e);
        }
        isDone = true;
        PENDING.remove(this);
    }

    /** Deletes what was not committed. */
    @Override
    public void close() {
        if (!isDone) {
            isDone = true;
            delete();
        }
    }

    /** Deletes everything pending in the process. For its very end: who still writes will fail. */
    public static void closeAll() {
        List.copyOf(PENDING).forEach(PendingFile::delete);
    }

    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        final String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private void delete() {
        PENDING.remove(this);
        if (!Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> inside = Files.walk(part)) {
            for (final Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + part, e);
        }
    }

    /** The file behind a link, so that a link stays one. */
    private static Path resolve(Path target) {
        final Path absolute = target.toAbsolutePath();
        final Path folder = absolute.getParent();
        if (folder == null || absolute.getFileName() == null) {
            throw new BadInputException("cannot write " + target + ": it is not a file name");
        }
        if (!Files.isDirectory(folder)) {
            throw new BadInputException(
                    "cannot write " + target + ": folder " + folder + " does not exist: create it first");
        }
        try {
            return Files.exists(absolute) ? absolute.toRealPath() : absolute;
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static Path part(Path real) {
        final String random =
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        return real.resolveSibling("." + real.getFileName() + ".part-" + random);
    }

    private static boolean isEmptyFolder(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> inside = Files.list(path)) {
            return inside.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static BadInputException unwritable(Path target, IOException e) {
        return new BadInputException("cannot write " + target + ": " + reason(e), e);
    }
}
