"""Measures encoders against the targets: voices and languages held out, a human, degraded sound, and sound that is no speech.

    python -m speech.evaluate WORK --weights speech/weights-*.pt [--compare other-encode.pt ...] [--report out.md]

The nets of one `--weights` are measured as one, by their mean. A `--compare` file is an exported module that returns the raw
outputs (the spike's best.pt). Every encoder is measured twice: the raw outputs with thresholds chosen on training voices, and
what the export's post-processing makes of them (an event is then a value over one half). r is Pearson's, pooled over frames.
"""

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from scipy.signal import fftconvolve, resample_poly

from speech import net, sounds, voices
from speech.audio import Utterance, read_g722, to_int16
from speech.corpus import load
from speech.export import build, load_net
from speech.prompts import ENGLISH
from speech.targets import Mouth, lip_events, mouth_targets
from speech.text import UNRELATED_SENTENCES

Predictor = Callable[[np.ndarray], np.ndarray]
"""int16 [S] -> f32 [S / 640, 8]."""

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
EVENT_TOLERANCE_S = 0.05


def whole_file(module: torch.nn.Module) -> Predictor:
    """Runs a module over a whole recording, silence before and after it; one that looks less far back says more, of the silence
    before, which is left out."""

    @torch.no_grad()
    def predict(pcm: np.ndarray) -> np.ndarray:
        frames = len(pcm) // net.FRAME_SAMPLES
        window = np.zeros(net.CONTEXT_SAMPLES + frames * net.FRAME_SAMPLES + net.LOOKAHEAD_SAMPLES, np.float32)
        heard = pcm[: frames * net.FRAME_SAMPLES + net.LOOKAHEAD_SAMPLES].astype(np.float32) / 32768
        window[net.CONTEXT_SAMPLES : net.CONTEXT_SAMPLES + len(heard)] = heard
        return module(torch.from_numpy(window)[None])[0].numpy()[-frames:]

    return predict


def post_process(raw: np.ndarray, lips: net.Lips = net.Lips()) -> np.ndarray:
    """What `net.Encoder` does after the sigmoid, for modules that return raw outputs."""
    values = torch.from_numpy(raw)
    close = net.smoothstep(values[:, net.CLOSE], *lips.close)
    bite = net.smoothstep(values[:, net.BITE], *lips.bite)
    bite = bite * (1 - torch.relu(close - bite))
    hold = net.smoothstep(values[:, net.CLOSE], *lips.hold)
    out = raw.copy()
    out[:, net.CLOSE], out[:, net.BITE] = close.numpy(), bite.numpy()
    out[:, net.JAW] = torch.minimum(values[:, net.JAW] * lips.jaw_gain, 1 - 0.9 * hold).numpy()
    return out


