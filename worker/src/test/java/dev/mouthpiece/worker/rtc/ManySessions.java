package dev.mouthpiece.worker.rtc;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Opens and closes sessions, with media flowing in each, and prints what the process holds after each. */
final class ManySessions {
    static final int SETTLING = 40;
    static final int SESSIONS = SETTLING + 100;

    private ManySessions() {}

    public static void main(String[] arguments) throws Exception {
        final Rtc rtc = Rtc.load();
        for (int i = 0; i < SESSIONS; i++) {
            runOne(rtc);
            System.gc();
            System.out.printf("held %d %d %d%n", count("task"), count("fd"), rssKib());
        }
        Runtime.getRuntime().halt(0);
    }

    private static void runOne(Rtc rtc) {
        try (Session session = new Session()) {
            final RecordedEvents sent = new RecordedEvents();
            final RecordedEvents heard = new RecordedEvents();
            final Publisher publisher =
                    session.call(() -> rtc.newPublisher(new PublisherConfig("room", "sound", "picture")));
            final Listener listener = session.call(rtc::newListener);
            final Peer from = session.call(() -> publisher.newPeer(PeerConfig.DEFAULT, sent, session.executor()));
            final Peer to = session.call(() -> listener.newPeer(PeerConfig.DEFAULT, heard, session.executor()));
            session.run(() -> from.sendMedia(new MediaLimits(500_000, 32_000, 0, 25), VideoCodec.H264));
            session.run(() -> from.openDataChannel("_reliable", true, -1));
            final String offer = session.await(() -> from.createOffer(false));
            final String answer =
                    session.await(() -> to.answer(offer, new AnswerOptions(null, List.of(), CandidateWait.FIRST)));
            session.await(() -> from.acceptAnswer(answer));
            session.run(() -> heard.tracks.getFirst().listen(pcm -> {}));
            try (Pump _ = Pump.start(publisher, 8_000)) {
                Session.until(
                        "a picture",
                        () -> Objects.requireNonNull(session.await(from::stats).video())
                                        .framesEncoded()
                                > 2);
                // Half of them are closed while pictures and sound are pushed.
                if (Math.floorMod(System.nanoTime(), 2) == 0) {
                    session.run(publisher::close);
                }
            }
            session.run(listener::close);
            session.run(publisher::close);
        }
    }

    private static int count(String folder) {
        return Objects.requireNonNull(new File("/proc/self/" + folder).list()).length;
    }

    private static long rssKib() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("no VmRSS");
    }
}
