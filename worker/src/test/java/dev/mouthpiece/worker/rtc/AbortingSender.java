package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import java.util.List;

/** Sends sound from a factory with the headless device, for some seconds if it is let. */
final class AbortingSender {
    static final String SURVIVED = "survived";

    private AbortingSender() {}

    public static void main(String[] arguments) throws InterruptedException {
        RtcLibrary.load();
        final Viewer sender = new Viewer();
        final Viewer receiver = new Viewer();
        final PeerConnectionFactory factory = sender.factory();
        final RTCPeerConnection connection = sender.connection();
        final CustomAudioSource source = new CustomAudioSource();
        final AudioTrack track = factory.createAudioTrack("sound", source);
        connection.addTrack(track, List.of("stream"));
        Viewer.connect(sender, receiver, offer -> offer);
        // In bursts of a rhythm of their own, so that one soon meets the device's thread.
        final byte[] pcm = Sounds.sine(0, 8_000);
        for (int burst = 0; burst < 500; burst++) {
            for (int i = 0; i < 20; i++) {
                source.pushAudio(pcm, 16, 48_000, 1, 480);
            }
            Thread.sleep(7);
        }
        System.out.println(SURVIVED);
        Runtime.getRuntime().halt(0);
    }
}
