package dev.mouthpiece.worker.rtc;

/** WebRTC could not do what was asked. The message says what is wrong and, where something can be done, what to do. */
public final class RtcException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RtcException(String message) {
        super(message);
    }

    public RtcException(String message, Throwable cause) {
        super(message, cause);
    }
}
