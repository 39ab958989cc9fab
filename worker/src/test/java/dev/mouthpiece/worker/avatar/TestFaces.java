package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.Manifest;
import java.util.List;

/** Landmarks of an average head, placed and turned as a test wants, and a model to frame it for. */
public final class TestFaces {
    /** Eye distances 60, 75, 90, 120, 150 px. */
    public static final Manifest.Render RENDER = new Manifest.Render(
            "live",
            List.of(1, 2, 4, 8),
            0.5f,
            0.68f,
            0.234f,
            List.of(patch(256), patch(320), patch(384), patch(512), patch(640)),
            List.of());

    /** Index, x, y, z in eye distances from the middle of the eyes. */
    private static final double[][] HEAD = {
        {468, -.5, 0, .05}, {473, .5, 0, .05}, {33, -.72, .02, .1}, {263, .72, .02, .1},
        {234, -1.205, .25, .96}, {454, 1.205, .25, .96}, {78, -.4, 1.05, 0}, {308, .4, 1.05, 0},
        {17, 0, 1.3, -.15}, {152, 0, 1.85, 0}, {10, 0, -1.0, .05}, {1, 0, .65, -.6},
    };

    private TestFaces() {}

    /**
     * A face.
     *
     * @param eyesX column of the middle of the eyes
     * @param eyeDistance in pixels, seen from the front
     * @return f32 [478, 3]
     */
    public static float[] landmarks(
            double eyesX, double eyesY, double eyeDistance, double yawDegrees, double rollDegrees) {
        final float[] out = new float[478 * 3];
        for (int i = 0; i < 478; i++) {
            // Points of no name lie on the mask between the named ones.
            final double angle = 2 * Math.PI * i / 478;
            put(out, i, .9 * Math.cos(angle), .5 + 1.2 * Math.sin(angle), .4);
        }
        for (final double[] point : HEAD) {
            put(out, (int) point[0], point[1], point[2], point[3]);
        }
        final double yaw = Math.toRadians(yawDegrees);
        final double roll = Math.toRadians(rollDegrees);
        for (int i = 0; i < out.length; i += 3) {
            final double x = out[i] * Math.cos(yaw) - out[i + 2] * Math.sin(yaw);
            final double z = out[i] * Math.sin(yaw) + out[i + 2] * Math.cos(yaw);
            final double y = out[i + 1];
            out[i] = (float) (eyesX + eyeDistance * (x * Math.cos(roll) - y * Math.sin(roll)));
            out[i + 1] = (float) (eyesY + eyeDistance * (x * Math.sin(roll) + y * Math.cos(roll)));
            out[i + 2] = (float) (eyeDistance * z);
        }
        return out;
    }

    static FaceGeometry face(double eyesX, double eyesY, double eyeDistance) {
        return FaceGeometry.of(landmarks(eyesX, eyesY, eyeDistance, 0, 0));
    }

    private static void put(float[] out, int index, double x, double y, double z) {
        out[3 * index] = (float) x;
        out[3 * index + 1] = (float) y;
        out[3 * index + 2] = (float) z;
    }

    private static Manifest.Patch patch(int size) {
        return new Manifest.Patch(size, "prepare-" + size + ".pt", "render-" + size + ".pt");
    }
}
