package dev.mouthpiece.worker.rtc;

import dev.mouthpiece.device.I420Frame;
import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.media.SyncClock;
import dev.onvoid.webrtc.media.audio.AudioDeviceModule;
import dev.onvoid.webrtc.media.audio.AudioLayer;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One moving picture and one sound, on one clock, for any number of peers, each with encoders of its own.
 *
 * <p>Made, closed and given peers by the session's serial executor; pictures and sound come from the pacer's thread. WebRTC
 * stamps both at the push, so what belongs together must be pushed together: a picture when its first sample is.
 */
public final class Publisher implements AutoCloseable {
    /** Bytes of one push of sound: 10 ms, 480 samples of 16 bits. */
    public static final int PCM_BYTES = AudioLane.PCM_BYTES;

    private static final AudioLane[] NO_LANES = {};

    // The serial executor's.
    private final PublisherConfig config;
    private final AudioDeviceModule audioDevice;
    private final PeerConnectionFactory factory;
    private final SyncClock clock;
    private final CustomVideoSource videoSource;
    private final VideoTrack videoTrack;
    private final List<Peer> peers = new ArrayList<>();
    private boolean closed;

    // The pacer's.
    private final FramePool pool;
    private final AtomicLong droppedFrames = new AtomicLong();

    // Between the two.
    private final PushTurn turn = new PushTurn();
    private volatile AudioLane[] lanes = NO_LANES;

    Publisher(PublisherConfig config, boolean reusingPictures) {
        this.config = config;
        this.pool = new FramePool(reusingPictures);
        // Any other device aborts the process: the default one where there is no sound card, the headless one when it
        // sends.
        audioDevice = new AudioDeviceModule(AudioLayer.kDummyAudio);
        factory = new PeerConnectionFactory(audioDevice);
        clock = new SyncClock();
        NativeObjects.startAtZero(clock);
        videoSource = new CustomVideoSource(clock);
        videoTrack = factory.createVideoTrack(config.videoTrackId(), videoSource);
    }

    /**
     * A new peer connection from this publisher. It sends nothing before it is told to.
     *
     * @param serial runs one task after the other, and not in the thread that hands them over; calls the peer's methods
     */
    public Peer newPeer(PeerConfig peerConfig, PeerEvents events, Executor serial) {
        if (closed) {
            throw new RtcException("the publisher is closed");
        }
        final Peer peer = new Peer(factory, peerConfig, events, serial, this, null, peers::remove);
        peers.add(peer);
        return peer;
    }

    /**
     * Sends a picture, now. It is copied. Two within one millisecond count as one; after {@link #close} nothing happens. Pacer's
     * thread.
     *
     * @return whether it went to the encoders; if not, they are more than half a second behind, or it is closed
     */
    public boolean pushVideo(I420Frame frame) {
        if (!turn.begin()) {
            return false;
        }
        try {
            final FramePool.Picture picture = pool.copy(frame);
            if (picture == null) {
                droppedFrames.incrementAndGet();
                return false;
            }
            videoSource.pushFrame(picture.frame);
            pool.giveBack(picture);
            return true;
        } finally {
            turn.end();
        }
    }

    /**
     * Sends 10 ms of sound, now; it is the caller's again at the return. After {@link #close} nothing happens. Pacer's thread.
     *
     * @param pcm {@link #PCM_BYTES} bytes: 48 kHz, mono, signed 16-bit little-endian
     */
    public void pushAudio(byte[] pcm) {
        if (pcm.length != PCM_BYTES) {
            throw new IllegalArgumentException("10 ms of sound have " + PCM_BYTES + " bytes: " + pcm.length);
        }
        if (!turn.begin()) {
            return;
        }
        try {
            for (final AudioLane lane : lanes) {
                lane.push(pcm);
            }
        } finally {
            turn.end();
        }
    }

    /** Pictures that the encoders had no room for. */
    public long droppedFrames() {
        return droppedFrames.get();
    }

    /** Closes its peers and releases everything native. May be called while the pacer pushes, and again. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        final Teardown teardown = new Teardown();
        for (final Peer peer : List.copyOf(peers)) {
            teardown.step(peer::close);
        }
        teardown.step(turn::close);
        teardown.step(pool::clear);
        teardown.step(videoTrack::dispose);
        teardown.step(videoSource::dispose);
        teardown.step(factory::dispose);
        // The sources hold the clock's bare address; a device left behind keeps a thread.
        teardown.step(clock::dispose);
        teardown.step(audioDevice::dispose);
        teardown.finish("publisher");
    }

    PublisherConfig config() {
        return config;
    }

    VideoTrack videoTrack() {
        return videoTrack;
    }

    /** Sound for one more peer; nothing is pushed to it before {@link #start}. */
    AudioLane newLane() {
        return new AudioLane(factory, clock, config.audioTrackId());
    }

    /** Lets sound flow to a lane whose track is attached. */
    void start(AudioLane lane) {
        final AudioLane[] old = lanes;
        final AudioLane[] more = new AudioLane[old.length + 1];
        System.arraycopy(old, 0, more, 0, old.length);
        more[old.length] = lane;
        lanes = more;
    }

    /** Stops the flow: at the return no push is under way that uses the lane. */
    void stop(AudioLane lane) {
        final List<AudioLane> left = new ArrayList<>(List.of(lanes));
        left.remove(lane);
        lanes = left.toArray(NO_LANES);
        turn.awaitEnd();
    }
}
