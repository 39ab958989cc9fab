package dev.mouthpiece.worker.live;

import dev.mouthpiece.device.I420Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Writes down what a session puts out: when, how bright, how loud. */
final class RecordingOutput implements LiveOutput, LiveEvents {
    /** One picture; white is a flash. */
    record Picture(long atNs, boolean white, boolean repeated) {}

    /** 10 ms of sound. */
    record Sound(long atNs, int peak) {}

    final List<Picture> pictures = new ArrayList<>();
    final List<Sound> sounds = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    final List<String> measured = new ArrayList<>();
    private final LongSupplier clock;

    RecordingOutput(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public void pushVideo(I420Frame picture, boolean repeated) {
        final int middle = picture.width() * picture.height() / 2 + picture.width() / 2;
        pictures.add(new Picture(clock.getAsLong(), (picture.data().get(middle) & 0xff) > 200, repeated));
    }

    @Override
    public void pushAudio(byte[] pcm) {
        int peak = 0;
        for (int i = 0; i < pcm.length; i += 2) {
            peak = Math.max(peak, Math.abs((pcm[i] & 0xff) | pcm[i + 1] << 8));
        }
        sounds.add(new Sound(clock.getAsLong(), peak));
    }

    @Override
    public void onPlaybackStarted(long segment) {
        events.add("started " + segment);
    }

    @Override
    public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
        events.add((interrupted ? "interrupted " : "finished ") + segment + " at " + positionUs);
    }

    @Override
    public void onMeasured(long segment, long firstPushNs, int waitedMs) {
        measured.add(segment + ": " + firstPushNs / 1_000_000 + " ms, waited " + waitedMs + " ms");
    }

    @Override
    public void onFailed(Throwable cause) {
        events.add("failed: " + cause.getMessage());
    }
}
