package dev.mouthpiece.worker.live;

import java.util.function.Consumer;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The utterances of a session from the pacer to whoever observes: places made once and used again, no lock, no allocation.
 * Where nobody takes them in time, those that find no place are not recorded.
 */
final class UtteranceLog {
    private static final int PLACES = 32;

    private final OneToOneConcurrentArrayQueue<Utterance> free = new OneToOneConcurrentArrayQueue<>(PLACES);
    private final OneToOneConcurrentArrayQueue<Utterance> done = new OneToOneConcurrentArrayQueue<>(PLACES);

    UtteranceLog() {
        for (int i = 0; i < PLACES; i++) {
            free.offer(new Utterance());
        }
    }

    /** A place for the segment that begins; null where there is none. Pacer's thread. */
    @Nullable
    Utterance begin(long segment) {
        final Utterance place = free.poll();
        if (place != null) {
            place.begin(segment);
        }
        return place;
    }

    /** It is complete. Pacer's thread. */
    void end(Utterance utterance) {
        done.offer(utterance);
    }

    /** Hands all that are complete to {@code reader}, which must not keep them. Any thread, one at a time. */
    synchronized void drain(Consumer<Utterance> reader) {
        for (Utterance next = done.poll(); next != null; next = done.poll()) {
            try {
                reader.accept(next);
            } finally {
                free.offer(next);
            }
        }
    }
}
