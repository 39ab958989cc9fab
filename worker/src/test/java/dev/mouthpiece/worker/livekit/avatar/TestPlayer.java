package dev.mouthpiece.worker.livekit.avatar;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Plays speech by a clock that somebody else moves, as the media side does, without pictures. Any thread may use it. */
public final class TestPlayer implements SpeechPort {
    private static final class Playing {
        final long number;
        final int bytesPerSecond;
        final int channels;
        long receivedBytes;
        long playedUs;
        boolean started;
        boolean ended;

        Playing(long number, int sampleRateHz, int channels) {
            this.number = number;
            this.channels = channels;
            this.bytesPerSecond = sampleRateHz * channels * 2;
        }

        long receivedUs() {
            return receivedBytes * 1_000_000 / bytesPerSecond;
        }
    }

    private final Deque<Playing> line = new ArrayDeque<>();
    private final List<Runnable> events = new ArrayList<>();
    private PlaybackListener listener = new PlaybackListener() {
        @Override
        public void onPlaybackStarted(long segment) {}

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {}
    };

    private long begun;
    private long bytes;
    private int sampleSum;
    private int clears;
    private int roomBytes = Integer.MAX_VALUE;

    public synchronized void listen(PlaybackListener to) {
        listener = to;
    }

    /** Takes so many bytes or calls more, then nothing. */
    public synchronized void giveRoom(int room) {
        roomBytes = room;
    }

    /** Everything that was written, of all segments. */
    public synchronized long bytes() {
        return bytes;
    }

    /** The sum of all samples, which tells whether they were cut where they should be. */
    public synchronized int sampleSum() {
        return sampleSum;
    }

    public synchronized long segments() {
        return begun;
    }

    public synchronized int clears() {
        return clears;
    }

    /** Time passes. */
    public void play(long us) {
        final List<Runnable> due;
        synchronized (this) {
            advance(us);
            due = List.copyOf(events);
            events.clear();
        }
        due.forEach(Runnable::run);
    }

    @Override
    public synchronized boolean begin(int sampleRateHz, int channels) {
        if (!line.isEmpty() && !line.getLast().ended) {
            throw new IllegalStateException("the segment before has not ended");
        }
        if (!takeRoom(1)) {
            return false;
        }
        line.add(new Playing(++begun, sampleRateHz, channels));
        return true;
    }

    @Override
    public synchronized int write(ByteBuffer pcm) {
        final Playing last = line.getLast();
        final int frameBytes = 2 * last.channels;
        if (last.ended || pcm.remaining() % frameBytes != 0) {
            throw new IllegalStateException("no segment is open, or a sample is split: " + pcm.remaining());
        }
        final int taken = Math.min(pcm.remaining(), roomBytes) / frameBytes * frameBytes;
        takeRoom(taken);
        for (int i = 0; i < taken; i += 2) {
            sampleSum += (short) ((pcm.get() & 0xFF) | (pcm.get() << 8));
        }
        last.receivedBytes += taken;
        bytes += taken;
        return taken;
    }

    @Override
    public synchronized boolean end() {
        if (!takeRoom(1)) {
            return false;
        }
        line.getLast().ended = true;
        return true;
    }

    @Override
    public synchronized void clear() {
        clears++;
        final Playing first = line.peek();
        if (first != null && first.started) {
            events.add(() -> listener.onPlaybackFinished(first.number, first.playedUs, true));
        }
        line.clear();
    }

    private boolean takeRoom(int room) {
        if (roomBytes < room) {
            return false;
        }
        roomBytes -= room;
        return true;
    }

    private void advance(long us) {
        long leftUs = us;
        while (!line.isEmpty()) {
            final Playing first = line.element();
            final long stepUs = Math.min(leftUs, first.receivedUs() - first.playedUs);
            if (stepUs > 0 && !first.started) {
                first.started = true;
                events.add(() -> listener.onPlaybackStarted(first.number));
            }
            first.playedUs += stepUs;
            leftUs -= stepUs;
            if (!first.ended || first.playedUs < first.receivedUs()) {
                return;
            }
            line.remove();
            events.add(() -> listener.onPlaybackFinished(first.number, first.playedUs, false));
        }
    }
}
