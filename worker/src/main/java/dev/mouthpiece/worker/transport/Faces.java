package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.AvatarCache;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.film.Videos;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.store.Avatars;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
                    case Portrait.Stored stored -> {
                        final var file = new StoredFile(stored.sha256());
                        yield new AvatarLibrary.Order(
                                model,
                                stored.sha256(),
                                size,
                                file::picture,
                                file::footage,
                                () -> AvatarCache.stored(stored.sha256()));
                    }
                });
    }

    /** Lends a face that comes along, without a store. */
    public static AvatarLibrary.Loan platform(AvatarLibrary library, String model, String id, FrameSize size) {
        return library.borrow(order(model, id, Optional.of(size)));
    }

    private static AvatarLibrary.Order order(String model, String id, Optional<FrameSize> size) {
        return new AvatarLibrary.Order(
                model,
                id,
                size,
                () -> read(id, PlatformAvatars.picture(id)),
                () -> AvatarCache.sha256(PlatformAvatars.picture(id)));
    }

    private byte[] stored(String sha256) {
        return avatars.picture(sha256)
                .orElseThrow(() -> new BadInputException("the avatar's picture is gone: upload it again"));
    }

    /** A portrait that a user has given, read from the store at most once. Belongs to the thread that borrows. */
    private final class StoredFile {
        private static final String NAME = "of this session";

        private final String sha256;
        private byte @Nullable [] bytes;

        StoredFile(String sha256) {
            this.sha256 = sha256;
        }

        private byte[] bytes() {
            byte[] read = bytes;
            if (read == null) {
                read = stored(sha256);
                bytes = read;
            }
            return read;
        }

        Picture picture() {
            return read(NAME, bytes());
        }

        /** Null where it is a picture. */
        @Nullable
        Footage footage() {
            return Videos.isVideo(bytes()) ? Videos.open(NAME, bytes()) : null;
        }
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
