package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.I420Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Records all that a session on the engine's own threads puts out; places in time are counted in ticks of sound. */
final class Tape implements LiveOutput, LiveEvents {
    /** What counts as sound, of 32767. */
    static final int LOUD = 200;

    private static final int TICK_SAMPLES = 480;
    private static final long LIMIT_S = 60;

    /**
     * One picture.
     *
     * @param tick of the sound that was pushed just before it
     * @param segment whose speech it shows; 0 for none
     * @param mouth the luma of the mouth's region, every second pixel
     */
    record Picture(int tick, boolean repeated, long segment, long frame, double jaw, byte[] mouth) {}

    private final List<short[]> sound = new ArrayList<>();
    private final List<Picture> pictures = new ArrayList<>();
    private final List<String> events = new ArrayList<>();

    // Of the picture that follows.
    private long segment;
    private long frame;
    private double jaw;

    @Override
    public synchronized void pushAudio(byte[] pcm) {
        final short[] tick = new short[TICK_SAMPLES];
        for (int i = 0; i < TICK_SAMPLES; i++) {
            tick[i] = (short) ((pcm[2 * i] & 0xff) | (pcm[2 * i + 1] << 8));
        }
        sound.add(tick);
        notifyAll();
    }

    @Override
    public synchronized void pushShape(long ofSegment, long ofFrame, float[] features) {
        segment = ofSegment;
        frame = ofFrame;
        jaw = features[0];
    }

    @Override
    public synchronized void pushVideo(I420Frame picture, boolean repeated) {
        final byte[] mouth = region(picture, 0.38, 0.62, 0.48, 0.60);
        pictures.add(new Picture(sound.size(), repeated, segment, frame, jaw, mouth));
        segment = 0;
        jaw = 0;
    }

    private static byte[] region(I420Frame picture, double left, double right, double top, double bottom) {
        final int x0 = (int) (left * picture.width());
        final int columns = (int) ((right - left) * picture.width()) / 2;
        final int y0 = (int) (top * picture.height());
        final int rows = (int) ((bottom - top) * picture.height()) / 2;
        final byte[] region = new byte[columns * rows];
        for (int i = 0; i < region.length; i++) {
            final int x = x0 + 2 * (i % columns);
            final int y = y0 + 2 * (i / columns);
            region[i] = picture.data().get(y * picture.width() + x);
        }
        return region;
    }

    @Override
    public synchronized void onPlaybackStarted(long of) {
        tell("started " + of);
    }

    @Override
    public synchronized void onPlaybackFinished(long of, long positionUs, boolean interrupted) {
        tell((interrupted ? "interrupted " : "finished ") + of + " at " + positionUs);
    }

    @Override
    public synchronized void onFailed(Throwable cause) {
        tell("failed: " + cause);
    }

    private void tell(String event) {
        events.add(event);
        notifyAll();
    }

    synchronized List<String> events() {
        return List.copyOf(events);
    }

    synchronized int ticks() {
        return sound.size();
    }

    synchronized void awaitTicks(int count) {
        await(() -> sound.size() >= count, "tick " + count);
    }

    /** The first event that begins so, when it comes. */
    synchronized String awaitEvent(String beginning) {
        await(() -> events.stream().anyMatch(event -> event.startsWith(beginning)), beginning);
        return events.stream()
                .filter(event -> event.startsWith(beginning))
                .findFirst()
                .orElseThrow();
    }

    private void await(BooleanSupplier isThere, String what) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        while (!isThere.getAsBoolean()) {
            final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            assertThat(leftMs)
                    .as("%s; %d ticks, %s", what, sound.size(), events)
                    .isPositive();
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Pictures from one tick to before another. */
    synchronized List<Picture> pictures(int from, int to) {
        return pictures.stream()
                .filter(picture -> picture.tick() >= from && picture.tick() < to)
                .toList();
    }

    /** Pictures that show this segment's speech. */
    synchronized List<Picture> spoken(long of) {
        return pictures.stream().filter(picture -> picture.segment() == of).toList();
    }

    /** What was heard from the first sound on, at most so many samples. */
    synchronized short[] soundFromFirstLoud(int most) {
        final short[] all = new short[sound.size() * TICK_SAMPLES];
        for (int i = 0; i < sound.size(); i++) {
            System.arraycopy(sound.get(i), 0, all, i * TICK_SAMPLES, TICK_SAMPLES);
        }
        final int first = SpokenTurnTest.firstLoud(all);
        return Arrays.copyOfRange(all, first, Math.min(all.length, first + most));
    }

    /** How far the mouth's region goes from picture to picture, as the mean difference of its luma. */
    double mouthMoves(List<Picture> of) {
        double sum = 0;
        for (int i = 1; i < of.size(); i++) {
            final byte[] a = of.get(i - 1).mouth();
            final byte[] b = of.get(i).mouth();
            double difference = 0;
            for (int k = 0; k < a.length; k++) {
                difference += Math.abs((a[k] & 0xff) - (b[k] & 0xff));
            }
            sum += difference / a.length;
        }
        return sum / Math.max(1, of.size() - 1);
    }
}
