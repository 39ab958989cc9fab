package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.FaceFinder.FaceScan;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the frame, the patch and the person's mask out of a picture whose framing is settled, and has the model prepare the
 * identity. Made by an {@link AvatarLoader}, which decides what is shown. Thread-safe; the face finder, which samples the
 * picture, and the model are borrowed.
 */
final class AvatarCutter {
    private final FaceFinder faces;
    private final LipSyncModel model;

    /** Where the patch is scaled into the face's box; null where it lies pixel on pixel. */
    private final Manifest.@Nullable Box shares;

    AvatarCutter(FaceFinder faces, LipSyncModel model) {
        this.faces = faces;
        this.model = model;
        this.shares = model.manifest().requireRender().box();
    }

    /** An avatar of one frame, owned by the caller. */
    Avatar cut(Picture picture, FaceScan scan, Framing framing) {
        return shares == null ? cutExact(picture, scan, framing) : cutScaled(picture, scan, framing, shares);
    }

    /** Scales the face's box to the patch, whatever its size in the frame. */
    private Avatar cutScaled(Picture picture, FaceScan scan, Framing framing, Manifest.Box shares) {
        final int width = framing.frame().width();
        final int height = framing.frame().height();
        final ByteBuffer still = faces.sampleRgb(
                picture.rgb(),
                picture.width(),
                picture.height(),
                new float[] {
                    (float) framing.pictureX(0),
                    (float) framing.pictureY(0),
                    (float) framing.pictureX(width),
                    (float) framing.pictureY(height)
                },
                width,
                height);
        final int side = framing.patchSize();
        final FaceBox box = FaceBox.of(scan.landmarks(), shares);
        final ByteBuffer crop =
                faces.sampleRgb(picture.rgb(), picture.width(), picture.height(), box.window(), side, side);
        final LipSyncModel.Identity identity = model.prepare(
                side, crop, box.landmarksIn(scan.landmarks(), side), sampleMask(scan, box.window(), side));
        final PatchPlace place = PatchPlace.scaled(
                (box.left() - framing.windowX()) * framing.scale(),
                (box.top() - framing.windowY()) * framing.scale(),
                box.width() * framing.scale(),
                box.height() * framing.scale(),
                side,
                shares.feather());
        return new Avatar(new StillFrame(width, height, still), identity, place);
    }

    /** Cuts frame and patch out of one canvas, so that they are equal pixel by pixel where they overlap. */
    private Avatar cutExact(Picture picture, FaceScan scan, Framing framing) {
        final int canvasWidth = framing.canvasWidth();
        final ByteBuffer canvas = faces.sampleRgb(
                picture.rgb(),
                picture.width(),
                picture.height(),
                new float[] {
                    (float) framing.pictureX(framing.canvasX()),
                    (float) framing.pictureY(framing.canvasY()),
                    (float) framing.pictureX(framing.canvasX() + canvasWidth),
                    (float) framing.pictureY(framing.canvasY() + framing.canvasHeight())
                },
                canvasWidth,
                framing.canvasHeight());
        final int side = framing.patchSize();
        final int width = framing.frame().width();
        final int height = framing.frame().height();
        final ByteBuffer still = copy(canvas, canvasWidth, -framing.canvasX(), -framing.canvasY(), width, height);
        final ByteBuffer crop = copy(
                canvas,
                canvasWidth,
                framing.patchX() - framing.canvasX(),
                framing.patchY() - framing.canvasY(),
                side,
                side);
        final LipSyncModel.Identity identity =
                model.prepare(side, crop, patchLandmarks(scan.landmarks(), framing), person(scan, framing));
        return new Avatar(new StillFrame(width, height, still), identity, framing.patchX(), framing.patchY());
    }

    private static ByteBuffer copy(ByteBuffer canvas, int canvasWidth, int x, int y, int width, int height) {
        final ByteBuffer out = ByteBuffer.allocateDirect(width * height * 3);
        for (int row = 0; row < height; row++) {
            out.put(row * width * 3, canvas, ((y + row) * canvasWidth + x) * 3, width * 3);
        }
        return out;
    }

    private static float[] patchLandmarks(float[] landmarks, Framing framing) {
        final float[] out = new float[landmarks.length];
        for (int i = 0; i < landmarks.length; i += 3) {
            out[i] = (float) ((landmarks[i] - framing.windowX()) * framing.scale() - framing.patchX());
            out[i + 1] = (float) ((landmarks[i + 1] - framing.windowY()) * framing.scale() - framing.patchY());
            out[i + 2] = (float) (landmarks[i + 2] * framing.scale());
        }
        return out;
    }

    private float[] person(FaceScan scan, Framing framing) {
        final int end = framing.patchSize();
        return sampleMask(
                scan,
                new float[] {
                    (float) framing.pictureX(framing.patchX()),
                    (float) framing.pictureY(framing.patchY()),
                    (float) framing.pictureX(framing.patchX() + end),
                    (float) framing.pictureY(framing.patchY() + end)
                },
                end);
    }

    /** The person's mask over a window of the picture. */
    private float[] sampleMask(FaceScan scan, float[] window, int side) {
        final int maskSide = (int) Math.sqrt(scan.mask().length);
        final float[] box = scan.maskBox();
        final double perPictureX = maskSide / (double) (box[2] - box[0]);
        final double perPictureY = maskSide / (double) (box[3] - box[1]);
        return faces.sampleMask(
                scan.mask(),
                maskSide,
                maskSide,
                new float[] {
                    (float) ((window[0] - box[0]) * perPictureX),
                    (float) ((window[1] - box[1]) * perPictureY),
                    (float) ((window[2] - box[0]) * perPictureX),
                    (float) ((window[3] - box[1]) * perPictureY)
                },
                side,
                side);
    }
}
