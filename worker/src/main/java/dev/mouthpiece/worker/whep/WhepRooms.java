package dev.mouthpiece.worker.whep;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The sessions of this process that can be watched by WHEP, by id, from the order on. Any thread. */
public final class WhepRooms {
    private static final long UNOPENED_NS = 120_000_000_000L;
    private static final String MAC = "HmacSHA256";

    private final Map<String, Place> places = new ConcurrentHashMap<>();
    private final byte[] secret = new byte[32];

    /** No session yet. */
    public WhepRooms() {
        new SecureRandom().nextBytes(secret);
    }

    /** A session's place: the room comes when it has started. */
    static final class Place {
        private final byte[] tokenHash;
        private final CompletableFuture<WhepRoom> room = new CompletableFuture<>();

        private final long expectedNs = System.nanoTime();

        private Place(String token) {
            tokenHash = hash(token);
        }

        /** Compares without telling by its time how much was right. */
        boolean isToken(String given) {
            return MessageDigest.isEqual(tokenHash, hash(given));
        }

        /** Fails if the session ends before it has begun. */
        CompletableFuture<WhepRoom> room() {
            return room;
        }
    }

    /** The token of a session: always the same for the same id, and nobody else can make it. */
    public String token(String session) {
        try {
            final Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(secret, MAC));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(session.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + MAC, e);
        }
    }

    /** A session is ordered: viewers may come, and wait. One that never begins is forgotten after two minutes. */
    public void expect(String session, String token) {
        final long nowNs = System.nanoTime();
        places.entrySet()
                .removeIf(
                        entry -> !entry.getValue().room.isDone() && nowNs - entry.getValue().expectedNs > UNOPENED_NS);
        places.computeIfAbsent(session, id -> new Place(token));
    }

    /** The session has started. */
    void opened(String session, WhepRoom room) {
        final Place place = places.get(session);
        if (place != null) {
            place.room.complete(room);
        }
    }

    /** The session is over, or will never be. */
    public void forget(String session) {
        final Place place = places.remove(session);
        if (place != null) {
            place.room.completeExceptionally(new IllegalStateException("the session is over"));
        }
    }

    Optional<Place> find(String session) {
        return Optional.ofNullable(places.get(session));
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
