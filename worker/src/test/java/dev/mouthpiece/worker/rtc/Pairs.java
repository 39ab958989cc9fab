package dev.mouthpiece.worker.rtc;

/** Connects a peer of ours with a viewer in the same process. */
final class Pairs {
    private Pairs() {}

    /** Ours offers, candidates trickle both ways. */
    static void offer(
            Session session, Peer peer, RecordedEvents events, Viewer viewer, MediaLimits limits, VideoCodec codec) {
        session.run(() -> peer.sendMedia(limits, codec));
        exchange(session, peer, events, viewer, false);
        Session.until("connected", () -> events.state() == PeerState.CONNECTED);
    }

    /** The viewer offers, in the manner of a browser's player: no candidates but those in the texts. */
    static void answer(Session session, Peer peer, RecordedEvents events, Viewer viewer, AnswerOptions options) {
        final String answer = answerTo(session, peer, viewer.offer(true, true), options);
        viewer.accept(answer);
        Session.until("connected", () -> events.state() == PeerState.CONNECTED);
    }

    static String answerTo(Session session, Peer peer, String offer, AnswerOptions options) {
        return session.await(() -> peer.answer(offer, options));
    }

    static void exchange(Session session, Peer peer, RecordedEvents events, Viewer viewer, boolean iceRestart) {
        viewer.trickle = candidate -> session.executor().execute(() -> peer.addRemoteCandidate(candidate));
        final String offer = session.await(() -> peer.createOffer(iceRestart));
        final String answer = viewer.answer(offer);
        session.run(() -> events.trickleTo(viewer::add));
        session.await(() -> peer.acceptAnswer(answer));
    }
}
