package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.livekit.Departure;
import dev.mouthpiece.worker.room.RoomEvents;
import dev.mouthpiece.worker.room.RoomSession;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells what happens in a room, a line each, and waits for its end. */
final class RoomStory implements RoomEvents {
    private static final long ASK_MS = 50;
    /** Longest wait for a proper leave after Ctrl-C. */
    private static final long LEAVE_MS = 2_000;

    private final Terminal terminal;
    private final boolean isQuiet;
    private final long beganNs = System.nanoTime();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable Ending ending;

    RoomStory(Terminal terminal, boolean isQuiet) {
        this.terminal = terminal;
        this.isQuiet = isQuiet;
    }

    /** Waits until the session is over, or somebody interrupts. Returns the exit code. */
    int watch(RoomSession session) {
        try {
            while (!over.await(ASK_MS, TimeUnit.MILLISECONDS)) {
                if (terminal.interruption().getAsBoolean()) {
                    session.leave();
                    if (!over.await(LEAVE_MS, TimeUnit.MILLISECONDS)) {
                        terminal.err().println("mouthpiece: the server did not answer; gone without a goodbye");
                    }
                    return Interruption.EXIT_CODE;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CanceledException();
        }
        final Ending how = ending;
        if (how == null || !how.failed()) {
            return Cli.OK;
        }
        terminal.err().println("mouthpiece: " + how.message());
        return how.cause() == Departure.Cause.REFUSED ? Cli.BAD_INPUT : Cli.FAILED;
    }

    /** Something worth knowing. */
    void note(String text) {
        say(text);
    }

    @Override
    public void onJoined(String identity, String room) {
        say("joined room " + room + " as " + identity);
    }

    @Override
    public void onAir() {
        say("on air");
    }

    @Override
    public void onSpeakerFound(String identity) {
        say("listening to " + identity);
    }

    @Override
    public void onSpeakerGone(String identity) {
        say(identity + " has left; waiting for it to come back");
    }

    @Override
    public void onSpeaking(long segment) {
        say("speaking, segment " + segment);
    }

    @Override
    public void onSpoken(long segment, long positionUs, boolean interrupted) {
        say(String.format(
                Locale.ROOT,
                interrupted ? "interrupted in segment %d after %.2f s" : "segment %d is over: %.2f s",
                segment,
                positionUs / 1e6));
    }

    @Override
    public void onReconnecting(String why) {
        say("reconnecting: " + why);
    }

    @Override
    public void onReconnected(boolean resumed) {
        say(resumed ? "connected again, nothing was lost" : "connected again, joined anew");
    }

    @Override
    public void onMuted(boolean audio, boolean muted) {
        say((audio ? "sound" : "picture") + (muted ? " is muted by the room" : " is let through again"));
    }

    @Override
    public void onOver(Ending how) {
        ending = how;
        if (!how.failed()) {
            say("left: " + how.message());
        }
        over.countDown();
    }

    private void say(String text) {
        if (!isQuiet) {
            terminal.err().printf(Locale.ROOT, "%8.3f %s%n", (System.nanoTime() - beganNs) / 1e9, text);
        }
    }
}