@dataclass
class Events:
    """How well closures or bites are found."""

    found: int = 0
    missed: int = 0
    false: int = 0
    offsets_ms: list[float] = field(default_factory=list)
    by_phone: dict[str, list[int]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def __str__(self) -> str:
        error = np.mean(np.abs(self.offsets_ms)) if self.offsets_ms else 0
        return f"{self.f1:.2f} ({self.precision:.2f}/{self.recall:.2f}) {error:.0f}"


@dataclass
class Score:
    """One encoder on one set."""

    minutes: float
    r: np.ndarray
    close: Events
    bite: Events
    jaw_gain: float
    onset_ms: tuple[float, float, float]
    """Mean, mean absolute, 90th percentile of |predicted - target| of the first frame with jaw > 0.08."""
    pause_jaw: float
    pause_open: float


def runs(values: np.ndarray, threshold: float) -> list[tuple[int, int, float]]:
    """Runs over a threshold: first frame, end frame, centre of mass."""
    over = np.concatenate([[False], values > threshold, [False]])
    edges = np.flatnonzero(np.diff(over.astype(int)))
    return [
        (int(first), int(end), float((np.arange(first, end) * values[first:end]).sum() / values[first:end].sum()))
        for first, end in edges.reshape(-1, 2)
    ]


def _match(mouth: Mouth, values: np.ndarray, threshold: float, bites: bool, into: Events) -> None:
    predicted = runs(values, threshold)
    used: set[int] = set()
    for letters, start, end in lip_events(mouth, bites):
        if end > len(values) * 0.04 - 0.02:
            continue
        near = [
            (index, (centre + 0.5) * 0.04 - (start + end) / 2)
            for index, (first, last, centre) in enumerate(predicted)
            if first * 0.04 < end + EVENT_TOLERANCE_S and last * 0.04 > start - EVENT_TOLERANCE_S
        ]
        tally = into.by_phone.setdefault(letters if len(letters) == 1 else "runs", [0, 0])
        tally[1] += 1
        if near:
            index, offset = min(near, key=lambda entry: abs(entry[1]))
            used.add(index)
            into.found += 1
            into.offsets_ms.append(offset * 1000)
            tally[0] += 1
        else:
            into.missed += 1
    into.false += len(predicted) - len(used)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if min(a.std(), b.std()) > 1e-6 else 0.0


class Labelled:
    """A set of utterances with their targets, worked out once."""

    def __init__(self, utterances: list[Utterance]) -> None:
        self.utterances = utterances
        self.mouths = [mouth_targets(utterance) for utterance in utterances]

    def predictions(self, predict: Predictor) -> list[np.ndarray]:
        return [predict(utterance.pcm) for utterance in self.utterances]

    def score(self, predictions: list[np.ndarray], thresholds: tuple[float, float]) -> Score:
        expected, given, onsets = [], [], []
        close, bite = Events(), Events()
        for mouth, values in zip(self.mouths, predictions, strict=True):
            frames = min(len(mouth.frames), len(values))
            target, values = mouth.frames[:frames], values[:frames]
            expected.append(target)
            given.append(values)
            _match(mouth, values[:, net.CLOSE], thresholds[0], False, close)
            _match(mouth, values[:, net.BITE], thresholds[1], True, bite)
            if target[:, net.JAW].max() > 0.2 and values[:, net.JAW].max() > 0.2:
                first = [int(np.argmax(jaw > 0.08)) for jaw in (values[:, net.JAW], target[:, net.JAW])]
                onsets.append((first[0] - first[1]) * 40)
        a, b = np.concatenate(expected), np.concatenate(given)
        r = np.array([_correlation(a[:, j], b[:, j]) for j in range(len(net.FEATURES))])
        pause = a[:, [net.JAW, net.CLOSE, net.BITE]].max(1) < 0.02
        onset = np.array(onsets) if onsets else np.zeros(1)
        return Score(
            minutes=len(a) / 1500,
            r=r,
            close=close,
            bite=bite,
            jaw_gain=float(b[:, 0].std() / a[:, 0].std()),
            onset_ms=(onset.mean(), np.abs(onset).mean(), np.percentile(np.abs(onset), 90)),
            pause_jaw=float(b[pause, 0].mean()) if pause.any() else 0,
            pause_open=float((b[pause, 0] > 0.1).mean()) if pause.any() else 0,
        )


SEEN_VOICES = ("awb", "rms", "kal_diphone", "czech_dita", "pc_diphone")
SEEN, HUMAN, FLITE_SLT = "seen voices", "HUMAN en", "held-out voice: flite slt"


def held_out_sentences() -> Labelled:
    """Twenty sentences of a voice, and with words, that training has not heard."""
    return Labelled(voices.flite("slt", list(UNRELATED_SENTENCES), 1e9, random.Random(0)))


def load_sets(work: Path, limit: int = 50) -> dict[str, Labelled]:
    speech = load(work, "festival", "flite", "japanese", "espeak")

    def pick(keep: Callable[[Utterance], bool], every: int = 1) -> Labelled:
        return Labelled([utterance for utterance in speech if keep(utterance)][::every][:limit])

    return {
        SEEN: pick(lambda u: u.voice in SEEN_VOICES, 12),
        FLITE_SLT: pick(lambda u: u.voice == "slt"),
        "held-out voice and words: flite slt": held_out_sentences(),
        "held-out voice: festival slt HTS": pick(lambda u: u.voice == "cmu_us_slt_arctic_hts"),
        "held-out synthesiser and language: open_jtalk ja": pick(lambda u: u.source == "open_jtalk"),
        "held-out language: espeak ru": pick(lambda u: u.source == "espeak" and u.language == "ru"),
        "held-out unit selection ru": pick(lambda u: u.voice == "msu_ru_nsh_clunits"),
        HUMAN: Labelled(load(work, "human-en")),
    }


def _level(x: np.ndarray) -> float:
    return float(x[np.abs(x) > 0.02 * np.abs(x).max()].std())


def _telephone(x: np.ndarray) -> np.ndarray:
    """8 kHz mu-law."""
    y = resample_poly(resample_poly(x, 1, 2), 2, 1)[: len(x)]
    compressed = np.sign(y) * np.log1p(255 * np.abs(np.clip(y, -1, 1))) / np.log(256)
    compressed = np.round(compressed * 127) / 127
    return np.sign(compressed) * (256 ** np.abs(compressed) - 1) / 255


def _reverb(x: np.ndarray) -> np.ndarray:
    """0.4 s."""
    tail = np.random.RandomState(0).randn(6400) * np.exp(-6.9 * np.arange(6400) / 6400)
    tail[:32] = 0
    tail *= 0.5 / np.sqrt((tail**2).sum())
    tail[0] = 1
    return fftconvolve(x, tail)[: len(x)]


def degradations() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """On f32 in [-1, 1]. "since before" starts the noise before the recording is judged, as a live microphone does."""
    rng = np.random.RandomState(1)
    return {
        "clean": lambda x: x,
        "-20 dB": lambda x: x * 0.1,
        "white noise 20 dB": lambda x: x + rng.randn(len(x)) * _level(x) * 0.1,
        "white noise 10 dB": lambda x: x + rng.randn(len(x)) * _level(x) * 0.316,
        "8 kHz mu-law": _telephone,
        "reverb 0.4 s": _reverb,
    }


def no_speech() -> dict[str, np.ndarray]:
    """Sounds the mouth has to stay shut for: int16. The generators' seeds are not those of training."""
    samples = 20 * 16000
    rng = np.random.default_rng(99)
    time = np.arange(samples) / 16000

    def sine(hertz: float) -> np.ndarray:
        return np.sin(2 * np.pi * hertz * time)

    def gated(wave: np.ndarray, on_s: float, off_s: float) -> np.ndarray:
        return wave * ((time % (on_s + off_s)) < on_s)

    found = {
        "digital zero": np.zeros(samples),
        "white -20 dBFS": rng.standard_normal(samples) * 0.1,
        "white -45 dBFS": rng.standard_normal(samples) * 0.0056,
        "brown": sounds.coloured(samples, rng, 1.0) * 0.3,
        "hum 50 Hz": sum(sine(50 * n) / n for n in range(1, 12)) * 0.1,
        "music, peak 0.3": sounds.music(samples, rng) * 0.3,
        "music, peak 0.03": sounds.music(samples, rng) * 0.03,
        "1 kHz beeps": gated(sine(1000), 0.4, 0.6) * 0.5,
        "440 Hz tone": sine(440) * 0.3,
        "ring-back 425 Hz": gated(sine(425), 1.0, 2.0) * 0.3,
        "US ring-back 440+480 Hz": gated(sine(440) + sine(480), 2.0, 4.0) * 0.2,
        "keys 697+1209 Hz": gated(sine(697) + sine(1209), 0.1, 0.1) * 0.3,
        "sweep 100..7000 Hz": np.sin(2 * np.pi * np.cumsum(100 * 70 ** ((time % 5) / 5)) / 16000) * 0.3,
        "clicks, applause": sounds.impulses(samples, rng) * 0.5,
        "breath": sounds.breath(samples, rng) * 0.1,
    }
    recorded = {"recorded beep": "beep", "recorded monkeys": "tt-monkeys"}
    return {name: to_int16(np.clip(x, -1, 1)) for name, x in found.items()} | {
        name: to_int16(read_g722(ENGLISH / f"{file}.g722")) for name, file in recorded.items()
    }


def speech_table(name: str, score: Score) -> str:
    correlations = " | ".join(f"{value:.2f}" for value in score.r)
    return f"| {name} | {score.minutes:.1f} | {correlations} | {score.close} | {score.bite} | {score.jaw_gain:.2f} |"


HEAD = (
    "| set | min | " + " | ".join(net.FEATURES) + " | close F1 (P/R), ms | bite F1 (P/R), ms | jaw amplitude |\n|" + "---|" * 13
)


class Report:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str = "") -> None:
        self.lines.append(line)
        print(line, flush=True)


