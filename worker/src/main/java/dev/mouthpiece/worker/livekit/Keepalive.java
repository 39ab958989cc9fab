package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.Serial;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import livekit.LivekitRtc.Ping;
import livekit.LivekitRtc.Pong;
import livekit.LivekitRtc.SignalRequest;
import org.jspecify.annotations.Nullable;

/** Asks the server for a sign of life now and then; any message is one. The session's turn. */
final class Keepalive {
    private static final int DEFAULT_INTERVAL_S = 5;
    private static final int DEFAULT_TIMEOUT_S = 15;

    private final Serial serial;
    private final Consumer<SignalRequest> send;
    private final Runnable onSilence;

    private long intervalMs;
    private long timeoutMs;
    private long lastHeardNs;
    private long lastPingNs;
    private long roundTripMs;
    private Serial.@Nullable Timer timer;

    Keepalive(Serial serial, Consumer<SignalRequest> send, Runnable onSilence) {
        this.serial = serial;
        this.send = send;
        this.onSilence = onSilence;
    }

    /** The server's wishes; 0 where it has none. */
    void configure(int intervalS, int timeoutS) {
        intervalMs = TimeUnit.SECONDS.toMillis(intervalS > 0 ? intervalS : DEFAULT_INTERVAL_S);
        timeoutMs = TimeUnit.SECONDS.toMillis(timeoutS > 0 ? timeoutS : DEFAULT_TIMEOUT_S);
    }

    void start() {
        stop();
        lastHeardNs = serial.nanoTime();
        timer = serial.schedule(intervalMs, this::onInterval);
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** Something came. */
    void onHeard() {
        lastHeardNs = serial.nanoTime();
    }

    void onPong(Pong pong) {
        if (pong.getLastPingTimestamp() == TimeUnit.NANOSECONDS.toMillis(lastPingNs)) {
            roundTripMs = TimeUnit.NANOSECONDS.toMillis(serial.nanoTime() - lastPingNs);
        }
    }

    private void onInterval() {
        final long nowNs = serial.nanoTime();
        if (nowNs - lastHeardNs > TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
            timer = null;
            onSilence.run();
            return;
        }
        lastPingNs = nowNs;
        send.accept(SignalRequest.newBuilder()
                .setPingReq(Ping.newBuilder()
                        .setTimestamp(TimeUnit.NANOSECONDS.toMillis(nowNs))
                        .setRtt(roundTripMs))
                .build());
        timer = serial.schedule(intervalMs, this::onInterval);
    }
}
