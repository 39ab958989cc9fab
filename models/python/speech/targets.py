"""From phones with times and the waveform to the eight mouth parameters at 25 fps.

A simple articulation model: every letter pulls each parameter towards its target, with a dominance that fades before and
after it (anticipation and carry-over); a parameter is the mean weighted by dominance. Lip closures and bites overrule the mean.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft

from speech.audio import Label, Utterance
from speech.net import BITE, CLOSE, EMPH, FEATURES, JAW, ROUND, TONGUE, UPPER, WIDE
from speech.phones import BILABIALS, CLASS_OF, LABIODENTALS, SHAPES, SILENCE, STOPS, to_letters

STEP_S = 0.005
STEP_SAMPLES = 80
STEPS_PER_S = 200
STEPS_PER_FRAME = 8

ANTICIPATION_S = np.array([0.055, 0.07, 0.10, 0.055, 0.05])
CARRY_OVER_S = np.array([0.065, 0.08, 0.09, 0.07, 0.05])
"""Jaw, wide, round, upper, tongue: lips round early, the tongue is quick."""

CLOSE_LEAD_S, CLOSE_RELEASE_S, CLOSE_MIN_S = 0.055, 0.06, 0.03


class Closure(NamedTuple):
    """When a stop's constriction is shut: from its silence to its burst, in seconds."""

    start: float
    burst: float


class Mouth(NamedTuple):
    """The targets of an utterance, and what they came from."""

    frames: np.ndarray
    """f32 [F, 8]."""
    letters: list[Label]
    closures: dict[int, Closure]
    """By index of the letter."""


def energy_db(pcm: np.ndarray) -> np.ndarray:
    """Level in windows of 10 ms; value i is centred at (i + 0.5) * 5 ms."""
    x = np.asarray(pcm, np.float32) / 32768
    count = len(x) // STEP_SAMPLES
    total = np.concatenate([[0], np.cumsum(x.astype(np.float64) ** 2)])
    centre = np.arange(count) * STEP_SAMPLES + STEP_SAMPLES // 2
    low = np.clip(centre - STEP_SAMPLES, 0, len(x))
    high = np.clip(centre + STEP_SAMPLES, 0, len(x))
    return 10 * np.log10((total[high] - total[low]) / np.maximum(high - low, 1) + 1e-9)


def find_closures(letters: list[Label], energy: np.ndarray) -> dict[int, Closure]:
    """Each stop's closure. Its burst is the largest rise of energy in it (> 5 dB in 10 ms), else its end.

    espeak reports a voiceless stop at its burst: up to 80 ms of silence before the label (38 dB under the peak around it)
    belong to the stop. Without this the labels are 25 ms late.
    """
    closures: dict[int, Closure] = {}
    count = len(energy)
    for index, (letter, start_s, end_s) in enumerate(letters):
        if letter not in STOPS:
            continue
        start, end = int(start_s * STEPS_PER_S), min(count, int(end_s * STEPS_PER_S) + 2)
        if end - start < 2:
            continue
        peak = energy[max(0, start - 40) : min(count, end + 40)].max()
        shut = start
        while shut > 0 and start - shut < 16 and energy[shut - 1] < peak - 38:
            shut -= 1
        rise, burst = 0.0, None
        for step in range(max(shut + 3, start - 1), min(count - 2, end)):
            gain = energy[step + 1] - energy[step - 1]
            if gain > rise:
                rise, burst = gain, step
        if burst is None or rise <= 5:
            burst = end - 2
        closures[index] = Closure(shut / STEPS_PER_S, (burst + 0.5) / STEPS_PER_S)
    return closures


def split_pauses(letters: list[Label], energy: np.ndarray, floor_db: float = -40, min_steps: int = 20) -> list[Label]:
    """An aligner's phones swallow pauses: a silence of 100 ms and more inside a phone becomes a pause."""
    quiet = energy < np.percentile(energy, 95) + floor_db
    split: list[Label] = []
    for letter, start_s, end_s in letters:
        until = min(int(end_s * STEPS_PER_S), len(quiet))
        runs: list[tuple[float, float]] = []
        step = int(start_s * STEPS_PER_S)
        while step < until:
            if not quiet[step]:
                step += 1
                continue
            first = step
            while step < until and quiet[step]:
                step += 1
            if step - first >= min_steps:
                runs.append((first / STEPS_PER_S, step / STEPS_PER_S))
        if letter == SILENCE or not runs:
            split.append(Label(letter, start_s, end_s))
            continue
        pause_start, pause_end = max(runs, key=lambda run: run[1] - run[0])
        if pause_start - start_s > 0.02:
            split.append(Label(letter, start_s, pause_start))
        split.append(Label(SILENCE, pause_start, pause_end))
        if end_s - pause_end > 0.02:
            split.append(Label(SILENCE if letter in STOPS else letter, pause_end, end_s))
    return split


