package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.Manifest;

/**
 * The box around a face that a model paints anew, in the unit of the landmarks it was made of.
 *
 * @param left its left edge; it may reach beyond the picture
 * @param top its top edge, likewise
 * @param width more than 0
 * @param height more than 0
 */
record FaceBox(double left, double top, double width, double height) {
    /** @param landmarks f32 [478, 3] */
    static FaceBox of(float[] landmarks, Manifest.Box shares) {
        double left = Double.POSITIVE_INFINITY;
        double top = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < landmarks.length; i += 3) {
            left = Math.min(left, landmarks[i]);
            right = Math.max(right, landmarks[i]);
            top = Math.min(top, landmarks[i + 1]);
            bottom = Math.max(bottom, landmarks[i + 1]);
        }
        final double width = Math.max(1, right - left);
        final double height = Math.max(1, bottom - top);
        return new FaceBox(
                left - shares.left() * width,
                top - shares.top() * height,
                width * (1 + shares.left() + shares.right()),
                height * (1 + shares.top() + shares.bottom()));
    }

    /** x0, y0, x1, y1. */
    float[] window() {
        return new float[] {(float) left, (float) top, (float) (left + width), (float) (top + height)};
    }

    /** The landmarks in pixels of the box scaled to a square of {@code side}. */
    float[] landmarksIn(float[] landmarks, int side) {
        final float[] out = new float[landmarks.length];
        for (int i = 0; i < landmarks.length; i += 3) {
            out[i] = (float) ((landmarks[i] - left) * side / width);
            out[i + 1] = (float) ((landmarks[i + 1] - top) * side / height);
            out[i + 2] = (float) (landmarks[i + 2] * side / width);
        }
        return out;
    }
}
