package dev.mouthpiece.worker.capacity;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Descriptions in which sender and receiver call the codecs of video by different payload numbers. So the receiver gets the packets,
 * reports on them, and drops them as none of its own, before decoding: a worker's receivers are other machines, and their
 * decoders must not be counted as its work. Immutable.
 */
final class UnreadVideo {
    private static final Pattern VIDEO = Pattern.compile("(?m)^m=video \\d+ \\S+((?: \\d+)+)\\r?$");
    private static final Pattern ANY_NUMBER = Pattern.compile("(?m)^a=rtpmap:(\\d+) ");
    private static final Pattern NUMBERED = Pattern.compile("(?m)(?<=^a=(?:rtpmap|fmtp|rtcp-fb):)\\d+|(?<=apt=)\\d+");
    private static final Pattern MEDIA_NUMBER = Pattern.compile(" \\d+");

    /** Numbers that are free for any codec. */
    private static final int FIRST = 96;

    private static final int LAST = 127;

    private final Map<String, String> hidden;
    private final Map<String, String> shown;

    private UnreadVideo(Map<String, String> hidden) {
        this.hidden = hidden;
        this.shown = new HashMap<>();
        hidden.forEach((from, to) -> shown.put(to, from));
    }

    /**
     * Chooses other numbers than the offer's.
     *
     * @throws IllegalArgumentException if the offer has no video, or no number is left
     */
    static UnreadVideo of(String offer) {
        final Matcher video = VIDEO.matcher(offer);
        if (!video.find()) {
            throw new IllegalArgumentException("the offer has no video");
        }
        final Set<String> used = new HashSet<>();
        ANY_NUMBER.matcher(offer).results().map(result -> result.group(1)).forEach(used::add);
        final Map<String, String> others = new HashMap<>();
        int next = FIRST;
        for (final String number : video.group(1).strip().split(" ", -1)) {
            while (used.contains(Integer.toString(next))) {
                next++;
            }
            if (next > LAST) {
                throw new IllegalArgumentException("the offer leaves no payload number free");
            }
            others.put(number, Integer.toString(next++));
        }
        return new UnreadVideo(others);
    }

    /** The sender's description as the receiver is to see it. */
    String hide(String sdp) {
        return replace(sdp, hidden);
    }

    /** The receiver's description as the sender is to see it. */
    String show(String sdp) {
        return replace(sdp, shown);
    }

    private static String replace(String sdp, Map<String, String> numbers) {
        final String media = VIDEO.matcher(sdp).replaceAll(result -> {
            final String list = result.group(1);
            final String renamed = MEDIA_NUMBER
                    .matcher(list)
                    .replaceAll(number -> " " + other(number.group().strip(), numbers));
            return Matcher.quoteReplacement(result.group().replace(list, renamed));
        });
        return NUMBERED.matcher(media).replaceAll((MatchResult number) -> other(number.group(), numbers));
    }

    private static String other(String number, Map<String, String> numbers) {
        return numbers.getOrDefault(number, number);
    }
}
