package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.media.life.Moods;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A runner that does what the test says, and writes down what it was told. */
public final class ScriptedRunner implements SessionRunner {
    private final Map<String, Scripted> running = new ConcurrentHashMap<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private volatile boolean isAutomatic;

    /** One that comes on air at once and leaves at once. */
    public static ScriptedRunner automatic() {
        final var runner = new ScriptedRunner();
        runner.isAutomatic = true;
        return runner;
    }

    @Override
    public RunningSession start(SessionOrder order, RunEvents events) {
        final var session = new Scripted(order, events);
        if (running.put(order.id(), session) != null) {
            log.add("TWICE " + order.id());
        }
        log.add("start " + order.id() + (order.isTakeover() ? " takeover" : ""));
        if (isAutomatic) {
            events.onAir();
        }
        return session;
    }

    public Scripted session(String id) {
        final Scripted found = running.get(id);
        if (found == null) {
            throw new AssertionError(id + " does not run: " + log);
        }
        return found;
    }

    public boolean isRunning(String id) {
        return running.containsKey(id);
    }

    /** All that happened. */
    public List<String> log() {
        return new ArrayList<>(log);
    }

    /** A session in the runner's hands. */
    public final class Scripted implements RunningSession {
        private final SessionOrder order;
        private final RunEvents events;
        private volatile long frames;

        private Scripted(SessionOrder order, RunEvents events) {
            this.order = order;
            this.events = events;
        }

        public SessionOrder order() {
            return order;
        }

        public RunEvents events() {
            return events;
        }

        /** Pictures were sent. */
        public void sent(long count) {
            frames = count;
        }

        /** It has left the room. */
        public void left(String reason) {
            if (running.remove(order.id(), this)) {
                events.ended(reason);
            }
        }

        public void broke(String code, String message) {
            running.remove(order.id(), this);
            events.failed(code, message);
        }

        @Override
        public void end(String reason) {
            log.add("end " + order.id() + " " + reason);
            if (isAutomatic) {
                left(reason);
            }
        }

        @Override
        public void show(Portrait portrait) {
            log.add("show " + order.id() + " " + portrait);
        }

        @Override
        public void feel(Moods moods) {
            log.add("feel " + order.id() + " " + moods.speaking().smile());
        }

        @Override
        public long frames() {
            return frames;
        }
    }
}
