package dev.mouthpiece.worker.rtc;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** WebRTC, loaded. One for the process; made on first use, by whatever thread may block for half a second. */
public final class Rtc {
    private static final Logger LOG = LoggerFactory.getLogger(Rtc.class);

    private static @Nullable Rtc loaded;

    private final boolean reusingPictures;

    private Rtc(boolean reusingPictures) {
        this.reusingPictures = reusingPictures;
    }

    /**
     * Loads and checks the library; later calls return what the first has loaded.
     *
     * @throws RtcException if it cannot be used here: the text says what is missing. It may be tried again
     */
    public static synchronized Rtc load() {
        if (loaded == null) {
            RtcLibrary.load();
            final boolean readable = FramePool.isCountReadable();
            if (!readable) {
                LOG.warn("pictures cannot be used again on this machine: each push costs more time");
            }
            loaded = new Rtc(readable);
        }
        return loaded;
    }

    /** Makes, uses and closes one of everything, so that the first session does not pay for it. Blocks for some tenths of a second. */
    public void warmUp() {
        new WarmUp(this).run();
    }

    /**
     * A picture and a sound to be sent.
     *
     * @throws RtcException if the clock cannot be set
     */
    public Publisher newPublisher(PublisherConfig config) {
        return new Publisher(config, reusingPictures);
    }

    /** For peers that receive sound. */
    public Listener newListener() {
        return newListener(0);
    }

    /**
     * For peers that receive sound, 10 ms at a time.
     *
     * @param phaseNs it comes at this moment of {@link System#nanoTime}, and every 10 ms before and after
     */
    public Listener newListener(long phaseNs) {
        return new Listener(phaseNs);
    }
}
