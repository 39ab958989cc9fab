package dev.mouthpiece.worker.rtc;

/** What pictures are encoded with. H264 is constrained baseline 42e01f (up to 1280x720 at 30), the one profile that every browser takes. */
public enum VideoCodec {
    H264,
    VP8
}
