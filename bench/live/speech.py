"""What the agents say: WAV files made from the samples of speech that come along."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

DEMO = Path(__file__).resolve().parents[2] / "worker/src/main/resources/dev/mouthpiece/demo/speech"
FRAME_S = 0.04
BEEP_RATE_HZ = 24000


def _read(name: str) -> tuple[np.ndarray, int]:
    with wave.open(str(DEMO / f"{name}.wav")) as f:
        return np.frombuffer(f.readframes(f.getnframes()), np.int16), f.getframerate()


def _write(path: Path, pcm: np.ndarray, rate: int) -> Path:
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(pcm.astype(np.int16).tobytes())
    return path


def talk(folder: Path, seconds: float) -> Path:
    """Sentences one after the other. It begins in the middle of an open vowel, so that sound and mouth have to begin with its first
    sample: what passes until then is latency and nothing else."""
    pcm, rate = _read("lips")
    parts = [pcm[_open_vowel(pcm, rate) :]]
    names = ("hello", "house", "lips")
    while sum(map(len, parts)) < seconds * rate:
        parts.append(_read(names[len(parts) % len(names)])[0])
    return _write(folder / f"talk-{seconds:g}.wav", np.concatenate(parts)[: round(seconds * rate)], rate)


def _open_vowel(pcm: np.ndarray, rate: int) -> int:
    """Where the loudest vowel of the sentence is at half of its height on the way up: 20 ms windows of energy."""
    window = rate // 50
    energy = np.sqrt(np.convolve(pcm.astype(float) ** 2, np.ones(window) / window, "same"))
    peak = int(energy[: len(energy) // 2].argmax())
    below = np.flatnonzero(energy[:peak] < 0.5 * energy[peak])
    return int(below[-1]) if len(below) else 0


def beeps(folder: Path, seconds: float) -> Path:
    """A beep of 200 ms each second, beginning with a frame of the model."""
    t = np.arange(round(seconds * BEEP_RATE_HZ))
    second = t / BEEP_RATE_HZ % 1.0
    begin = round(0.4 / FRAME_S) * FRAME_S
    on = (second >= begin) & (second < begin + 5 * FRAME_S)
    tone = 0.5 * 32767 * np.sin(2 * np.pi * 1000 * t / BEEP_RATE_HZ)
    return _write(folder / f"beeps-{seconds:g}.wav", tone * on, BEEP_RATE_HZ)


def beep(folder: Path, seconds: float) -> Path:
    """One tone from the first sample to the last."""
    t = np.arange(round(seconds * BEEP_RATE_HZ))
    return _write(folder / f"beep-{seconds:g}.wav", 0.5 * 32767 * np.sin(2 * np.pi * 1000 * t / BEEP_RATE_HZ), BEEP_RATE_HZ)


def at_48k(folder: Path, path: Path) -> Path:
    """The same for a microphone: 48 kHz, linearly interpolated."""
    with wave.open(str(path)) as f:
        pcm, rate = np.frombuffer(f.readframes(f.getnframes()), np.int16), f.getframerate()
    at = np.arange(len(pcm) * 48000 // rate) * rate / 48000
    return _write(folder / f"{path.stem}-48k.wav", np.interp(at, np.arange(len(pcm)), pcm), 48000)
