package dev.mouthpiece.model;

import java.nio.ByteBuffer;

/** Finds the face of a portrait. Thread-safe: calls are serialised inside. */
public interface FaceFinder extends AutoCloseable {
    /**
     * Looks for faces.
     *
     * @param rgb interleaved RGB bytes [height, width, 3], direct, position 0
     * @return all faces found and the details of the chosen one, the largest
     */
    FaceScan scan(ByteBuffer rgb, int width, int height);

    /**
     * Cuts a window out of a picture, resized with antialiasing; what lies outside the picture repeats its edge.
     *
     * @param rgb interleaved RGB bytes [height, width, 3], direct
     * @param window x0, y0, x1, y1 in picture pixels
     * @return interleaved RGB bytes [outHeight, outWidth, 3], direct
     */
    ByteBuffer sampleRgb(ByteBuffer rgb, int width, int height, float[] window, int outWidth, int outHeight);

    /** {@link #sampleRgb} for one channel of floats: [height, width] to [outHeight, outWidth]. */
    float[] sampleMask(float[] mask, int width, int height, float[] window, int outWidth, int outHeight);

    @Override
    void close();

    /**
     * What a scan found.
     *
     * @param landmarks f32 [478, 3] of the chosen face in picture pixels (MediaPipe's numbering); zeros when none
     * @param detectorScore 0..1
     * @param meshScore 0..1
     * @param boxes f32 [n, 5]: x0, y0, x1, y1 in picture pixels and score of every face, the chosen one first
     * @param mask f32 [256, 256], 1 where the person is, over {@code maskBox}
     * @param maskBox x0, y0, x1, y1 in picture pixels
     */
    record FaceScan(
            float[] landmarks, float detectorScore, float meshScore, float[] boxes, float[] mask, float[] maskBox) {
        public int faceCount() {
            return boxes.length / 5;
        }
    }
}
