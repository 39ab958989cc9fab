package dev.mouthpiece.worker.livekit.signal;

import java.util.regex.Pattern;

/** Makes text from outside fit for one line of log or error: no secrets, no control characters, not long. */
final class Redaction {
    private static final int MAX_CHARS = 200;
    /** Anything that looks like a JWT: three base64url parts, the first two being JSON objects. */
    private static final Pattern JWT = Pattern.compile("eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_=-]*\\.?[A-Za-z0-9_=-]*");

    private static final Pattern USER = Pattern.compile("//[^/@]*@");
    private static final Pattern QUERY = Pattern.compile("[?#].*$", Pattern.DOTALL);
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

    private Redaction() {}

    static String text(String foreign) {
        final String line = CONTROL.matcher(JWT.matcher(foreign).replaceAll("[token]"))
                .replaceAll(" ")
                .strip();
        return line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "…";
    }

    /** A URL without what may be secret in it. */
    static String url(String url) {
        return text(QUERY.matcher(USER.matcher(url).replaceFirst("//[user]@")).replaceFirst("?[query]"));
    }
}
