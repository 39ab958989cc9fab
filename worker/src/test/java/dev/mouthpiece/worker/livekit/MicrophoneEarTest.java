package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.UpdateSubscription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MicrophoneEarTest {
    private final FakeRoom room = new FakeRoom();
    private final List<String> heard = new ArrayList<>();

    @Test
    void shouldSubscribeToTheConfiguredSpeakersMicrophoneAndHearIt() {
        join("mic");
        room.update(FakeRoom.other("other", "PA_o").addTracks(FakeRoom.microphone("TR_o")));
        room.update(FakeRoom.other("mic", "PA_m"));
        assertThat(subscriptions()).isEmpty();

        room.update(FakeRoom.other("mic", "PA_m").addTracks(FakeRoom.microphone("TR_m")));
        final FakePeers.Audio audio = sound("TR_m");

        assertThat(subscriptions()).containsExactly("+TR_m of PA_m");
        Objects.requireNonNull(audio.sink).onPcm(new byte[960]);
        assertThat(heard).containsExactly("speaker mic", "pcm 960");
    }

    @Test
    void shouldHearATrackThatComesBeforeItIsKnown() {
        join("mic");
        final FakePeers.Audio audio = sound("TR_m");
        assertThat(audio.sink).isNull();

        room.update(FakeRoom.other("mic", "PA_m").addTracks(FakeRoom.microphone("TR_m")));

        assertThat(audio.sink).isNotNull();
    }

    @Test
    void shouldFollowToTheNextTrack() {
        join("mic");
        room.update(FakeRoom.other("mic", "PA_m").addTracks(FakeRoom.microphone("TR_1")));
        final FakePeers.Audio first = sound("TR_1");
        subscriptions();

        room.update(FakeRoom.other("mic", "PA_m"));
        assertThat(first.sink).isNull();
        room.update(FakeRoom.other("mic", "PA_m").addTracks(FakeRoom.microphone("TR_2")));

        assertThat(subscriptions()).containsExactly("-TR_1 of PA_m", "+TR_2 of PA_m");
        assertThat(heard).containsExactly("speaker mic", "gone mic", "speaker mic");
    }

    @Test
    void shouldTakeTheFirstMicrophoneThatIsNoAvatarsAndKeepItUntilItLeaves() {
        join(null);
        room.update(FakeRoom.other("colleague", "PA_c")
                .putAttributes("lk.publish_on_behalf", "x")
                .addTracks(FakeRoom.microphone("TR_c")));
        room.update(FakeRoom.other("first", "PA_1").addTracks(FakeRoom.microphone("TR_1")));
        room.update(FakeRoom.other("second", "PA_2").addTracks(FakeRoom.microphone("TR_2")));
        room.update(FakeRoom.other("first", "PA_1"));
        assertThat(subscriptions()).containsExactly("+TR_1 of PA_1", "-TR_1 of PA_1");

        room.update(FakeRoom.other("first", "PA_1").setState(ParticipantInfo.State.DISCONNECTED));
        room.update(FakeRoom.other("third", "PA_3"));

        assertThat(subscriptions()).containsExactly("+TR_2 of PA_2");
    }

    @Test
    void shouldSubscribeAgainInANewSessionAndTellItsSubscriptionInAResume() {
        join("mic");
        room.goUp();
        final var mic = FakeRoom.other("mic", "PA_m").addTracks(FakeRoom.microphone("TR_m"));
        room.update(mic);
        subscriptions();

        room.line().fail();
        room.reconnect(0);
        final UpdateSubscription told =
                room.line().take().getFirst().getSyncState().getSubscription();
        assertThat(told.getTrackSidsList()).containsExactly("TR_m");
        assertThat(told.getSubscribe()).isTrue();

        room.line().fail();
        room.serial.advanceMs(1);
        room.accept(room.join().addOtherParticipants(mic));
        assertThat(subscriptions()).containsExactly("+TR_m of PA_m");
        assertThat(heard).containsExactly("speaker mic", "gone mic", "speaker mic");
    }

    private void join(@Nullable String speaker) {
        room.participant.hear(speaker, new SpeakerEvents() {
            @Override
            public void onSpeaker(String identity) {
                heard.add("speaker " + identity);
            }

            @Override
            public void onPcm(byte[] pcm) {
                heard.add("pcm " + pcm.length);
            }

            @Override
            public void onSpeakerGone(String identity) {
                heard.add("gone " + identity);
            }
        });
        room.participant.join();
        room.serial.run();
        room.accept(room.join());
    }

    private FakePeers.Audio sound(String sid) {
        final var audio = new FakePeers.Audio(sid);
        room.peers.subscriber().events.onAudio(audio);
        return audio;
    }

    private List<String> subscriptions() {
        return room.line().take().stream()
                .filter(SignalRequest::hasSubscription)
                .map(SignalRequest::getSubscription)
                .map(update -> (update.getSubscribe() ? "+" : "-") + update.getTrackSids(0) + " of "
                        + update.getParticipantTracks(0).getParticipantSid())
                .toList();
    }
}
