package dev.mouthpiece.worker.session;

import java.util.Map;
import java.util.Optional;

/**
 * The picture's size on air, by the words that callers use.
 *
 * @param width px, even
 * @param height px, even
 */
public record PictureSize(int width, int height) {
    /** The aspect that is meant where none is named. */
    public static final String USUAL_ASPECT = "2x3";

    /** One place of a worker: a session of the usual size. */
    private static final double PLACE_PX = 368 * 560;

    /** Lite, standard, pro. */
    private static final Map<String, PictureSize[]> SIZES = Map.of(
            "2x3", sizes(264, 400, 368, 560, 720, 1080),
            "9x16", sizes(224, 400, 360, 640, 720, 1280),
            "1x1", sizes(304, 304, 512, 512, 896, 896),
            "3x2", sizes(400, 264, 560, 368, 1080, 720));

    /** The size for a quality and an aspect, if there is such an aspect. */
    public static Optional<PictureSize> of(String aspect, Quality quality) {
        final PictureSize[] sizes = SIZES.get(aspect);
        return sizes == null
                ? Optional.empty()
                : Optional.of(
                        switch (quality) {
                            case LITE -> sizes[0];
                            case MOCK, STANDARD -> sizes[1];
                            case PRO -> sizes[2];
                        });
    }

    /** How many places of a worker a session of this size takes. */
    public int cost() {
        return Math.max(1, (int) Math.round(width * height / PLACE_PX));
    }

    private static PictureSize[] sizes(int... sides) {
        return new PictureSize[] {
            new PictureSize(sides[0], sides[1]),
            new PictureSize(sides[2], sides[3]),
            new PictureSize(sides[4], sides[5])
        };
    }
}
