package dev.mouthpiece.worker.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The portraits and speech samples that come along, by the name that stands for them on the command line. */
final class Demo {
    static final Demo PORTRAITS = new Demo("/dev/mouthpiece/demo/", List.of(".jpg", ".png", ".webp"));
    static final Demo SPEECH = new Demo("/dev/mouthpiece/demo/speech/", List.of(".wav", ".flac", ".mp3"));

    private final String folder;
    private final List<String> extensions;

    private Demo(String folder, List<String> extensions) {
        this.folder = folder;
        this.extensions = extensions;
    }

    /** Where a name's file is; null if it stands for none. */
    @Nullable
    URL find(String name) {
        if (name.contains("/") || name.contains("\\") || name.contains(".")) {
            return null;
        }
        for (final String extension : extensions) {
            final URL found = Demo.class.getResource(folder + name + extension);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** All names, in alphabetical order. */
    List<String> names() {
        final URL url = Demo.class.getResource(folder);
        if (url == null) {
            return List.of();
        }
        try {
            return url.getProtocol().equals("jar") ? namesInJar(url) : namesInFolder(url.toURI());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("resources lie at " + url, e);
        }
    }

    /** What to say where a name is none: empty if nothing came along. */
    String hint() {
        final List<String> names = names();
        return names.isEmpty() ? "" : "; those that come along are " + String.join(", ", names);
    }

    private List<String> namesInJar(URL url) throws IOException {
        final var connection = (JarURLConnection) url.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            return jar.stream()
                    .map(entry -> "/" + entry.getName())
                    .filter(name -> name.startsWith(folder))
                    .map(name -> name.substring(folder.length()))
                    .map(this::name)
                    .filter(Objects::nonNull)
                    .sorted()
                    .toList();
        }
    }

    private List<String> namesInFolder(URI uri) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(uri))) {
            return files.map(file -> name(String.valueOf(file.getFileName())))
                    .filter(Objects::nonNull)
                    .sorted()
                    .toList();
        }
    }

    /** The name that a file goes by; null if it is something else. */
    private @Nullable String name(String file) {
        for (final String extension : extensions) {
            if (file.endsWith(extension) && !file.contains("/")) {
                return file.substring(0, file.length() - extension.length());
            }
        }
        return null;
    }
}