def choose_thresholds(seen: Labelled, predictions: list[np.ndarray]) -> tuple[float, float]:
    """The best F1 on training voices, for closures and for bites."""
    scores = [(threshold, seen.score(predictions, (threshold, threshold))) for threshold in THRESHOLDS]
    close = max(scores, key=lambda entry: entry[1].close.f1)[0]
    bite = max(scores, key=lambda entry: entry[1].bite.f1)[0]
    return close, bite


def measure(name: str, predict: Predictor, sets: dict[str, Labelled], lips: net.Lips, report: Report) -> dict[str, Score]:
    predictions = {key: labelled.predictions(predict) for key, labelled in sets.items()}
    thresholds = choose_thresholds(sets[SEEN], predictions[SEEN])
    report(f"\n## {name}, raw outputs, thresholds {thresholds[0]} / {thresholds[1]}\n\n{HEAD}")
    raw = {key: labelled.score(predictions[key], thresholds) for key, labelled in sets.items()}
    for key, score in raw.items():
        report(speech_table(key, score))
    report(f"\n## {name}, as exported (lips {lips.close} {lips.bite} {lips.hold}, jaw x {lips.jaw_gain})\n\n{HEAD}")
    for key, labelled in sets.items():
        exported = [post_process(values, lips) for values in predictions[key]]
        score = labelled.score(exported, (0.5, 0.5))
        report(speech_table(key, score))
        if key == HUMAN:
            human = score
    recall = {**human.close.by_phone, **human.bite.by_phone}
    report("\nHuman, found by phone: " + ", ".join(f"{phone} {a}/{b}" for phone, (a, b) in sorted(recall.items())))
    report(
        f"Human, onset {human.onset_ms[0]:+.0f} ms, |.| {human.onset_ms[1]:.0f}, p90 {human.onset_ms[2]:.0f}; in pauses "
        f"jaw {human.pause_jaw:.3f}, open (> .1) in {human.pause_open:.1%} of frames; "
        f"closures {np.mean(human.close.offsets_ms):+.0f} ms"
    )
    third = Labelled(sets[HUMAN].utterances[::3])
    report("\n| human, every third, raw | jaw r | close F1 | bite F1 |\n|---|---|---|---|")
    for kind, degrade in degradations().items():
        given = [predict(to_int16(degrade(u.pcm.astype(np.float32) / 32768))) for u in third.utterances]
        score = third.score(given, thresholds)
        report(f"| {kind} | {score.r[0]:.2f} | {score.close.f1:.2f} | {score.bite.f1:.2f} |")
    report("\n| no speech, as exported | jaw mean | max | frames > .1 | closures a second |\n|---|---|---|---|---|")
    for kind, pcm in no_speech().items():
        values = post_process(predict(pcm), lips)
        jaw = values[:, net.JAW]
        closures = len(runs(values[:, net.CLOSE], 0.5)) / (len(jaw) / 25)
        report(f"| {kind} | {jaw.mean():.3f} | {jaw.max():.2f} | {(jaw > 0.1).mean():.1%} | {closures:.2f} |")
    return raw


