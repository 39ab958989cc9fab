"""A person with a microphone: publishes an audio track (lines.py).

  join      url, token
  publish   seconds with hz=500, or wav (mono, 16 bit, 48 kHz); pause=0 (seconds of silence after it), loops=1, amplitude=9000.
            Publishes a track if there is none, speaks in real time, and answers "spoken". "speaking" comes with the first sample,
            and says how many seconds of older sound still wait before it ("queued").
  unpublish takes the track back
  mute, unmute
  leave
"""

from __future__ import annotations

import asyncio
import wave
from typing import Any

import numpy as np
from livekit import rtc

from lines import Command, present, say, serve, watch

RATE = 48000
FRAME = RATE // 100


class Microphone:
    def __init__(self, id: str) -> None:
        self.id = id
        self.room = rtc.Room()
        self.source: rtc.AudioSource | None = None
        self.track: rtc.LocalAudioTrack | None = None
        self.publication: Any = None
        watch(self.room, id)

    async def publish(self, c: Command) -> None:
        if self.publication is None:
            self.source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
            self.track = rtc.LocalAudioTrack.create_audio_track("mic", self.source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            self.publication = await self.room.local_participant.publish_track(self.track, options)
            say("published", self.id, sid=self.publication.sid)
        assert self.source is not None
        pcm = self.speech(c)
        for _ in range(c.get("loops", 1)):
            for at in range(0, len(pcm) - FRAME + 1, FRAME):
                if at == 0:
                    say("speaking", self.id, queued=self.source.queued_duration)
                await self.source.capture_frame(rtc.AudioFrame(pcm[at : at + FRAME].tobytes(), RATE, 1, FRAME))
        say("spoken", self.id)

    @staticmethod
    def speech(c: Command) -> np.ndarray:
        if "wav" in c:
            with wave.open(c["wav"]) as f:
                if (f.getsampwidth(), f.getframerate(), f.getnchannels()) != (2, RATE, 1):
                    raise ValueError(f"want mono, 16 bit, {RATE} Hz: {f.getparams()}")
                pcm = np.frombuffer(f.readframes(f.getnframes()), np.int16)
        else:
            t = np.arange(round(c["seconds"] * RATE)) / RATE
            pcm = (np.sin(2 * np.pi * c.get("hz", 500) * t) * c.get("amplitude", 9000)).astype(np.int16)
        return np.concatenate([pcm, np.zeros(round(c.get("pause", 0) * RATE), np.int16)])

    async def unpublish(self) -> None:
        await self.room.local_participant.unpublish_track(self.publication.sid)
        self.publication = None
        say("unpublished", self.id)

    async def leave(self) -> None:
        await self.room.disconnect()
        say("left", self.id)


microphones: dict[str, Microphone] = {}


async def handle(c: Command) -> None:
    id = c.get("id", "")
    match c["cmd"]:
        case "join":
            mic = microphones[id] = Microphone(id)
            await mic.room.connect(c["url"], c["token"], rtc.RoomOptions(auto_subscribe=False))
            say("joined", id, sid=mic.room.local_participant.sid, participants=present(mic.room))
        case "publish":
            await microphones[id].publish(c)
        case "unpublish":
            await microphones[id].unpublish()
        case "mute" | "unmute":
            track = microphones[id].track
            assert track is not None
            track.mute() if c["cmd"] == "mute" else track.unmute()
            say(c["cmd"] + "d", id)
        case "leave":
            await microphones.pop(id).leave()
        case other:
            raise ValueError(f"no command {other}")


async def leave_all() -> None:
    for mic in list(microphones.values()):
        await mic.leave()


asyncio.run(serve(handle, leave_all))
