package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.AudioTrackSink;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one sink per media section, and knows whose sound it hears. A media server uses a section again for the next track: the
 * library then reports a track of the old name, and a second sink would hear everything twice. What is sent stands in the offer.
 *
 * <p>Owned by the serial executor, but for the sinks' callbacks.
 */
final class AudioReceivers {
    /** 10 ms each. A session that is a second behind loses sound instead of memory. */
    private static final int MAX_WAITING = 100;

    private static final int RATE_HZ = 48_000;
    private static final int SAMPLES = RATE_HZ / 100;

    private final Serial serial;
    private final PeerEvents events;
    private final @Nullable Hearing hearing;
    private final Map<String, Line> lines = new HashMap<>();

    AudioReceivers(Serial serial, PeerEvents events, @Nullable Hearing hearing) {
        this.serial = serial;
        this.events = events;
        this.hearing = hearing;
    }

    /** Before an offer is applied: a section that it drops takes its native track along. */
    void beforeOffer(Sdp offer) {
        final Set<String> alive = new HashSet<>();
        for (final Sdp.Section section : offer.sections()) {
            if (section.is("audio") && !section.isRejected()) {
                alive.add(section.mid());
            }
        }
        for (final String mid : List.copyOf(lines.keySet())) {
            if (!alive.contains(mid)) {
                final Line line = lines.remove(mid);
                if (line != null) {
                    line.change(null);
                    line.detach();
                }
            }
        }
    }

    /** After an offer was applied. */
    void afterOffer(Sdp offer, RTCPeerConnection connection) {
        final RTCRtpTransceiver[] transceivers = connection.getTransceivers();
        for (final Sdp.Section section : offer.sections()) {
            if (!section.is("audio")) {
                continue;
            }
            Line line = lines.get(section.mid());
            if (section.isSending()) {
                if (line == null) {
                    line = attach(section.mid(), transceivers);
                }
                if (line != null) {
                    line.tell(section);
                }
            } else if (line != null) {
                line.change(null);
            }
        }
    }

    /** Before the peer connection is closed. */
    void close() {
        lines.values().forEach(Line::detach);
        lines.clear();
    }

    private @Nullable Line attach(String mid, RTCRtpTransceiver[] transceivers) {
        for (final RTCRtpTransceiver transceiver : transceivers) {
            if (mid.equals(transceiver.getMid())
                    && transceiver.getReceiver().getTrack() instanceof final AudioTrack track) {
                final Line line = new Line(track);
                lines.put(mid, line);
                return line;
            }
        }
        return null;
    }

    /** One section's sink and the receiver that it feeds. */
    private final class Line implements AudioTrackSink {
        private final AudioTrack track;
        private final AtomicInteger waiting = new AtomicInteger();
        private @Nullable AudioReceiver receiver;
        private String msid = "";

        Line(AudioTrack track) {
            this.track = track;
            // The wrapper borrows its track from the transceiver, which may go first.
            NativeObjects.retain(NativeObjects.handle(track));
            track.addSink(this);
            if (hearing != null) {
                hearing.attach();
            }
        }

        void tell(Sdp.Section section) {
            if (receiver == null || !msid.equals(section.msid())) {
                msid = section.msid();
                final String[] words = msid.split(" ", 2);
                change(new AudioReceiver(section.mid(), words[0], words.length > 1 ? words[1] : ""));
            }
        }

        void change(@Nullable AudioReceiver next) {
            final AudioReceiver previous = receiver;
            receiver = next;
            if (previous != null) {
                events.onAudioTrackEnded(previous);
            }
            if (next != null) {
                events.onAudioTrack(next);
            }
        }

        void detach() {
            receiver = null;
            if (hearing != null) {
                hearing.detach();
            }
            track.removeSink(this);
            NativeObjects.release(NativeObjects.handle(track));
        }

        /** Playout thread. */
        @Override
        public void onData(byte[] data, int bitsPerSample, int sampleRate, int channels, int frames) {
            if (bitsPerSample != 16 || sampleRate != RATE_HZ || frames != SAMPLES || channels < 1) {
                return;
            }
            if (waiting.incrementAndGet() > MAX_WAITING) {
                waiting.decrementAndGet();
                return;
            }
            try {
                final byte[] pcm = channels == 1 ? data : mono(data, channels);
                serial.post(() -> hear(pcm));
            } catch (Throwable t) {
                // It would end the process if it reached the library.
                serial.lost(t);
            }
        }

        private void hear(byte[] pcm) {
            waiting.decrementAndGet();
            if (receiver != null) {
                receiver.onPcm(pcm);
            }
        }
    }

    static byte[] mono(byte[] interleaved, int channels) {
        final byte[] mono = new byte[interleaved.length / channels];
        for (int i = 0; i < mono.length / 2; i++) {
            int sum = 0;
            for (int c = 0; c < channels; c++) {
                final int at = 2 * (i * channels + c);
                sum += (interleaved[at + 1] << 8) | (interleaved[at] & 0xff);
            }
            final int mean = sum / channels;
            mono[2 * i] = (byte) mean;
            mono[2 * i + 1] = (byte) (mean >> 8);
        }
        return mono;
    }
}
