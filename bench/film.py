"""Reads films for the measuring scripts: decoded frames with their times, and the sound, by the ffmpeg programs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Streams:
    """What ffprobe says of a film. Times are seconds on the film's clock."""

    width: int
    height: int
    frame_times: np.ndarray  # f64 [frames], presentation times
    audio_start: float | None  # of the first decoded sample; None: no sound


class FilmError(Exception):
    """The film cannot be read, or lacks what was asked for."""


def _probe(path: Path, *arguments: str) -> dict:
    command = ["ffprobe", "-v", "error", "-of", "json", *arguments, str(path)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise FilmError(f"ffprobe: {result.stderr.strip()}")
    return json.loads(result.stdout)


def probe(path: Path) -> Streams:
    """Sizes and times of the first video and the first audio stream."""
    found = _probe(path, "-select_streams", "v:0", "-show_entries", "stream=width,height:frame=best_effort_timestamp_time", "-show_frames")
    if not found.get("streams") or not found.get("frames"):
        raise FilmError(f"no video: film={path}")
    times = np.array([float(f["best_effort_timestamp_time"]) for f in found["frames"]])
    sound = _probe(
        path, "-select_streams", "a:0", "-read_intervals", "%+#4", "-show_entries", "frame=best_effort_timestamp_time", "-show_frames"
    )
    starts = [float(f["best_effort_timestamp_time"]) for f in sound.get("frames", [])]
    stream = found["streams"][0]
    return Streams(stream["width"], stream["height"], times, starts[0] if starts else None)


def pictures(path: Path, streams: Streams, pixels: str = "rgb24") -> Iterator[np.ndarray]:
    """Every decoded frame once, none repeated or dropped: u8 [H,W,3] for rgb24, [H,W] for gray."""
    depth = {"rgb24": 3, "gray": 1}[pixels]
    shape = (streams.height, streams.width, 3) if depth == 3 else (streams.height, streams.width)
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", pixels, "-"]
    length = int(np.prod(shape))
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while len(data := process.stdout.read(length)) == length:
            yield np.frombuffer(data, np.uint8).reshape(shape)


def sound(path: Path, rate_hz: int) -> np.ndarray:
    """The first audio stream as mono f32; sample 0 lies at `Streams.audio_start`."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(rate_hz), "-f", "f32le", "-"]
    result = subprocess.run(command, capture_output=True)
    if result.returncode != 0:
        raise FilmError(f"ffmpeg: {result.stderr.decode().strip()}")
    return np.frombuffer(result.stdout, np.float32)
