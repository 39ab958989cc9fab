package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.BadInputException;

/**
 * Which window of the picture a frame shows, and where the model's patch lies in it. The one place that decides this.
 *
 * <pre>
 *   picture                          frame = window * scale
 *   +---------------------------+    +--------------------+
 *   |      windowX,windowY      |    |                    |
 *   |         +------------+    |    |     +--------+ <- patchX, patchY; side patchSize
 *   |         |    face    |    |    |     | patch  |     |
 *   |         |  w/scale   |    |    |     +--------+     |
 *   |         +------------+    |    |                    |
 *   +---------------------------+    +--------------------+
 * </pre>
 *
 * <p>Head and shoulders, eyes two fifths down, as a person would crop. The window never leaves the picture: what a
 * tight photo lacks is not invented, the face becomes larger instead. The patch is one to one with the frame and may stick
 * out of it; what it needs from beyond comes from the picture too.
 *
 * @param frame size of the frame
 * @param scale frame pixels per picture pixel
 * @param windowX the window's left edge in picture pixels
 * @param windowY the window's top edge in picture pixels
 * @param patchSize one of the model's
 * @param patchX column of the frame where the patch begins; even, may be negative
 * @param patchY row of the frame where the patch begins; even, may be negative
 */
record Framing(FrameSize frame, double scale, double windowX, double windowY, int patchSize, int patchX, int patchY) {

    /** Eye distance of head and shoulders: as a share of the frame's width, and of its height, whichever is less. */
    private static final double EYES_PER_WIDTH = 0.20;

    private static final double EYES_PER_HEIGHT = 0.15;

    /** Row of the eyes in the frame. */
    private static final double EYES_ROW = 0.40;

    /** Room above the crown and below the chin, as shares of the frame's height, where the picture has it. */
    private static final double HEADROOM = 0.04;

    private static final double CHIN_ROOM = 0.08;

    /** The smallest patch is taken that shows the face as large as it was made for, or a little larger. */
    private static final double LARGEST_IN_PATCH = 1.02;

    /** How much larger the face may be in the largest patch, and how much smaller in the smallest: puppet bears a quarter. */
    private static final double LARGEST_IN_LARGEST = 1.25;

    private static final double SMALLEST_IN_SMALLEST = 0.8;

    /** A wished eye distance yields to that of a patch within this reach: a patch made for it costs least. */
    private static final double SNAP_UP = 1.05;

    private static final double SNAP_DOWN = 0.8;

    /** By how much a face may be larger than wished before the usual size gives way to the picture's own shape. */
    private static final double TIGHTEST_USUAL = 1.25;

    /**
     * Frames a face.
     *
     * @param pictureWidth columns of the picture
     * @param pictureHeight rows of the picture
     * @throws BadInputException if the face would be larger than the model can render
     */
    static Framing of(FaceGeometry face, int pictureWidth, int pictureHeight, FrameSize frame, Manifest.Render model) {
        final double scale = scale(face, pictureWidth, pictureHeight, frame, model);
        final double eyes = scale * face.eyeDistance();
        final int patchSize = patchSize(eyes, model);
        if (patchSize < 0) {
            throw tooLarge(eyes, frame, model);
        }
        final double windowX = within(
                (face.left() + face.right()) / 2 - frame.width() / scale / 2, pictureWidth - frame.width() / scale);
        final double windowY =
                within(face.eyesY() - eyesRow(face, scale, frame) / scale, pictureHeight - frame.height() / scale);
        return new Framing(
                frame,
                scale,
                windowX,
                windowY,
                patchSize,
                even((face.mouthX() - windowX) * scale - model.mouthX() * patchSize),
                even((face.mouthY() - windowY) * scale - model.mouthY() * patchSize));
    }

    /** The size that suits a picture: the usual one, or less in the direction where the picture is tight. */
    static FrameSize suitableSize(FaceGeometry face, int pictureWidth, int pictureHeight, Manifest.Render model) {
        final double wished = wishedEyes(FrameSize.USUAL, model);
        final double eyes = scale(face, pictureWidth, pictureHeight, FrameSize.USUAL, model) * face.eyeDistance();
        if (eyes <= wished * TIGHTEST_USUAL && patchSize(eyes, model) > 0) {
            return FrameSize.USUAL;
        }
        final double scale = wished / face.eyeDistance();
        return new FrameSize(
                side(Math.min(FrameSize.USUAL.width(), pictureWidth * scale)),
                side(Math.min(FrameSize.USUAL.height(), pictureHeight * scale)));
    }

