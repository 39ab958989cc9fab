package dev.mouthpiece.worker.rtc;

/** Loads the library, with or without what we do about its end, says so and exits. */
final class Leaving {
    static final int EXIT_CODE = 3;
    static final String LAST_WORD = "leaving";

    private Leaving() {}

    public static void main(String[] arguments) {
        if (Boolean.getBoolean("bare")) {
            RtcLibrary.loadNative();
        } else {
            RtcLibrary.load();
        }
        System.out.println(LAST_WORD);
        System.exit(EXIT_CODE);
    }
}
