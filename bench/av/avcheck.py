"""Picture against sound of a film with flashes and beeps (the `pattern` model, or any recording of it).

A flash is a jump of a frame's mean luma, a beep the onset of a tone of 1 kHz; each beep is matched to the nearest flash.
Offset = beep minus flash in ms: positive, the sound is late. A flash is dated by its frame's presentation time, which is
where a frame's sound begins; a beep by the sample at which the tone's envelope passes half of its height, corrected by half the
filter's length (good to about 1 ms). Beeps should start on whole frames of the model (beeps.py makes such a sound): one
that starts inside a frame follows its flash by up to a frame in the most perfect film. The last frame's time and the last sound say whether the streams end together.

Exit: 0 good, 1 a bar was missed, 2 the film cannot be judged.

Example: python avcheck.py film.mp4 --max-median-ms 20 --max-p99-ms 20 --max-gap-ms 80 --min-events 10
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from film import FilmError, Streams, pictures, probe, sound  # noqa: E402

RATE_HZ = 48000
TONE_HZ = 1000.0
FILTER_S = 0.004  # four periods of the tone: sharp in time, and 250 Hz wide
FLOOR = 0.01  # of full scale: weaker tones are noise
QUIET_S = 0.020  # that must pass below the threshold before a beep counts as a new one
LUMA_JUMP = 40.0  # levels of 255
PAIR_S = 0.5  # a flash further than that from every beep has none


@dataclass(frozen=True)
class Event:
    flash: float  # s
    beep: float


def flashes(film: Path, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) of the frames that are brighter than the one before by more than a jump, and all frames' mean luma."""
    luma = np.array([p.mean() for p in pictures(film, streams, "gray")])
    count = min(len(luma), len(streams.frame_times))
    luma, times = luma[:count], streams.frame_times[:count]
    spread = luma.max() - luma.min()
    rise = np.diff(luma, prepend=luma[0]) > max(LUMA_JUMP, 0.4 * spread)
    first = rise & ~np.r_[False, rise[:-1]]
    return times[first], luma


def beeps(pcm: np.ndarray, start: float) -> np.ndarray:
    """Onsets (s) of the tone: the envelope of the 1 kHz band crosses half of the beep's own height."""
    length = int(FILTER_S * RATE_HZ)
    t = np.arange(length) / RATE_HZ
    window = np.hanning(length)
    kernel = 2 * window / window.sum() * np.exp(2j * np.pi * TONE_HZ * t)
    envelope = np.abs(np.convolve(pcm.astype(np.float64), kernel, "full")[: len(pcm)])
    loud = envelope > max(FLOOR, 0.25 * np.percentile(envelope, 99.9))
    edges = np.flatnonzero(loud & ~np.r_[False, loud[:-1]])
    quiet = int(QUIET_S * RATE_HZ)
    onsets = []
    for edge in edges:
        if loud[max(0, edge - quiet) : edge].any():
            continue
        height = np.median(envelope[edge + length : edge + 3 * length]) if edge + length < len(envelope) else envelope[edge:].max()
        reached = np.flatnonzero(envelope[max(0, edge - length) : edge + length] > height / 2)
        if len(reached):
            onsets.append(start + (max(0, edge - length) + reached[0] - length / 2) / RATE_HZ)
    return np.array(onsets)


def pair(flash: np.ndarray, beep: np.ndarray) -> list[Event]:
    """Each beep with its nearest flash."""
    events = []
    for b in beep:
        if len(flash):
            f = float(flash[np.argmin(np.abs(flash - b))])
            if abs(f - b) <= PAIR_S:
                events.append(Event(f, float(b)))
    return events


