"""Are the lips of a rendered film shut on p, b and m, open on open vowels, and in time? Seen by MediaPipe's face mesh.

Takes pairs FILM PHONES.json (phones.py writes the second). Where the speech begins in a film is found by correlating the film's
sound with the WAV beside the JSON, so lead-in and encoder delay do not count; frame times are the film's own.

Gap of a frame: mean distance of the three middle pairs of inner lip points across the eye line, divided by the distance of the
irises. A frame with presentation time t shows the sound [t, t + one frame), so its gap stands at t + half a frame.
Shut: gap below rest + max(0.15 (open - rest), 3 sigma), where open is the 95th percentile of the film's gaps, and rest and sigma
are median and standard deviation of the rest frames (more than 0.2 s outside speech, or inside pauses of 0.3 s and more), rest at
most the film's 5th percentile.
Closures: a p, b or m is hit if a shut frame overlaps its closure, widened by one frame on either side. Neighbours that touch
(as in "map bar") count once each. False closures: open vowels of 80 ms and more with a shut frame in their middle half, not
counting frames within 60 ms of a closure. Lag: the shift at which the gap correlates best with an opening curve made of the
phones (5 ms steps, parabola between; positive = the lips are late).

Exit: 0 good, 1 a bar was missed, 2 a film could not be judged.

Example: python lipcheck.py slt-1.mp4 slt-1.json --min-closed 0.9 --max-false 0.05 --max-lag-ms 40
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("GLOG_minloglevel", "2")

from film import FilmError, Streams, pictures, probe, sound  # noqa: E402

INNER_PAIRS = ((82, 87), (13, 14), (312, 317))  # upper, lower inner lip, right of the middle to left of it
IRISES = (468, 473)
CLOSURES = {"p", "b", "m"}
OPEN_VOWELS = {"aa", "ae", "ah", "ao", "aw", "ay", "eh"}
OPEN_VOWEL_S = 0.080
NEAR_CLOSURE_S = 0.060
LONG_PAUSE_S = 0.30
REST_MARGIN_S = 0.20
SHUT_SHARE = 0.15
SHUT_SIGMAS = 3.0
LAG_RANGE_S, LAG_STEP_S = 0.300, 0.005
MOST_UNSEEN = 0.05  # share of frames without a face

# How far the lips part, 0..1, per phone of the CMU set; a diphthong has its two halves. After jaw and rounding of the targets
# that the speech network learns, but written by hand and for lips only.
OPENING = {
    "aa": (0.95,),
    "ae": (0.80,),
    "ah": (0.60,),
    "ao": (0.50,),
    "aw": (0.90, 0.25),
    "ax": (0.32,),
    "ay": (0.88, 0.32),
    "eh": (0.55,),
    "er": (0.35,),
    "ey": (0.48, 0.26),
    "ih": (0.30,),
    "iy": (0.22,),
    "ow": (0.40, 0.22),
    "oy": (0.45, 0.28),
    "uh": (0.22,),
    "uw": (0.12,),
    "hh": (0.35,),
    "k": (0.25,),
    "g": (0.25,),
    "ng": (0.25,),
    "l": (0.28,),
    "n": (0.18,),
    "d": (0.15,),
    "t": (0.15,),
    "th": (0.18,),
    "dh": (0.18,),
    "s": (0.08,),
    "z": (0.08,),
    "sh": (0.14,),
    "zh": (0.14,),
    "ch": (0.14,),
    "jh": (0.14,),
    "r": (0.20,),
    "w": (0.08,),
    "y": (0.20,),
    "f": (0.06,),
    "v": (0.06,),
    "p": (0.0,),
    "b": (0.0,),
    "m": (0.0,),
    "pau": (0.0,),
}
OPENING_BLUR_S = 0.040  # standard deviation: lips do not jump


@dataclass(frozen=True)
class Track:
    """Gap per frame; NaN where no face was seen."""

    times: np.ndarray  # s on the film's clock, middle of the sound that the frame shows
    gaps: np.ndarray  # share of the eye distance
    frame_s: float


def track(film: Path, streams: Streams) -> Track:
    """Runs the face mesh on every frame by itself: static mode, so that the tracker adds no smoothing and no lag."""
    import mediapipe as mp

    gaps = []
    with mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
    ) as mesh:
        for picture in pictures(film, streams):
            found = mesh.process(picture).multi_face_landmarks
            gaps.append(lip_gap(found[0].landmark, streams) if found else np.nan)
    count = min(len(gaps), len(streams.frame_times))
    times = streams.frame_times[:count]
    frame_s = float(np.median(np.diff(times)))
    return Track(times + frame_s / 2, np.array(gaps[:count]), frame_s)


def lip_gap(points: list, streams: Streams) -> float:
    p = np.array([(points[i].x * streams.width, points[i].y * streams.height) for pair in (*INNER_PAIRS, IRISES) for i in pair])
    eyes = p[7] - p[6]
    distance = np.hypot(*eyes)
    down = np.array((-eyes[1], eyes[0])) / distance
    down *= np.sign(down[1]) or 1.0
    return float(np.mean([(p[2 * k + 1] - p[2 * k]) @ down for k in range(len(INNER_PAIRS))]) / distance)


def speech_start(film: Path, streams: Streams, speech: np.ndarray, rate_hz: int) -> tuple[float, float]:
    """Where the speech's sample 0 lies on the film's clock (s), and the normalised correlation there."""
    from scipy.signal import fftconvolve

    if streams.audio_start is None:
        raise FilmError(f"no sound: film={film} (say --start-s)")
    heard = sound(film, rate_hz).astype(np.float64)
    padded = np.concatenate([np.zeros(len(speech) // 2), heard, np.zeros(len(speech) // 2)])
    match = fftconvolve(padded, speech[::-1], "valid")
    energy = np.sqrt(np.maximum(fftconvolve(padded**2, np.ones(len(speech)), "valid"), 1e-9) * (speech**2).sum())
    best = int(np.argmax(match))
    return streams.audio_start + (best - len(speech) // 2) / rate_hz, float(match[best] / energy[best])


def opening_curve(phones: list[dict], t: np.ndarray) -> np.ndarray:
    """The opening that the phones ask for at times t (s of the speech, evenly spaced), blurred; shut in closures."""
    curve = np.zeros(len(t))
    for phone in phones:
        halves = OPENING.get(phone["phone"], (0.2,))
        edges = np.linspace(phone["start"], phone["end"], len(halves) + 1)
        for value, a, b in zip(halves, edges, edges[1:]):
            curve[(t >= a) & (t < b)] = value
        if "closure" in phone:
            curve[(t >= phone["closure"][0]) & (t < phone["closure"][1])] = 0.0
    step = t[1] - t[0]
    reach = int(3 * OPENING_BLUR_S / step)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / OPENING_BLUR_S) ** 2)
    return np.convolve(curve, kernel / kernel.sum(), "same")


def lag(seen: Track, start: float, phones: list[dict]) -> tuple[float, float]:
    """(lag in s, correlation there) of the gap behind the opening that the phones ask for."""
    end = phones[-1]["end"]
    fine = np.arange(-1.0, end + 1.0, 0.001)
    wanted = opening_curve(phones, fine)
    use = (seen.times > start - 0.2) & (seen.times < start + end + 0.2) & np.isfinite(seen.gaps)
    gaps, times = seen.gaps[use], seen.times[use] - start
    shifts = np.arange(-LAG_RANGE_S, LAG_RANGE_S + LAG_STEP_S / 2, LAG_STEP_S)
    r = np.array([np.corrcoef(gaps, np.interp(times - s, fine, wanted))[0, 1] for s in shifts])
    best = int(np.argmax(r))
    offset = 0.0
    if 0 < best < len(r) - 1:
        a, b, c = r[best - 1 : best + 2]
        offset = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c < 0 else 0.0
    return float(shifts[best] + offset * LAG_STEP_S), float(r[best])


def rest_frames(seen: Track, start: float, phones: list[dict]) -> np.ndarray:
    """bool per frame: surely at rest, as far as the phones know."""
    speech = [p for p in phones if p["phone"] != "pau"]
    t = seen.times - start
    rest = (t < speech[0]["start"] - REST_MARGIN_S) | (t > speech[-1]["end"] + REST_MARGIN_S)
    for p in phones:
        if p["phone"] == "pau" and p["end"] - p["start"] >= LONG_PAUSE_S:
            margin = min(REST_MARGIN_S, (p["end"] - p["start"]) / 3)
            rest |= (t > p["start"] + margin) & (t < p["end"] - margin)
    return rest & np.isfinite(seen.gaps)


def judge(film: Path, sheet: Path, start_s: float | None) -> dict:
    """Everything measured on one film; see the head of this file. Times in s, lags in ms, gaps as shares of the eye distance."""
    content = json.loads(sheet.read_text())
    phones = content["phones"]
    streams = probe(film)
    if start_s is None:
        with wave.open(str(sheet.parent / content["wav"])) as f:
            rate_hz, speech = f.getframerate(), np.frombuffer(f.readframes(f.getnframes()), "<i2") / 32768
        start, match = speech_start(film, streams, speech, rate_hz)
        if match < 0.5:
            raise FilmError(f"the film does not sound like {content['wav']}: correlation={match:.2f} film={film}")
    else:
        start, match = start_s, None
    seen = track(film, streams)
    unseen = float(np.mean(~np.isfinite(seen.gaps)))
    if unseen > MOST_UNSEEN:
        raise FilmError(f"no face in {100 * unseen:.0f} % of the frames: film={film}")

    gaps = seen.gaps[np.isfinite(seen.gaps)]
    still = rest_frames(seen, start, phones)
    opened, lowest = np.percentile(gaps, (95, 5))
    rest = min(float(np.median(seen.gaps[still])), lowest) if still.sum() >= 5 else lowest
    sigma = float(np.std(seen.gaps[still])) if still.sum() >= 5 else 0.0
    threshold = rest + max(SHUT_SHARE * (opened - rest), SHUT_SIGMAS * sigma)
    shut = seen.gaps < threshold  # NaN compares false
    t, half = seen.times - start, seen.frame_s / 2

    events = []
    for p in phones:
        if p["phone"] in CLOSURES:
            a, b = p["closure"]
            near = (t + half > a - seen.frame_s) & (t - half < b + seen.frame_s)
            if near.any():
                events.append(
                    {
                        "phone": p["phone"],
                        "closure": [a, b],
                        "hit": bool(shut[near].any()),
                        "gap": float(np.nanmin(seen.gaps[near])) if np.isfinite(seen.gaps[near]).any() else None,
                    }
                )
    spans = np.array([e["closure"] for e in events]).reshape(-1, 2)
    vowels = []
    for p in phones:
        length = p["end"] - p["start"]
        if p["phone"] in OPEN_VOWELS and length >= OPEN_VOWEL_S:
            inside = (t > p["start"] + length / 4) & (t < p["end"] - length / 4)
            for a, b in spans:
                inside &= (t < a - NEAR_CLOSURE_S) | (t > b + NEAR_CLOSURE_S)
            if inside.any():
                vowels.append(
                    {
                        "phone": p["phone"],
                        "start": p["start"],
                        "false": bool(shut[inside].any()),
                        "gap": float(np.nanmedian(seen.gaps[inside])),
                    }
                )
    late, r = lag(seen, start, phones)
    return {
        "film": film.name,
        "phones": sheet.name,
        "voice": content.get("voice"),
        "frames": len(seen.gaps),
        "frameMs": 1e3 * seen.frame_s,
        "unseenShare": unseen,
        "speechStart": start,
        "soundMatch": match,
        "gap": {"rest": rest, "restSigma": sigma, "restFrames": int(still.sum()), "open": float(opened), "threshold": float(threshold)},
        "restShutShare": float(shut[still].mean()) if still.any() else None,
        "closures": events,
        "vowels": vowels,
        "lagMs": 1e3 * late,
        "lagCorrelation": r,
    }


def share(items: list[dict], key: str) -> float | None:
    return float(np.mean([i[key] for i in items])) if items else None


def summary(films: list[dict]) -> dict:
    closures = [e for f in films for e in f["closures"]]
    vowels = [v for f in films for v in f["vowels"]]
    return {
        "films": len(films),
        "closures": len(closures),
        "closedShare": share(closures, "hit"),
        "byPhone": {
            p: {"n": len(own), "closedShare": share(own, "hit")}
            for p in sorted(CLOSURES)
            if (own := [e for e in closures if e["phone"] == p])
        },
        "vowels": len(vowels),
        "falseShare": share(vowels, "false"),
        "lagMsMedian": float(np.median([f["lagMs"] for f in films])),
        "lagMsWorst": float(max((f["lagMs"] for f in films), key=abs)),
        "lagCorrelationMedian": float(np.median([f["lagCorrelation"] for f in films])),
    }


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def table(films: list[dict], total: dict) -> str:
    head = f"{'film':24} {'frames':>6} {'rest':>6} {'open':>6} {'shut<':>6} | {'closed':>12} {'p':>6} {'b':>6} {'m':>6} | {'false':>10} | {'lag ms':>7} {'r':>5}"
    lines = [head, "-" * len(head)]
    for f in films:
        by = {p: share([e for e in f["closures"] if e["phone"] == p], "hit") for p in "pbm"}
        hits = sum(e["hit"] for e in f["closures"])
        false = sum(v["false"] for v in f["vowels"])
        g = f["gap"]
        lines.append(
            f"{f['film'][:24]:24} {f['frames']:6} {g['rest']:6.3f} {g['open']:6.3f} {g['threshold']:6.3f} | "
            f"{hits:3}/{len(f['closures']):<3} {percent(share(f['closures'], 'hit')):>4} {percent(by['p']):>6} {percent(by['b']):>6} {percent(by['m']):>6} | "
            f"{false:3}/{len(f['vowels']):<3} {percent(share(f['vowels'], 'false')):>3}| {f['lagMs']:+7.1f} {f['lagCorrelation']:5.2f}"
        )
    by = {p: v["closedShare"] for p, v in total["byPhone"].items()}
    lines.append(
        f"all {total['films']}: closed on {percent(total['closedShare'])} of {total['closures']} p b m ({', '.join(f'{p} {percent(v)}' for p, v in by.items())}); "
        f"falsely shut in {percent(total['falseShare'])} of {total['vowels']} open vowels; lag {total['lagMsMedian']:+.0f} ms "
        f"(worst {total['lagMsWorst']:+.0f}), r {total['lagCorrelationMedian']:.2f}"
    )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", type=Path, metavar="FILM PHONES.json")
    parser.add_argument("--start-s", type=float, help="where the speech starts in the films, s (default: found by their sound)")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--min-closed", type=float, help="bar: least share of p b m seen shut, 0..1")
    parser.add_argument("--max-false", type=float, help="bar: largest share of open vowels with a shut frame, 0..1")
    parser.add_argument("--max-lag-ms", type=float, help="bar: largest absolute median lag, ms")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("wants pairs: FILM PHONES.json")
    try:
        films = [judge(film, sheet, options.start_s) for film, sheet in zip(options.pairs[::2], options.pairs[1::2])]
    except FilmError as e:
        print(e, file=sys.stderr)
        return 2
    total = summary(films)
    if options.json:
        options.json.write_text(json.dumps({"total": total, "films": films}, indent=1) + "\n")
    print(table(films, total))
    missed = [
        text
        for text, bad in (
            (
                f"closed {total['closedShare']} < {options.min_closed}",
                options.min_closed is not None and (total["closedShare"] or 0) < options.min_closed,
            ),
            (
                f"false {total['falseShare']} > {options.max_false}",
                options.max_false is not None and (total["falseShare"] or 0) > options.max_false,
            ),
            (
                f"lag {total['lagMsMedian']:+.1f} ms beyond {options.max_lag_ms}",
                options.max_lag_ms is not None and abs(total["lagMsMedian"]) > options.max_lag_ms,
            ),
        )
        if bad
    ]
    for text in missed:
        print(f"MISSED: {text}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
