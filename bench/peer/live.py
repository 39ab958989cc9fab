"""The same model package live in a LiveKit room, by the worker that livekit-agents ships: AvatarRunner, with a VideoGenerator that
runs the TorchScript files in PyTorch. The peer of `mouthpiece join`, for bench/live.

It does what AvatarRunner is made for and nothing silly: inference off the event loop, one thread for torch, the networks warmed up
before it joins, idle frames from the start, the speech that waits thrown away on a clear. It publishes H264 in one layer, as the worker does;
`--as-shipped` leaves that to AvatarRunner (VP8 in two layers).

Example: python live.py --url ws://127.0.0.1:7880 --token …
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from livekit import rtc
from livekit.agents.voice.avatar import (
    AudioSegmentEnd,
    AvatarOptions,
    AvatarRunner,
    DataStreamAudioReceiver,
    VideoGenerator,
)

from peer import DEMO, ROOT, Avatar, Package, Session, prepare

RATE_HZ = 24000
WARM_UP_FRAMES = 25


class OneLayerRunner(AvatarRunner):
    """Publishes H264 in one layer, and sound that does not stop in silence."""

    async def _publish_track(self) -> None:
        async with self._lock:
            await self._room_connected_fut
            participant = self._room.local_participant
            audio = rtc.LocalAudioTrack.create_audio_track("avatar_audio", self._audio_source)
            self._audio_publication = await participant.publish_track(
                audio, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
            )
            video = rtc.LocalVideoTrack.create_video_track("avatar_video", self._video_source)
            self._video_publication = await participant.publish_track(
                video,
                rtc.TrackPublishOptions(
                    source=rtc.TrackSource.SOURCE_CAMERA, video_codec=rtc.VideoCodec.H264, simulcast=False,
                    video_encoding=rtc.VideoEncoding(max_framerate=self._options.video_fps, max_bitrate=1_000_000),
                ),
            )


class Puppet(VideoGenerator):
    """Speech in, frames and the sound of each frame out. Its own thread runs the networks."""

    def __init__(self, package: Package, avatar: Avatar) -> None:
        self.package = package
        self.avatar = avatar
        self.render = package.module("render", avatar.side)
        self.session = Session(package, avatar, np.zeros(package.rate_hz, np.float32), 0)
        self.slot = torch.zeros(1, dtype=torch.long)
        self.hop = RATE_HZ // package.fps  # samples of a frame, for the ears
        self.ahead = package.lookahead * RATE_HZ // package.rate_hz
        self.ears = np.zeros(0, np.int16)
        self.model = np.zeros(package.context, np.float32)
        self.ends: deque[int] = deque()
        self.thread = ThreadPoolExecutor(1, "puppet")
        self.second = 0.0

    def warm_up(self) -> None:
        for _ in range(WARM_UP_FRAMES):
            self.draw(np.zeros(self.package.context + self.package.hop + self.package.lookahead, np.float32))

    async def push_audio(self, frame: rtc.AudioFrame | AudioSegmentEnd) -> None:
        if isinstance(frame, AudioSegmentEnd):
            self.ends.append(len(self.ears))
        else:
            pcm = np.frombuffer(frame.data, np.int16)
            if frame.num_channels > 1:
                pcm = pcm.reshape(-1, frame.num_channels).mean(1).astype(np.int16)
            if frame.sample_rate != RATE_HZ:
                at = np.arange(len(pcm) * RATE_HZ // frame.sample_rate) * frame.sample_rate / RATE_HZ
                pcm = np.interp(at, np.arange(len(pcm)), pcm).astype(np.int16)
            self.ears = np.concatenate([self.ears, pcm])

    def clear_buffer(self) -> None:
        self.ears = np.zeros(0, np.int16)
        self.model = np.zeros(self.package.context, np.float32)
        self.ends.clear()

    def draw(self, window: np.ndarray) -> np.ndarray:
        """One frame, I420, of the window of speech that ends with the look-ahead."""
        with torch.inference_mode():
            p, avatar = self.package, self.avatar
            rows = self.session.input[:, : len(window)]
            rows[0] = torch.from_numpy(window)
            features = p.encode(rows)[0][:1]
            self.second += 1 / p.fps
            patch = self.render(features, self.session.life(self.second), self.slot, *avatar.identity)
            canvas = self.session.canvas
            canvas[avatar.y : avatar.y + avatar.side, avatar.x : avatar.x + avatar.side] = patch[0].numpy().transpose(1, 2, 0)
            return cv2.cvtColor(canvas, cv2.COLOR_RGB2YUV_I420)

    def window(self, pcm: np.ndarray) -> np.ndarray:
        """The model's window for the frame that begins with `pcm` at the ears' rate; keeps the context for the next."""
        p = self.package
        want = p.hop + p.lookahead
        piece = np.zeros((self.hop + self.ahead), np.float32)
        piece[: min(len(pcm), len(piece))] = pcm[: len(piece)] / 32768
        fresh = np.interp(np.arange(want) * RATE_HZ / p.rate_hz, np.arange(len(piece)), piece).astype(np.float32)
        window = np.concatenate([self.model, fresh])
        self.model = window[p.hop : p.hop + p.context]
        return window

    async def picture(self, pcm: np.ndarray) -> rtc.VideoFrame:
        loop = asyncio.get_running_loop()
        i420 = await loop.run_in_executor(self.thread, self.draw, self.window(pcm))
        height, width = self.avatar.frame.shape[:2]
        return rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, i420.tobytes())

    def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        return self.stream()

    async def stream(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        silence = np.zeros(self.hop, np.int16)
        while True:
            end = self.ends[0] if self.ends else None
            if end is not None and end == 0:
                self.ends.popleft()
                yield AudioSegmentEnd()
                continue
            available = len(self.ears) if end is None else end
            if available >= self.hop + self.ahead or end is not None:
                take = min(self.hop, available)
                pcm = self.ears[: self.hop + self.ahead].copy()
                self.ears = self.ears[take:]
                self.ends = deque(e - take for e in self.ends)
                frame = await self.picture(pcm)
                heard = np.zeros(self.hop, np.int16)
                heard[:take] = pcm[:take]
                yield frame
                yield rtc.AudioFrame(heard.tobytes(), RATE_HZ, 1, self.hop)
            else:
                # Idle, or speech that has not come. No sound goes with it: AvatarRunner would count it as speech that was played.
                yield await self.picture(silence)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--image", type=Path, default=DEMO / "av_stock_001.jpg")
    parser.add_argument("--packages", type=Path, default=ROOT / "models/packages")
    parser.add_argument("--model", default="puppet")
    parser.add_argument("--frame", type=lambda s: tuple(map(int, s.split("x"))), default=(368, 560))
    parser.add_argument("--agent", default="agent", help="identity of the agent that speaks")
    parser.add_argument("--as-shipped", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    cv2.setNumThreads(1)
    package = Package(options.packages / options.model)
    width, height = options.frame
    with torch.inference_mode():
        avatar = prepare(options.image, package, options.packages / "face", width, height, None)
    puppet = Puppet(package, avatar)
    puppet.warm_up()
    room = rtc.Room()
    await room.connect(options.url, options.token)
    receiver = DataStreamAudioReceiver(room, sender_identity=options.agent)
    kind = AvatarRunner if options.as_shipped else OneLayerRunner
    runner = kind(room, audio_recv=receiver, video_gen=puppet, options=AvatarOptions(width, height, package.fps, RATE_HZ, 1))
    end = asyncio.Event()
    for s in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(s, end.set)
    await runner.start()
    await end.wait()
    await runner.aclose()
    await room.disconnect()


if __name__ == "__main__":
    asyncio.run(main())