    /** Side of the patch of a face that is as large as wished; -1 where the model has none for such a frame. */
    static int usualPatchSize(FrameSize frame, Manifest.Render model) {
        return patchSize(wishedEyes(frame, model), model);
    }

    /** First column of the canvas that covers frame and patch, in frame pixels; 0 or less. */
    int canvasX() {
        return Math.min(0, patchX);
    }

    int canvasY() {
        return Math.min(0, patchY);
    }

    int canvasWidth() {
        return Math.max(frame.width(), patchX + patchSize) - canvasX();
    }

    int canvasHeight() {
        return Math.max(frame.height(), patchY + patchSize) - canvasY();
    }

    /** Picture column of a frame column. */
    double pictureX(double frameX) {
        return windowX + frameX / scale;
    }

    double pictureY(double frameY) {
        return windowY + frameY / scale;
    }

    private static double scale(
            FaceGeometry face, int pictureWidth, int pictureHeight, FrameSize frame, Manifest.Render model) {
        final double filling = Math.max((double) frame.width() / pictureWidth, (double) frame.height() / pictureHeight);
        return Math.max(wishedEyes(frame, model) / face.eyeDistance(), filling);
    }

    /** How far apart the eyes are to be in the frame: as composed, moved to what a patch was made for if that is near. */
    private static double wishedEyes(FrameSize frame, Manifest.Render model) {
        final double wished = Math.min(EYES_PER_WIDTH * frame.width(), EYES_PER_HEIGHT * frame.height());
        if (model.placement() == Manifest.Placement.BOX) {
            return wished;
        }
        final double least = SMALLEST_IN_SMALLEST * eyesIn(model.patches().getFirst(), model);
        double made = 0;
        for (final Manifest.Patch patch : model.patches()) {
            if (eyesIn(patch, model) <= wished * SNAP_UP) {
                made = eyesIn(patch, model);
            }
        }
        final boolean isLargest = made == eyesIn(model.patches().getLast(), model);
        return made >= wished * SNAP_DOWN || isLargest ? made : Math.max(wished, least);
    }

    /** The smallest patch that holds the face, or -1. */
    private static int patchSize(double eyes, Manifest.Render model) {
        if (model.placement() == Manifest.Placement.BOX) {
            // It is scaled to whatever the face is.
            return model.patches().getFirst().size();
        }
        for (final Manifest.Patch patch : model.patches()) {
            if (eyes <= eyesIn(patch, model) * LARGEST_IN_PATCH) {
                return patch.size();
            }
        }
        final Manifest.Patch largest = model.patches().getLast();
        return eyes <= eyesIn(largest, model) * LARGEST_IN_LARGEST ? largest.size() : -1;
    }

    private static double eyesIn(Manifest.Patch patch, Manifest.Render model) {
        return patch.size() * (double) model.eyeDistance();
    }

    /** The row for the eyes: two fifths down, unless crown or chin would be cut; the middle if both would. */
    private static double eyesRow(FaceGeometry face, double scale, FrameSize frame) {
        final double highest = (face.eyesY() - face.crown()) * scale + HEADROOM * frame.height();
        final double lowest = frame.height() * (1 - CHIN_ROOM) - (face.chin() - face.eyesY()) * scale;
        return highest <= lowest ? Math.clamp(EYES_ROW * frame.height(), highest, lowest) : (highest + lowest) / 2;
    }

    private static BadInputException tooLarge(double eyes, FrameSize frame, Manifest.Render model) {
        final double largest = eyesIn(model.patches().getLast(), model) * LARGEST_IN_LARGEST;
        final int width = (int) (frame.width() * largest / eyes) / 2 * 2;
        final int height = (int) (frame.height() * largest / eyes) / 2 * 2;
        final String less = Math.min(width, height) < FrameSize.MIN_SIDE_PX
                ? ""
                : "choose a size up to " + width + "x" + height + ", or ";
        return new BadInputException("the face fills too much of the picture for size " + frame + ": its eyes would be "
                + Math.round(eyes) + " px apart, the model renders up to " + Math.round(largest) + ": " + less
                + "give a picture with more room around the head");
    }

    private static double within(double start, double last) {
        return Math.clamp(start, 0, Math.max(0, last));
    }

    private static int even(double value) {
        return (int) Math.round(value / 2) * 2;
    }

    private static int side(double px) {
        return Math.clamp((long) px / 2 * 2, FrameSize.MIN_SIDE_PX, FrameSize.MAX_SIDE_PX);
    }
}
