package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.FaceFinder.FaceScan;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.BadInputException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Makes avatars of pictures: finds the face, says what is wrong with it, frames it, prepares its identity. Thread-safe; the
 * face finder and the model are borrowed.
 */
public final class AvatarLoader {
    private static final float MIN_SCORE = 0.5f;

    /** Eyes closer than this are a face about as wide as a thumbnail: enlarged to a frame there is nothing left to see. */
    private static final double MIN_EYE_DISTANCE_PX = 20;

    /** Beyond, half of the mouth is hidden, and a warp cannot show it. */
    private static final double MAX_YAW_DEGREES = 30;

    /** Beyond, the picture was not meant to be seen this way up. */
    private static final double MAX_ROLL_DEGREES = 35;

    /** Pixels by which an eye or the mouth may lie outside: landmarks of faces at the edge are guesses. */
    private static final double EDGE_PX = 1;

    /** Of a video: five seconds there and five back. Each takes 1 MB beside its identity, which takes up to 1.6. */
    static final int MAX_FRAMES = 125;

    /** Share of a video's pictures in which the face may be lost. */
    private static final double MAX_UNSEEN = 0.2;

    private final FaceFinder faces;
    private final LipSyncModel model;
    private final Manifest.Render render;

    /** Makes avatars for {@code model}, which is to be one that places its patch by the face. */
    public AvatarLoader(FaceFinder faces, LipSyncModel model) {
        this.faces = faces;
        this.model = model;
        this.render = model.manifest().requireRender();
    }

    /** Whether the model shows portraits; one that does not takes {@link #blank}. */
    public static boolean needsFace(LipSyncModel model) {
        return model.manifest().requireRender().placement() != Manifest.Placement.FRAME;
    }

    /**
     * Begins to load what a model needs for the patch that a face takes as a rule in frames of this size, a third of a second of one core with the
     * shipped one, which can pass while the face is looked for. For another patch it is loaded when the face is known. Returns at once.
     *
     * @param size as {@link #load} takes it
     */
    public static void loadAhead(LipSyncModel model, Optional<FrameSize> size) {
        final int patchSize = Framing.usualPatchSize(
                size.orElse(FrameSize.USUAL), model.manifest().requireRender());
        if (patchSize > 0) {
            Thread.ofPlatform().name("model-load").daemon().start(() -> model.load(patchSize));
        }
    }

    /**
     * An avatar for a model that draws the whole frame itself.
     *
     * @throws BadInputException if the frame is larger than the model can draw
     */
    public static Avatar blank(LipSyncModel model, FrameSize size) {
        final int side = Math.max(size.width(), size.height());
        for (final Manifest.Patch patch : model.manifest().requireRender().patches()) {
            if (patch.size() >= side) {
                final LipSyncModel.Identity identity =
                        model.prepare(patch.size(), ByteBuffer.allocateDirect(0), new float[0], new float[0]);
                final ByteBuffer black = ByteBuffer.allocateDirect(size.width() * size.height() * 3);
                return new Avatar(new StillFrame(size.width(), size.height(), black), identity, 0, 0);
            }
        }
        throw new BadInputException(
                "size " + size + " is more than model " + model.manifest().name() + " can draw: choose a smaller one");
    }

    /**
     * An avatar and what its maker should know.
     *
     * @param avatar owned by the caller
     * @param notes one line each, such as which of several faces was taken
     */
    public record Loaded(Avatar avatar, List<String> notes) {}

    /** How a picture is going to be shown. */
    private record Plan(FaceScan scan, Framing framing, List<String> notes) {}

    /**
     * Makes an avatar.
     *
     * @param name what errors and notes call the portrait
     * @param size of the frame; empty for the size that suits the picture
     * @throws BadInputException if the picture does not show a face that can speak
     */
    public Loaded load(String name, Picture picture, Optional<FrameSize> size) {
        loadAhead(model, size);
        final Plan plan = plan(name, picture, size);
        return new Loaded(prepare(picture, plan.scan(), plan.framing()), plan.notes());
    }

    /** Whether {@link #load(String, Footage, Optional)} can make avatars for this model. */
    public boolean takesFootage() {
        return render.placement() == Manifest.Placement.BOX && render.idle().equals("loop");
    }

