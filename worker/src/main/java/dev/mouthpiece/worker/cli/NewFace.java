package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.live.AvatarLibrary;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The face that a command is to show: where its avatar does not lie on disk, what it takes to make it is begun as soon as can be,
 * each part on a thread of its own. One thread.
 */
final class NewFace {
    private final String model;
    private final String portrait;
    private final Optional<FrameSize> frame;
    private final boolean needsFace;
    private final boolean isVideo;

    /** Begun where the avatar is not kept, as far as can be told before the device is known. */
    private @Nullable Background<Picture> reading;

    private boolean isNew;

    private NewFace(String model, String portrait, Optional<FrameSize> frame) {
        this.model = model;
        this.portrait = portrait;
        this.frame = frame;
        this.isVideo = Portraits.isVideo(portrait);
        this.needsFace = ModelCatalog.standard().open(model).manifest().kind() == Manifest.Kind.LIPSYNC;
    }

    /** Begins to read the picture where it will be needed: unless the device is a GPU, that can be told at once. */
    static NewFace read(String model, String portrait, Optional<FrameSize> frame) {
        final var face = new NewFace(model, portrait, frame);
        if (face.needsFace && !face.isVideo) {
            try (var processor = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU, AvatarDisk.of())) {
                if (!processor.isKept(face.order(() -> Portraits.read(portrait)))) {
                    face.reading = Background.start("portrait", () -> Portraits.read(portrait));
                }
            }
        }
        return face;
    }

    /** What to borrow from the library. Where the avatar is not kept, the face finder begins to load. */
    AvatarLibrary.Order order(AvatarLibrary library, DeviceKind device) {
        final Background<Picture> begun = reading;
        final AvatarLibrary.Order order = order(begun == null ? () -> Portraits.read(portrait) : begun::join);
        isNew = needsFace && !isVideo && (device == DeviceKind.CPU ? begun != null : !library.isKept(order));
        if (isNew) {
            final var unused = Background.start("faces", library::faces);
        }
        return order;
    }

    /** Where the avatar is not kept, the model's part in making it begins to load. The model is to be loaded. */
    void load(AvatarLibrary library) {
        if (isNew) {
            AvatarLoader.loadAhead(library.model(model), frame);
        }
    }

    private AvatarLibrary.Order order(Supplier<Picture> picture) {
        return new AvatarLibrary.Order(
                model,
                Portraits.identity(portrait),
                frame,
                picture,
                isVideo ? () -> Portraits.footage(portrait) : null,
                isVideo ? null : () -> Portraits.content(portrait));
    }
}
