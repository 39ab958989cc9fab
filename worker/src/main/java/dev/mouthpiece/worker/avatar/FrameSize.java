package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.worker.BadInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Size of a film's frames.
 *
 * @param width 128..1920, even, as video wants it
 * @param height likewise
 */
public record FrameSize(int width, int height) {
    public static final int MIN_SIDE_PX = 128;
    public static final int MAX_SIDE_PX = 1920;

    /** What a film has where the picture and the caller leave the choice: a portrait for a phone or a chat window. */
    public static final FrameSize USUAL = new FrameSize(368, 560);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,5})[xX×](\\d{1,5})");

    public FrameSize {
        if (!isSide(width) || !isSide(height)) {
            throw new BadInputException("size " + width + "x" + height + ": sides must be even and " + MIN_SIDE_PX
                    + ".." + MAX_SIDE_PX + " px");
        }
    }

    /**
     * Reads {@code 368x560}.
     *
     * @throws BadInputException if it is not a size
     */
    public static FrameSize parse(String text) {
        final Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new BadInputException("size " + text + " is not WIDTHxHEIGHT, such as 368x560");
        }
        return new FrameSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    private static boolean isSide(int px) {
        return px >= MIN_SIDE_PX && px <= MAX_SIDE_PX && px % 2 == 0;
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
