package dev.mouthpiece.worker.livekit.data;

import java.util.Map;

/**
 * A byte stream that another participant opened.
 *
 * @param id unique in the room
 * @param topic what it is for
 * @param sender the identity that the server vouches for
 * @param senderSid the sender's session when it opened the stream; another one after it joined anew
 * @param attributes the sender's own words, not trusted
 */
public record IncomingStream(
        String id, String topic, String sender, String senderSid, Map<String, String> attributes) {}
