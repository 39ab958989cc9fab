"""Writes the speech that `avcheck.py` wants a film of: beeps of 1 kHz on whole video frames, silence between.

Each beep starts and ends on a multiple of 40 ms, so that the frames which the `pattern` model makes white are exactly those in which
it sounds, and the offset to be measured is 0.

Example: python beeps.py beeps.wav --seconds 30 --every 1.0
"""

from __future__ import annotations

import argparse
import wave
from pathlib import Path

import numpy as np

FRAME_S = 0.040
TONE_HZ = 1000.0
LEVEL = 0.5  # of full scale
EDGE_S = 0.001  # of the raised cosine at either end: no click, and an onset good to half of it


def beeps(seconds: float, every: float, length_frames: int, rate_hz: int) -> np.ndarray:
    """Samples -1..1. The first beep starts at `every`, rounded to whole frames like the rest."""
    pcm = np.zeros(round(seconds * rate_hz))
    count = round(length_frames * FRAME_S * rate_hz)
    edge = np.ones(count)
    ramp = round(EDGE_S * rate_hz)
    edge[:ramp] = 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp) / ramp)
    edge[-ramp:] = edge[:ramp][::-1]
    tone = LEVEL * edge * np.sin(2 * np.pi * TONE_HZ * np.arange(count) / rate_hz)
    step = round(every / FRAME_S)
    for frame in range(step, int(seconds / FRAME_S) - length_frames, step):
        start = round(frame * FRAME_S * rate_hz)
        pcm[start : start + count] = tone
    return pcm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="WAV to write, mono 16-bit")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--every", type=float, default=1.0, help="seconds from beep to beep")
    parser.add_argument("--frames", type=int, default=2, help="length of a beep in frames of 40 ms")
    parser.add_argument("--rate-hz", type=int, default=48000)
    options = parser.parse_args()
    pcm = beeps(options.seconds, options.every, options.frames, options.rate_hz)
    with wave.open(str(options.out), "wb") as out:
        out.setparams((1, 2, options.rate_hz, 0, "NONE", ""))
        out.writeframes((pcm * 32767).round().astype("<i2").tobytes())


if __name__ == "__main__":
    main()
