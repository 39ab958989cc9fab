package dev.mouthpiece.worker.rtc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A session description as text in sections: what WebRTC has no setting for is read from it or written into it. Immutable.
 *
 * @param session the lines before the first section
 * @param sections one for each {@code m=} line, in order
 */
record Sdp(List<String> session, List<Section> sections) {
    /** No honest description comes near. */
    private static final int MAX_CHARS = 256 * 1024;

    private static final Pattern PAYLOAD_LINE = Pattern.compile("a=(?:rtpmap|fmtp|rtcp-fb):(\\d+) .*");
    private static final Pattern RTX_OF = Pattern.compile("a=fmtp:(\\d+) (?:.*;\\s*)?apt=(\\d+).*");
    private static final Pattern RTPMAP = Pattern.compile("a=rtpmap:(\\d+) ([^/]+)/.*");
    private static final Pattern H264_FMTP = Pattern.compile("a=fmtp:(\\d+) .*profile-level-id=([0-9a-fA-F]{6}).*");

    Sdp {
        session = List.copyOf(session);
        sections = List.copyOf(sections);
    }

    /** @throws RtcException if it is no session description */
    static Sdp parse(String text) {
        if (text.length() > MAX_CHARS) {
            throw new RtcException(
                    "the session description has " + text.length() + " characters, more than " + MAX_CHARS);
        }
        final List<String> session = new ArrayList<>();
        final List<Section> sections = new ArrayList<>();
        List<String> lines = session;
        for (final String line : (Iterable<String>) text.lines()::iterator) {
            if (line.startsWith("m=")) {
                addSection(sections, lines, session);
                lines = new ArrayList<>();
            }
            if (!line.isBlank()) {
                lines.add(line);
            }
        }
        addSection(sections, lines, session);
        if (session.isEmpty() || !session.getFirst().startsWith("v=")) {
            throw new RtcException("this is no session description: it does not begin with v=");
        }
        return new Sdp(session, sections);
    }

    private static void addSection(List<Section> sections, List<String> lines, List<String> session) {
        if (lines != session) {
            sections.add(new Section(lines));
        }
    }

    boolean has(String kind) {
        return sections.stream().anyMatch(section -> section.is(kind));
    }

    /** Whether a section of pictures can carry this codec as we send it. */
    boolean has(VideoCodec codec) {
        return sections.stream()
                .anyMatch(section ->
                        section.is("video") && !section.payloads(codec).isEmpty());
    }

    /**
     * Only this codec, with its retransmissions, in each section of pictures that has it. The answering side sends the first codec of
     * the offer that it knows, whatever its preferences say; so the offer is made to hold one.
     */
    Sdp withVideo(VideoCodec codec) {
        return mapSections(section -> {
            final List<String> payloads = section.is("video") ? section.payloads(codec) : List.of();
            return payloads.isEmpty() ? section : section.keeping(payloads);
        });
    }

    /** Tells the other side's decoder nothing, but our encoder where to begin. */
    Sdp withStartBitrate(int kbps) {
        return mapSections(section -> section.is("video") ? section.withStartBitrate(kbps) : section);
    }

    /** Tells our encoder how much sound a packet holds: WebRTC takes it from the other side's wish. */
    Sdp withSoundPackets(int ms) {
        return mapSections(section -> section.is("audio") ? section.withPacketTime(ms) : section);
    }

    /** The same with more candidates, in the section whose transport all share. */
    Sdp withCandidates(List<String> lines) {
        final List<Section> result = new ArrayList<>();
        boolean added = lines.isEmpty();
        for (final Section section : sections) {
            final boolean here = !added && section.has("a=ice-ufrag:");
            result.add(here ? section.withLinesBefore("a=ice-ufrag:", lines) : section);
            added |= here;
        }
        return new Sdp(session, result);
    }

    /** All candidate lines. */
    List<String> candidates() {
        return sections.stream()
                .flatMap(section -> section.lines().stream())
                .filter(line -> line.startsWith("a=candidate:"))
                .toList();
    }

    /** The name of the ICE session: another one means that it was restarted. */
    String iceUser() {
        return sections.stream()
                .map(section -> section.value("a=ice-ufrag:"))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("");
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        session.forEach(line -> text.append(line).append("\r\n"));
        sections.forEach(
                section -> section.lines().forEach(line -> text.append(line).append("\r\n")));
        return text.toString();
    }

    private Sdp mapSections(UnaryOperator<Section> change) {
        return new Sdp(session, sections.stream().map(change).toList());
    }

    /** @param lines the first begins with {@code m=} */
    record Section(List<String> lines) {
        Section {
            lines = List.copyOf(lines);
        }

        boolean is(String kind) {
            return lines.getFirst().startsWith("m=" + kind + " ");
        }

        boolean has(String prefix) {
            return lines.stream().anyMatch(line -> line.startsWith(prefix));
        }

        String mid() {
            return value("a=mid:");
        }

