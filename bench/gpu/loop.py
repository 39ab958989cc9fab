"""A package in a plain Python loop, one session after another: the peer that the worker is compared with, on the same device.

    python loop.py PACKAGE cuda|cpu [--json FILE]      frames a second, and how many sessions of 25 fps that is
    python loop.py --ratio WORKER.json LOOP.json       the worker's sessions (mouthpiece measure --json) by the loop's

Per frame and session: one window of speech encoded, one patch rendered, copied to the host, laid into a frame of 512x512, made I420.
Nothing is paced, encoded or sent, so the figure is the most that this way of writing it can do. Needs torch and numpy alone.
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

SIDE, SESSIONS, SECONDS = 512, 4, 10


def i420(rgb: np.ndarray) -> bytes:
    """BT.601, limited range, from f32 [H, W, 3]."""
    y = 16 + rgb @ np.float32([0.257, 0.504, 0.098])
    small = rgb.reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(1, 3))
    u = 128 + small @ np.float32([-0.148, -0.291, 0.439])
    v = 128 + small @ np.float32([0.439, -0.368, -0.071])
    return b"".join(plane.round().astype(np.uint8).tobytes() for plane in (y, u, v))


def measure(folder: Path, device: str) -> dict[str, float | str]:
    manifest = json.loads((folder / "model.json").read_text())
    patch = manifest["render"]["patches"][0]
    encode_at, hop = manifest["encode"], manifest["sampleRateHz"] // manifest["fps"]
    encode = torch.jit.load(folder / encode_at["file"], map_location=device)
    prepare = torch.jit.load(folder / patch["prepare"], map_location=device)
    render = torch.jit.load(folder / (patch.get("renderCuda", patch["render"]) if device == "cuda" else patch["render"]), map_location=device)
    talk = np.load(folder / next(g["file"] for g in manifest["golden"] if g["module"] == "talk"))
    identity = prepare(*(torch.from_numpy(talk[name]).to(device) for name in ("crop", "landmarks", "person")))
    window = encode_at["contextSamples"] + hop + encode_at["lookaheadSamples"]
    speech = torch.from_numpy(np.random.default_rng(1).normal(0, 0.1, window + 100 * hop).astype(np.float32))
    life = torch.tensor([[float(p["max"]) for p in manifest["life"]]], device=device)
    slot = torch.zeros(1, dtype=torch.long, device=device)
    still = np.full((SIDE, SIDE, 3), 90, np.float32)
    side = min(patch["size"], SIDE)

    def frame(index: int) -> bytes:
        pcm = speech[index % 100 * hop:][:window]
        # The encoder is made for rows that are always as many; a loop has one.
        features = encode(torch.stack([pcm, *[torch.zeros(window)] * (encode_at["batch"] - 1)]).to(device))[:1, 0]
        picture = still.copy()
        picture[:side, :side] = render(features.contiguous(), life, slot, *identity)[0, :, :side, :side].permute(1, 2, 0).float().cpu().numpy()
        return i420(picture)

    with torch.no_grad():
        for index in range(5):
            frame(index)
        begun, frames = time.monotonic(), 0
        while time.monotonic() - begun < SECONDS:
            for _ in range(SESSIONS):
                frame(frames // SESSIONS)
                frames += 1
        rate = frames / (time.monotonic() - begun)
    return {"device": torch.cuda.get_device_name() if device == "cuda" else "cpu", "framesPerSecond": rate, "sessions": rate / manifest["fps"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, nargs="?")
    parser.add_argument("device", choices=["cuda", "cpu"], nargs="?", default="cuda")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ratio", type=Path, nargs=2)
    options = parser.parse_args()
    if options.ratio:
        ours, theirs = (json.loads(path.read_text())["sessions"] for path in options.ratio)
        print(f"{ours} sessions by {theirs:.1f}: {ours / theirs:.1f} times the loop's")
        return 0
    if options.package is None:
        parser.error("name a package")
    result = measure(options.package, options.device)
    print(f"{result['framesPerSecond']:.0f} frames/s, {result['sessions']:.1f} sessions on {result['device']}")
    if options.json:
        options.json.write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