def measure(film: Path) -> dict:
    """Times in s on the film's clock, offsets and gaps in ms."""
    streams = probe(film)
    if streams.audio_start is None:
        raise FilmError(f"no sound: film={film}")
    pcm = sound(film, RATE_HZ)
    flash, luma = flashes(film, streams)
    beep = beeps(pcm, streams.audio_start)
    events = pair(flash, beep)
    offsets = np.array([1e3 * (e.beep - e.flash) for e in events])
    gaps = 1e3 * np.diff(streams.frame_times)
    slope = float(np.polyfit([e.flash for e in events], offsets, 1)[0]) if len(events) > 2 else None
    return {
        "film": film.name,
        "video": {
            "start": float(streams.frame_times[0]),
            "end": float(streams.frame_times[-1]),
            "frames": len(streams.frame_times),
            "decoded": len(luma),
            "width": streams.width,
            "height": streams.height,
        },
        "audio": {"start": streams.audio_start, "end": streams.audio_start + len(pcm) / RATE_HZ},
        "cadenceMs": {
            "mean": float(gaps.mean()),
            "p50": float(np.median(gaps)),
            "p99": float(np.percentile(gaps, 99)),
            "max": float(gaps.max()),
        },
        "flashes": len(flash),
        "beeps": len(beep),
        "flashesAlone": len(flash) - len({e.flash for e in events}),
        "beepsAlone": len(beep) - len(events),
        "events": [{"flash": e.flash, "beep": e.beep, "offsetMs": o} for e, o in zip(events, offsets.tolist())],
        "offsetMs": None
        if not events
        else {
            "median": float(np.median(offsets)),
            "mean": float(offsets.mean()),
            "min": float(offsets.min()),
            "max": float(offsets.max()),
            "p99Abs": float(np.percentile(np.abs(offsets), 99)),
            "jitter": float(offsets.std()),
        },
        "driftMsPerS": slope,
    }


def report(m: dict, all_events: bool) -> str:
    v, a, c = m["video"], m["audio"], m["cadenceMs"]
    lines = [
        f"{m['film']}: video {v['start']:.3f} to {v['end']:.3f} s, {v['frames']} frames ({v['decoded']} decoded), {v['width']}x{v['height']}; "
        f"sound {a['start']:.3f} to {a['end']:.3f} s",
        f"cadence ms: mean {c['mean']:.2f}, p50 {c['p50']:.2f}, p99 {c['p99']:.2f}, max {c['max']:.2f}",
        f"{m['flashes']} flashes ({m['flashesAlone']} alone), {m['beeps']} beeps ({m['beepsAlone']} alone)",
    ]
    if all_events:
        lines += [f"  flash {e['flash']:9.3f} s   beep {e['beep']:9.3f} s   {e['offsetMs']:+8.1f} ms" for e in m["events"]]
    if m["offsetMs"]:
        o = m["offsetMs"]
        drift = "" if m["driftMsPerS"] is None else f", drift {m['driftMsPerS']:+.3f} ms/s"
        lines.append(
            f"sound minus picture ms: median {o['median']:+.1f}, min {o['min']:+.1f}, max {o['max']:+.1f}, p99 |.| {o['p99Abs']:.1f}, jitter {o['jitter']:.1f}{drift}"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--events", action="store_true", help="print every flash and beep")
    parser.add_argument("--min-events", type=int, default=1, help="bar: least pairs of flash and beep (default 1)")
    parser.add_argument("--max-median-ms", type=float, help="bar: largest absolute median offset")
    parser.add_argument("--max-p99-ms", type=float, help="bar: largest 99th percentile of the absolute offset")
    parser.add_argument("--max-drift-ms-per-s", type=float, help="bar: largest absolute drift")
    parser.add_argument("--max-gap-ms", type=float, help="bar: longest time between two frames")
    parser.add_argument("--max-alone", type=int, help="bar: most flashes and beeps without partner")
    options = parser.parse_args()
    try:
        m = measure(options.film)
    except FilmError as e:
        print(e, file=sys.stderr)
        return 2
    if options.json:
        options.json.write_text(json.dumps(m, indent=1) + "\n")
    print(report(m, options.events))

    def over(bar: float | None, value: float | None) -> bool:
        return bar is not None and (value is None or abs(value) > bar)

    offset = m["offsetMs"] or {"median": None, "p99Abs": None}
    missed = [
        name
        for name, bad in (
            (f"events {len(m['events'])} < {options.min_events}", len(m["events"]) < options.min_events),
            (f"median offset {offset['median']} beyond {options.max_median_ms} ms", over(options.max_median_ms, offset["median"])),
            (f"p99 offset {offset['p99Abs']} > {options.max_p99_ms} ms", over(options.max_p99_ms, offset["p99Abs"])),
            (f"drift {m['driftMsPerS']} beyond {options.max_drift_ms_per_s} ms/s", over(options.max_drift_ms_per_s, m["driftMsPerS"])),
            (f"gap {m['cadenceMs']['max']:.1f} > {options.max_gap_ms} ms", over(options.max_gap_ms, m["cadenceMs"]["max"])),
            (
                f"alone {m['flashesAlone'] + m['beepsAlone']} > {options.max_alone}",
                over(options.max_alone, m["flashesAlone"] + m["beepsAlone"]),
            ),
        )
        if bad
    ]
    for name in missed:
        print(f"MISSED: {name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
