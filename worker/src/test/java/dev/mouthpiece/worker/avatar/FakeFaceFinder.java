package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.FaceFinder;
import java.nio.ByteBuffer;

/** Finds what it was told to find, and cuts windows by the nearest pixel. */
public final class FakeFaceFinder implements FaceFinder {
    float meshScore = 0.99f;
    float[] boxes = new float[0];
    private float[] landmarks = new float[478 * 3];

    public void finds(float[] face) {
        landmarks = face;
        final FaceGeometry geometry = FaceGeometry.of(face);
        boxes = new float[] {
            (float) geometry.left(), (float) geometry.crown(), (float) geometry.right(), (float) geometry.chin(), 0.9f
        };
    }

    public void findsNothing() {
        landmarks = new float[478 * 3];
        boxes = new float[0];
    }

    @Override
    public FaceScan scan(ByteBuffer rgb, int width, int height) {
        final float[] mask = new float[256 * 256];
        return new FaceScan(landmarks, 0.9f, meshScore, boxes, mask, new float[] {0, 0, width, height});
    }

    @Override
    public ByteBuffer sampleRgb(ByteBuffer rgb, int width, int height, float[] window, int outWidth, int outHeight) {
        final ByteBuffer out = ByteBuffer.allocateDirect(outWidth * outHeight * 3);
        for (int y = 0; y < outHeight; y++) {
            for (int x = 0; x < outWidth; x++) {
                final int from = nearest(window, x, y, width, height, outWidth, outHeight) * 3;
                out.put((y * outWidth + x) * 3, rgb, from, 3);
            }
        }
        return out;
    }

    @Override
    public float[] sampleMask(float[] mask, int width, int height, float[] window, int outWidth, int outHeight) {
        final float[] out = new float[outWidth * outHeight];
        for (int y = 0; y < outHeight; y++) {
            for (int x = 0; x < outWidth; x++) {
                out[y * outWidth + x] = mask[nearest(window, x, y, width, height, outWidth, outHeight)];
            }
        }
        return out;
    }

    private static int nearest(float[] window, int x, int y, int width, int height, int outWidth, int outHeight) {
        final double column = window[0] + (x + 0.5) * (window[2] - window[0]) / outWidth;
        final double row = window[1] + (y + 0.5) * (window[3] - window[1]) / outHeight;
        return Math.clamp((long) row, 0, height - 1) * width + Math.clamp((long) column, 0, width - 1);
    }

    @Override
    public void close() {}
}
