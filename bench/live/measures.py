"""Figures from a recording: cadence, flashes and beeps, first sound, moving mouth, what stops when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recording import RATE_HZ, Frames, Sound

AUDIBLE = 0.02  # of full scale
TONE_HZ = 1000.0
WINDOW = RATE_HZ // 250  # 4 ms: four periods of the tone
QUIET_S = 0.03  # below the threshold before a beep counts as a new one
FLASH_LUMA = 180
PAIR_S = 0.5
JITTER_MS = 4  # of a frame's stamp: a gap of one frame left out is 80 ms, give or take this


def percentiles(values: np.ndarray | list[float], *at: float) -> list[float]:
    values = np.asarray(values, float)
    return [float(np.percentile(values, p)) if len(values) else float("nan") for p in at]


def cadence(frames: Frames, start: float, end: float) -> dict[str, float]:
    """Gaps between frames by the publisher's own stamps, ms, of what arrived from `start` to `end` (s)."""
    inside = (frames.first >= start) & (frames.first < end)
    gaps = np.diff(frames.stamps[inside]) / 90.0
    if not len(gaps):
        return {"frames": 0, "mean": float("nan"), "p99": float("nan"), "max": float("nan"), "over80": 0, "over120": 0}
    return {
        "frames": int(inside.sum()), "mean": float(gaps.mean()), "p99": float(np.percentile(gaps, 99)), "max": float(gaps.max()),
        "over80": int((gaps > 80 + JITTER_MS).sum()), "over120": int((gaps > 120 + JITTER_MS).sum()),
    }


def frozen(frames: Frames, start: float, end: float) -> float:
    """The share of frames that show just what the one before showed: where a new picture should have been. A living face is never
    so still, not in speech."""
    same, count = 0, 0
    before = None
    for luma, at in zip(frames.luma(2), frames.last):
        if start <= at < end and before is not None and before.shape == luma.shape:
            count += 1
            same += bool(np.abs(luma.astype(np.int16) - before).max() <= 2)
        before = luma
    return same / max(1, count)


def arrival_gaps(arrivals: np.ndarray, start: float, end: float) -> np.ndarray:
    """ms between packets as they came."""
    return np.diff(arrivals[(arrivals >= start) & (arrivals < end)]) * 1e3


