package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.RTCAnswerOptions;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The calls of a peer connection that answer later, as futures that complete on the serial executor, which owns this. */
final class Descriptions {
    private final RTCPeerConnection connection;
    private final Serial serial;
    private final Set<Call<?>> pending = new HashSet<>();

    Descriptions(RTCPeerConnection connection, Serial serial) {
        this.connection = connection;
        this.serial = serial;
    }

    CompletableFuture<RTCSessionDescription> createOffer(boolean iceRestart) {
        final RTCOfferOptions options = new RTCOfferOptions();
        options.iceRestart = iceRestart;
        return start(call -> connection.createOffer(options, new Created(call)));
    }

    CompletableFuture<RTCSessionDescription> createAnswer() {
        return start(call -> connection.createAnswer(new RTCAnswerOptions(), new Created(call)));
    }

    CompletableFuture<Void> setLocal(RTCSessionDescription description) {
        return start(call -> connection.setLocalDescription(description, new Applied(call)));
    }

    CompletableFuture<Void> rollback() {
        return setLocal(new RTCSessionDescription(RTCSdpType.ROLLBACK, ""));
    }

    CompletableFuture<Void> setRemote(RTCSdpType type, Sdp description) {
        final RTCSessionDescription text = new RTCSessionDescription(type, description.toString());
        return start(call -> connection.setRemoteDescription(text, new Applied(call)));
    }

    CompletableFuture<RTCStatsReport> stats() {
        return start(call -> connection.getStats(call::complete));
    }

    /** Nothing will complete any more what is pending. */
    void close() {
        final RtcException closed = new RtcException("the peer was closed");
        for (final Call<?> call : List.copyOf(pending)) {
            call.future.completeExceptionally(closed);
        }
        pending.clear();
    }

    private <T> CompletableFuture<T> start(Consumer<Call<T>> action) {
        final Call<T> call = new Call<>();
        pending.add(call);
        try {
            action.accept(call);
        } catch (RuntimeException | Error e) {
            pending.remove(call);
            call.future.completeExceptionally(new RtcException(String.valueOf(e.getMessage()), e));
        }
        return call.future;
    }

    /** One that the library has not answered yet. It does so on its signaling thread. */
    private final class Call<T> {
        private final CompletableFuture<T> future = new CompletableFuture<>();

        void complete(T value) {
            serial.post(() -> {
                pending.remove(this);
                future.complete(value);
            });
        }

        void fail(String why) {
            serial.post(() -> {
                pending.remove(this);
                future.completeExceptionally(new RtcException(why));
            });
        }
    }

    private record Created(Call<RTCSessionDescription> call) implements CreateSessionDescriptionObserver {
        @Override
        public void onSuccess(RTCSessionDescription description) {
            call.complete(description);
        }

        @Override
        public void onFailure(String error) {
            call.fail(error);
        }
    }

    private record Applied(Call<Void> call) implements SetSessionDescriptionObserver {
        @Override
        @SuppressWarnings("NullAway") // Void has no other value.
        public void onSuccess() {
            call.complete(null);
        }

        @Override
        public void onFailure(String error) {
            call.fail(error);
        }
    }
}
