package dev.mouthpiece.device;

/** What a process computes on: one kind for its whole life. */
public enum DeviceKind {
    CPU,
    CUDA
}
