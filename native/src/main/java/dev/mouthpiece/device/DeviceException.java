package dev.mouthpiece.device;

/** The device could not do what it was asked to. */
public final class DeviceException extends RuntimeException {
    /**
     * What a process ends with whose device is lost: another process may do better. It is 75, EX_TEMPFAIL, which no other
     * end of Mouthpiece has.
     */
    public static final int EXIT_CODE = 75;

    private static final long serialVersionUID = 1L;

    private final Fault fault;

    /** How far it goes. */
    public enum Fault {
        /** There is no memory for this; what was there before works on. The session that asked fails. */
        MEMORY,
        /** Nothing this process asks of the device will succeed any more: it is to leave, with {@link #EXIT_CODE}. */
        LOST
    }

    public DeviceException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public DeviceException(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }

    public boolean isLost() {
        return fault == Fault.LOST;
    }
}
