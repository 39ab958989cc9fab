package dev.mouthpiece.worker.livekit.avatar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.avatar.AvatarRoom.Report;
import dev.mouthpiece.worker.livekit.data.RpcException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvatarProtocolTest {
    private static final String AGENT = "agent";

    private final AvatarRoom room = AvatarRoom.onBehalfOf(AGENT);

    @Test
    void shouldReportOneSegmentOnceWhenItWasPlayed() {
        room.segment(AGENT, "s", 3000);

        room.pass(2990);
        assertThat(room.reports).isEmpty();
        room.pass(5000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 3.0, false));
        assertThat(room.startedTo).containsExactly(AGENT);
    }

    @Test
    void shouldPlayBackToBackSegmentsOfDifferentRatesInOrder() {
        room.header(AGENT, "a", 24_000, 1);
        room.bytes(AGENT, "a", new byte[48_000]);
        room.header(AGENT, "b", 48_000, 2);
        room.trailer(AGENT, "a");
        room.bytes(AGENT, "b", new byte[288_000]);
        room.trailer(AGENT, "b");

        room.pass(3000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, false), new Report(AGENT, 1.5, false));
        assertThat(room.events).contains("segment 1 24000/1", "segment 2 48000/2");
    }

    @Test
    void shouldFinishASegmentWithoutSamplesAtOnceWithPositionZero() {
        room.header(AGENT, "s");
        room.trailer(AGENT, "s");
        room.settle();

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.0, false));
        assertThat(room.player.segments()).isZero();
    }

    @Test
    void shouldFinishASegmentWithoutSamplesAfterTheOneBefore() {
        room.segment(AGENT, "a", 500);
        room.header(AGENT, "b");
        room.trailer(AGENT, "b");
        room.settle();
        assertThat(room.reports).isEmpty();

        room.pass(600);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.5, false), new Report(AGENT, 0.0, false));
    }

    @Test
    void shouldJoinSamplesThatWereSplitBetweenChunks() {
        room.header(AGENT, "s", 16_000, 2);
        final byte[] pcm = new byte[4000];
        int sum = 0;
        for (int i = 0; i < pcm.length; i += 2) {
            final short sample = (short) (i * 31);
            pcm[i] = (byte) sample;
            pcm[i + 1] = (byte) (sample >> 8);
            sum += sample;
        }
        int at = 0;
        for (final int size : new int[] {1, 1, 1, 1, 3, 5, 7, 1, 999, 2, 2979}) {
            room.bytes(AGENT, "s", Arrays.copyOfRange(pcm, at, at + size));
            at += size;
        }
        room.bytes(AGENT, "s", new byte[] {1, 2, 3});
        room.trailer(AGENT, "s");

        assertThat(at).isEqualTo(pcm.length);
        assertThat(room.player.bytes()).isEqualTo(pcm.length);
        assertThat(room.player.sampleSum()).isEqualTo(sum);
    }

    @Test
    void shouldStopAndReportHowFarItGotWhenInterruptedWhileReceiving() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 4000);
        room.pass(1000);

        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.pass(20);
        room.speech(AGENT, "s", 500);
        room.trailer(AGENT, "s");
        room.pass(5000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, true));
        assertThat(room.player.bytes()).isEqualTo(4000 * AvatarRoom.BYTES_PER_MS);
        assertThat(room.player.clears()).isEqualTo(1);
    }

    @Test
    void shouldReportWhenInterruptedAfterTheTrailer() {
        room.segment(AGENT, "s", 4000);
        room.pass(1500);

        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.pass(20);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.5, true));
    }

    @Test
    void shouldReportZeroWhenInterruptedBeforeAnySpeechCame() {
        room.header(AGENT, "s");

        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.pass(200);
        room.trailer(AGENT, "s");
        room.pass(200);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.0, true));
    }

    @Test
    void shouldAnswerAndSayNothingMoreWhenInterruptedWithNothingOpen() {
        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.segment(AGENT, "s", 100);
        room.pass(200);
        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.pass(200);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false));
        assertThat(room.player.clears()).isZero();
    }

    @Test
    void shouldReportOnceWhenInterruptedTwice() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 4000);
        room.pass(500);

        room.clear(AGENT);
        room.clear(AGENT);
        room.pass(300);
        room.clear(AGENT);
        room.pass(300);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.5, true));
    }

    @Test
    void shouldReportEverySegmentInOrderWhenThreeAreInterruptedAndPlayTheNextOne() {
        room.segment(AGENT, "a", 2000);
        room.segment(AGENT, "b", 2000);
        room.header(AGENT, "c");
        room.speech(AGENT, "c", 2000);
        room.pass(700);

        room.clear(AGENT);
        room.segment(AGENT, "d", 1000);
        room.pass(3000);

        assertThat(room.reports)
                .containsExactly(
                        new Report(AGENT, 0.7, true),
                        new Report(AGENT, 0.0, true),
                        new Report(AGENT, 0.0, true),
                        new Report(AGENT, 1.0, false));
        assertThat(room.events).contains("interrupted 3");
    }

    @Test
    void shouldTakeTheClocksWordWhenTheMediaSideDoesNotSayHowFarItGot() {
        room.segment(AGENT, "s", 4000);
        room.pass(1000);
        room.clear(AGENT);
        // The player is never asked again, so it says nothing.
        room.serial.advanceMs(SpeechLine.CLEAR_REPORT_MS + 1);
        room.settle();

        assertThat(room.reports).singleElement().satisfies(report -> {
            assertThat(report.interrupted()).isTrue();
            assertThat(report.position()).isBetween(1.0, 1.2);
        });
    }

    @Test
    void shouldReportTheNaturalEndWhenItCameJustBeforeTheInterruption() {
        room.segment(AGENT, "s", 1000);
        room.pass(990);
        room.player.play(10_000);

        // The end is on its way when the interruption is handled.
        assertThat(room.clear(AGENT)).isEqualTo("ok");
        room.pass(200);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, false));
    }

    @Test
    void shouldNotCutTheOlderStreamWhenTheNextHeaderOvertakesItsTrailer() {
        room.header(AGENT, "a");
        room.speech(AGENT, "a", 100);
        room.header(AGENT, "b");
        room.speech(AGENT, "a", 100);
        room.speech(AGENT, "b", 100);
        room.trailer(AGENT, "a");
        room.trailer(AGENT, "b");

        room.pass(1000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.2, false), new Report(AGENT, 0.1, false));
    }

    @Test
    void shouldEndAStreamThatLostItsTrailerWhenTheSenderOpensAnother() {
        room.header(AGENT, "a");
        room.speech(AGENT, "a", 100);
        room.pass(200);
        room.segment(AGENT, "b", 100);

        room.pass(500);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false), new Report(AGENT, 0.1, false));
    }

    @Test
    void shouldEndAnAgentsStreamThatIsSilentForTenSecondsAfterItsSpeechWasPlayed() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 15_000);
        room.pass(14_900);
        assertThat(room.reports).isEmpty();

        room.pass(200);
        assertThat(room.reports).containsExactly(new Report(AGENT, 15.0, false));

        room.speech(AGENT, "s", 100);
        room.trailer(AGENT, "s");
        room.pass(500);
        assertThat(room.reports).hasSize(1);
    }

    @Test
    void shouldWaitTenSecondsForAnAgentThatPauses() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 100);
        room.pass(9_900);
        assertThat(room.reports).isEmpty();
        room.speech(AGENT, "s", 100);
        room.pass(9_900);
        assertThat(room.reports).isEmpty();

        room.pass(300);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.2, false));
    }

    @Test
    void shouldTakeAPauseOfABrowsersStreamForTheEndOfASegment() {
        final var browsers = new AvatarRoom(AvatarSettings.DEFAULT);
        browsers.ordinary.add("user");
        browsers.header("user", "s");
        browsers.speech("user", "s", 500);
        browsers.pass(1500);
        browsers.speech("user", "s", 700);
        browsers.pass(1600);

        assertThat(browsers.reports).containsExactly(new Report("user", 0.5, false), new Report("user", 0.7, false));
    }

    @Test
    void shouldGoOnWithABrowsersStreamAfterAnInterruptionAndAGap() {
        final var browsers = new AvatarRoom(AvatarSettings.DEFAULT);
        browsers.ordinary.add("user");
        browsers.header("user", "s");
        browsers.speech("user", "s", 2000);
        browsers.pass(500);

        browsers.clear("user");
        browsers.speech("user", "s", 100);
        browsers.pass(100);
        browsers.speech("user", "s", 100);
        browsers.pass(260);
        browsers.speech("user", "s", 300);
        browsers.pass(2000);

        assertThat(browsers.reports).containsExactly(new Report("user", 0.5, true), new Report("user", 0.3, false));
    }

    @Test
    void shouldTreatASenderThatTheTokenNamesAsAnAgentWhateverItsKind() {
        room.ordinary.add(AGENT);
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 100);

        room.pass(9_000);
        assertThat(room.reports).isEmpty();

        room.pass(2_000);
        assertThat(room.reports).hasSize(1);
    }

    @Test
    void shouldEndSegmentsByTheConfiguredSilenceAndReportEachStreamOnce() {
        final var lemon = new AvatarRoom(AvatarSettings.DEFAULT.withResponseDoneTimeout(Duration.ofMillis(800)));
        lemon.header(AGENT, "s");
        lemon.speech(AGENT, "s", 500);
        lemon.pass(1000);
        assertThat(lemon.reports).containsExactly(new Report(AGENT, 0.5, false));

        lemon.speech(AGENT, "s", 400);
        lemon.pass(2000);
        lemon.trailer(AGENT, "s");
        lemon.pass(1000);

        assertThat(lemon.player.bytes()).isEqualTo(900 * AvatarRoom.BYTES_PER_MS);
        assertThat(lemon.reports).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        ", 1",
        "16000, ",
        "'', 1",
        "abc, 1",
        "7999, 1",
        "48001, 1",
        "16000, 0",
        "16000, 3",
        "-16000, 1",
        "99999999999, 1",
        "16000.5, 1"
    })
    void shouldDropSpeechOfAnUnusableFormatAndStillReportItsEnd(String rate, String channels) {
        final var attributes = new HashMap<String, String>();
        if (rate != null) {
            attributes.put("sample_rate", rate);
        }
        if (channels != null) {
            attributes.put("num_channels", channels);
        }
        room.header(AGENT, "s", attributes);
        room.bytes(AGENT, "s", new byte[3200]);
        room.trailer(AGENT, "s");
        room.pass(300);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.0, false));
        assertThat(room.player.bytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000})
    void shouldTakeEveryUsualRateInMonoAndStereo(int rate) {
        for (int channels = 1; channels <= 2; channels++) {
            final String stream = "s" + channels;
            room.header(AGENT, stream, rate, channels);
            room.bytes(AGENT, stream, new byte[rate * channels * 2]);
            room.trailer(AGENT, stream);
        }

        room.pass(2100);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, false), new Report(AGENT, 1.0, false));
    }

    @Test
    void shouldRefuseOthersThanTheNamedSender() {
        room.segment("stranger", "x", 1000);

        assertThat(room.clear("stranger")).isEqualTo("reject");
        room.pass(1500);

        assertThat(room.player.bytes()).isZero();
        assertThat(room.reports).isEmpty();
    }

    @Test
    void shouldNotBeInterruptedByAnother() {
        room.segment(AGENT, "s", 1000);
        room.pass(100);

        assertThat(room.clear("stranger")).isEqualTo("reject");
        room.pass(1500);

        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, false));
    }

    @Test
    void shouldPreferTheConfiguredSender() {
        final var configured = new AvatarRoom(AvatarSettings.DEFAULT.withSenderIdentity("chosen"));
        configured.protocol.onOwnAttributes(Map.of("lk.publish_on_behalf", AGENT));

        assertThat(configured.clear(AGENT)).isEqualTo("reject");
        assertThat(configured.clear("chosen")).isEqualTo("ok");
    }

    @Test
    void shouldStayWithTheFirstSenderWhenNobodyIsNamed() {
        final var open = new AvatarRoom(AvatarSettings.DEFAULT);
        assertThat(open.protocol.sender()).isNull();

        open.segment("first", "a", 100);
        open.segment("second", "b", 100);

        assertThat(open.clear("second")).isEqualTo("reject");
        open.pass(300);
        assertThat(open.protocol.sender()).isEqualTo("first");
        assertThat(open.reports).containsExactly(new Report("first", 0.1, false));
    }

    @Test
    void shouldTakeTheNextSenderWhenTheFirstHasLeft() {
        final var open = new AvatarRoom(AvatarSettings.DEFAULT);
        open.segment("first", "a", 100);
        open.pass(200);
        open.protocol.onParticipantGone("first", "PA_first");

        open.segment("second", "b", 200);
        open.pass(300);

        assertThat(open.events).containsSubsequence("found first", "gone first", "found second");
        assertThat(open.reports).endsWith(new Report("second", 0.2, false));
        open.pass(40_000);
        assertThat(open.events).doesNotContain("lost first");
    }

    @Test
    void shouldNotAskWhoIsInTheRoomBeforeItListens() {
        room.segment(AGENT, "s", 100);
        room.pass(200);
        room.protocol.onParticipant(AGENT, "PA_agent");

        assertThat(room.reports).hasSize(1);
        assertThat(room.events).containsOnlyOnce("found agent");
    }

    @Test
    void shouldFallSilentWhenTheSenderLeavesAndEndTheSessionAfterTheGraceTime() {
        room.segment(AGENT, "a", 5000);
        room.header(AGENT, "b");
        room.pass(1000);

        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.pass(29_000);
        assertThat(room.player.clears()).isEqualTo(1);
        assertThat(room.reports).isEmpty();
        assertThat(room.events).contains("gone agent").doesNotContain("lost agent");

        room.pass(1_100);
        assertThat(room.events).contains("lost agent");
    }

    @Test
    void shouldServeASenderThatComesBack() {
        room.segment(AGENT, "a", 5000);
        room.pass(1000);
        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.pass(5000);

        room.session(AGENT, "PA_new");
        room.protocol.onParticipant(AGENT, "PA_new");
        room.pass(3100);
        room.segment(AGENT, "b", 300);
        room.pass(40_000);

        assertThat(room.events).containsSubsequence("found agent", "gone agent", "found agent");
        assertThat(room.events).doesNotContain("lost agent");
        // It may be the same process, which still waits for the first report.
        assertThat(room.reports).containsExactly(new Report(AGENT, 1.0, true), new Report(AGENT, 0.3, false));
    }

    @Test
    void shouldNotReportOldSegmentsToANewProcessThatSpeaksAtOnce() {
        room.segment(AGENT, "a", 5000);
        room.pass(1000);
        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.pass(5000);

        room.session(AGENT, "PA_new");
        room.segment(AGENT, "b", 300);
        room.pass(9000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.3, false));
    }

    @Test
    void shouldNotReportOldSegmentsToANewProcessThatIsAnnouncedJustBeforeItSpeaks() {
        room.segment(AGENT, "a", 5000);
        room.pass(1000);

        room.session(AGENT, "PA_new");
        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.protocol.onParticipant(AGENT, "PA_new");
        room.segment(AGENT, "b", 300);
        room.pass(9000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.3, false));
    }

    @Test
    void shouldTakeAStreamOfANewSessionForANewProcessEvenBeforeTheOldOneIsGone() {
        room.segment(AGENT, "a", 5000);
        room.pass(1000);

        room.session(AGENT, "PA_new");
        room.segment(AGENT, "b", 300);
        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.protocol.onParticipant(AGENT, "PA_new");
        room.pass(1000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.3, false));
        assertThat(room.events).doesNotContain("gone agent");
    }

    @Test
    void shouldGoOnWhenTheSenderContinuesItsStreamWithANewSession() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 1000);
        room.pass(500);

        room.session(AGENT, "PA_new");
        room.speech(AGENT, "s", 1000);
        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.protocol.onParticipant(AGENT, "PA_new");
        room.trailer(AGENT, "s");
        room.pass(3000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 2.0, false));
    }

    @Test
    void shouldStopAskingForAnAudienceOfTheStartWhenTheAgentHasNoSuchMethod() {
        room.answers.put(PlaybackNotifier.STARTED, AvatarRoom.error(RpcException.UNSUPPORTED_METHOD));
        room.segment(AGENT, "a", 100);
        room.segment(AGENT, "b", 100);
        room.pass(500);
        assertThat(room.startedTo).hasSize(1);

        room.protocol.onParticipantGone(AGENT, "PA_agent");
        room.protocol.onParticipant(AGENT, "PA_new");
        room.session(AGENT, "PA_new");
        room.segment(AGENT, "c", 100);
        room.pass(500);

        assertThat(room.startedTo).hasSize(2);
        assertThat(room.reports).hasSize(3);
    }

    @Test
    void shouldRepeatAReportThatDoesNotGetThrough() {
        room.segment(AGENT, "a", 100);
        room.segment(AGENT, "b", 100);
        room.wire.broken = true;
        room.pass(3000);
        assertThat(room.reports).isEmpty();

        room.wire.broken = false;
        room.pass(1100);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false), new Report(AGENT, 0.1, false));
        room.pass(20_000);
        assertThat(room.reports).hasSize(2);
    }

    @Test
    void shouldGiveUpAReportThatTheAgentRefusesThreeTimesAndGoOn() {
        room.answers.put(PlaybackNotifier.FINISHED, AvatarRoom.error(RpcException.APPLICATION_ERROR));
        room.segment(AGENT, "a", 100);
        room.pass(3000);
        room.answers.clear();

        room.segment(AGENT, "b", 200);
        room.pass(3000);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.2, false));
    }

    @Test
    void shouldTellOneReportAfterTheOtherToAnAgentThatIsSlowToAnswer() {
        room.busy = true;
        room.segment(AGENT, "a", 100);
        room.segment(AGENT, "b", 200);
        room.segment(AGENT, "c", 300);
        room.settle();

        room.clear(AGENT);
        room.settle();
        assertThat(room.reports).hasSize(1);
        room.pass(PlaybackNotifier.IN_ORDER_MS - 10);
        assertThat(room.reports).hasSize(1);
        room.pass(10);
        assertThat(room.reports).hasSize(2);

        room.busy = false;
        room.pass(PlaybackNotifier.IN_ORDER_MS);
        assertThat(room.reports).hasSize(3);
        room.pass(10_000);
        assertThat(room.reports).hasSize(3);
    }

    @Test
    void shouldWaitForRoomAtThePort() {
        room.player.giveRoom(0);
        room.segment(AGENT, "s", 100);
        room.pass(50);
        assertThat(room.player.segments()).isZero();

        for (int i = 0; i < 40; i++) {
            room.player.giveRoom(101);
            room.pass(10);
        }

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false));
        assertThat(room.player.bytes()).isEqualTo(100 * AvatarRoom.BYTES_PER_MS);
    }

    @Test
    void shouldDropTheNewestSpeechWhenTooMuchWaitsAndStillReportIt() {
        final var small =
                new AvatarRoom(new AvatarSettings(AGENT, null, Duration.ofSeconds(30), Duration.ofSeconds(2)));
        small.segment(AGENT, "a", 1500);
        small.header(AGENT, "b");
        for (int i = 0; i < 10; i++) {
            small.speech(AGENT, "b", 100);
        }
        small.trailer(AGENT, "b");
        small.segment(AGENT, "c", 1000);

        small.pass(4000);

        assertThat(small.reports)
                .containsExactly(
                        new Report(AGENT, 1.5, false), new Report(AGENT, 0.5, false), new Report(AGENT, 0.0, false));
    }

    @Test
    void shouldReportWhatWasPlayedWhenTheMediaSideForgetsASegment() {
        room.segment(AGENT, "a", 100);
        room.segment(AGENT, "b", 100);
        room.settle();

        room.protocol.onPlaybackStarted(1);
        room.pass(0);
        room.serial.advanceMs(100);
        room.protocol.onPlaybackFinished(2, 100_000, false);
        room.settle();
        room.settle();

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false), new Report(AGENT, 0.1, false));
    }

    @Test
    void shouldNeverReportMoreThanCame() {
        room.segment(AGENT, "a", 100);
        room.settle();

        room.protocol.onPlaybackFinished(1, 900_000, false);
        room.protocol.onPlaybackFinished(1, 900_000, false);
        room.protocol.onPlaybackFinished(7, 1, false);
        room.protocol.onPlaybackStarted(1);
        room.settle();

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.1, false));
        assertThat(room.startedTo).isEmpty();
    }

    @Test
    void shouldInterruptForAReasonOfOurOwn() {
        room.header(AGENT, "s");
        room.speech(AGENT, "s", 1000);
        room.pass(300);

        room.protocol.interrupt();
        room.pass(50);

        assertThat(room.reports).containsExactly(new Report(AGENT, 0.3, true));
    }

    @Test
    void shouldDoNothingMoreWhenClosed() {
        room.segment(AGENT, "a", 1000);
        room.pass(100);

        room.protocol.close();
        room.pass(2000);
        room.segment(AGENT, "b", 100);

        assertThat(room.clear(AGENT)).isEqualTo("reject");
        room.pass(11_000);
        assertThat(room.reports).isEmpty();
        assertThat(room.serial.timerCount()).isZero();
    }
}
