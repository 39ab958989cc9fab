package dev.mouthpiece.model;

/** The points that a face is described by: MediaPipe's face mesh with irises. */
public final class Landmarks {
    public static final int COUNT = 478;
    /** Numbers of a set: x, y and z of each point. */
    public static final int FLOATS = 3 * COUNT;

    private Landmarks() {}
}