    /**
     * Makes an avatar of a video's first {@value #MAX_FRAMES} pictures, to be shown forth and back; the frame's window is that
     * of the first. A picture without a face keeps the place of the one before. Takes a fifth of a second for each.
     *
     * @param name what errors and notes call the portrait
     * @param footage borrowed
     * @param size of the frame; empty for the size that suits the first picture
     * @throws BadInputException if the model takes pictures only, or the video does not show a face that can speak
     */
    public Loaded load(String name, Footage footage, Optional<FrameSize> size) {
        final Manifest.Box box = requireBox(name);
        final Picture first = first(name, footage);
        final Plan plan = plan(name, first, size);
        final List<String> notes = new ArrayList<>(plan.notes());
        final List<Avatar> frames = new ArrayList<>();
        try {
            frames.add(prepareBox(first, plan.scan(), plan.framing(), box));
            final boolean isWhole = scanRest(
                    name,
                    footage,
                    plan.scan(),
                    (picture, scan) -> frames.add(prepareBox(picture, scan, plan.framing(), box)));
            if (!isWhole) {
                notes.add("portrait " + name + " is longer than "
                        + MAX_FRAMES / model.manifest().fps() + " s: the rest is left out");
            }
        } catch (RuntimeException e) {
            frames.forEach(Avatar::close);
            throw e;
        }
        return new Loaded(
                new Avatar(
                        frames.stream().map(frame -> frame.loop().getFirst()).toList(),
                        frames.stream().map(Avatar::identity).toList()),
                List.copyOf(notes));
    }

    private Manifest.Box requireBox(String name) {
        final Manifest.Box box = render.box();
        if (box == null || !takesFootage()) {
            throw new BadInputException(
                    "portrait " + name + " is a video, and model "
                            + model.manifest().name()
                            + " speaks on pictures: give a picture, or choose a model that was made by `mouthpiece model import`");
        }
        return box;
    }

    private static Picture first(String name, Footage footage) {
        final Picture first = footage.next();
        if (first == null) {
            throw new BadInputException("portrait " + name + " has no picture in it: give a video of one face");
        }
        return first;
    }

    /**
     * Refuses what {@link #load(String, Footage, Optional)} would refuse, and makes nothing. Takes up to some seconds.
     *
     * @param footage borrowed
     * @throws BadInputException if the model takes pictures only, or the video does not show a face that can speak
     */
    public void check(String name, Footage footage, Optional<FrameSize> size) {
        requireBox(name);
        final Picture first = first(name, footage);
        scanRest(name, footage, plan(name, first, size).scan(), (picture, scan) -> {});
    }

    /** Hands over each picture after the first, with its face, or with the last one that was seen. Returns whether all were read. */
    private boolean scanRest(String name, Footage footage, FaceScan first, BiConsumer<Picture, FaceScan> each) {
        FaceScan seen = first;
        int unseen = 0;
        int count = 1;
        Picture next = footage.next();
        for (; next != null && count < MAX_FRAMES; next = footage.next()) {
            final FaceScan scan = faces.scan(next.rgb(), next.width(), next.height());
            if (isFace(scan)) {
                seen = scan;
            } else {
                unseen++;
            }
            each.accept(next, seen);
            count++;
        }
        if (unseen > MAX_UNSEEN * count) {
            throw new BadInputException("no face found in " + unseen + " of " + count + " pictures of portrait " + name
                    + ": give a video of one face that looks into the camera all the time");
        }
        return next == null;
    }

    private static boolean isFace(FaceScan scan) {
        return scan.faceCount() > 0 && scan.detectorScore() >= MIN_SCORE && scan.meshScore() >= MIN_SCORE;
    }

    /**
     * Refuses what {@link #load} would refuse, and makes nothing.
     *
     * @throws BadInputException if the picture does not show a face that can speak
     */
    public void check(String name, Picture picture, Optional<FrameSize> size) {
        plan(name, picture, size);
    }

