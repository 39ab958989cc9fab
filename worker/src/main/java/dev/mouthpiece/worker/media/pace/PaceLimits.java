package dev.mouthpiece.worker.media.pace;

/**
 * What the pacer does when pictures or speech are late.
 *
 * @param startWaitFrames a segment whose sound is there starts after this many frame times even without a picture;
 *     {@link Integer#MAX_VALUE} for a film, which waits
 */
public record PaceLimits(int startWaitFrames) {}
