package dev.mouthpiece.model.load;

import dev.mouthpiece.model.Landmarks;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.Manifest.Golden;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.djl.GoldenArchive;
import java.nio.ByteBuffer;

/**
 * What a renderer prepares an avatar from: for checks and measurements, which have no picture to look for a face in.
 *
 * @param crop interleaved RGB bytes [side, side, 3]
 * @param landmarks f32 [478, 3], in crop pixels
 * @param person f32 [side, side]
 */
public record Portrait(int side, ByteBuffer crop, float[] landmarks, float[] person) {
    /**
     * The portrait of a {@code talk} golden.
     *
     * @throws ModelException if its arrays do not fit
     */
    static Portrait of(GoldenArchive archive) {
        final int side = archive.size("crop", 0);
        final var portrait =
                new Portrait(side, archive.bytes("crop"), archive.floats("landmarks"), archive.floats("person"));
        if (portrait.crop.capacity() != 3 * side * side
                || portrait.landmarks.length != Landmarks.FLOATS
                || portrait.person.length != side * side) {
            throw new ModelException("crop, landmarks and person must be [P,P,3], [478,3] and [P,P]: P=" + side);
        }
        return portrait;
    }

    /**
     * The portrait of a package's first {@code talk} golden.
     *
     * @throws ModelException if there is none, or it is damaged
     */
    public static Portrait ofGolden(ModelPackage files) {
        for (Golden golden : files.manifest().golden()) {
            if (golden.module().equals("talk")) {
                return of(GoldenArchive.read(files, golden.file()));
            }
        }
        throw new ModelException(files.manifest().name() + " has no talk golden, so no portrait to try it with");
    }

    /** Its avatar in a model that has patches of its size. */
    public Identity prepare(LipSyncModel model) {
        return model.prepare(side, crop, landmarks, person);
    }

    /** The same face for patches of another size: good enough to see that the modules run. */
    public Portrait resized(int newSide) {
        if (newSide == side) {
            return this;
        }
        final ByteBuffer newCrop = ByteBuffer.allocateDirect(3 * newSide * newSide);
        final float[] newPerson = new float[newSide * newSide];
        for (int y = 0; y < newSide; y++) {
            for (int x = 0; x < newSide; x++) {
                final int from = y * side / newSide * side + x * side / newSide;
                final int to = y * newSide + x;
                newPerson[to] = person[from];
                newCrop.put(3 * to, crop, 3 * from, 3);
            }
        }
        final float[] newLandmarks = new float[landmarks.length];
        for (int i = 0; i < landmarks.length; i++) {
            newLandmarks[i] = landmarks[i] * newSide / side;
        }
        return new Portrait(newSide, newCrop, newLandmarks, newPerson);
    }

    /** Another picture of the same face: its colours inverted. */
    Portrait inverted() {
        final ByteBuffer inverted = ByteBuffer.allocateDirect(crop.capacity());
        for (int i = 0; i < crop.capacity(); i++) {
            inverted.put(i, (byte) (255 - (crop.get(i) & 0xff)));
        }
        return new Portrait(side, inverted, landmarks, person);
    }
}
