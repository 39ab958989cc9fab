"""Trains the network on the blocks of `speech.features`.

    python -m speech.train WORK OUT.pt --steps 12000 [--channels 96] [--everything] [--teach human.pkl]

One thread is the fastest on a shared machine. `--everything` trains on the voices that are held out from the measured
model too. `--teach` adds speech without labels, its targets worked out by an earlier model (`speech.teach`), but for the
rounding, which that one hedges.
"""

import argparse
import pickle
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from speech import net
from speech.blocks import UNKNOWN_PHONE, Block
from speech.features import Augmenter, held_out
from speech.phones import CLASS_OF, CLASSES

WINDOW_FRAMES = 100
MELS = net.RECEPTIVE_MELS + 4 * (WINDOW_FRAMES - 1)
CONTEXT_MELS = net.CONTEXT_SAMPLES // net.MEL_HOP

LOSS_WEIGHT = torch.tensor([2.0, 1.0, 1.2, 2.0, 2.0, 0.5, 0.8, 2.0])
"""jaw wide round close bite upper tongue emph: by how much one sees them."""
POSITIVE_WEIGHT = torch.tensor([1.0, 1.0, 2.0, 1.8, 2.2, 1.0, 1.0, 1.0])
"""A lip closure is a tenth of the frames and must not be missed; rounding is rare, and hedged lips do not look round."""
V = CLASS_OF["v"]
NO_BITES = [CLASS_OF[letter] for letter in "ɹðwl"]
"""What a v that is half a vowel is most like; in a voice that nobody has heard it is they that are taken for one."""
PHONE_WEIGHT = 0.5
BEGINNING_SHARE = 0.5
"""How often a window begins with digital silence, as every utterance of an agent does: nothing is known of who speaks yet."""

NATURAL = {
    "espeak": 1.6, "flite": 3.0, "festival": 2.0, "open_jtalk": 2.0, "no speech": 6.0, "human": 3.0,
}  # fmt: skip
"""How often a second of a source is heard, against espeak's: vocal tracts are what a synthesiser lacks."""


def load_blocks(work: Path, everything: bool) -> list[Block]:
    blocks: list[Block] = []
    for path in sorted((work / "features").glob("*.pkl")):
        with path.open("rb") as file:
            blocks += pickle.load(file)
    return [block for block in blocks if everything or not held_out(block.source, block.voice, block.language)]


