package dev.mouthpiece.worker.livekit.data;

/** Answers remote calls of one method. Called in the session's turn, so it must not wait. */
@FunctionalInterface
public interface RpcHandler {
    /**
     * Answers one call.
     *
     * @param caller the identity that the server vouches for
     * @return the answer, at most {@link Rpc#MAX_PAYLOAD_BYTES} in UTF-8
     * @throws RpcException to answer with an error; any other exception answers {@link RpcException#APPLICATION_ERROR}
     */
    String handle(String caller, String payload);
}