def articulate(utterance: Utterance, energy: np.ndarray) -> tuple[list[Label], dict[int, Closure]]:
    """The utterance's letters, the gap before a stop given to the stop, and the stops' closures."""
    letters = to_letters(utterance.labels, utterance.table)
    if utterance.loose:
        letters = split_pauses(letters, energy)
    closures = find_closures(letters, energy)
    for index, (start, burst) in closures.items():
        if index > 0 and start < letters[index].start - 0.004:
            start = max(start, letters[index - 1].start + 0.005)
            letters[index] = letters[index]._replace(start=start)
            letters[index - 1] = letters[index - 1]._replace(end=start)
            closures[index] = Closure(start, burst)
    return letters, closures


def pitch_hz(pcm: np.ndarray, hop: int = 160, size: int = 640) -> np.ndarray:
    """Autocorrelation pitch, 60..400 Hz, every 10 ms; 0 where unvoiced."""
    x = np.asarray(pcm, np.float32)
    count = len(x) // hop
    padded = np.pad(x, (size // 2, size))
    window = np.hanning(size).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: count * hop : hop] * window
    spectrum = fft.rfft(frames, 1024)
    correlation = fft.irfft(spectrum.real**2 + spectrum.imag**2)[:, :size]
    taper = np.correlate(window, window, "full")[size - 1 :]
    correlation = correlation / (correlation[:, :1] + 1) / (taper / taper[0] + 1e-3)
    lags = correlation[:, 40:267]
    return np.where(lags.max(1) > 0.5, 16000 / (lags.argmax(1) + 40), 0)


def _smooth(values: np.ndarray, steps: int) -> np.ndarray:
    kernel = np.hanning(steps + 2)[1:-1]
    padded = np.pad(values, (steps // 2, steps - 1 - steps // 2), "edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")


def _emphasis(pcm: np.ndarray, energy: np.ndarray, reference_db: float) -> np.ndarray:
    """Loudness times raised pitch, over 180 ms."""
    pitch = np.repeat(pitch_hz(pcm), 2)[: len(energy)]
    pitch = np.pad(pitch, (0, len(energy) - len(pitch)), "edge")
    voiced = pitch > 0
    octave = np.where(voiced, np.log2(np.maximum(pitch, 50)), 0)
    median = np.median(octave[voiced]) if voiced.any() else 7
    raised = np.where(voiced, np.clip((octave - median) / 0.35, -0.5, 1), -0.2)
    loud = np.clip((energy - reference_db + 14) / 16, 0, 1)
    return np.clip(_smooth(loud * (0.6 + 0.4 * raised), 36) * 1.25, 0, 1)


def _trapezoid(time: np.ndarray, start: float, end: float, lead: float, release: float) -> np.ndarray:
    return np.clip(np.minimum(1 + (time - start) / lead, 1 + (end - time) / release), 0, 1)


def _smoothstep(x: np.ndarray) -> np.ndarray:
    return x * x * (3 - 2 * x)


def mouth_targets(utterance: Utterance) -> Mouth:
    """The mouth of an utterance. A frame's value is the mean over its middle 30 ms; of close and bite it is the maximum,
    so that 25 fps never miss a closure."""
    energy = energy_db(utterance.pcm)
    steps = len(energy)
    time = (np.arange(steps) + 0.5) * STEP_S
    letters, closures = articulate(utterance, energy)
    reference_db = np.percentile(energy, 92)
    pull = np.zeros((5, steps))
    dominance = np.full((5, steps), 1e-3)
    close = np.zeros(steps)
    bite = np.zeros(steps)
    for index, (letter, start, end) in enumerate(letters):
        shape = SHAPES[letter]
        duration = end - start
        target = np.array(shape.target)
        strength = np.array(shape.strength, float)
        if shape.kind == "silence":
            inner = 0 < index < len(letters) - 1
            strength *= np.clip((duration - 0.06) / 0.15, 0.02, 1.2) if inner else 1.2
        else:
            strength *= np.clip(duration / 0.09, 0.45, 1.25)
        if shape.kind == "vowel":
            first = int(start * STEPS_PER_S)
            last = max(first + 1, int(end * STEPS_PER_S))
            level = energy[first:last].max() - reference_db if last <= steps else -6
            effort = np.clip(level / 18 + 1, 0, 1.15)
            target *= np.array([0.6 + 0.42 * effort, 0.85 + 0.15 * effort, 1, 0.8 + 0.2 * effort, 1])
        core_start, core_end = start + 0.25 * duration, end - 0.25 * duration
        for j in range(5):
            before = (core_start - time) / ANTICIPATION_S[j]
            after = (time - core_end) / CARRY_OVER_S[j]
            weight = strength[j] * np.exp(-(np.maximum(0, np.maximum(before, after)) ** 1.3))
            pull[j] += weight * target[j]
            dominance[j] += weight
        if shape.kind == "bilabial":
            shut, burst = closures.get(index, (start, end - 0.01))
            burst = max(burst, shut + CLOSE_MIN_S)
            close = np.maximum(close, _trapezoid(time, shut, burst, CLOSE_LEAD_S, CLOSE_RELEASE_S))
        elif letter in "ɸβ":
            close = np.maximum(close, 0.5 * _trapezoid(time, start, end, 0.05, 0.05))
        elif shape.kind == "labiodental":
            bite = np.maximum(bite, _trapezoid(time, start + 0.01, end - 0.01, CLOSE_LEAD_S, CLOSE_RELEASE_S))
        elif letter == "ʋ":
            bite = np.maximum(bite, 0.5 * _trapezoid(time, start + 0.01, end - 0.01, 0.05, 0.05))
    jaw, wide, rounding, upper, tongue = pull / dominance
    close = _smoothstep(close)
    bite = _smoothstep(bite) * (1 - close)
    jaw = np.minimum(jaw * (1 - 0.92 * close), 1 - 0.8 * bite)
    tongue = tongue * (1 - close) * (1 - bite)
    upper = upper * (1 - 0.8 * close)
    emphasis = _emphasis(utterance.pcm, energy, reference_db)

    count = steps // STEPS_PER_FRAME

    def framed(values: np.ndarray) -> np.ndarray:
        return values[: count * STEPS_PER_FRAME].reshape(count, STEPS_PER_FRAME)

    frames = np.zeros((count, len(FEATURES)), np.float32)
    for feature, values in ((JAW, jaw), (WIDE, wide), (ROUND, rounding), (UPPER, upper), (TONGUE, tongue)):
        frames[:, feature] = framed(values)[:, 1:7].mean(1)
    frames[:, CLOSE] = framed(close)[:, 1:7].max(1)
    frames[:, BITE] = framed(bite)[:, 1:7].max(1)
    frames[:, EMPH] = framed(emphasis).mean(1)
    frames[:, JAW] = np.minimum(frames[:, JAW], 1 - 0.85 * frames[:, CLOSE])
    return Mouth(frames, letters, closures)


_SONORITY = {
    "vowel": 1.0, "glide": 0.8, "lateral": 0.8, "rhotic": 0.7, "nasal": 0.7, "bilabial": 0.0, "breath": 0.3,
    "fricative": 0.3, "sibilant": 0.4, "labiodental": 0.2, "dental": 0.3, "stop": 0.0, "silence": 0.0, "lip glide": 0.5,
}  # fmt: skip


def label_lag(utterance: Utterance) -> tuple[float, float]:
    """How late the sound is behind its labels (ms), and the correlation there: level against the phones' sonority."""
    energy = energy_db(utterance.pcm)
    count = len(energy)
    expected = np.zeros(count)
    for letter, start, end in articulate(utterance, energy)[0]:
        sonority = 0.7 if letter in "mɱ" else _SONORITY[SHAPES[letter].kind]
        expected[int(start * STEPS_PER_S) : int(end * STEPS_PER_S)] = sonority
    level = np.clip(energy - energy.max() + 45, 0, 45)
    level = level - level.mean()
    expected = expected - expected.mean()
    lags = range(-24, 25)
    scores = []
    for lag in lags:
        a = level[max(0, lag) : count + min(0, lag)]
        b = expected[max(0, -lag) : count - max(0, lag)]
        scores.append((a * b).mean() / (a.std() * b.std() + 1e-9))
    best = int(np.argmax(scores))
    return lags[best] * STEP_S * 1000, float(scores[best])


def phone_classes(letters: list[Label], frames: int) -> np.ndarray:
    """The phone head's labels, two a frame: i64 [2 F]."""
    classes = np.zeros(2 * frames, np.int64)
    for letter, start, end in letters:
        classes[max(0, round(start * 50)) : round(end * 50)] = CLASS_OF.get(letter, 0)
    return classes


def lip_events(mouth: Mouth, bites: bool) -> list[tuple[str, float, float]]:
    """The closures (or bites) that an evaluation expects: letters, start, end; neighbours less than 45 ms apart are one."""
    wanted = LABIODENTALS if bites else BILABIALS
    events: list[tuple[str, float, float]] = []
    for index, (letter, start, end) in enumerate(mouth.letters):
        if letter not in wanted:
            continue
        start, end = mouth.closures.get(index, (start, end))
        end = max(end, start + CLOSE_MIN_S)
        if events and start - events[-1][2] < 0.045:
            letters, first, _ = events[-1]
            events[-1] = (letters + letter, first, end)
        else:
            events.append((letter, start, end))
    return events
