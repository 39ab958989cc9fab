"""Blocks of speech as log-mel features with targets, and the augmentation that happens on features.

    python -m speech.features WORK [--copies 2] [--part 0 --parts 2]

writes WORK/features/[english-|raised-]COPY-SHARD.pkl (each a list of `Block`; what is there is kept). One copy of the corpus is about twenty hours with
its pauses and takes twelve minutes of one core; parts run side by side.
"""

import argparse
import pickle
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from speech import augment, net, sounds
from speech.audio import Utterance
from speech.blocks import Block
from speech.corpus import load
from speech.phones import CLASS_OF
from speech.targets import mouth_targets, phone_classes, pitch_hz

MEL = net.LogMel()


def held_out(source: str, voice: str, language: str) -> bool:
    """What the measured model has not heard: slt in both synthesisers, and all Japanese and Russian with labels."""
    return source != "human" and ("slt" in voice or language in ("ja", "ru"))


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """Mel frame i covers the samples [160 i, 160 i + 400); F frames of video have 4 F of them: f16 [4 F, 40]."""
    with torch.no_grad():
        padded = np.concatenate([pcm, np.zeros(net.MEL_WINDOW - net.MEL_HOP, np.float32)]).astype(np.float32)
        return MEL(torch.from_numpy(padded)[None])[0].numpy().astype(np.float16)


