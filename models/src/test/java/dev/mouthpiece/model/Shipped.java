package dev.mouthpiece.model;

import java.nio.file.Path;
import java.util.List;

/** The packages of this repository, for tests. */
public final class Shipped {
    private Shipped() {}

    public static Path folder() {
        return Path.of(System.getProperty("mouthpiece.root"), "models", "packages");
    }

    public static ModelPackage open(String name) {
        return new ModelCatalog(List.of(folder())).open(name);
    }
}
