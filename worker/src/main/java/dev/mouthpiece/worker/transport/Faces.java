package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.store.Avatars;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Prepares the faces that sessions want. Any thread that may block. */
public final class Faces {
    private static final String PATTERN_MODEL = "pattern";

    private final AvatarLibrary library;
    private final Avatars avatars;
    private final String model;

    /** @param model that lets portraits speak */
    public Faces(AvatarLibrary library, Avatars avatars, String model) {
        this.library = library;
        this.avatars = avatars;
        this.model = model;
    }

    /**
     * Lends the face.
     *
     * @param width of the picture on air, px
     * @param height of the picture on air, px
     * @throws BadInputException if the picture is gone, or does not show a face that can speak at this size
     */
    public AvatarLibrary.Loan borrow(Portrait portrait, int width, int height) {
        final Optional<FrameSize> size = Optional.of(new FrameSize(width, height));
        return library.borrow(
                switch (portrait) {
                    case Portrait.Pattern pattern ->
                        new AvatarLibrary.Order(PATTERN_MODEL, PATTERN_MODEL, size, Faces::none);
                    case Portrait.Platform platform -> order(model, platform.id(), size);
                    case Portrait.Stored stored ->
                        new AvatarLibrary.Order(
                                model, stored.sha256(), size, () -> read("of this session", stored(stored.sha256())));
                });
    }

    /** Lends a face that comes along, without a store. */
    public static AvatarLibrary.Loan platform(AvatarLibrary library, String model, String id, FrameSize size) {
        return library.borrow(order(model, id, Optional.of(size)));
    }

    private static AvatarLibrary.Order order(String model, String id, Optional<FrameSize> size) {
        return new AvatarLibrary.Order(model, id, size, () -> read(id, PlatformAvatars.picture(id)));
    }

    private byte[] stored(String sha256) {
        return avatars.picture(sha256)
                .orElseThrow(() -> new BadInputException("the avatar's picture is gone: upload it again"));
    }

    private static Picture none() {
        throw new IllegalStateException("the pattern needs no picture");
    }

    private static Picture read(String name, byte[] file) {
        try {
            return PortraitReader.read(name, new ByteArrayInputStream(file));
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can be read", e);
        }
    }
}
