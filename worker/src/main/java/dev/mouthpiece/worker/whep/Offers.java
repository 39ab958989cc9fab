package dev.mouthpiece.worker.whep;

import java.util.Locale;
import java.util.regex.Pattern;

/** What an offer must be before it is given to WebRTC, whose own complaints are hard to read. */
final class Offers {
    static final String CONTENT_TYPE = "application/sdp";

    /** A browser's offer has 6 to 10 kB. */
    static final int MAX_BYTES = 64 * 1024;

    private static final Pattern VERSION = Pattern.compile("v=0\r?\n.*", Pattern.DOTALL);
    private static final Pattern LINES = Pattern.compile("([a-z]=[^\r\n]*\r?\n)*([a-z]=[^\r\n]*)?");
    private static final Pattern CODEC = Pattern.compile("a=rtpmap:\\d+ (h264|vp8)/90000");

    private Offers() {}

    /** What is wrong with an offer, and whose words it is answered with. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;

        /** @param status 400 for what cannot be read, 422 for what can be and is nothing that we serve */
        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Lets pass what WebRTC can answer with picture, sound or both. */
    static void check(String sdp) throws RefusedException {
        if (sdp.isBlank()) {
            throw new RefusedException(400, "the body is empty: POST an SDP offer");
        }
        if (!VERSION.matcher(sdp).matches() || !LINES.matcher(sdp).matches()) {
            throw new RefusedException(400, "the body is no SDP: it begins with v=0 and has one letter=value a line");
        }
        final String[] sections = sdp.split("(?m)(?=^m=)", -1);
        boolean wantsMedia = false;
        for (int i = 1; i < sections.length; i++) {
            final String section = sections[i].toLowerCase(Locale.ROOT);
            final boolean isVideo = section.startsWith("m=video");
            if (!isVideo && !section.startsWith("m=audio")) {
                continue;
            }
            if (section.contains("a=sendonly") || section.contains("a=inactive")) {
                throw new RefusedException(
                        422, "the offer's " + (isVideo ? "video" : "audio") + " is not to be received: offer recvonly");
            }
            if (isVideo && !CODEC.matcher(section).find()) {
                throw new RefusedException(422, "the offer has neither H264 nor VP8, and these are what is sent");
            }
            wantsMedia = true;
        }
        if (!wantsMedia) {
            throw new RefusedException(422, "the offer asks for neither video nor audio");
        }
        if (!sdp.contains("a=ice-ufrag:") || !sdp.contains("a=fingerprint:")) {
            throw new RefusedException(
                    400, "the offer has no ICE credentials or no DTLS fingerprint: it is none of WebRTC");
        }
    }
}
