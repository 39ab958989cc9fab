package dev.mouthpiece.model;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds packages by name in a list of folders, each with one package per subfolder. Of two packages with one name the
 * first folder's counts. Reads the disk at each call; stateless and thread-safe.
 */
public final class ModelCatalog {
    private final List<Path> roots;

    /** A catalog of these folders; those that do not exist count as empty. */
    public ModelCatalog(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /**
     * The folders of {@code $MOUTHPIECE_MODELS} (several are separated as in {@code $PATH}), then the user's own,
     * {@code ~/.mouthpiece/models} or {@code $MOUTHPIECE_HOME/models}, then the shipped ones.
     */
    public static ModelCatalog standard() {
        final List<Path> roots = new ArrayList<>();
        final String models = System.getenv("MOUTHPIECE_MODELS");
        if (models != null) {
            for (String folder : models.split(File.pathSeparator, -1)) {
                if (!folder.isBlank()) {
                    roots.add(Path.of(folder));
                }
            }
        }
        roots.add(Installation.home().resolve("models"));
        roots.addAll(Installation.shippedModels());
        return new ModelCatalog(roots);
    }

    /** Where it looks, first to last. */
    public List<Path> roots() {
        return roots;
    }

    /** The names of the packages that can be opened, in alphabetical order. */
    public List<String> names() {
        final List<String> names = new ArrayList<>();
        for (Entry entry : entries()) {
            if (entry.model() != null) {
                names.add(entry.name());
            }
        }
        return names;
    }

    /** All packages, those that cannot be opened too, by name. */
    public List<Entry> entries() {
        final Map<String, Entry> entries = new TreeMap<>();
        for (Path root : roots) {
            for (Path folder : packageFolders(root)) {
                final Entry entry = entry(folder);
                entries.putIfAbsent(entry.name(), entry);
            }
        }
        return List.copyOf(entries.values());
    }

    private static Entry entry(Path folder) {
        try {
            final ModelPackage opened = ModelPackage.open(folder);
            return new Entry(opened.manifest().name(), folder, opened, null);
        } catch (ModelException e) {
            return new Entry(String.valueOf(folder.getFileName()), folder, null, e.getMessage());
        }
    }

    private static List<Path> packageFolders(Path root) {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(root)) {
            return folders.filter(folder -> Files.isRegularFile(folder.resolve(ManifestReader.FILE)))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ModelException(root + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Opens a package.
     *
     * @param name a package's name, or the path of a package's folder with a separator in it
     * @throws ModelException if there is none, which lists those that there are, or if it is damaged
     */
    public ModelPackage open(String name) {
        if (name.contains("/") || name.contains(File.separator)) {
            return ModelPackage.open(folder(name));
        }
        for (Path root : roots) {
            // Folders are named like their packages as a rule: then no other manifest is read.
            final Path folder = child(root, name);
            if (folder != null && Files.isRegularFile(folder.resolve(ManifestReader.FILE))) {
                final ModelPackage opened = ModelPackage.open(folder);
                if (opened.manifest().name().equals(name)) {
                    return opened;
                }
            }
            for (Path other : packageFolders(root)) {
                final ModelPackage opened = entry(other).model();
                if (opened != null && opened.manifest().name().equals(name)) {
                    return opened;
                }
            }
        }
        throw new ModelException(
                "there is no model " + name + "; there are " + String.join(", ", names()) + " (looked in "
                        + String.join(", ", roots.stream().map(Path::toString).toList()) + ")");
    }

    private static @Nullable Path child(Path root, String name) {
        try {
            return root.resolve(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static Path folder(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new ModelException("no path of a model package: " + path, e);
        }
    }

    /**
     * A package found.
     *
     * @param name its manifest's name; its folder's if it cannot be opened
     * @param model null if it cannot be opened
     * @param problem why not; null if it can
     */
    public record Entry(
            String name,
            Path folder,
            @Nullable ModelPackage model,
            @Nullable String problem) {}
}
