package dev.mouthpiece.bench;

import dev.mouthpiece.worker.rtc.PushTurn;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** What is taken away from a pushing thread is not used by it any more once the wait for its turn is over. */
public class PushTurnStress {
    private PushTurnStress() {}

    /** r1: what the push found. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing: it was taken away before")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "a live thing")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a thing that was already disposed of")
    @State
    public static class NothingDisposedIsPushedTo {
        private final PushTurn turn = new PushTurn();
        private volatile boolean visible = true;
        private boolean disposed;

        @Actor
        public void pusher(I_Result r) {
            if (turn.begin()) {
                if (visible) {
                    r.r1 = disposed ? 2 : 1;
                }
                turn.end();
            }
        }

        @Actor
        public void taker() {
            visible = false;
            turn.awaitEnd();
            disposed = true;
        }
    }

    /** r1: what the second push found. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "it did not begin")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "a live thing")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a thing that was already disposed of")
    @State
    public static class NothingIsPushedAfterTheClose {
        private final PushTurn turn = new PushTurn();
        private boolean disposed;

        @Actor
        public void pusher(I_Result r) {
            if (turn.begin()) {
                turn.end();
            }
            if (turn.begin()) {
                r.r1 = disposed ? 2 : 1;
                turn.end();
            }
        }

        @Actor
        public void closer() {
            turn.close();
            disposed = true;
        }
    }
}
