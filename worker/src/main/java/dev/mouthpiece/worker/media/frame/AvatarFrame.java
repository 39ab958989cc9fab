package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;

/**
 * One prepared frame of an avatar. An avatar of a picture has one; one of a video has many, which are shown forth and back.
 *
 * @param slot its identity's place in the model's bank
 * @param still the frame at rest; of one size in all frames of an avatar
 * @param place where the patch lies on it
 */
public record AvatarFrame(long slot, StillFrame still, PatchPlace place) {}
