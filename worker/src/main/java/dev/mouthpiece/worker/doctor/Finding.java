package dev.mouthpiece.worker.doctor;

/**
 * One thing that was looked at.
 *
 * @param name what, in a word or two
 * @param level how it is
 * @param detail what was seen, in a line
 * @param advice what to do; empty where nothing is to be done
 */
public record Finding(String name, Level level, String detail, String advice) {
    /** How something is. */
    public enum Level {
        OK,
        /** It works, but not as well as it could, or not for everything. */
        WARN,
        /** The worker would not start, or fail sessions. */
        FAIL
    }

    static Finding ok(String name, String detail) {
        return new Finding(name, Level.OK, detail, "");
    }

    static Finding warn(String name, String detail, String advice) {
        return new Finding(name, Level.WARN, detail, advice);
    }

    static Finding fail(String name, String detail, String advice) {
        return new Finding(name, Level.FAIL, detail, advice);
    }
}
