package dev.mouthpiece.worker.avatar;

/**
 * The few measures of a face that framing and checks need, in picture pixels and degrees.
 *
 * @param eyeDistance between the irises, depth included, so that a turned head does not look smaller
 * @param eyesY row of the middle between the irises
 * @param mouthX column of the middle of the mouth corners
 * @param mouthY its row
 * @param left the leftmost column of the face
 * @param right its rightmost column
 * @param crown row of the top of the head, hair included: an estimate, the landmarks end at the hairline
 * @param chin row of the chin
 * @param yawDegrees how far the head is turned aside, positive to the picture's right
 * @param rollDegrees how far the head is tilted, positive clockwise
 */
record FaceGeometry(
        double eyeDistance,
        double eyesY,
        double mouthX,
        double mouthY,
        double left,
        double right,
        double crown,
        double chin,
        double yawDegrees,
        double rollDegrees) {

    // MediaPipe's numbering. "Left" is the picture's left.
    static final int LEFT_IRIS = 468;
    static final int RIGHT_IRIS = 473;
    static final int LEFT_MOUTH_CORNER = 78;
    static final int RIGHT_MOUTH_CORNER = 308;
    static final int CHIN = 152;
    static final int HAIRLINE = 10;
    static final int LOWER_LIP = 17;
    private static final int LEFT_CHEEK = 234;
    private static final int RIGHT_CHEEK = 454;
    private static final int NOSE_TIP = 1;

    /**
     * Half the width of MediaPipe's canonical face over how far the tip of its nose stands before the cheeks. When a head
     * turns, nose and cheeks move past each other; where they are is seen well, while the network's depths of a turned
     * head come out a third too flat.
     */
    private static final double NOSE_LEVER = 0.773;

    /** The crown lies above the hairline by this share of the face from hairline to chin. */
    private static final double CROWN_SHARE = 0.28;

    /** @param landmarks f32 [478, 3] in picture pixels */
    static FaceGeometry of(float[] landmarks) {
        final double eyesX = landmarks[3 * RIGHT_IRIS] - landmarks[3 * LEFT_IRIS];
        final double eyesRise = landmarks[3 * RIGHT_IRIS + 1] - landmarks[3 * LEFT_IRIS + 1];
        final double eyesDepth = landmarks[3 * RIGHT_IRIS + 2] - landmarks[3 * LEFT_IRIS + 2];
        double left = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < landmarks.length; i += 3) {
            left = Math.min(left, landmarks[i]);
            right = Math.max(right, landmarks[i]);
        }
        final double acrossX = chord(landmarks, LEFT_CHEEK, RIGHT_CHEEK, 0);
        final double acrossY = chord(landmarks, LEFT_CHEEK, RIGHT_CHEEK, 1);
        final double across = Math.hypot(acrossX, acrossY);
        final double noseX = landmarks[3 * NOSE_TIP] - middle(landmarks, LEFT_CHEEK, RIGHT_CHEEK, 0);
        final double noseY = landmarks[3 * NOSE_TIP + 1] - middle(landmarks, LEFT_CHEEK, RIGHT_CHEEK, 1);
        final double noseAside = (noseX * acrossX + noseY * acrossY) / across;
        final double hairline = landmarks[3 * HAIRLINE + 1];
        final double chin = landmarks[3 * CHIN + 1];
        return new FaceGeometry(
                Math.sqrt(eyesX * eyesX + eyesRise * eyesRise + eyesDepth * eyesDepth),
                middle(landmarks, LEFT_IRIS, RIGHT_IRIS, 1),
                middle(landmarks, LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER, 0),
                middle(landmarks, LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER, 1),
                left,
                right,
                hairline - CROWN_SHARE * (chin - hairline),
                chin,
                Math.toDegrees(Math.atan(NOSE_LEVER * noseAside / (across / 2))),
                Math.toDegrees(Math.atan2(acrossY, acrossX)));
    }

    private static double middle(float[] landmarks, int one, int other, int axis) {
        return (landmarks[3 * one + axis] + landmarks[3 * other + axis]) / 2.0;
    }

    private static double chord(float[] landmarks, int from, int to, int axis) {
        return landmarks[3 * to + axis] - landmarks[3 * from + axis];
    }
}
