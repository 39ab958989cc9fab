package dev.mouthpiece.worker.livekit.data;

import livekit.LivekitModels.RpcError;

/** A remote call failed, with one of the codes that all LiveKit SDKs share. */
public final class RpcException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public static final int UNSUPPORTED_METHOD = 1400;
    public static final int RECIPIENT_NOT_FOUND = 1401;
    public static final int REQUEST_TOO_LARGE = 1402;
    public static final int UNSUPPORTED_VERSION = 1404;
    public static final int APPLICATION_ERROR = 1500;
    public static final int CONNECTION_TIMEOUT = 1501;
    public static final int RESPONSE_TIMEOUT = 1502;
    public static final int RECIPIENT_DISCONNECTED = 1503;
    public static final int RESPONSE_TOO_LARGE = 1504;
    public static final int SEND_FAILED = 1505;

    private static final int MAX_MESSAGE_CHARS = 256;

    private final int code;

    /** @param message for the caller's log */
    public RpcException(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public int code() {
        return code;
    }

    static RpcException from(RpcError error) {
        return new RpcException(error.getCode(), error.getMessage());
    }

    RpcError toError() {
        final String message = String.valueOf(getMessage());
        return RpcError.newBuilder()
                .setCode(code)
                .setMessage(message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS / 4)))
                .build();
    }
}