def side_by_side(first: dict[str, Score], second: dict[str, Score], report: Report) -> None:
    """Two encoders' raw outputs, "first / second"."""
    names = " | ".join(net.FEATURES)
    report(f"\n| raw outputs, first / second | {names} | close F1 | bite F1 |\n|" + "---|" * 11)
    for key, a in first.items():
        b = second[key]
        pairs = [*zip(a.r, b.r, strict=True), (a.close.f1, b.close.f1), (a.bite.f1, b.bite.f1)]
        report(f"| {key} | " + " | ".join(f"{x:.2f} / {y:.2f}" for x, y in pairs) + " |")


def check_post_processing(nets: list[net.MouthNet]) -> None:
    """The table's post-processing is the export's."""
    pcm = to_int16(sounds.music(32000, np.random.default_rng(1)) * 0.5)
    exported = whole_file(build(nets))(pcm)
    assert np.abs(post_process(whole_file(net.Heard(nets))(pcm)) - exported).max() < 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--weights", type=Path, nargs="+", action="append", default=[])
    parser.add_argument("--compare", type=Path, action="append", default=[])
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sets = load_sets(options.work)
    report = Report()
    scores: list[dict[str, Score]] = []
    for paths in options.weights:
        nets = [load_net(path) for path in paths]
        check_post_processing(nets)
        name = " and ".join(path.name for path in paths)
        scores.append(measure(name, whole_file(net.Heard(nets).eval()), sets, net.Lips(), report))
    for path in options.compare:
        scores.append(measure(path.name, whole_file(torch.jit.load(path).eval()), sets, net.Lips(), report))
    for other in scores[1:]:
        side_by_side(scores[0], other, report)
    if options.report:
        options.report.write_text("\n".join(report.lines) + "\n")


if __name__ == "__main__":
    main()
