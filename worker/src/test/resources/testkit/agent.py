"""The agent's side of an avatar: the real DataStreamAudioOutput of livekit-agents, steered by JSON lines (lines.py).

Agents of one process need avatars of different identities, in different rooms as well: livekit-agents sorts what avatars report by
their identity alone.

  join      url, token, avatar (identity); wait_playback_start=false, clear_timeout=2.0 (null: none), wait_video=true, rate=24000
  push      seconds with hz=440, or wav (a file, mono or stereo, 16 bit); rate, channels=1, amplitude=12000, frame_ms=20,
            speed=0 (as fast as it goes; 1 is real time). Answers "pushed"; first_t is when the first byte was handed over.
  flush     ends the segment
  clear     an interruption: clear_buffer of the output; at once, even in the middle of a push
  playout   waits for the end of what was pushed, and holds up nothing meanwhile; answers "playout"
  rpc       method, payload="", timeout=8, to=avatar: a call, at once; answers "rpc" with result, or code and message
  open, write, close    a byte stream by hand: stream (a name for it), topic, attributes, to=[avatar];
            write takes bytes (a count of zeros) or base64; answers "opened", "written", "closed"
  text      topic, text: a text stream
  leave     leaves the room properly

What livekit-agents itself warns of is the event "warned", with its text.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput

from lines import Command, present, say, serve, watch


def tone(seconds: float, rate: int, channels: int, hz: float, amplitude: float) -> np.ndarray:
    """s16 [samples * channels], interleaved."""
    t = np.arange(round(seconds * rate)) / rate
    return np.repeat((np.sin(2 * np.pi * hz * t) * amplitude).astype(np.int16), channels)


def recording(path: Path) -> tuple[np.ndarray, int, int]:
    with wave.open(str(path)) as f:
        if f.getsampwidth() != 2:
            raise ValueError(f"not 16 bit: {path}")
        return np.frombuffer(f.readframes(f.getnframes()), np.int16), f.getframerate(), f.getnchannels()


async def pieces(pcm: np.ndarray, size: int, seconds: float, speed: float) -> AsyncIterator[np.ndarray]:
    """Pieces of `size` values, each `seconds` long; at `speed` 0 without waiting."""
    start = time.monotonic()
    for i, at in enumerate(range(0, len(pcm), size)):
        if speed:
            await asyncio.sleep(max(0.0, start + i * seconds / speed - time.monotonic()))
        yield pcm[at : at + size]


class Agent:
    def __init__(self, id: str) -> None:
        self.id = id
        self.room = rtc.Room()
        self.avatar = ""
        self.rate = 24000
        self.output: DataStreamAudioOutput | None = None
        self.streams: dict[str, Any] = {}
        self.waiting: set[asyncio.Task[None]] = set()
        watch(self.room, id)

    async def join(self, c: Command) -> None:
        self.avatar, self.rate = c["avatar"], c.get("rate", 24000)
        await self.room.connect(c["url"], c["token"], rtc.RoomOptions(auto_subscribe=False))
        self.output = DataStreamAudioOutput(
            self.room,
            destination_identity=self.avatar,
            sample_rate=self.rate,
            wait_remote_track=rtc.TrackKind.KIND_VIDEO if c.get("wait_video", True) else None,
            wait_playback_start=c.get("wait_playback_start", False),
            clear_buffer_timeout=c.get("clear_timeout", 2.0),
        )
        self.output.on("playback_started", lambda e: say("playback_started", self.id))
        self.output.on(
            "playback_finished",
            lambda e: say("playback_finished", self.id, position=e.playback_position, interrupted=e.interrupted),
        )
        say("joined", self.id, sid=self.room.local_participant.sid, participants=present(self.room))

    async def push(self, c: Command) -> None:
        assert self.output is not None
        if "wav" in c:
            pcm, rate, channels = recording(Path(c["wav"]))
        else:
            rate, channels = c.get("rate", self.rate), c.get("channels", 1)
            pcm = tone(c["seconds"], rate, channels, c.get("hz", 440), c.get("amplitude", 12000))
        frame_ms = c.get("frame_ms", 20)
        size = max(1, rate * frame_ms // 1000) * channels
        begun = first = 0
        async for piece in pieces(pcm, size, frame_ms / 1000, c.get("speed", 0)):
            begun = begun or time.monotonic_ns()
            await self.output.capture_frame(rtc.AudioFrame(piece.tobytes(), rate, channels, len(piece) // channels))
            # The first call returns when the avatar is there, the stream is open and the first chunk is out.
            first = first or time.monotonic_ns()
        say("pushed", self.id, seconds=len(pcm) / channels / rate, begun_t=begun, first_t=first)

    async def playout(self) -> None:
        assert self.output is not None
        e = await self.output.wait_for_playout()
        say("playout", self.id, position=e.playback_position, interrupted=e.interrupted)

    async def rpc(self, c: Command) -> None:
        try:
            result = await self.room.local_participant.perform_rpc(
                destination_identity=c.get("to", self.avatar), method=c["method"], payload=c.get("payload", ""),
                response_timeout=c.get("timeout", 8),
            )
            say("rpc", self.id, method=c["method"], result=result)
        except rtc.RpcError as e:
            say("rpc", self.id, method=c["method"], code=e.code, message=e.message)

    async def open(self, c: Command) -> None:
        self.streams[c["stream"]] = await self.room.local_participant.stream_bytes(
            c.get("name", "AUDIO_by_hand"), topic=c.get("topic", "lk.audio_stream"),
            attributes=c.get("attributes", {}), destination_identities=c.get("to", [self.avatar]),
        )
        say("opened", self.id, stream=c["stream"])

    async def write(self, c: Command) -> None:
        await self.streams[c["stream"]].write(base64.b64decode(c["base64"]) if "base64" in c else bytes(c["bytes"]))
        say("written", self.id, stream=c["stream"])

    async def close(self, c: Command) -> None:
        await self.streams.pop(c["stream"]).aclose()
        say("closed", self.id, stream=c["stream"])

    async def leave(self) -> None:
        await self.room.disconnect()
        say("left", self.id)


class Warnings(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        for id in agents:
            say("warned", id, text=record.getMessage())


agents: dict[str, Agent] = {}


async def handle(c: Command) -> None:
    id = c.get("id", "")
    if c["cmd"] == "join":
        agents[id] = Agent(id)
    agent = agents[id]
    match c["cmd"]:
        case "join":
            await agent.join(c)
        case "push":
            await agent.push(c)
        case "flush":
            assert agent.output is not None
            agent.output.flush()
            say("flushed", id)
        case "clear":
            assert agent.output is not None
            say("clearing", id)
            agent.output.clear_buffer()
        case "playout":
            agent.waiting.add(asyncio.create_task(agent.playout()))
        case "rpc":
            await agent.rpc(c)
        case "open":
            await agent.open(c)
        case "write":
            await agent.write(c)
        case "close":
            await agent.close(c)
        case "text":
            await agent.room.local_participant.send_text(c["text"], topic=c["topic"])
            say("texted", id)
        case "leave":
            await agent.leave()
            del agents[id]
        case other:
            raise ValueError(f"no command {other}")


async def leave_all() -> None:
    for agent in list(agents.values()):
        await agent.leave()


logging.getLogger("livekit.agents").addHandler(Warnings(logging.WARNING))
asyncio.run(serve(handle, leave_all, at_once=frozenset({"clear", "rpc"})))