def flashes(frames: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the frames that begin a flash, and of those that end one (the last white one)."""
    mean = np.array([luma.mean() for luma in frames.luma(8)])
    white = mean > FLASH_LUMA
    begins = np.flatnonzero(white & ~np.r_[False, white[:-1]])
    ends = np.flatnonzero(white & ~np.r_[white[1:], False])
    return begins, ends


def beeps(sound: Sound) -> tuple[np.ndarray, np.ndarray]:
    """Samples at which a tone of 1 kHz begins, and at which it ends: its envelope crosses half of the usual height."""
    t = np.arange(RATE_HZ) * (TONE_HZ / RATE_HZ)
    wave = np.exp(-2j * np.pi * t).astype(np.complex64)
    envelope = np.empty(len(sound.pcm), np.float32)
    for at in range(0, len(sound.pcm), RATE_HZ):
        # A second at a time, and the window before it: half an hour does not fit otherwise.
        before = min(at, WINDOW)
        piece = sound.pcm[at - before : at + RATE_HZ]
        phase = wave[(np.arange(len(piece)) + at - before) % RATE_HZ]
        total = np.concatenate([np.zeros(1, np.complex64), np.cumsum(piece * phase)])
        smooth = np.abs(total[WINDOW:] - total[:-WINDOW]) * (2 / WINDOW)
        smooth = np.concatenate([np.zeros(len(piece) - len(smooth), np.float32), smooth])
        envelope[at : at + RATE_HZ] = smooth[before:]
    height = np.percentile(envelope[envelope > AUDIBLE], 75) if (envelope > AUDIBLE).any() else 1.0
    loud = envelope > height / 2
    edges = np.diff(loud.astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    keep = np.ones(len(begins), bool)
    keep[1:] = begins[1:] - ends[:-1] > QUIET_S * RATE_HZ
    last = np.r_[keep[1:], True][: len(ends)]
    # The envelope looks back over its window: half of it is its delay.
    return begins[keep] - WINDOW // 2, ends[last] - WINDOW // 2


@dataclass
class Offsets:
    """Picture against sound, ms: positive, the picture is late. `at` is the beep's arrival, s."""

    at: np.ndarray
    capture: np.ndarray
    arrival: np.ndarray
    alone: int  # flashes without a beep, and beeps without a flash


def offsets(frames: Frames, sound: Sound) -> Offsets:
    flash, _ = flashes(frames)
    beep, _ = beeps(sound)
    beep_capture = sound.capture(beep)
    flash_capture = frames.capture[flash]
    pairs = []
    for b, at in zip(beep, beep_capture):
        if len(flash):
            i = int(np.argmin(np.abs(flash_capture - at)))
            if abs(flash_capture[i] - at) < PAIR_S:
                pairs.append((i, int(b), 1e3 * (flash_capture[i] - at)))
    arrival = [1e3 * (frames.last[flash[i]] - sound.arrival_of(b)) for i, b, _ in pairs]
    alone = len(flash) - len({i for i, _, _ in pairs}) + len(beep) - len(pairs)
    return Offsets(np.array([sound.arrival_of(b) for _, b, _ in pairs]), np.array([p[2] for p in pairs]), np.array(arrival), alone)


def audible(sound: Sound) -> np.ndarray:
    """For each packet: whether what it brings is heard."""
    ends = np.append(sound.packet_at[1:], len(sound.pcm))
    # A packet brings the samples that leave the decoder with it.
    shifted = np.concatenate([np.zeros(312, np.float32), sound.pcm])
    return np.array([np.abs(shifted[a:b]).max(initial=0) > AUDIBLE for a, b in zip(sound.packet_at, ends)])


class Mouth:
    """How much the mouth moves, frame by frame, in a recording of a face that speaks now and then.

    The mouth is where frames that follow each other differ most in speech and hardly in idle. A frame's `motion` is the share of
    the mouth's pixels that have changed clearly against a reference.
    """

    HEIGHT, WIDTH = 36, 56  # px of the region
    CLEARLY = 18  # levels
    MARGIN = 0.02

    def __init__(self, frames: Frames, speech: np.ndarray) -> None:
        """`speech`: for each frame whether somebody is speaking."""
        self.frames = frames
        total = {True: 0.0, False: 0.0}
        count = {True: 1, False: 1}
        before = None
        for luma, is_speech in zip(frames.luma(2), speech):
            now = luma.astype(np.int16)
            if before is not None and before.shape == now.shape:
                total[bool(is_speech)] = total[bool(is_speech)] + np.abs(now - before)
                count[bool(is_speech)] += 1
            before = now
        busy = total[True] / count[True] - total[False] / count[False]
        rows, columns = self.HEIGHT // 2, self.WIDTH // 2
        area = np.pad(np.cumsum(np.cumsum(np.asarray(busy), 0), 1), ((1, 0), (1, 0)))
        sums = area[rows:, columns:] - area[:-rows, columns:] - area[rows:, :-columns] + area[:-rows, :-columns]
        y, x = np.unravel_index(int(sums.argmax()), sums.shape)
        self.top, self.left = 2 * int(y), 2 * int(x)
        self.pictures = np.array(
            [luma[self.top : self.top + self.HEIGHT, self.left : self.left + self.WIDTH] for luma in frames.luma()], np.int16
        )

    def _changed(self, picture: np.ndarray, reference: np.ndarray) -> float:
        return float((np.abs(picture - reference) > self.CLEARLY).mean())

    def first_move(self, after: float, within: float) -> float:
        """Arrival (s) of the first frame after a time whose mouth has moved; nan if none within `within` s."""
        start = int(np.searchsorted(self.frames.last, after))
        if start < 30:
            return float("nan")
        idle = [self._changed(self.pictures[i], self.pictures[i - 6]) for i in range(start - 24, start)]
        rest = self.pictures[start - 1]
        for i in range(start, len(self.pictures)):
            if self.frames.last[i] > after + within:
                break
            if self._changed(self.pictures[i], rest) > max(idle) + self.MARGIN:
                return float(self.frames.last[i])
        return float("nan")

    def last_move(self, after: float, within: float) -> float:
        """Arrival (s) of the last frame after a time that still differs clearly from the one before; the time itself where none
        does. In the last two fifths of `within` s the face must be idle again: they tell what is clear."""
        start, calm, end = (int(np.searchsorted(self.frames.last, after + s)) for s in (0, 0.6 * within, within))
        idle = [self._changed(self.pictures[i], self.pictures[i - 1]) for i in range(max(1, calm), end)]
        limit = max(idle, default=0.0) + self.MARGIN
        moving = [i for i in range(max(1, start), calm) if self._changed(self.pictures[i], self.pictures[i - 1]) > limit]
        return float(self.frames.last[moving[-1]]) if moving else float(after)