        /** {@code stream track}, empty if it tells none. */
        String msid() {
            return value("a=msid:");
        }

        /** Whether the one who wrote this sends here. */
        boolean isSending() {
            return !isRejected() && !has("a=recvonly") && !has("a=inactive");
        }

        /** Port 0: this section is not to be used. */
        boolean isRejected() {
            final String[] words = lines.getFirst().split(" ", -1);
            return words.length > 1 && words[1].equals("0") && !has("a=bundle-only");
        }

        String value(String prefix) {
            return lines.stream()
                    .filter(line -> line.startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).trim())
                    .findFirst()
                    .orElse("");
        }

        /** Payload types that can carry the codec as we send it, the best one first. */
        List<String> payloads(VideoCodec codec) {
            return switch (codec) {
                case H264 -> h264Payloads();
                case VP8 -> payloadsNamed("VP8");
            };
        }

        /** Constrained baseline in packets of any size: 42e01f first, then others of level 3.1 and above, then the same in single packets. */
        private List<String> h264Payloads() {
            final List<String> named = payloadsNamed("H264");
            final List<String> best = new ArrayList<>();
            for (final String mode : List.of("1", "0")) {
                final List<String> exact = new ArrayList<>();
                final List<String> like = new ArrayList<>();
                for (final String line : lines) {
                    final Matcher fmtp = H264_FMTP.matcher(line);
                    if (fmtp.matches() && named.contains(fmtp.group(1)) && mode.equals(packetizationMode(line))) {
                        final int id = Integer.parseInt(fmtp.group(2), 16);
                        if (id == 0x42e01f) {
                            exact.add(fmtp.group(1));
                        } else if (isConstrainedBaseline(id)) {
                            like.add(fmtp.group(1));
                        }
                    }
                }
                best.addAll(exact);
                best.addAll(like);
            }
            return best;
        }

        private static boolean isConstrainedBaseline(int profileLevelId) {
            return profileLevelId >> 16 == 0x42
                    && (profileLevelId & 0x4f00) == 0x4000
                    && (profileLevelId & 0xff) >= 0x1f;
        }

        private static String packetizationMode(String fmtp) {
            final Matcher mode = Pattern.compile("packetization-mode=(\\d)").matcher(fmtp);
            return mode.find() ? mode.group(1) : "0";
        }

        private List<String> payloadsNamed(String codec) {
            final List<String> payloads = new ArrayList<>();
            for (final String line : lines) {
                final Matcher rtpmap = RTPMAP.matcher(line);
                if (rtpmap.matches() && rtpmap.group(2).equalsIgnoreCase(codec)) {
                    payloads.add(rtpmap.group(1));
                }
            }
            return payloads;
        }

        private Section keeping(List<String> payloads) {
            final List<String> kept = new ArrayList<>(payloads);
            for (final String line : lines) {
                final Matcher rtx = RTX_OF.matcher(line);
                if (rtx.matches() && payloads.contains(rtx.group(2))) {
                    kept.add(rtx.group(1));
                }
            }
            final List<String> result = new ArrayList<>();
            for (final String line : lines) {
                final Matcher payload = PAYLOAD_LINE.matcher(line);
                if (line.startsWith("m=")) {
                    final String[] words = line.split(" ", -1);
                    result.add(String.join(" ", words[0], words[1], words[2], String.join(" ", kept)));
                } else if (!payload.matches() || kept.contains(payload.group(1))) {
                    result.add(line);
                }
            }
            return new Section(result);
        }

        private Section withStartBitrate(int kbps) {
            final Set<String> sent = new LinkedHashSet<>(payloads(VideoCodec.H264));
            sent.addAll(payloads(VideoCodec.VP8));
            final List<String> result = new ArrayList<>();
            for (final String line : lines) {
                final Matcher rtpmap = RTPMAP.matcher(line);
                final Matcher payload = PAYLOAD_LINE.matcher(line);
                final boolean ours = payload.matches() && sent.contains(payload.group(1));
                if (ours && line.startsWith("a=fmtp:")) {
                    result.add(line + ";x-google-start-bitrate=" + kbps);
                } else {
                    result.add(line);
                    if (ours && rtpmap.matches() && !has("a=fmtp:" + payload.group(1) + " ")) {
                        result.add("a=fmtp:" + payload.group(1) + " x-google-start-bitrate=" + kbps);
                    }
                }
            }
            return new Section(result);
        }

        private Section withPacketTime(int ms) {
            final List<String> result = new ArrayList<>(lines);
            result.removeIf(line -> line.startsWith("a=ptime:"));
            result.add("a=ptime:" + ms);
            return new Section(result);
        }

        private Section withLinesBefore(String prefix, List<String> added) {
            final List<String> result = new ArrayList<>();
            boolean done = false;
            for (final String line : lines) {
                if (!done && line.startsWith(prefix)) {
                    result.addAll(added);
                    done = true;
                }
                result.add(line);
            }
            return new Section(result);
        }
    }
}
