"""Targets for speech without labels: what an earlier model says of it under kind conditions.

    python -m speech.teach WORK --weights first.pt --out human.pkl

The teacher hears each Italian and Russian prompt clean, and as four other vocal tracts would say it; the mean of what it
sees is the target, closures and bites pushed towards 0 and 1. The student then hears the same prompts through rooms, lines and
noise, and has to see the same. Frames where the teacher disagrees with itself do not count.
"""

import argparse
import pickle
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator

from speech import augment, net
from speech.audio import Utterance
from speech.blocks import UNKNOWN_PHONE, Block
from speech.corpus import load
from speech.export import load_net
from speech.features import log_mel
from speech.prompts import UNLABELLED

VIEWS = 6
MAX_SPREAD = 0.10
"""Standard deviation of jaw or close over the views, above which a frame is not used."""
SHARPEN = (0.25, 0.65)


class Teacher:
    def __init__(self, model: net.MouthNet) -> None:
        self._model = model

    @torch.no_grad()
    def __call__(self, mel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log-mel [4 F, 40] -> mouth [F, 8], probabilities of phones [2 F, classes]."""
        frames = len(mel) // 4
        before = np.full((net.CONTEXT_SAMPLES // net.MEL_HOP, net.MEL_BANDS), net.SILENCE_MEL, np.float32)
        after = np.full((16, net.MEL_BANDS), net.SILENCE_MEL, np.float32)
        window = np.concatenate([before, mel.astype(np.float32), after])[: net.RECEPTIVE_MELS + 4 * (frames - 1)]
        logits, phones = self._model(torch.from_numpy(window)[None])
        return torch.sigmoid(logits)[0].numpy(), torch.softmax(phones, 2)[0].numpy()


def _sharpen(values: np.ndarray) -> np.ndarray:
    t = np.clip((values - SHARPEN[0]) / (SHARPEN[1] - SHARPEN[0]), 0, 1)
    return 0.5 * values + 0.5 * t * t * (3 - 2 * t)


def label(pcm: np.ndarray, teacher: Teacher, rng: Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mouth f32 [F, 8], phones u8 [2 F], trust f32 [F] of clean speech in [-1, 1]."""
    views = [pcm] + [augment.formants(pcm, rng, 0.06) for _ in range(VIEWS - 2)] + [pcm * 0.25]
    answers = [teacher(log_mel(view.astype(np.float32))) for view in views]
    mouths = np.stack([mouth for mouth, _ in answers])
    phones = np.mean([phone for _, phone in answers], axis=0)
    mouth = mouths.mean(0)
    spread = mouths.std(0)[:, [net.JAW, net.CLOSE]].max(1)
    close, bite = _sharpen(mouth[:, net.CLOSE]), _sharpen(mouth[:, net.BITE])
    mouth[:, net.JAW] = np.minimum(mouth[:, net.JAW] * 1.1, 1 - 0.85 * close)
    mouth[:, net.CLOSE], mouth[:, net.BITE] = close, bite * (1 - close)
    classes = np.where(phones.max(1) > 0.5, phones.argmax(1), UNKNOWN_PHONE)
    return np.clip(mouth, 0, 1), classes.astype(np.uint8), (spread < MAX_SPREAD).astype(np.float32)


def taught_block(utterances: list[Utterance], teacher: Teacher, rng: Generator, pool: list[np.ndarray]) -> Block:
    """Some prompts with silence between, labelled clean and then sent through a line."""
    rate = float(rng.choice([1.0, 1.0, 0.88, 0.94, 1.06, 1.14]))
    pcms, mouths, phones, trusts = [], [], [], []

    def silence(seconds: float) -> None:
        frames = int(seconds * 25)
        pcms.append(np.zeros(frames * 640, np.float32))
        mouths.append(np.zeros((frames, 8), np.float32))
        phones.append(np.zeros(2 * frames, np.uint8))
        trusts.append(np.ones(frames, np.float32))

    silence(rng.uniform(0.1, 0.9))
    for utterance in utterances:
        pcm, _ = augment.speed(utterance.pcm.astype(np.float32) / 32768, [], rate) if rate != 1 else (utterance.pcm / 32768.0, [])
        pcm = (pcm[: len(pcm) // 640 * 640] / (np.abs(pcm).max() + 1e-5) * rng.uniform(0.5, 1)).astype(np.float32)
        mouth, classes, trust = label(pcm, teacher, rng)
        pcms.append(augment.formants(pcm, rng) if rng.random() < 0.6 else pcm)
        mouths.append(mouth)
        phones.append(classes)
        trusts.append(trust)
        silence(rng.uniform(0.05, 0.8))
    first = utterances[0]
    mel = log_mel(augment.line(np.concatenate(pcms), rng, pool))
    mouth, classes, trust = np.concatenate(mouths), np.concatenate(phones), np.concatenate(trusts)
    return Block("human", first.voice, first.language, mel, mouth.astype(np.float16), classes, trust.astype(np.float16))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    teacher, rng = Teacher(load_net(options.weights)), np.random.default_rng(77)
    pool = [utterance.pcm for utterance in load(options.work, "flite")]
    blocks: list[Block] = []
    for _ in range(options.copies):
        for language in UNLABELLED:
            speech = load(options.work, f"human-{language}")
            order = rng.permutation(len(speech))
            for at in range(0, len(order), 4):
                blocks.append(taught_block([speech[i] for i in order[at : at + 4]], teacher, rng, pool))
    with options.out.open("wb") as file:
        pickle.dump(blocks, file)
    trusted = np.mean(np.concatenate([block.trust for block in blocks]))
    print(f"{len(blocks)} blocks, {sum(len(b.frames) for b in blocks) / 90_000:.2f} h, {trusted:.1%} of frames trusted")


if __name__ == "__main__":
    main()