def _gap(seconds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frames = int(seconds * 25)
    return np.zeros(frames * 640, np.float32), np.zeros((frames, 8), np.float32), np.zeros(2 * frames, np.int64)


RATES = (0.8, 0.84, 0.88, 0.92, 0.96, 1.04, 1.08, 1.13, 1.18, 1.25)


RAISED_HZ = (150, 250)
"""The pitch of women and of their synthesisers (slt 165, a human 190): of the training voices that speak English naturally none
is above 125 Hz, and who has heard none takes the fundamental of a high voice, strong in every v, for a nasal's first formant."""


def _raise_ratio(utterances: list[Utterance], rate: float, rng: Generator) -> float:
    """By how much a larynx has to be higher for a pitch within RAISED_HZ, of a voice played `rate` times as fast."""
    pitch = np.concatenate([pitch_hz(utterance.pcm) for utterance in utterances])
    usual_hz = float(np.median(pitch[pitch > 0])) if (pitch > 0).any() else 100.0
    return float(np.clip(rng.uniform(*RAISED_HZ) / (usual_hz * rate), 1.1, 2.4))


def make_block(utterances: list[Utterance], rng: Generator, pool: list[np.ndarray], raise_pitch: bool = False) -> Block:
    """Some utterances of one voice, changed alike, with digital silence around them."""
    rate = rng.choice(RATES) if rng.random() < 0.6 else 1.0
    pace = rng.choice([1 / rate, 0.85, 1.15]) if rng.random() < 0.3 else 1.0
    bend = rng.random() < 0.6
    ratio, tract = (_raise_ratio(utterances, rate, rng), rng.uniform(0.95, 1.12)) if raise_pitch else (1.0, 1.0)
    parts = [_gap(rng.uniform(0.1, 0.9))]
    for utterance in utterances:
        pcm, labels = utterance.pcm.astype(np.float32) / 32768, utterance.labels
        if rate != 1:
            pcm, labels = augment.speed(pcm, labels, rate)
        if abs(pace - 1) > 0.02:
            pcm, labels = augment.tempo(pcm, labels, pace)
        mouth = mouth_targets(replace(utterance, pcm=pcm * 32768, labels=labels))
        if raise_pitch:
            pcm = augment.raised(pcm, ratio, tract)
        if bend:
            pcm = augment.formants(pcm, rng)
        frames = min(len(mouth.frames), len(pcm) // 640)
        pcm = pcm[: frames * 640] / (np.abs(pcm).max() + 1e-5) * rng.uniform(0.5, 1)
        parts.append((pcm, mouth.frames[:frames], phone_classes(mouth.letters, frames)))
        parts.append(_gap(rng.uniform(0.05, 0.8)))
    pcm, frames, phones = (np.concatenate(column) for column in zip(*parts, strict=True))
    first = utterances[0]
    mel = log_mel(augment.line(pcm, rng, pool))
    return Block(first.source, first.voice, first.language, mel, frames.astype(np.float16), phones.astype(np.uint8))


def make_quiet_block(kind: str, rng: Generator, seconds: int = 10) -> Block:
    """Sound that is no speech, alone, at any level: the mouth stays shut."""
    pcm = sounds.KINDS[kind](seconds * 16000, rng)
    if rng.random() < 0.3:
        pcm = augment.reverb(pcm, rng)
    mel = log_mel((pcm / (np.abs(pcm).max() + 1e-9) * 0.7).astype(np.float32))
    frames = seconds * 25
    return Block("no speech", kind, "", mel, np.zeros((frames, 8), np.float16), np.zeros(2 * frames, np.uint8))


def group(utterances: list[Utterance], rng: Generator) -> list[list[Utterance]]:
    """Two to four utterances of one voice each (espeak: of one language, whose voices differ anyway)."""
    by_voice: dict[tuple[str, str], list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        by_voice[utterance.source, utterance.language if utterance.source == "espeak" else utterance.voice].append(utterance)
    groups: list[list[Utterance]] = []
    for members in by_voice.values():
        order = rng.permutation(len(members))
        at = 0
        while at < len(order):
            size = rng.integers(2, 5)
            groups.append([members[i] for i in order[at : at + size]])
            at += size
    return groups


def warp(shift: float | np.ndarray) -> np.ndarray:
    """What another vocal tract does to power in the 40 bands: f32 [40, 40], to be multiplied with from the right.

    `shift`: how many bands higher a band's sound is taken from; one band is 14 % at 500 Hz and 8 % from 2 kHz up, and the lowest
    six bands, which hold the pitch, move less. Positive lengthens the tract.
    """
    bands = np.arange(net.MEL_BANDS)
    position = np.clip(bands + shift * np.minimum(1, bands / 6), 0, net.MEL_BANDS - 1)
    low = np.minimum(position.astype(int), net.MEL_BANDS - 2)
    matrix = np.zeros((net.MEL_BANDS, net.MEL_BANDS), np.float32)
    matrix[low, bands] = 1 - (position - low)
    matrix[low + 1, bands] += position - low
    return matrix


_VOICED = [CLASS_OF[letter] for letter in "vðzʒbdɡ"]
_SOFTENED = [CLASS_OF[letter] for letter in "vð"]
_LOW_BANDS = np.interp(np.arange(net.MEL_BANDS), [4, 9], [1, 0])
_HIGH_BANDS = np.interp(np.arange(net.MEL_BANDS), [14, 26], [0, 1])


def _fade(values: np.ndarray) -> np.ndarray:
    """The mean of 50 ms: no frame of a phone sets in at once."""
    padded = np.pad(values, ((0, 0), (2, 2)), "edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1).mean(2)


class Augmenter:
    """Fresh changes on every batch, as power in mel bands: vocal tract length, colour, level, noise that is there from the
    start. f32 log-mel [B, T, 40] -> the same."""

    def __init__(self, noise: list[np.ndarray], seed: int) -> None:
        """`noise`: log-mels of sound that is no speech."""
        self._noise = noise
        self._rng = np.random.default_rng(seed)

    @staticmethod
    def _power(mel: Tensor) -> Tensor:
        return torch.clamp(torch.exp(mel * 4 - 4) - 1e-5, min=0)

    @staticmethod
    def _log(power: Tensor) -> Tensor:
        return (torch.log(power + 1e-5) + 4) * 0.25

    def _warps(self, count: int) -> np.ndarray:
        """Vocal tracts from a tenth longer to a quarter shorter, bent a little: f32 [count, 40, 40].

        Shorter more often than longer: nearly all of the synthesisers are men, and who has only heard men takes a woman's
        vowels for more open ones than they are.
        """
        maps = np.zeros((count, net.MEL_BANDS, net.MEL_BANDS), np.float32)
        for index in range(count):
            shift = np.zeros(net.MEL_BANDS)
            if self._rng.random() < 0.8:
                bend = np.interp(np.arange(net.MEL_BANDS), [0, 8, 16, 26, 39], self._rng.uniform(-0.5, 0.5, 5))
                shift = self._rng.uniform(-3.0, 1.5) + bend
            maps[index] = warp(shift)
        return maps

    def _colours(self, count: int) -> np.ndarray:
        """Smooth gains of +-9 dB over the bands, sometimes a low-pass or a high-pass: power, f32 [count, 40]."""
        bands = np.arange(net.MEL_BANDS)
        gain_db = np.zeros((count, net.MEL_BANDS))
        for index in range(count):
            for _ in range(self._rng.integers(0, 4)):
                centre, width = self._rng.uniform(0, 40), self._rng.uniform(2, 14)
                gain_db[index] += self._rng.uniform(-9, 9) * np.exp(-(((bands - centre) / width) ** 2))
            gain_db[index] += self._rng.uniform(-8, 5) * (bands / 39 - 0.5)
            cut = self._rng.random()
            if cut < 0.08:
                gain_db[index] -= 4 * np.maximum(0, bands - self._rng.uniform(24, 38))
            elif cut < 0.16:
                gain_db[index] -= 5 * np.maximum(0, self._rng.uniform(1, 6) - bands)
        return (10 ** (gain_db / 10)).astype(np.float32)

    def _noises(self, count: int, steps: int) -> np.ndarray:
        out = np.empty((count, steps, net.MEL_BANDS), np.float32)
        for index in range(count):
            noise = self._noise[self._rng.integers(len(self._noise))]
            start = self._rng.integers(max(1, len(noise) - steps + 1))
            out[index] = np.resize(noise[start : start + steps], (steps, net.MEL_BANDS))
        return out

    def _sonorous(self, phones: np.ndarray) -> np.ndarray:
        """Of half of the windows, v ð z ʒ b d ɡ with up to 14 dB more voice below 650 Hz, and v ð with up to 12 dB less hiss: power,
        f32 [count, steps, 40].

        The synthesisers' men hiss their v 20 dB below the vowels; a woman's v, slt's as a human's, is half a vowel, 10 dB below.
        """
        count, steps = phones.shape
        gain_db = np.zeros((count, steps, net.MEL_BANDS))
        chosen = self._rng.random(count) < 0.5
        more = np.where(chosen, self._rng.uniform(0, 14, count), 0)
        less = np.where(chosen, self._rng.uniform(0, 12, count), 0)
        gain_db += _fade(np.isin(phones, _VOICED) * more[:, None])[..., None] * _LOW_BANDS
        gain_db -= _fade(np.isin(phones, _SOFTENED) * less[:, None])[..., None] * _HIGH_BANDS
        return (10 ** (gain_db / 10)).astype(np.float32)

    def __call__(self, mel: Tensor, phones: np.ndarray) -> Tensor:
        """`phones`: the classes of the mel frames, [B, T]."""
        count, steps, _ = mel.shape
        power = torch.bmm(self._power(mel) * torch.from_numpy(self._sonorous(phones)), torch.from_numpy(self._warps(count)))
        power = power * torch.from_numpy(self._colours(count))[:, None]
        noise = self._power(torch.from_numpy(self._noises(count, steps)))
        noise = noise * torch.from_numpy(self._colours(count))[:, None]
        speech_level = power.sum(2).quantile(0.9, dim=1) + 1e-6
        noise_level = noise.sum(2).mean(1) + 1e-9
        ratio_db = torch.from_numpy(self._rng.uniform(5, 40, count).astype(np.float32))
        wanted = torch.from_numpy((self._rng.random(count) < 0.45).astype(np.float32))
        power = power + noise * (wanted * speech_level / noise_level * 10 ** (-ratio_db / 10))[:, None, None]
        gain_db = self._rng.uniform(-34, 2, count).astype(np.float32)
        return self._log(power * torch.from_numpy(10 ** (gain_db / 10))[:, None, None])


CORPORA = {"": ("flite", "festival", "japanese", "espeak", "salad"), "english-": ("english",), "raised-": ("english",)}
"""By the beginning of their files' names; `raised` is higher."""
SHARDS = 8
"""Files a copy is cut into, so that training can begin before all of it is there."""

QUIET_SHARE = {
    "white": 1, "pink": 1, "brown": 1, "room": 3, "hum": 2, "music": 7, "tones": 6, "impulses": 4, "creatures": 5, "breath": 2,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pool = [u.pcm for u in load(options.work, *CORPORA[""]) if not held_out(u.source, u.voice, u.language)]
    (options.work / "features").mkdir(parents=True, exist_ok=True)
    for prefix, names in CORPORA.items():
        speech = load(options.work, *names)
        for shard in range(options.part, options.copies * SHARDS, options.parts):
            copy, slot = divmod(shard, SHARDS)
            path = options.work / "features" / f"{prefix}{copy}-{slot}.pkl"
            if path.exists():
                continue
            groups = group(speech, np.random.default_rng(1000 + copy))
            rng = np.random.default_rng([copy, slot, len(prefix)] if prefix else [copy, slot])
            blocks = [make_block(members, rng, pool, prefix == "raised-") for members in groups[slot::SHARDS]]
            if not prefix:
                blocks += [make_quiet_block(kind, rng) for kind, share in QUIET_SHARE.items() for _ in range(2 * share)]
            with path.open("wb") as file:
                pickle.dump(blocks, file)
            hours = sum(len(block.mel) for block in blocks) / 360_000
            print(f"{prefix or 'all '}copy {copy}, shard {slot}: {len(blocks)} blocks, {hours:.1f} h", flush=True)


if __name__ == "__main__":
    main()
