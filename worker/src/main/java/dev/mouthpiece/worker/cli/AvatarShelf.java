package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The avatars of the films in work: one per portrait, whoever asks for it. Owns them; the face finder and the model are
 * borrowed. One thread.
 */
final class AvatarShelf implements AutoCloseable {
    private final LipSyncModel model;
    private final @Nullable AvatarLoader loader;
    private final Optional<FrameSize> size;
    private final Map<String, Avatar> avatars = new HashMap<>();
    private final Set<String> notes = new LinkedHashSet<>();

    /**
     * An empty shelf.
     *
     * @param faces null for a model that needs none
     */
    AvatarShelf(LipSyncModel model, @Nullable FaceFinder faces, Optional<FrameSize> size) {
        this.model = model;
        this.loader = faces == null ? null : new AvatarLoader(faces, model);
        this.size = size;
    }

    /** Whether the portrait stands here. */
    boolean has(String portrait) {
        return avatars.containsKey(key(portrait));
    }

    int count() {
        return avatars.size();
    }

    /** The portrait's avatar, made of {@code picture} where it is not here yet. */
    Avatar get(String portrait, PictureSupplier picture) {
        final String key = key(portrait);
        final Avatar known = avatars.get(key);
        if (known != null) {
            return known;
        }
        final Avatar made;
        if (loader == null) {
            made = AvatarLoader.blank(model, size.orElse(FrameSize.USUAL));
        } else {
            final AvatarLoader.Loaded loaded = Portraits.isVideo(portrait)
                    ? ofVideo(loader, portrait)
                    : loader.load(portrait, picture.read(), size);
            notes.addAll(loaded.notes());
            made = loaded.avatar();
        }
        avatars.put(key, made);
        return made;
    }

    private AvatarLoader.Loaded ofVideo(AvatarLoader maker, String portrait) {
        try (Footage footage = Portraits.footage(portrait)) {
            return maker.load(portrait, footage, size);
        }
    }

    /** Refuses a portrait that {@link #get} would refuse, without preparing it. */
    void check(String portrait, PictureSupplier picture) {
        if (loader != null) {
            loader.check(portrait, picture.read(), size);
        }
    }

    /** What there is to know about the portraits, and forgets it. */
    Set<String> takeNotes() {
        final Set<String> taken = new LinkedHashSet<>(notes);
        notes.clear();
        return taken;
    }

    /** Gives all avatars back. */
    @Override
    public void close() {
        avatars.values().forEach(Avatar::close);
        avatars.clear();
    }

    private String key(String portrait) {
        return loader == null ? "" : Portraits.identity(portrait);
    }

    /** Reads a picture when it is needed. */
    interface PictureSupplier {
        Picture read();
    }
}
