"""Sound that is no speech: what the mouth has to stay shut for. f32, peak 1, of any length; all by a numpy generator."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

RATE = 16_000


def _time(samples: int) -> np.ndarray:
    return np.arange(samples) / RATE


def _unit(x: np.ndarray) -> np.ndarray:
    return (x / (np.abs(x).max() + 1e-9)).astype(np.float32)


def coloured(samples: int, rng: Generator, slope: float) -> np.ndarray:
    """Noise whose amplitude falls with frequency to the power of `slope`: white 0, pink 0.5, brown 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    return _unit(np.fft.irfft(spectrum / np.maximum(hertz, 20) ** slope, samples))


def room(samples: int, rng: Generator) -> np.ndarray:
    """Noise with a few wide resonances and a slow swell: fans, streets, wind, crowds far away."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20))
    gain_db = -rng.uniform(0, 9) * (octaves - octaves[0])
    for _ in range(rng.integers(1, 5)):
        centre, width = rng.uniform(6, 13), rng.uniform(0.2, 1.5)
        gain_db = gain_db + rng.uniform(-15, 25) * np.exp(-(((octaves - centre) / width) ** 2))
    knots_s = np.arange(0, samples / RATE + 0.7, 0.7)
    swell = np.interp(_time(samples), knots_s, rng.uniform(0.3, 1, len(knots_s)))
    return _unit(np.fft.irfft(spectrum * 10 ** (gain_db / 20), samples) * swell)


def hum(samples: int, rng: Generator) -> np.ndarray:
    time = _time(samples)
    mains = rng.choice([50, 60, 100, 120])
    waves = [
        np.sin(2 * np.pi * mains * n * time + rng.uniform(0, 6)) / n ** rng.uniform(0.5, 1.5)
        for n in range(1, rng.integers(3, 20))
    ]
    return _unit(sum(waves) + rng.uniform(0, 0.2) * rng.standard_normal(samples))


def music(samples: int, rng: Generator) -> np.ndarray:
    """Chords of decaying harmonics with some percussion."""
    out = np.zeros(samples)
    roots = np.array([65, 82, 98, 110, 131, 147, 165, 196, 220])
    chords = ((1.0,), (1.0, 1.26, 1.5), (1.0, 1.19, 1.5), (1.0, 1.5))
    at = 0
    while at < samples:
        length = int(rng.integers(1500, 9000))
        time = _time(min(length, samples - at))
        root = rng.choice(roots) * 2 ** (rng.integers(0, 25) / 12)
        attack = np.minimum(1, time / rng.uniform(0.002, 0.08))
        for ratio in chords[rng.integers(len(chords))]:
            rolloff = rng.uniform(0.8, 1.8)
            voice = sum(np.sin(2 * np.pi * root * ratio * n * time) / n**rolloff for n in range(1, rng.integers(2, 9)))
            out[at : at + len(time)] += voice * attack * np.exp(-time * rng.uniform(0.3, 6))
        if rng.random() < 0.4:
            out[at : at + len(time)] += (
                rng.standard_normal(len(time)) * np.exp(-time * rng.uniform(20, 60)) * rng.uniform(0.3, 1.5)
            )
        at += length
    return _unit(out)


def tones(samples: int, rng: Generator) -> np.ndarray:
    """Beeps, dial and ring-back tones, keys, sweeps: one to three sines, steady or gliding, on and off."""
    out = np.zeros(samples)
    at = int(rng.integers(0, RATE))
    one_kind = rng.random() < 0.5
    fixed = np.exp(rng.uniform(np.log(180), np.log(6000), 3))
    while at < samples:
        length = min(int(rng.uniform(0.06, 2.5) * RATE), samples - at)
        time = _time(length)
        pitches = fixed if one_kind else np.exp(rng.uniform(np.log(180), np.log(6000), 3))
        wave = np.zeros(length)
        for pitch in pitches[: rng.integers(1, 4)]:
            glide = rng.choice([0, 0, 0, rng.uniform(-2, 2)])
            wave += np.sin(2 * np.pi * np.cumsum(pitch * 2 ** (glide * time)) / RATE)
        if rng.random() < 0.3:
            wave = np.sign(wave) if rng.random() < 0.4 else wave * (1 + np.sin(2 * np.pi * rng.uniform(3, 40) * time))
        fade = rng.uniform(0.001, 0.02)
        out[at : at + length] = wave * np.minimum(1, np.minimum(time, time[::-1]) / fade) * rng.uniform(0.3, 1)
        at += length + int(rng.uniform(0.02, 1.5) * RATE)
    return _unit(out)


def impulses(samples: int, rng: Generator) -> np.ndarray:
    """Clicks, keystrokes, knocks and applause: short decaying noises, few or very many a second."""
    out = np.zeros(samples + RATE)
    per_s = np.exp(rng.uniform(np.log(0.7), np.log(120)))
    decay = np.exp(rng.uniform(np.log(25), np.log(500)))
    ring = rng.uniform(200, 4000)
    for _ in range(int(per_s * samples / RATE) + 1):
        at = int(rng.integers(0, samples))
        time = _time(int(RATE * min(0.4, 6 / decay)))
        body = rng.standard_normal(len(time)) + rng.uniform(0, 2) * np.sin(2 * np.pi * ring * rng.uniform(0.8, 1.25) * time)
        out[at : at + len(time)] += body * np.exp(-decay * rng.uniform(0.6, 1.6) * time) * rng.uniform(0.2, 1)
    return _unit(out[:samples])


def creatures(samples: int, rng: Generator) -> np.ndarray:
    """Screams, barks, chirps and whistles: harmonic glides far over the voice, or rough ones, without formants that move."""
    out = np.zeros(samples)
    at = int(rng.integers(0, RATE))
    base = np.exp(rng.uniform(np.log(350), np.log(3500)))
    while at < samples:
        length = min(int(rng.uniform(0.04, 0.9) * RATE), samples - at)
        time = _time(length)
        share = time / (time[-1] + 1e-6)
        bend = rng.uniform(-1, 1) * share + rng.uniform(0, 1.2) * np.sin(np.pi * share)
        pitch = (
            base * rng.uniform(0.7, 1.4) * 2 ** (bend + rng.uniform(0, 0.06) * np.sin(2 * np.pi * rng.uniform(8, 40) * time))
        )
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        rolloff = rng.uniform(0.3, 2)
        wave = sum(np.sin(n * phase) * (n * pitch < 7500) / n**rolloff for n in range(1, rng.integers(2, 9)))
        wave = wave + rng.uniform(0, 1.2) * rng.standard_normal(length)
        out[at : at + length] = wave * np.sin(np.pi * share) ** rng.uniform(0.3, 2) * rng.uniform(0.3, 1)
        at += length + int(rng.uniform(0.02, 0.8) * RATE)
    return _unit(out)


def breath(samples: int, rng: Generator) -> np.ndarray:
    """Breathing: noise through a vocal tract, swelling over half a second and more."""
    noise = room(samples, rng)
    envelope = np.zeros(samples)
    at = 0
    while at < samples:
        length = min(int(rng.uniform(0.4, 1.6) * RATE), samples - at)
        envelope[at : at + length] = np.sin(np.pi * np.arange(length) / length) ** 2 * rng.uniform(0.2, 1)
        at += length + int(rng.uniform(0.3, 2) * RATE)
    return _unit(noise * envelope)


KINDS: dict[str, Callable[[int, Generator], np.ndarray]] = {
    "white": lambda samples, rng: coloured(samples, rng, 0.0),
    "pink": lambda samples, rng: coloured(samples, rng, 0.5),
    "brown": lambda samples, rng: coloured(samples, rng, 1.0),
    "room": room,
    "hum": hum,
    "music": music,
    "tones": tones,
    "impulses": impulses,
    "creatures": creatures,
    "breath": breath,
}
