"""Targets for speech without labels: what an earlier model says of it under kind conditions, and a second opinion.

    python -m speech.teach WORK --weights first.pt --out human.pkl

The teacher hears each Italian and Russian prompt clean, as four other vocal tracts would say it, and quietly; the mean of what it
sees is the target. Where lips close or bite, pocketsphinx is asked too: its phones are English and often wrong (of the closures
in Italian that it reports a quarter are there), but it was trained on human speech and errs elsewhere than the teacher. What
both see is pushed to 1, what only the teacher half sees to 0. The student then hears the same prompts through rooms, lines
and noise, and has to see the same.
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
CLOSE_AGREED, CLOSE_ALONE = (0.10, 0.40), (0.45, 0.90)
BITE_AGREED, BITE_ALONE = (0.08, 0.38), (0.50, 0.95)
"""From where to where the teacher's value becomes 0..1, with and without the second opinion."""
DOUBT_TRUST = 0.3
OPINION_SLACK_S = 0.04


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


class SecondOpinion:
    """pocketsphinx's free phone decoding: when it hears p b m, and when f v. Each recording is asked about once."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder, get_model_path

        model = Path(get_model_path("en-us"))
        phones = str(model / "en-us-phone.lm.bin")
        beams = {"beam": 1e-20, "pbeam": 1e-20}
        self._decoder = Decoder(
            hmm=str(model / "en-us"), allphone=phones, lm=None, dict=None, lw=0.5, loglevel="FATAL", **beams
        )
        self._known: dict[int, tuple[list, list]] = {}

    def __call__(self, utterance: Utterance, rate: float, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Frames with a bilabial, frames with a labiodental, of the utterance played `rate` times as fast: bool [F]."""
        key = id(utterance.pcm)
        if key not in self._known:
            self._known[key] = self._decode(utterance.pcm)
        marks = []
        for events in self._known[key]:
            mark = np.zeros(frames, bool)
            for start, end in events:
                low = int((start / rate - OPINION_SLACK_S) * 25)
                mark[max(0, low) : int((end / rate + OPINION_SLACK_S) * 25) + 1] = True
            marks.append(mark)
        return marks[0], marks[1]

    def _decode(self, pcm: np.ndarray) -> tuple[list, list]:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for segment in self._decoder.seg():
            if segment.word in ("P", "B", "M", "F", "V"):
                found[segment.word in "FV"].append((segment.start_frame * 0.01, segment.end_frame * 0.01 + 0.01))
        return found[False], found[True]


def _decide(values: np.ndarray, opinion: np.ndarray, agreed: tuple[float, float], alone: tuple[float, float]) -> np.ndarray:
    low, high = np.where(opinion, agreed[0], alone[0]), np.where(opinion, agreed[1], alone[1])
    return np.clip((values - low) / (high - low), 0, 1)


def label(
    pcm: np.ndarray, teacher: Teacher, opinion: tuple[np.ndarray, np.ndarray], rng: Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mouth f32 [F, 8], phones u8 [2 F], trust f32 [F] of clean speech in [-1, 1]."""
    views = [pcm] + [augment.formants(pcm, rng, 0.06) for _ in range(VIEWS - 2)] + [pcm * 0.25]
    answers = [teacher(log_mel(view.astype(np.float32))) for view in views]
    mouths = np.stack([mouth for mouth, _ in answers])
    phones = np.mean([phone for _, phone in answers], axis=0)
    mouth = mouths.mean(0)
    spread = mouths.std(0)[:, [net.JAW, net.CLOSE]].max(1)
    heard_close, heard_bite = opinion
    close = _decide(mouth[:, net.CLOSE], heard_close, CLOSE_AGREED, CLOSE_ALONE)
    bite = _decide(mouth[:, net.BITE], heard_bite, BITE_AGREED, BITE_ALONE)
    doubt = (np.abs(close - mouth[:, net.CLOSE]) > 0.4) | (np.abs(bite - mouth[:, net.BITE]) > 0.4)
    mouth[:, net.JAW] = np.minimum(mouth[:, net.JAW] * 1.1, 1 - 0.85 * close)
    mouth[:, net.CLOSE], mouth[:, net.BITE] = close, bite * (1 - close)
    known = (phones.max(1) > 0.5) & ~doubt.repeat(2)
    classes = np.where(known, phones.argmax(1), UNKNOWN_PHONE)
    trust = (spread < MAX_SPREAD) * np.where(doubt, DOUBT_TRUST, 1.0)
    return np.clip(mouth, 0, 1), classes.astype(np.uint8), trust.astype(np.float32)


def taught_block(
    utterances: list[Utterance], teacher: Teacher, second: SecondOpinion, rng: Generator, pool: list[np.ndarray]
) -> Block:
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
        pcm = utterance.pcm.astype(np.float32) / 32768
        if rate != 1:
            pcm, _ = augment.speed(pcm, [], rate)
        pcm = (pcm[: len(pcm) // 640 * 640] / (np.abs(pcm).max() + 1e-5) * rng.uniform(0.5, 1)).astype(np.float32)
        mouth, classes, trust = label(pcm, teacher, second(utterance, rate, len(pcm) // 640), rng)
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
    teacher, second, rng = Teacher(load_net(options.weights)), SecondOpinion(), np.random.default_rng(77)
    pool = [utterance.pcm for utterance in load(options.work, "flite")]
    prompts = [load(options.work, f"human-{language}") for language in UNLABELLED]
    blocks: list[Block] = []
    for _ in range(options.copies):
        for speech in prompts:
            order = rng.permutation(len(speech))
            for at in range(0, len(order), 4):
                blocks.append(taught_block([speech[i] for i in order[at : at + 4]], teacher, second, rng, pool))
    with options.out.open("wb") as file:
        pickle.dump(blocks, file)
    trusted = np.mean(np.concatenate([block.trust for block in blocks]) == 1)
    print(f"{len(blocks)} blocks, {sum(len(b.frames) for b in blocks) / 90_000:.2f} h, {trusted:.1%} of frames trusted")


if __name__ == "__main__":
    main()
