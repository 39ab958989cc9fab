package dev.mouthpiece.worker.media;

import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a session hands out. */
public final class RecordingSink implements MediaSink {
    /** One picture. {@code tick} is how many ticks of sound came before it. */
    public record Picture(long tick, long segment, long frame, float feature, int greenSlot, boolean repeated) {}

    /** 10 ms of sound; {@code level} is its first sample, 0 in silence, {@code last} its last. */
    public record Sound(long segment, short level, short last) {}

    public final List<Picture> pictures = new ArrayList<>();
    public final List<Sound> sounds = new ArrayList<>();
    public final List<String> events = new ArrayList<>();

    @Override
    public void onVideo(FrameSlot slot, boolean repeated) {
        final int luma = slot.picture().data().get(16 * 32 + 16) & 0xff;
        pictures.add(new Picture(
                sounds.size() - 1L, slot.segmentId(), slot.frameIndex(), slot.features()[0], luma, repeated));
    }

    @Override
    public void onAudio(Segment segment, ByteBuffer pcm, ByteBuffer following) {
        sounds.add(new Sound(segment.id(), pcm.getShort(0), pcm.getShort(pcm.limit() - 2)));
    }

    @Override
    public void onSilence() {
        sounds.add(new Sound(0, (short) 0, (short) 0));
    }

    @Override
    public void onPlaybackStarted(long segmentId) {
        events.add("started " + segmentId);
    }

    @Override
    public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {
        events.add((interrupted ? "interrupted " : "finished ") + segmentId + " at " + positionUs);
    }

    @Override
    public void onFailed(Throwable cause) {
        events.add("failed: " + cause.getMessage());
    }
}
