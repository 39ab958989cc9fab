package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.FaceFinder.FaceScan;
import dev.mouthpiece.worker.BadInputException;

/** Which faces can speak, and what is said of one that cannot. Pure. */
final class FacePolicy {
    private static final float MIN_SCORE = 0.5f;

    /** Eyes closer than this are a face about as wide as a thumbnail: enlarged to a frame there is nothing left to see. */
    private static final double MIN_EYE_DISTANCE_PX = 20;

    /** Beyond, half of the mouth is hidden, and a warp cannot show it. */
    private static final double MAX_YAW_DEGREES = 30;

    /** Beyond, the picture was not meant to be seen this way up. */
    private static final double MAX_ROLL_DEGREES = 35;

    /** Pixels by which an eye or the mouth may lie outside: landmarks of faces at the edge are guesses. */
    private static final double EDGE_PX = 1;

    private FacePolicy() {}

    /** Whether the scan is of a face at all; it may still be too small, turned away or cut off. */
    static boolean isFace(FaceScan scan) {
        return scan.faceCount() > 0 && scan.detectorScore() >= MIN_SCORE && scan.meshScore() >= MIN_SCORE;
    }

    /**
     * The face of a picture, if it can speak.
     *
     * @param name what errors call the portrait
     * @throws BadInputException if it cannot; says what picture to give instead
     */
    static FaceGeometry requireFace(String name, FaceScan scan, Picture picture) {
        if (!isFace(scan)) {
            throw new BadInputException("no face found in portrait " + name
                    + ": give a picture of one face that looks into the camera, evenly lit and not covered");
        }
        final FaceGeometry face = FaceGeometry.of(scan.landmarks());
        checkTurn(name, face);
        checkSize(name, face);
        checkInside(name, "eyes", scan.landmarks(), picture, FaceGeometry.LEFT_IRIS, FaceGeometry.RIGHT_IRIS);
        checkInside(
                name,
                "mouth",
                scan.landmarks(),
                picture,
                FaceGeometry.LEFT_MOUTH_CORNER,
                FaceGeometry.RIGHT_MOUTH_CORNER,
                FaceGeometry.LOWER_LIP);
        return face;
    }

    private static void checkTurn(String name, FaceGeometry face) {
        if (Math.abs(face.yawDegrees()) > MAX_YAW_DEGREES) {
            throw new BadInputException("the face in portrait " + name + " is turned too far away ("
                    + Math.round(Math.abs(face.yawDegrees())) + " degrees, " + Math.round(MAX_YAW_DEGREES)
                    + " is the limit): give a picture that looks into the camera");
        }
        if (Math.abs(face.rollDegrees()) > MAX_ROLL_DEGREES) {
            throw new BadInputException("the face in portrait " + name + " is tilted by "
                    + Math.round(Math.abs(face.rollDegrees())) + " degrees: turn the picture upright");
        }
    }

    private static void checkSize(String name, FaceGeometry face) {
        if (face.eyeDistance() < MIN_EYE_DISTANCE_PX) {
            throw new BadInputException("the face in portrait " + name + " is too small (eyes "
                    + Math.round(face.eyeDistance()) + " px apart, " + Math.round(MIN_EYE_DISTANCE_PX)
                    + " are needed): give a larger picture or a closer one");
        }
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
}
