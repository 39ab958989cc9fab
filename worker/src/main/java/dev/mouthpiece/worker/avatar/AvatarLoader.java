package dev.mouthpiece.worker.avatar;

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
 * Makes avatars of pictures and videos: finds the face, has {@link FacePolicy} say what is wrong with it, {@link Framing} place it,
 * and {@link AvatarCutter} prepare its identity. Thread-safe; the face finder and the model are borrowed.
 */
public final class AvatarLoader {
    /** Of a video: five seconds there and five back. Each takes 1 MB beside its identity, which takes up to 1.6. */
    static final int MAX_FRAMES = 125;

    /** Share of a video's pictures in which the face may be lost. */
    private static final double MAX_UNSEEN = 0.2;

    private final FaceFinder faces;
    private final LipSyncModel model;
    private final Manifest.Render render;
    private final AvatarCutter cutter;

    /** Makes avatars for {@code model}, which is to be one that places its patch by the face. */
    public AvatarLoader(FaceFinder faces, LipSyncModel model) {
        this.faces = faces;
        this.model = model;
        this.render = model.manifest().requireRender();
        this.cutter = new AvatarCutter(faces, model);
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
        return new Loaded(cutter.cut(picture, plan.scan(), plan.framing()), plan.notes());
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
        requireFootage(name);
        final Picture first = first(name, footage);
        final Plan plan = plan(name, first, size);
        final List<String> notes = new ArrayList<>(plan.notes());
        final List<Avatar> frames = new ArrayList<>();
        try {
            frames.add(cutter.cut(first, plan.scan(), plan.framing()));
            final boolean isWhole = scanRest(
                    name,
                    footage,
                    plan.scan(),
                    (picture, scan) -> frames.add(cutter.cut(picture, scan, plan.framing())));
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

    private void requireFootage(String name) {
        if (render.box() == null || !takesFootage()) {
            throw new BadInputException(
                    "portrait " + name + " is a video, and model "
                            + model.manifest().name()
                            + " speaks on pictures: give a picture, or choose a model that was made by `mouthpiece model import`");
        }
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
        requireFootage(name);
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
            if (FacePolicy.isFace(scan)) {
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
        final FaceGeometry face = FacePolicy.requireFace(name, scan, picture);
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

    private static String severalFaces(String name, FaceScan scan, Picture picture) {
        final float[] box = scan.boxes();
        final float middle = (box[0] + box[2]) / 2 / picture.width();
        final String where = middle < 0.4 ? "on the left" : middle > 0.6 ? "on the right" : "in the middle";
        return "portrait " + name + " shows " + scan.faceCount() + " faces: took the largest, " + where + " (x "
                + Math.round(box[0]) + ".." + Math.round(box[2]) + ", y " + Math.round(box[1]) + ".."
                + Math.round(box[3]) + "); crop the picture for another";
    }
}
