package dev.mouthpiece.worker.livekit.data;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import livekit.LivekitModels.DataStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Byte streams that come in. Chunks and trailers reach everybody in the room, headers only whom they are for: so what belongs to
 * no stream known here is other people's and is dropped without a word.
 */
public final class ByteStreams {
    static final int MAX_OPEN = 64;
    /** A chunk that claims to be farther ahead is nonsense. */
    static final long MAX_GAP = 100_000;

    static final int MAX_CLOSED = 1024;
    static final long CLOSED_TTL_NS = TimeUnit.SECONDS.toNanos(60);

    private static final Logger LOG = LoggerFactory.getLogger(ByteStreams.class);

    private static final class Open {
        final IncomingStream stream;
        final StreamListener listener;
        long nextChunk;
        boolean gapTold;

        Open(IncomingStream stream, StreamListener listener) {
            this.stream = stream;
            this.listener = listener;
        }
    }

    private final Map<String, StreamListener> listeners = new HashMap<>();
    /** In the order in which they were opened. */
    private final Map<String, Open> open = new LinkedHashMap<>();
    /** Closed not long ago, with the time; in the order in which they were closed. */
    private final Map<String, Long> closed = new LinkedHashMap<>();

    private long foreignPackets;
    private long lostChunks;

    /** Streams of {@code topic} go to {@code listener} from now on. */
    public void listen(String topic, StreamListener listener) {
        listeners.put(topic, listener);
    }

    /** Packets that belonged to no stream of ours. */
    public long foreignPackets() {
        return foreignPackets;
    }

    /** Chunks that never came. */
    public long lostChunks() {
        return lostChunks;
    }

    /** Nothing more of this stream is wanted: its rest is dropped. */
    public void ignore(IncomingStream stream, long nowNs) {
        if (open.remove(stream.id()) != null) {
            bury(stream.id(), nowNs);
        }
    }

    void onHeader(String sender, String senderSid, DataStream.Header header, long nowNs) {
        final StreamListener listener = listeners.get(header.getTopic());
        final String id = header.getStreamId();
        if (listener == null || !header.hasByteHeader() || sender.isEmpty() || id.isEmpty()) {
            foreignPackets++;
            return;
        }
        if (open.containsKey(id) || isClosed(id, nowNs)) {
            LOG.debug("stream {} of {} is opened twice", id, sender);
            return;
        }
        if (open.size() == MAX_OPEN) {
            final Open oldest = open.values().iterator().next();
            LOG.warn("{} streams are open at once: the oldest, of {}, is given up", MAX_OPEN, oldest.stream.sender());
            close(oldest, "too many streams", nowNs);
        }
        final var stream =
                new IncomingStream(id, header.getTopic(), sender, senderSid, Map.copyOf(header.getAttributesMap()));
        open.put(id, new Open(stream, listener));
        listener.onStream(stream);
    }

    void onChunk(String sender, String senderSid, DataStream.Chunk chunk) {
        final Open target = find(sender, chunk.getStreamId());
        if (target == null) {
            return;
        }
        final long index = chunk.getChunkIndex();
        if (index < target.nextChunk || index - target.nextChunk > MAX_GAP) {
            LOG.debug("chunk {} of stream {} comes where {} is due", index, target.stream.id(), target.nextChunk);
            return;
        }
        if (index > target.nextChunk) {
            final long missing = index - target.nextChunk;
            lostChunks += missing;
            if (!target.gapTold) {
                LOG.warn("{} chunks of a stream of {} are lost before chunk {}", missing, sender, index);
                target.gapTold = true;
            }
        }
        target.nextChunk = index + 1;
        if (!chunk.getContent().isEmpty()) {
            target.listener.onChunk(target.stream, senderSid, chunk.getContent());
        }
    }

    void onTrailer(String sender, DataStream.Trailer trailer, long nowNs) {
        final Open target = find(sender, trailer.getStreamId());
        if (target != null) {
            close(target, trailer.getReason(), nowNs);
        }
    }

    private @Nullable Open find(String sender, String id) {
        final Open target = open.get(id);
        if (target == null || !target.stream.sender().equals(sender)) {
            foreignPackets++;
            return null;
        }
        return target;
    }

    private void close(Open target, String reason, long nowNs) {
        open.remove(target.stream.id());
        bury(target.stream.id(), nowNs);
        target.listener.onStreamEnd(target.stream, reason);
    }

    private void bury(String id, long nowNs) {
        closed.put(id, nowNs);
        if (closed.size() > MAX_CLOSED) {
            final var oldest = closed.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private boolean isClosed(String id, long nowNs) {
        closed.values().removeIf(atNs -> nowNs - atNs > CLOSED_TTL_NS);
        return closed.containsKey(id);
    }
}