class Sampler:
    """Draws windows of four seconds: mel [B, T, 40], its phones' classes [B, T], targets [B, F, 8], their weights [B, F, 8], phones
    [B, 2 F]."""

    def __init__(self, blocks: list[Block], english: float, v: float, no_bite: float, seed: int) -> None:
        """`english`: how much more often a second of English is heard; `v`: by how much more a v counts, for bites and for closures
        (f is heard anyway, and a v is most often taken for m or b); `no_bite`: by how much more its likes that are none count for bites.
        """
        self._blocks = blocks
        self._english = english
        self._v = v
        self._no_bite = no_bite
        self._rng = np.random.default_rng(seed)
        shares = np.array([len(block.frames) * self._favour(block) for block in blocks], float)
        self._shares = np.cumsum(shares) / shares.sum()

    def _favour(self, block: Block) -> float:
        return NATURAL[block.source] * (self._english if block.language.startswith("en") else 1.0)

    def draw(self, count: int) -> tuple[Tensor, np.ndarray, Tensor, Tensor, Tensor]:
        mel = np.full((count, MELS, net.MEL_BANDS), net.SILENCE_MEL, np.float32)
        spoken = np.zeros((count, MELS), np.uint8)
        target = np.zeros((count, WINDOW_FRAMES, 8), np.float32)
        weight = np.zeros((count, WINDOW_FRAMES, 8), np.float32)
        phones = np.zeros((count, 2 * WINDOW_FRAMES), np.int64)
        for row in range(count):
            block = self._blocks[int(np.searchsorted(self._shares, self._rng.random()))]
            length = len(block.frames)
            first = int(self._rng.integers(-10, max(1, length - WINDOW_FRAMES)))
            start = 4 * first - CONTEXT_MELS
            low, high = max(0, start), min(len(block.mel), start + MELS)
            mel[row, low - start : high - start] = block.mel[low:high]
            spoken[row, low - start : high - start] = block.phones[low // 2 : high // 2].repeat(2)
            low, high = max(0, first), min(length, first + WINDOW_FRAMES)
            target[row, low - first : high - first] = block.frames[low:high]
            heard = block.phones[2 * low : 2 * high].reshape(-1, 2)
            phones[row, 2 * (low - first) : 2 * (high - first)] = heard.reshape(-1)
            weight[row, : high - first] = 1
            of_v = (heard == V).any(1) & (block.frames[low:high, net.BITE] > 0.75)
            for feature in (net.CLOSE, net.BITE):
                weight[row, low - first : high - first, feature] += self._v * of_v
            no_bite = np.isin(heard, NO_BITES).any(1) & (block.frames[low:high, net.BITE] < 0.05)
            weight[row, low - first : high - first, net.BITE] += self._no_bite * no_bite
            if self._rng.random() < BEGINNING_SHARE:
                self._begin(block, first, mel[row], weight[row])
            if block.trust is not None:
                weight[row, low - first : high - first] *= block.trust[low:high, None]
                weight[row, :, net.ROUND] = 0
        return torch.from_numpy(mel), spoken, torch.from_numpy(target), torch.from_numpy(weight), torch.from_numpy(phones)

    def _begin(self, block: Block, first: int, mel: np.ndarray, weight: np.ndarray) -> None:
        """Silences what was before a pause in or shortly before the window, if there is one."""
        low, high = max(0, first - net.SPEAKER_FRAMES), min(len(block.frames), first + WINDOW_FRAMES // 4)
        pauses = low + np.flatnonzero(block.frames[low:high].max(axis=1) < 0.02)
        if len(pauses):
            pause = int(self._rng.choice(pauses)) - first
            mel[: max(0, 4 * pause + CONTEXT_MELS)] = net.SILENCE_MEL
            weight[: max(0, pause)] = 0


def loss_of(logits: Tensor, phone_logits: Tensor, target: Tensor, weight: Tensor, phones: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and the mean absolute error alone."""
    value = torch.sigmoid(logits)
    scale = LOSS_WEIGHT * weight
    entropy = F.binary_cross_entropy_with_logits(logits, target, pos_weight=POSITIVE_WEIGHT, reduction="none")
    error = ((value - target).abs() * scale).mean()
    motion = ((value.diff(dim=1) - target.diff(dim=1)).abs() * scale[:, 1:]).mean()
    heard = weight[..., net.JAW].repeat_interleave(2, dim=1).reshape(-1) * (phones.reshape(-1) != UNKNOWN_PHONE)
    phone = F.cross_entropy(phone_logits.reshape(-1, CLASSES), phones.reshape(-1), ignore_index=UNKNOWN_PHONE, reduction="none")
    phone = (phone * heard).sum() / heard.sum()
    return (entropy * scale).mean() + 0.5 * error + 0.5 * motion + PHONE_WEIGHT * phone, error


class Average:
    """The exponential mean of the weights: smoother than any step of them."""

    def __init__(self, model: net.MouthNet, decay: float) -> None:
        self._decay = decay
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: net.MouthNet) -> None:
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value, 1 - self._decay)


def save(path: Path, model: net.MouthNet, weights: dict[str, Tensor]) -> None:
    torch.save({"channels": model.channels, "phone_classes": CLASSES, "weights": weights}, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--english", type=float, default=2.5, help="how much more often English is heard")
    parser.add_argument("--v", type=float, default=1.0, help="by how much more a v counts")
    parser.add_argument("--no-bite", type=float, default=0.0, help="by how much more r, th, w and l count that are no bites")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--teach", type=Path, help="blocks of speech.teach")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)

    blocks = load_blocks(options.work, options.everything)
    if options.teach:
        with options.teach.open("rb") as file:
            blocks += pickle.load(file)
    noise = [block.mel.astype(np.float32) for block in blocks if block.source == "no speech" and block.voice != "creatures"]
    sampler, augment = Sampler(blocks, options.english, options.v, options.no_bite, options.seed), Augmenter(noise, options.seed)
    print(f"{len(blocks)} blocks, {sum(len(block.frames) for block in blocks) / 90_000:.1f} h", flush=True)

    model = net.MouthNet(options.channels, CLASSES)
    if options.start:
        model.load_state_dict(torch.load(options.start, weights_only=True)["weights"])
    optimiser = torch.optim.AdamW(model.parameters(), options.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=options.steps, pct_start=0.03)
    average: Average | None = None
    began, errors = time.monotonic(), []
    for step in range(options.steps):
        mel, spoken, target, weight, phones = sampler.draw(options.batch)
        mel = augment(mel, spoken)
        with torch.autocast("cpu", torch.bfloat16):
            logits, phone_logits = model(mel)
        loss, error = loss_of(logits.float(), phone_logits.float(), target, weight, phones)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        errors.append(float(error))
        if step >= options.steps * 0.5:
            average = average or Average(model, 0.995)
            average.update(model)
        if (step + 1) % 250 == 0:
            print(f"{step + 1} error {np.mean(errors[-250:]):.4f} {time.monotonic() - began:.0f} s", flush=True)
            save(options.out, model, average.weights if average else model.state_dict())
    save(options.out, model, average.weights if average else model.state_dict())


if __name__ == "__main__":
    main()
