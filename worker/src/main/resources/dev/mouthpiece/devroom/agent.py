"""Speaks a recording through an avatar in a LiveKit room, as an agent built on livekit-agents does.

  pip install livekit-agents==1.8.9 livekit==1.1.21
  LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_TOKEN=… python agent.py [recording.wav …]

A recording is a WAV file of 16 bit, mono or stereo. LIVEKIT_TOKEN must be of kind agent; AVATAR is the avatar's identity.
"""

import asyncio
import os
import sys
import wave
from pathlib import Path

from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput

FRAME_MS = 20


async def say(output: DataStreamAudioOutput, path: str) -> None:
    with wave.open(path) as f:
        rate, channels = f.getframerate(), f.getnchannels()
        size = rate * FRAME_MS // 1000
        while pcm := f.readframes(size):
            await output.capture_frame(rtc.AudioFrame(pcm, rate, channels, len(pcm) // (2 * channels)))
    output.flush()
    end = await output.wait_for_playout()
    print(f"{path}: {end.playback_position:.2f} s played{', interrupted' if end.interrupted else ''}")


async def main() -> None:
    room = rtc.Room()
    await room.connect(os.environ["LIVEKIT_URL"], os.environ["LIVEKIT_TOKEN"])
    print(f"in room {room.name}, waiting for the avatar's picture")
    output = DataStreamAudioOutput(
        room,
        destination_identity=os.environ.get("AVATAR", "avatar"),
        sample_rate=16000,
        wait_remote_track=rtc.TrackKind.KIND_VIDEO,
    )
    for path in sys.argv[1:] or [str(Path(__file__).with_name("hello.wav"))]:
        await say(output, path)
    await room.disconnect()


asyncio.run(main())
