package dev.mouthpiece.worker.livekit.data;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/** Writes down what streams tell. */
final class RecordingStreams implements StreamListener {
    final List<String> log = new ArrayList<>();

    @Override
    public void onStream(IncomingStream stream) {
        log.add("open " + stream.id());
    }

    @Override
    public void onChunk(IncomingStream stream, String senderSid, ByteString content) {
        log.add(stream.id() + " " + content.toStringUtf8());
    }

    @Override
    public void onStreamEnd(IncomingStream stream, String reason) {
        log.add("end " + stream.id() + " " + reason);
    }
}
