"""Speaks sentences with flite and writes the sound (16 kHz mono WAV) with the times of its phones (JSON).

flite prints each phone's end with `-psdur`. The closure of a stop reaches from the segment's start (or from the silence just
before it) to its burst, the largest rise of energy in the segment; the lips need to be closed only until then. For m the
closure is the whole phone. Times are seconds from the first sample.

Example: python phones.py --out speech --voices slt awb rms
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16000
STEP_S = 0.005  # of the energy curve
WINDOW_S = 0.010
BURST_DB = 5.0  # a rise within two steps that counts as a burst
SILENT_DB = 38.0  # this far below the loudest place around a stop is silence
PAUSE_S = 0.5  # added before and after, so that a film has frames at rest to calibrate on
MOST_SILENCE_S = 0.080  # before a stop that is taken as its closure
STOPS = {"p", "b"}

SENTENCES = [
    "Maybe a brave puppy from Memphis bumped my favorite purple lamp.",
    "Bob popped a big map of Panama upon the bar, and papa spotted him.",
    "My father bought a hot apple pie and a cup of mocha on Palm Bay.",
    "Five pumpkins on the farm became a bumper crop of soup by November.",
    "Please stop by the barn, calm the baby lamb, and bring Tom a blanket.",
    "Her mother's album of Baroque music happened to impress a famous composer.",
    "All the dark hawks and the tall cranes ran across the yard, and the cats sat and watched.",
]


def speak(voice: str, text: str, path: Path) -> list[tuple[str, float, float]]:
    """Writes the WAV, with a pause on either side, and gives (phone, start, end)."""
    result = subprocess.run(["flite", "-voice", voice, "-psdur", "-t", text, str(path)], capture_output=True, text=True, check=True)
    spoken = [(name, float(end)) for name, end in re.findall(r"(\S+):([\d.]+)", result.stdout)]
    if not spoken:
        raise SystemExit(f"flite printed no phones: voice={voice} text={text!r}")
    with wave.open(str(path)) as f:
        if f.getframerate() != RATE_HZ or f.getnchannels() != 1:
            raise SystemExit(f"want mono at {RATE_HZ} Hz: file={path} is {f.getparams()}")
        pcm = f.readframes(f.getnframes())
    pause = bytes(2 * round(PAUSE_S * RATE_HZ))
    with wave.open(str(path), "wb") as f:
        f.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        f.writeframes(pause + pcm + pause)
    phones, start = [("pau", 0.0, PAUSE_S)], PAUSE_S
    for name, end in spoken:
        phones.append((name, start, PAUSE_S + end))
        start = PAUSE_S + end
    return [*phones, ("pau", start, start + PAUSE_S)]


def level_db(path: Path) -> np.ndarray:
    """Energy in dB every STEP_S; value i is of the window centred at i * STEP_S."""
    with wave.open(str(path)) as f:
        pcm = np.frombuffer(f.readframes(f.getnframes()), "<i2") / 32768
    half = int(WINDOW_S * RATE_HZ / 2)
    power = np.convolve(pcm**2, np.ones(2 * half) / (2 * half), "same")[:: int(STEP_S * RATE_HZ)]
    return 10 * np.log10(power + 1e-9)


def closure(name: str, start: float, end: float, db: np.ndarray) -> tuple[float, float]:
    """When the lips are shut for p, b or m."""
    if name not in STOPS:
        return start, end
    first, last = round(start / STEP_S), min(len(db) - 2, round(end / STEP_S))
    around = db[max(0, first - 40) : last + 40].max()
    shut = first
    while shut > 0 and first - shut < MOST_SILENCE_S / STEP_S and db[shut - 1] < around - SILENT_DB:
        shut -= 1
    inside = range(max(shut + 3, first), last)
    rises = [db[i + 1] - db[i - 1] for i in inside]
    if rises and max(rises) > BURST_DB:
        burst = inside[int(np.argmax(rises))] * STEP_S
    else:
        burst = end - 2 * STEP_S
    return shut * STEP_S, max(burst, shut * STEP_S + 2 * STEP_S)


def describe(voice: str, text: str, path: Path) -> dict:
    rows = []
    phones = speak(voice, text, path)
    db = level_db(path)
    for name, start, end in phones:
        row: dict[str, object] = {"phone": name, "start": round(start, 4), "end": round(end, 4)}
        if name in STOPS | {"m"}:
            row["closure"] = [round(t, 4) for t in closure(name, start, end, db)]
        rows.append(row)
    return {"voice": voice, "text": text, "wav": path.name, "rateHz": RATE_HZ, "phones": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for VOICE-N.wav and VOICE-N.json")
    parser.add_argument("--voices", nargs="+", default=["slt", "awb", "rms"], help="flite voices (default: slt awb rms)")
    parser.add_argument("--text", type=Path, help="a file of sentences, one a line (default: six rich in p, b and m, one in open vowels)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sentences = options.text.read_text().splitlines() if options.text else SENTENCES
    for voice in options.voices:
        for n, text in enumerate(filter(None, map(str.strip, sentences)), 1):
            stem = options.out / f"{voice}-{n}"
            sheet = describe(voice, text, stem.with_suffix(".wav"))
            stem.with_suffix(".json").write_text(json.dumps(sheet, indent=1) + "\n")
            shut = [p["phone"] for p in sheet["phones"] if "closure" in p]
            print(f"{stem.name}: {sheet['phones'][-1]['end']:.2f} s, {len(sheet['phones'])} phones, {len(shut)} closures: {' '.join(shut)}")


if __name__ == "__main__":
    main()
