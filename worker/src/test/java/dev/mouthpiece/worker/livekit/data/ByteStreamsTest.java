package dev.mouthpiece.worker.livekit.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import livekit.LivekitModels.DataStream;
import org.junit.jupiter.api.Test;

class ByteStreamsTest {
    private final ByteStreams streams = new ByteStreams();
    private final RecordingStreams listener = new RecordingStreams();
    private long nowNs;

    ByteStreamsTest() {
        streams.listen("audio", listener);
    }

    @Test
    void shouldDropTheChunksOfStreamsThatAreNotForUsAndCountThem() {
        chunk("other", "foreign", 0, "x");
        chunk("other", "foreign", 1, "x");
        trailer("other", "foreign");
        header("other", "topicless", "lk.chat");
        chunk("other", "topicless", 0, "x");

        assertThat(listener.log).isEmpty();
        assertThat(streams.foreignPackets()).isEqualTo(5);
    }

    @Test
    void shouldDropAChunkThatCameBeforeAndGoOnAfterALoss() {
        header("a", "s", "audio");
        chunk("a", "s", 0, "0");
        chunk("a", "s", 0, "0");
        chunk("a", "s", 3, "3");
        chunk("a", "s", 2, "2");
        chunk("a", "s", 4, "4");

        assertThat(listener.log).containsExactly("open s", "s 0", "s 3", "s 4");
        assertThat(streams.lostChunks()).isEqualTo(2);
    }

    @Test
    void shouldTakeChunksAndTheEndFromTheOpenerOnly() {
        header("a", "s", "audio");
        chunk("thief", "s", 0, "stolen");
        trailer("thief", "s");
        chunk("a", "s", 0, "0");

        assertThat(listener.log).containsExactly("open s", "s 0");
    }

    @Test
    void shouldIgnoreASecondHeaderOfAStream() {
        header("a", "s", "audio");
        header("a", "s", "audio");
        header("b", "s", "audio");

        assertThat(listener.log).containsExactly("open s");
    }

    @Test
    void shouldNotOpenAStreamAgainThatWasClosedLessThanAMinuteAgo() {
        header("a", "s", "audio");
        trailer("a", "s");
        header("a", "s", "audio");
        chunk("a", "s", 0, "0");
        assertThat(listener.log).containsExactly("open s", "end s ");

        nowNs += TimeUnit.SECONDS.toNanos(61);
        header("a", "s", "audio");

        assertThat(listener.log).last().isEqualTo("open s");
    }

    @Test
    void shouldGiveUpTheOldestStreamWhenTooManyAreOpen() {
        for (int i = 0; i <= ByteStreams.MAX_OPEN; i++) {
            header("a", "s" + i, "audio");
        }

        assertThat(listener.log).hasSize(ByteStreams.MAX_OPEN + 2).contains("end s0 too many streams");
    }

    @Test
    void shouldBoundWhatItRemembersOfClosedStreams() {
        for (int i = 0; i < 2 * ByteStreams.MAX_CLOSED; i++) {
            header("a", "s" + i, "audio");
            trailer("a", "s" + i);
        }
        listener.log.clear();

        header("a", "s0", "audio");
        header("a", "s" + (2 * ByteStreams.MAX_CLOSED - 1), "audio");

        assertThat(listener.log).containsExactly("open s0");
    }

    @Test
    void shouldIgnoreTextStreamsAndStreamsOfNobody() {
        streams.onHeader(
                "a",
                "PA_a",
                DataStream.Header.newBuilder()
                        .setStreamId("s")
                        .setTopic("audio")
                        .setTextHeader(DataStream.TextHeader.getDefaultInstance())
                        .build(),
                nowNs);
        header("", "s2", "audio");
        header("a", "", "audio");

        assertThat(listener.log).isEmpty();
    }

    @Test
    void shouldSurviveAbsurdNumbers() {
        header("a", "s", "audio");
        chunk("a", "s", Long.MAX_VALUE, "x");
        chunk("a", "s", -1, "x");
        chunk("a", "s", 0, "x");

        assertThat(listener.log).hasSizeLessThanOrEqualTo(3).startsWith("open s");
    }

    @Test
    void shouldHearNothingMoreOfAStreamThatIsIgnored() {
        header("a", "s", "audio");
        streams.ignore(new IncomingStream("s", "audio", "a", "PA_a", Map.of()), nowNs);

        chunk("a", "s", 0, "x");
        trailer("a", "s");
        header("a", "s", "audio");

        assertThat(listener.log).containsExactly("open s");
    }

    private void header(String sender, String id, String topic) {
        streams.onHeader(
                sender,
                "PA_" + sender,
                Packets.header(sender, id, topic, Map.of()).getStreamHeader(),
                nowNs);
    }

    private void chunk(String sender, String id, long index, String text) {
        streams.onChunk(
                sender,
                "PA_" + sender,
                Packets.chunk(sender, id, index, text.getBytes(UTF_8)).getStreamChunk());
    }

    private void trailer(String sender, String id) {
        streams.onTrailer(sender, Packets.trailer(sender, id, "").getStreamTrailer(), nowNs);
    }
}
