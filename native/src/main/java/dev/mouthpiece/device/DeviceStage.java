package dev.mouthpiece.device;

/** What a device's time goes to. */
public enum DeviceStage {
    /** Speech encoders. */
    FEATURES,
    /** Renderers. */
    GENERATE,
    /** Patches laid into frames, and these made I420; on a GPU with the way of the pictures to host memory, which the kernel writes. */
    COMPOSITE,
    /** Copies that are asked for by themselves; on a GPU only. */
    COPY
}
