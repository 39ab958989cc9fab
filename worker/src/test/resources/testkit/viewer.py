"""A viewer: subscribes to an avatar with an ordinary client, decodes, and says what it sees and hears (lines.py).

  join      url, token, avatar (identity; whom to watch); loud=1500 (of 32767: what counts as sound)
  report    answers "report": frames, fps, sizes, gaps, cuts, flashes and beeps since the last report, and the client's own statistics
  leave

Events: "subscribed" with the track and its codec, "first_video", "first_audio", "flash" and "beep" at their beginning,
"sound_start", "sound_stop" (after 60 ms of silence, dated back), "video_gap" where two frames are over 300 ms apart, "cut"
where a picture is all another than the one before. Its times are a client's: after its jitter buffers and decoders.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
from livekit import rtc

from lines import Command, present, publication, say, serve, watch

FLASH_LUMA = 200
GAP_MS = 300
QUIET_MS = 60
CUT = 12.0  # mean difference of luma from one picture to the next: a face that moves makes 3 at most
BEEP_PAUSE_MS = 200  # of silence before a sound counts as a beep of its own
FRAME_MS = 10


class Viewer:
    def __init__(self, id: str) -> None:
        self.id = id
        self.room = rtc.Room()
        self.avatar = ""
        self.loud = 1500
        self.tracks: dict[str, rtc.Track] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.forget()
        watch(self.room, id)
        self.room.on("track_subscribed", self.on_track)
        self.room.on("track_unsubscribed", lambda t, pub, p: say("unsubscribed", id, identity=p.identity, sid=pub.sid))

    def forget(self) -> None:
        self.times: list[int] = []
        self.sizes: dict[str, int] = {}
        self.flashes: list[int] = []
        self.beeps: list[int] = []
        self.audio_frames = 0
        self.brightness = [255.0, 0.0]
        self.cuts = 0

    def on_track(self, track: Any, pub: Any, participant: Any) -> None:
        say("subscribed", self.id, identity=participant.identity, **publication(pub))
        if participant.identity == self.avatar:
            is_video = track.kind == rtc.TrackKind.KIND_VIDEO
            self.tracks["video" if is_video else "audio"] = track
            self.tasks.append(asyncio.create_task(self.watch(track) if is_video else self.listen(track)))

    async def watch(self, track: Any) -> None:
        was_flash = False
        last = 0
        before: Any = None
        async for event in rtc.VideoStream(track, format=rtc.VideoBufferType.I420):
            now, frame = time.monotonic_ns(), event.frame
            if not last:
                say("first_video", self.id, width=frame.width, height=frame.height)
            elif now - last > GAP_MS * 1_000_000:
                say("video_gap", self.id, ms=(now - last) / 1e6)
            last = now
            size = f"{frame.width}x{frame.height}"
            self.sizes[size] = self.sizes.get(size, 0) + 1
            luma = np.frombuffer(frame.data, np.uint8, frame.width * frame.height).reshape(frame.height, frame.width)
            few = luma[::16, ::16].astype(np.float32)
            if before is not None and before.shape == few.shape and float(np.abs(few - before).mean()) > CUT:
                self.cuts += 1
                say("cut", self.id)
            before = few
            mean = float(few.mean())
            self.brightness = [min(self.brightness[0], mean), max(self.brightness[1], mean)]
            is_flash = mean > FLASH_LUMA
            if is_flash and not was_flash:
                self.flashes.append(now)
                say("flash", self.id, luma=mean)
            was_flash = is_flash
            self.times.append(now)

    async def listen(self, track: Any) -> None:
        quiet_ms, is_on, is_first = 1_000_000, False, True
        async for event in rtc.AudioStream(track, sample_rate=48000, num_channels=1, frame_size_ms=FRAME_MS):
            now = time.monotonic_ns()
            self.audio_frames += 1
            if is_first:
                is_first = False
                say("first_audio", self.id)
            loud = np.flatnonzero(np.abs(np.frombuffer(event.frame.data, np.int16).astype(np.int32)) > self.loud)
            if len(loud):
                at = now + int(loud[0]) * 1_000_000_000 // 48000
                if quiet_ms >= BEEP_PAUSE_MS:
                    self.beeps.append(at)
                    say("beep", self.id)
                if not is_on:
                    is_on = True
                    say("sound_start", self.id, at=at)
                quiet_ms = 0
            else:
                quiet_ms += FRAME_MS
                if is_on and quiet_ms >= QUIET_MS:
                    is_on = False
                    say("sound_stop", self.id, at=now - QUIET_MS * 1_000_000)

    async def report(self) -> None:
        gaps = np.diff(self.times) / 1e6 if len(self.times) > 1 else np.zeros(0)
        spread = (self.times[-1] - self.times[0]) / 1e9 if len(self.times) > 1 else 0.0
        offsets = [
            (beep - flash) / 1e6
            for flash in self.flashes
            if self.beeps and abs((beep := min(self.beeps, key=lambda b: abs(b - flash))) - flash) < 500_000_000
        ]
        say(
            "report", self.id, frames=len(self.times), fps=(len(self.times) - 1) / spread if spread else 0.0, sizes=self.sizes,
            max_gap_ms=float(gaps.max()) if len(gaps) else None, luma=self.brightness, cuts=self.cuts, audio_frames=self.audio_frames,
            flashes=len(self.flashes), beeps=len(self.beeps), offsets_ms=offsets, stats=await self.stats(),
            participants=present(self.room),
        )
        self.forget()

    async def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind, track in self.tracks.items():
            for stat in await track.get_stats():
                match stat.WhichOneof("stats"):
                    case "inbound_rtp":
                        inbound = stat.inbound_rtp.inbound
                        found[kind] = {
                            "frames_decoded": inbound.frames_decoded, "key_frames": inbound.key_frames_decoded,
                            "freezes": inbound.freeze_count, "nack": inbound.nack_count, "pli": inbound.pli_count,
                            "decoder": inbound.decoder_implementation, "concealed": inbound.concealed_samples,
                            "samples": inbound.total_samples_received,
                            "lost": stat.inbound_rtp.received.packets_lost, "packets": stat.inbound_rtp.received.packets_received,
                        }
                    case "codec":
                        found[f"{kind}_codec"] = f"{stat.codec.codec.mime_type} {stat.codec.codec.sdp_fmtp_line}"
        return found

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()
        say("left", self.id)


viewers: dict[str, Viewer] = {}


async def handle(c: Command) -> None:
    id = c.get("id", "")
    match c["cmd"]:
        case "join":
            viewer = viewers[id] = Viewer(id)
            viewer.avatar, viewer.loud = c["avatar"], c.get("loud", 1500)
            await viewer.room.connect(c["url"], c["token"], rtc.RoomOptions(auto_subscribe=True))
            say("joined", id, sid=viewer.room.local_participant.sid, participants=present(viewer.room))
        case "report":
            await viewers[id].report()
        case "leave":
            await viewers.pop(id).leave()
        case other:
            raise ValueError(f"no command {other}")


async def leave_all() -> None:
    for viewer in list(viewers.values()):
        await viewer.leave()


asyncio.run(serve(handle, leave_all))
