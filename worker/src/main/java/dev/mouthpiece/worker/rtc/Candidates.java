package dev.mouthpiece.worker.rtc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is known of candidates as text. */
final class Candidates {
    private static final Pattern SHAPE = Pattern.compile(
            "candidate:\\S{1,64} \\d{1,3} \\S{1,8} \\d{1,10} \\S{1,255} \\d{1,5} typ \\S{1,8}( .{0,512})?");
    private static final Pattern HOST_UDP =
            Pattern.compile("a=candidate:\\S+ 1 (?i:udp) \\d+ (\\S+) (\\d+) typ host.*");
    /** Below that of the interfaces' own addresses (2122260223 and less by interface), so that a direct path wins. */
    private static final long ANNOUNCED_PRIORITY = 2_122_000_000L;

    private Candidates() {}

    static boolean isCandidate(String text) {
        return SHAPE.matcher(text).matches();
    }

    /**
     * Candidate lines that tell an address which only others know, one for each UDP port that we have opened.
     *
     * @param own our own candidate lines
     */
    static List<String> announced(NetworkConfig network, List<String> own) {
        final String address = network.announcedAddress();
        if (address.isEmpty()) {
            return List.of();
        }
        final boolean v6 = address.contains(":");
        final Set<String> ports = new LinkedHashSet<>();
        for (final String line : own) {
            final Matcher candidate = HOST_UDP.matcher(line);
            if (candidate.matches()
                    && candidate.group(1).contains(":") == v6
                    && !candidate.group(1).equals(address)) {
                ports.add(candidate.group(2));
            }
        }
        if (own.isEmpty() && network.minPort() > 0 && network.minPort() == network.maxPort()) {
            ports.add(String.valueOf(network.minPort()));
        }
        final List<String> lines = new ArrayList<>();
        for (final String port : ports) {
            lines.add("a=candidate:1" + lines.size() + " 1 udp " + (ANNOUNCED_PRIORITY - lines.size()) + " " + address
                    + " " + port + " typ host");
        }
        return lines;
    }
}
