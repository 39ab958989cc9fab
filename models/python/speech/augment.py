"""What is done to the waveform before features are taken: other vocal tracts, rooms, lines and codecs. f32 at 16 kHz.

Whatever changes time changes the labels with it. Level, colour, a further warp of the spectrum and noise come later and for
ever fresh, on the features (`features.Augmenter`).
"""

import subprocess
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from numpy.random import Generator
from scipy import fft
from scipy.signal import fftconvolve, resample_poly

from speech import sounds
from speech.audio import Label


_ENVELOPE_WINDOW = 512
_ENVELOPE_BINS = np.arange(_ENVELOPE_WINDOW // 2 + 1)


def stretch_labels(labels: list[Label], factor: float) -> list[Label]:
    return [Label(text, start * factor, end * factor) for text, start, end in labels]


def speed(pcm: np.ndarray, labels: list[Label], rate: float) -> tuple[np.ndarray, list[Label]]:
    """Faster is higher, pitch and formants alike."""
    ratio = Fraction(rate).limit_denominator(24)
    out = resample_poly(pcm, ratio.denominator, ratio.numerator).astype(np.float32)
    return out, stretch_labels(labels, ratio.denominator / ratio.numerator)


def tempo(pcm: np.ndarray, labels: list[Label], rate: float) -> tuple[np.ndarray, list[Label]]:
    """Faster, and nothing else (sox's WSOLA)."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = f"{folder}/in.wav", f"{folder}/out.wav"
        soundfile.write(source, np.clip(pcm, -1, 1), 16000, "PCM_16")
        subprocess.run(["sox", source, result, "tempo", "-s", f"{rate:.3f}"], stderr=subprocess.DEVNULL, check=True)
        out, _ = soundfile.read(result, dtype="float32")
    return out, stretch_labels(labels, 1 / rate)


def _reshaped(pcm: np.ndarray, bend: np.ndarray, turn: Callable[[tuple[int, int]], np.ndarray] | None = None) -> np.ndarray:
    """The cepstral envelope's axis is bent, harmonics stay: bin b gets the level that bin b * bend[b] had. `turn`: what each bin
    of each window is multiplied with besides, by their shape."""
    size, hop, lifter = _ENVELOPE_WINDOW, 128, 26
    padded = np.pad(pcm, (size, size + (-len(pcm)) % hop))
    window = np.hanning(size + 1)[:size].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    spectrum = fft.rfft(frames)
    log_level = np.log(np.abs(spectrum) + 1e-4)
    cepstrum = fft.irfft(log_level)
    cepstrum[:, lifter:-lifter] = 0
    envelope = fft.rfft(cepstrum).real
    position = np.clip(_ENVELOPE_BINS * bend, 0, size // 2)
    low = np.minimum(position.astype(int), size // 2 - 1)
    share = (position - low).astype(np.float32)
    warped = envelope[:, low] * (1 - share) + envelope[:, low + 1] * share
    spectrum = spectrum * np.exp(np.clip(warped - envelope, -4, 4)).astype(np.float32)
    if turn is not None:
        spectrum = spectrum * turn(spectrum.shape)
    frames = fft.irfft(spectrum) * window
    out = np.zeros(len(padded) + size, np.float32)
    for offset in range(size // hop):
        part = frames[offset :: size // hop].reshape(-1)
        out[offset * hop : offset * hop + len(part)] += part
    return (out[size : size + len(pcm)] / 1.5).astype(np.float32)


def formants(pcm: np.ndarray, rng: Generator, most: float = 0.12) -> np.ndarray:
    """Another vocal tract under the same larynx: the spectral envelope is bent, by up to `most` as a whole and half as much
    again here and there. Some of the time a share of the upper harmonics turns into breath."""
    whole = rng.uniform(-most, most)
    bend = np.interp(_ENVELOPE_BINS, [0, 16, 48, 96, 256], 1 + whole + rng.uniform(-most / 2, most / 2, 5))
    if rng.random() >= 0.3:
        return _reshaped(pcm, bend)
    breathy = rng.uniform(0.2, 0.9) / (1 + np.exp(-(_ENVELOPE_BINS - rng.uniform(40, 130)) / 10))
    return _reshaped(pcm, bend, lambda shape: np.exp(1j * rng.uniform(-np.pi, np.pi, shape) * breathy))


def raised(pcm: np.ndarray, ratio: float, tract: float) -> np.ndarray:
    """The same speech from a larynx `ratio` times as high, all formants `tract` times as high, no faster."""
    slow, _ = tempo(pcm, [], 1 / ratio)
    out = _reshaped(speed(slow, [], ratio)[0], np.full(len(_ENVELOPE_BINS), ratio / tract))
    return np.pad(out[: len(pcm)], (0, max(0, len(pcm) - len(out))))


def reverb(pcm: np.ndarray, rng: Generator) -> np.ndarray:
    """A synthetic room of 0.1..0.7 s, direct sound 0..14 dB over the tail; high frequencies die first."""
    length = int(rng.uniform(0.1, 0.7) * 16000)
    tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    if rng.random() < 0.6:
        tail = 0.6 * tail + 0.4 * np.concatenate([[0], tail[:-1]])
    tail[: int(rng.uniform(0.001, 0.006) * 16000)] = 0
    tail *= 10 ** (-rng.uniform(0, 14) / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1
    return fftconvolve(pcm, tail)[: len(pcm)].astype(np.float32)


def mu_law(pcm: np.ndarray) -> np.ndarray:
    compressed = np.sign(pcm) * np.log1p(255 * np.abs(np.clip(pcm, -1, 1))) / np.log(256)
    compressed = np.round(compressed * 127) / 127
    return np.sign(compressed) * (256 ** np.abs(compressed) - 1) / 255


def narrow(pcm: np.ndarray) -> np.ndarray:
    return resample_poly(resample_poly(pcm, 1, 2), 2, 1)[: len(pcm)]


def codec(pcm: np.ndarray, rng: Generator) -> np.ndarray:
    """Opus or MP3 at 8..32 kbit/s there and back; ffmpeg decodes both without delay."""
    name, suffix = [("libopus", "ogg"), ("libopus", "ogg"), ("libmp3lame", "mp3")][rng.integers(3)]
    rate = f"{rng.choice([8, 12, 16, 24, 32])}k"
    with tempfile.TemporaryDirectory() as folder:
        source, packed, result = f"{folder}/a.wav", f"{folder}/a.{suffix}", f"{folder}/b.wav"
        soundfile.write(source, np.clip(pcm, -1, 1), 16000, "PCM_16")
        quiet = ["ffmpeg", "-loglevel", "error", "-y", "-i"]
        subprocess.run([*quiet, source, "-c:a", name, "-b:a", rate, packed], check=True)
        subprocess.run([*quiet, packed, "-ar", "16000", "-ac", "1", result], check=True)
        out, _ = soundfile.read(Path(result), dtype="float32")
    return np.pad(out[: len(pcm)], (0, max(0, len(pcm) - len(out))))


def babble(samples: int, rng: Generator, pool: list[np.ndarray]) -> np.ndarray:
    """Several voices at once, int16 recordings of the pool."""
    out = np.zeros(samples)
    for _ in range(rng.integers(4, 9)):
        voice = pool[rng.integers(len(pool))].astype(np.float32)
        out += np.roll(np.resize(voice, samples), rng.integers(samples)) * rng.uniform(0.5, 1) / (voice.std() + 1)
    return out / (np.abs(out).max() + 1e-9)


def line(pcm: np.ndarray, rng: Generator, pool: list[np.ndarray]) -> np.ndarray:
    """One way a recording reaches us: microphone noise, room, telephone or codec, overdrive. Peak 0.7 out."""
    out = pcm / (np.abs(pcm).max() + 1e-6)
    if rng.random() < 0.35:
        out = reverb(out, rng)
    if rng.random() < 0.30:
        level = out[np.abs(out) > 0.02 * np.abs(out).max()].std() + 1e-6
        if rng.random() < 0.25:
            noise = babble(len(out), rng, pool)
        else:
            noise = sounds.KINDS[rng.choice(["white", "pink", "brown", "room", "room", "hum", "music", "music"])](len(out), rng)
        out = out + noise * level / (noise.std() + 1e-9) * 10 ** (-rng.uniform(4, 35) / 20)
    out = out / (np.abs(out).max() + 1e-6)
    path = rng.random()
    if path < 0.10:
        out = narrow(out)
    elif path < 0.20:
        out = mu_law(narrow(out))
    elif path < 0.34:
        out = codec(out * 0.8, rng)
    if rng.random() < 0.1:
        out = np.tanh(out * rng.uniform(1.5, 4))
    return (out * 0.7 / (np.abs(out).max() + 1e-6)).astype(np.float32)
