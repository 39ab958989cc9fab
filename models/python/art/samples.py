"""Speaks the demo samples with Debian's free synthesisers: 16 kHz mono 16-bit WAV at an even loudness.

Usage: python samples.py --out DIR        (needs: apt-get install flite festival festvox-us-slt-hts)
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import wave
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

RATE_HZ = 16000
LEAD_S, TAIL_S = 0.20, 0.35  # silence before and after
LEVEL_DBFS, PEAK_DBFS = -20.0, -1.5  # RMS of the speech; the peak wins where both cannot be had

SAMPLES = {
    "hello": (
        "festival",
        "cmu_us_slt_arctic_hts",
        "Hello, I'm Mouthpiece. Give me a portrait and a voice, and I will speak for you, live, in any room you like.",
    ),
    "lips": (
        "flite",
        "rms",
        "Maybe a brave puppy from Memphis bumped my favorite purple lamp, but five people have made it beautiful again.",
    ),
    "house": (
        "flite",
        "slt",
        "Everything runs on your own machine. Speech comes in, a talking face goes out, and nothing leaves the house.",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for NAME.wav")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, (engine, voice, text) in SAMPLES.items():
        pcm = level(speak(engine, voice, text))
        with wave.open(str(options.out / f"{name}.wav"), "wb") as out:
            out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            out.writeframes((pcm * 32767).round().astype("<i2").tobytes())
        print(f"{name}: {engine} {voice}, {len(pcm) / RATE_HZ:.2f} s")


def speak(engine: str, voice: str, text: str) -> np.ndarray:
    """The text as f64 samples -1..1 at RATE_HZ."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        if engine == "flite":
            subprocess.run(["flite", "-voice", voice, "-t", text, str(path)], check=True)
        else:
            script = Path(folder) / "a.scm"
            script.write_text(f'(voice_{voice})\n(utt.save.wave (utt.synth (Utterance Text "{text}")) "{path}" \'riff)\n')
            subprocess.run(["festival", "-b", str(script)], check=True)
        with wave.open(str(path)) as f:
            rate = f.getframerate()
            pcm = np.frombuffer(f.readframes(f.getnframes()), "<i2") / 32768
    shared = gcd(rate, RATE_HZ)
    return resample_poly(pcm, RATE_HZ // shared, rate // shared)


def level(pcm: np.ndarray) -> np.ndarray:
    """Trims the synthesiser's own silence, sets the loudness, adds ours."""
    loud = np.flatnonzero(np.abs(pcm) > 0.004)
    pcm = pcm[max(0, loud[0] - RATE_HZ // 50) : loud[-1] + RATE_HZ // 20]
    frames = pcm[: len(pcm) // 400 * 400].reshape(-1, 400)
    rms = np.sqrt((frames**2).mean(1))
    speech = np.sqrt((rms[rms > 0.1 * rms.max()] ** 2).mean())
    gain = min(10 ** (LEVEL_DBFS / 20) / speech, 10 ** (PEAK_DBFS / 20) / np.abs(pcm).max())
    return np.concatenate([np.zeros(int(LEAD_S * RATE_HZ)), gain * pcm, np.zeros(int(TAIL_S * RATE_HZ))])


if __name__ == "__main__":
    main()
