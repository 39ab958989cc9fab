package dev.mouthpiece.worker.whep;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An SDP fragment of trickle ICE (RFC 8840), as WHEP sends it by PATCH.
 *
 * @param ufrag of the side that sent it; empty where the fragment names none
 * @param password belongs to the ufrag
 * @param candidates in their order
 */
record IceFragment(Optional<String> ufrag, Optional<String> password, List<Candidate> candidates) {
    static final String CONTENT_TYPE = "application/trickle-ice-sdpfrag";

    /** More than any machine has addresses for. */
    private static final int MAX_CANDIDATES = 64;

    /**
     * A path that the other side offers.
     *
     * @param mid the media section it belongs to; empty where the fragment names none
     * @param line {@code candidate:…}, as libraries take it
     */
    record Candidate(String mid, String line) {}

    /**
     * Reads a fragment.
     *
     * @throws IllegalArgumentException if it is none
     */
    static IceFragment parse(String text) {
        String mid = "";
        @Nullable String ufrag = null;
        @Nullable String password = null;
        final List<Candidate> candidates = new ArrayList<>();
        for (final String line : text.lines().toList()) {
            if (line.startsWith("a=ice-ufrag:")) {
                ufrag = line.substring(12).trim();
            } else if (line.startsWith("a=ice-pwd:")) {
                password = line.substring(10).trim();
            } else if (line.startsWith("a=mid:")) {
                mid = line.substring(6).trim();
            } else if (line.startsWith("a=candidate:")) {
                candidates.add(new Candidate(mid, line.substring(2).trim()));
            } else if (!line.isBlank() && !line.matches("[a-z]=.*")) {
                throw new IllegalArgumentException("not a line of SDP: " + shortened(line));
            }
        }
        if (candidates.size() > MAX_CANDIDATES) {
            throw new IllegalArgumentException(
                    candidates.size() + " candidates in one fragment; " + MAX_CANDIDATES + " is the limit");
        }
        if (ufrag == null && candidates.isEmpty() && !text.contains("a=end-of-candidates")) {
            throw new IllegalArgumentException("neither a candidate nor credentials are in the fragment");
        }
        if ((ufrag == null) != (password == null)) {
            throw new IllegalArgumentException("a=ice-ufrag and a=ice-pwd go together");
        }
        return new IceFragment(Optional.ofNullable(ufrag), Optional.ofNullable(password), List.copyOf(candidates));
    }

    /** Our side's credentials and candidates, out of a whole description. */
    static String of(String sdp) {
        // All media share one transport: the first section's lines are everybody's.
        final String first = sdp.split("(?m)(?=^m=)", -1)[1];
        final var out = new StringBuilder();
        for (final String wanted : List.of("a=ice-ufrag:", "a=ice-pwd:", "m=", "a=mid:", "a=candidate:")) {
            first.lines().filter(line -> line.startsWith(wanted)).forEach(line -> out.append(line)
                    .append("\r\n"));
        }
        return out.toString();
    }

    /** The description with these credentials in place of its own, and without its candidates: what an ICE restart offers. */
    String restart(String sdp) {
        final String newUfrag = ufrag.orElseThrow();
        final String newPassword = password.orElseThrow();
        final var out = new StringBuilder();
        for (final String line : sdp.lines().toList()) {
            if (line.startsWith("a=ice-ufrag:")) {
                out.append("a=ice-ufrag:").append(newUfrag);
            } else if (line.startsWith("a=ice-pwd:")) {
                out.append("a=ice-pwd:").append(newPassword);
            } else if (line.startsWith("a=candidate:") || line.equals("a=end-of-candidates")) {
                continue;
            } else {
                out.append(line);
            }
            out.append("\r\n");
        }
        return out.toString();
    }

    private static String shortened(String line) {
        return line.length() <= 60 ? line : line.substring(0, 60) + "...";
    }
}