    private Plan plan(String name, Picture picture, Optional<FrameSize> size) {
        final FaceScan scan = faces.scan(picture.rgb(), picture.width(), picture.height());
        if (!isFace(scan)) {
            throw new BadInputException("no face found in portrait " + name
                    + ": give a picture of one face that looks into the camera, evenly lit and not covered");
        }
        final FaceGeometry face = FaceGeometry.of(scan.landmarks());
        check(name, face, scan.landmarks(), picture);
        final FrameSize frame =
                size.orElseGet(() -> Framing.suitableSize(face, picture.width(), picture.height(), render));
        final Framing framing = frame(name, face, picture, frame);
        final List<String> notes = new ArrayList<>();
        if (scan.faceCount() > 1) {
            notes.add(severalFaces(name, scan, picture));
        }
        if (size.isEmpty() && !frame.equals(FrameSize.USUAL)) {
            notes.add("portrait " + name + " is cropped close: the film is " + frame + " (--size chooses another)");
        }
        return new Plan(scan, framing, List.copyOf(notes));
    }

    private Framing frame(String name, FaceGeometry face, Picture picture, FrameSize frame) {
        try {
            return Framing.of(face, picture.width(), picture.height(), frame, render);
        } catch (BadInputException e) {
            throw new BadInputException("portrait " + name + ": " + e.getMessage(), e);
        }
    }

    private static void check(String name, FaceGeometry face, float[] landmarks, Picture picture) {
        if (Math.abs(face.yawDegrees()) > MAX_YAW_DEGREES) {
            throw new BadInputException("the face in portrait " + name + " is turned too far away ("
                    + Math.round(Math.abs(face.yawDegrees())) + " degrees, " + Math.round(MAX_YAW_DEGREES)
                    + " is the limit): give a picture that looks into the camera");
        }
        if (Math.abs(face.rollDegrees()) > MAX_ROLL_DEGREES) {
            throw new BadInputException("the face in portrait " + name + " is tilted by "
                    + Math.round(Math.abs(face.rollDegrees())) + " degrees: turn the picture upright");
        }
        if (face.eyeDistance() < MIN_EYE_DISTANCE_PX) {
            throw new BadInputException("the face in portrait " + name + " is too small (eyes "
                    + Math.round(face.eyeDistance()) + " px apart, " + Math.round(MIN_EYE_DISTANCE_PX)
                    + " are needed): give a larger picture or a closer one");
        }
        checkInside(name, "eyes", landmarks, picture, FaceGeometry.LEFT_IRIS, FaceGeometry.RIGHT_IRIS);
        checkInside(
                name,
                "mouth",
                landmarks,
                picture,
                FaceGeometry.LEFT_MOUTH_CORNER,
                FaceGeometry.RIGHT_MOUTH_CORNER,
                FaceGeometry.LOWER_LIP);
    }

    private static void checkInside(String name, String what, float[] landmarks, Picture picture, int... points) {
        for (final int point : points) {
            final float x = landmarks[3 * point];
            final float y = landmarks[3 * point + 1];
            if (x < -EDGE_PX || y < -EDGE_PX || x > picture.width() + EDGE_PX || y > picture.height() + EDGE_PX) {
                throw new BadInputException("portrait " + name + " cuts off the " + what
                        + " of its face: give a picture with the whole face");
            }
        }
    }

    private static String severalFaces(String name, FaceScan scan, Picture picture) {
        final float[] box = scan.boxes();
        final float middle = (box[0] + box[2]) / 2 / picture.width();
        final String where = middle < 0.4 ? "on the left" : middle > 0.6 ? "on the right" : "in the middle";
        return "portrait " + name + " shows " + scan.faceCount() + " faces: took the largest, " + where + " (x "
                + Math.round(box[0]) + ".." + Math.round(box[2]) + ", y " + Math.round(box[1]) + ".."
                + Math.round(box[3]) + "); crop the picture for another";
    }

    /** Scales the face's box to the patch, whatever its size in the frame. */
    private Avatar prepareBox(Picture picture, FaceScan scan, Framing framing, Manifest.Box shares) {
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
    private Avatar prepare(Picture picture, FaceScan scan, Framing framing) {
        final Manifest.Box shares = render.box();
        if (shares != null) {
            return prepareBox(picture, scan, framing, shares);
        }
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
        final ByteBuffer still = cut(canvas, canvasWidth, -framing.canvasX(), -framing.canvasY(), width, height);
        final ByteBuffer crop = cut(
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

    private static ByteBuffer cut(ByteBuffer canvas, int canvasWidth, int x, int y, int width, int height) {
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
