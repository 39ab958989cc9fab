package dev.mouthpiece.worker.avatar;

/** The rows of a decoded image as opaque RGB, as stored: not yet turned upright. Used by one thread. */
interface RgbRows {
    int width();

    int height();

    /** Writes row {@code y}: width*3 bytes. */
    void read(int y, byte[] rgb);
}
