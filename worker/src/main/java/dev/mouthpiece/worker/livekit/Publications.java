package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import livekit.LivekitModels.AudioTrackFeature;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.TrackInfo;
import livekit.LivekitModels.TrackSource;
import livekit.LivekitModels.TrackType;
import livekit.LivekitModels.VideoLayer;
import livekit.LivekitModels.VideoQuality;
import livekit.LivekitRtc.AddTrackRequest;
import livekit.LivekitRtc.MuteTrackRequest;
import livekit.LivekitRtc.RequestResponse;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SimulcastCodec;
import livekit.LivekitRtc.SyncState;
import livekit.LivekitRtc.TrackPublishedResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Our two tracks at the server, in one session there: announced, taken, muted, dropped. The session's turn. */
final class Publications {
    static final String AUDIO_NAME = "avatar_audio";
    static final String VIDEO_NAME = "avatar_video";
    static final long TAKEN_TIMEOUT_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Publications.class);

    /** What becomes of them. */
    interface Events {
        void onRefused(RoomException why);

        void onDropped(String name);

        void onMuted(boolean audio, boolean muted);
    }

    private final Serial serial;
    private final ParticipantSettings settings;
    private final Consumer<SignalRequest> send;
    private final Events events;
    private final Map<String, TrackInfo> byCid = new LinkedHashMap<>();
    private Serial.@Nullable Timer timer;

    Publications(Serial serial, ParticipantSettings settings, Consumer<SignalRequest> send, Events events) {
        this.serial = serial;
        this.settings = settings;
        this.send = send;
        this.events = events;
    }

    /** Before the offer that holds them, because the server answers by what was announced. */
    void announce(VideoCodec codec) {
        send.accept(SignalRequest.newBuilder().setAddTrack(audio()).build());
        send.accept(SignalRequest.newBuilder().setAddTrack(video(codec)).build());
        timer = serial.schedule(
                TAKEN_TIMEOUT_MS,
                () -> events.onRefused(new RoomException(
                        RoomException.Fault.BUSY, "the server has not taken our tracks within 10 s")));
    }

    void onTaken(TrackPublishedResponse response) {
        byCid.put(response.getCid(), response.getTrack());
        LOG.debug(
                "published {} as {}",
                response.getTrack().getName(),
                response.getTrack().getSid());
        if (byCid.size() == 2) {
            close();
        }
    }

    /** An answer to one of our requests, if it says no. */
    void onResponse(RequestResponse response) {
        if (!response.hasAddTrack() || response.getReason() == RequestResponse.Reason.OK) {
            return;
        }
        final String what =
                response.getAddTrack().getName() + ": " + response.getReason() + " " + response.getMessage();
        events.onRefused(
                response.getReason() == RequestResponse.Reason.NOT_ALLOWED
                        ? new RoomException(
                                RoomException.Fault.PERMISSION,
                                "the token does not allow to publish " + what
                                        + "; it must grant canPublish, for camera and microphone")
                        : new RoomException(RoomException.Fault.BUSY, "the server does not take our track " + what));
    }

    /** Our own entry in the list of participants tells more than the first answer. */
    void onSelf(ParticipantInfo self) {
        for (final TrackInfo track : self.getTracksList()) {
            byCid.replaceAll((cid, known) -> known.getSid().equals(track.getSid()) ? track : known);
        }
    }

    void onMute(MuteTrackRequest mute) {
        final TrackInfo track = find(mute.getSid());
        if (track != null) {
            LOG.info("our {} was {}", track.getName(), mute.getMuted() ? "muted" : "unmuted");
            send.accept(SignalRequest.newBuilder().setMute(mute).build());
            events.onMuted(track.getType() == TrackType.AUDIO, mute.getMuted());
        }
    }

    void onDropped(String sid) {
        final TrackInfo track = find(sid);
        if (track != null) {
            byCid.values().remove(track);
            events.onDropped(track.getName());
        }
    }

    /** For the server, on a resume. */
    void describe(SyncState.Builder state) {
        byCid.forEach((cid, track) -> state.addPublishTracks(
                TrackPublishedResponse.newBuilder().setCid(cid).setTrack(track)));
    }

    void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private @Nullable TrackInfo find(String sid) {
        for (final TrackInfo track : byCid.values()) {
            if (track.getSid().equals(sid)) {
                return track;
            }
        }
        return null;
    }

    @SuppressWarnings("deprecation") // Servers before 1.8 know setDisableDtx only.
    private AddTrackRequest audio() {
        return AddTrackRequest.newBuilder()
                .setCid(settings.media().audioTrackId())
                .setName(AUDIO_NAME)
                .setType(TrackType.AUDIO)
                .setSource(TrackSource.MICROPHONE)
                .setDisableDtx(true)
                .addAudioFeatures(AudioTrackFeature.TF_NO_DTX)
                .build();
    }

    private AddTrackRequest video(VideoCodec codec) {
        final ParticipantSettings.Video size = settings.video();
        return AddTrackRequest.newBuilder()
                .setCid(settings.media().videoTrackId())
                .setName(VIDEO_NAME)
                .setType(TrackType.VIDEO)
                .setSource(TrackSource.CAMERA)
                .setWidth(size.width())
                .setHeight(size.height())
                .addLayers(VideoLayer.newBuilder()
                        .setQuality(VideoQuality.HIGH)
                        .setWidth(size.width())
                        .setHeight(size.height())
                        .setBitrate(settings.limits().maxVideoBps()))
                // Without this the server does not know the codec and does not put it first in its answer.
                .addSimulcastCodecs(SimulcastCodec.newBuilder()
                        .setCodec(codec.name().toLowerCase(Locale.ROOT))
                        .setCid(settings.media().videoTrackId()))
                .build();
    }
}
