package dev.mouthpiece.worker.store;

/**
 * What bounds an owner's creates.
 *
 * @param perMinute creates a minute; 0 for any number
 * @param atATime sessions at a time; 0 for any number
 * @param isAdmitted whether the workers' room counts
 * @param waiting places beyond the workers' that may wait in the queue
 */
public record CreateLimits(int perMinute, int atATime, boolean isAdmitted, int waiting) {
    /** No bound at all. */
    public static final CreateLimits NONE = new CreateLimits(0, 0, false, 0);
}
