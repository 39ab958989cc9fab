package dev.mouthpiece.worker.media.frame;

/** What a session counts. Each counter has one writer. */
public enum MediaCounter {
    /** Pictures rendered. Device thread. */
    FRAMES_RENDERED,
    /** Pictures shown for the first time. Pacer. */
    FRAMES_SHOWN,
    /** Frames never rendered because their sound had been played. Device thread. */
    FRAMES_SKIPPED,
    /** Ticks at which the picture before had to be shown again. Pacer. */
    FRAMES_REPEATED,
    /** Pictures that were not shown because their time was over, or came after it. Pacer. */
    FRAMES_LATE,
    /** Pictures of an older epoch, dropped. Pacer. */
    FRAMES_STALE,
    /** Frame times that the pacer left out of its clock, because it had no core for too long. Pacer. */
    FRAME_TIMES_LEFT_OUT,
    /** Frame times in which speech was due and had not arrived: the face waits. Pacer. */
    SPEECH_STARVED,
    /** Segments interrupted by a clear. Pacer. */
    INTERRUPTIONS
}
