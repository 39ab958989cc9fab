package dev.mouthpiece.worker.rtc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to answer an offer.
 *
 * @param media what to send, null to send nothing
 * @param codecs which codecs may be sent, the preferred one first; the first that the offer has is taken
 * @param candidates which of our own the answer waits for
 */
public record AnswerOptions(@Nullable MediaLimits media, List<VideoCodec> codecs, CandidateWait candidates) {
    public AnswerOptions {
        codecs = List.copyOf(codecs);
    }

    /** Receives what is offered, sends nothing; candidates follow as events. */
    public static AnswerOptions receive() {
        return new AnswerOptions(null, List.of(), CandidateWait.NONE);
    }

    /** Sends picture and sound, H264 before VP8, receives nothing; the answer holds the first candidates. */
    public static AnswerOptions send(MediaLimits media) {
        return new AnswerOptions(media, List.of(VideoCodec.H264, VideoCodec.VP8), CandidateWait.FIRST);
    }
}
