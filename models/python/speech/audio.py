"""Reading and resampling of audio: everything here is mono f32 in [-1, 1] at 16 kHz."""

import subprocess
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.signal import resample_poly

from speech.net import SAMPLE_RATE_HZ


class Label(NamedTuple):
    """A phone, in seconds from the utterance's start."""

    text: str
    start: float
    end: float


@dataclass
class Utterance:
    """One recording with its phones.

    `table` names the alphabet of the labels (`phones.TABLES`, or "ipa"); `loose` marks labels of an aligner, whose pauses
    have to be found in the waveform.
    """

    source: str
    voice: str
    language: str
    table: str
    pcm: np.ndarray
    """int16 at 16 kHz."""
    labels: list[Label]
    text: str
    loose: bool = False


def to_int16(pcm: np.ndarray) -> np.ndarray:
    return np.clip(pcm * 32767, -32767, 32767).astype(np.int16)


def resample(pcm: np.ndarray, from_hz: int, to_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    if from_hz == to_hz:
        return pcm.astype(np.float32)
    common = gcd(from_hz, to_hz)
    return resample_poly(pcm, to_hz // common, from_hz // common).astype(np.float32)


def read_audio(path: Path) -> np.ndarray:
    """A file that libsndfile knows, its first channel."""
    pcm, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.clip(resample(pcm[:, 0], rate_hz), -1, 1)


def read_g722(path: Path) -> np.ndarray:
    """The 16 kHz prompts of Debian's asterisk-core-sounds-*-g722."""
    command = ["ffmpeg", "-loglevel", "error", "-f", "g722", "-i", str(path), "-ar", "16000", "-ac", "1", "-f", "s16le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.int16).astype(np.float32) / 32768
