package dev.mouthpiece.worker.doctor;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * A LiveKit server, by HTTP: whether media comes through is only seen in a room.
 *
 * @param server what was found
 * @param aheadMs how far its clock is ahead of this machine's, to a second; empty where it does not tell
 */
record LiveKitLook(Finding server, Optional<Long> aheadMs) {
    private static final String NAME = "livekit";
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int OK = 200;

    /** What a LiveKit server says to who asks for its root. */
    private static final String GREETING = "OK";

    static LiveKitLook at(String url) {
        final URI address;
        try {
            address = URI.create(url.strip().replaceFirst("^ws(s?)://", "http$1://"));
        } catch (IllegalArgumentException e) {
            return fail(url + " is no URL", "write it as ws://HOST:7880 or wss://HOST");
        }
        if (address.getHost() == null || !("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
            return fail(url + " is no URL of a server", "write it as ws://HOST:7880 or wss://HOST");
        }
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            final long beganMs = System.currentTimeMillis();
            final HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(address).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            final long endedMs = System.currentTimeMillis();
            final boolean isLiveKit =
                    answer.statusCode() == OK && answer.body().strip().equals(GREETING);
            final String seen = url + " answered in " + (endedMs - beganMs) + " ms";
            return new LiveKitLook(
                    isLiveKit
                            ? Finding.ok(NAME, seen)
                            : Finding.warn(
                                    NAME,
                                    seen + " with " + answer.statusCode() + ", not as a LiveKit server does",
                                    "see that the URL is the server's own; a proxy may answer so too"),
                    aheadMs(answer, (beganMs + endedMs) / 2));
        } catch (IOException e) {
            return fail(
                    url + " cannot be reached: " + e,
                    "see that the server runs, that its port (7880 as a rule) is open, and that its certificate holds");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail(url + ": interrupted", "try again");
        }
    }

    private static LiveKitLook fail(String detail, String advice) {
        return new LiveKitLook(Finding.fail(NAME, detail, advice), Optional.empty());
    }

    private static Optional<Long> aheadMs(HttpResponse<String> answer, long askedMs) {
        return answer.headers().firstValue("date").flatMap(text -> {
            try {
                return Optional.of(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant()
                                .toEpochMilli()
                        - askedMs);
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        });
    }
}
