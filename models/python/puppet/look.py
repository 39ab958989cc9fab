"""Contact sheets of the built renderer, for eyes: visemes, mouths zoomed, eyes, sway, and a hand-animated sentence.

    python models/python/puppet/look.py OUT_FOLDER [--side 320] portrait.png…

Writes NAME-face.png, NAME-mouth.png, NAME-eyes.png and NAME-sentence.png for each portrait.
"""
from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from frame import Framer
from geometry import FEATURES, LIFE, Geometry

PACKAGE = Path(__file__).parents[2] / "packages" / "puppet"
POSES: list[tuple[str, dict[str, float]]] = [
    ("rest", {}), ("closed", dict(talk=1)), ("aa", dict(jaw=0.9)), ("ah", dict(jaw=0.5, upper=0.1)), ("ee", dict(jaw=0.22, wide=0.9, upper=0.35)),
    ("eh", dict(jaw=0.38, wide=0.5, upper=0.2)), ("oh", dict(jaw=0.5, round=0.7)), ("oo", dict(jaw=0.2, round=1.0)), ("m", dict(close=1.0)),
    ("f", dict(bite=1.0, jaw=0.12, upper=0.15)), ("l", dict(jaw=0.35, tongue=1.0, wide=0.2)), ("sh", dict(jaw=0.15, round=0.6, upper=0.6)),
    ("s", dict(jaw=0.1, wide=0.6, upper=0.4)), ("blink", dict(blink=1.0)), ("blink .5", dict(blink=0.5)), ("brow", dict(emph=1.0)),
    ("gaze", dict(gazex=2.0, gazey=-0.8)), ("sway+", dict(dx=2, dy=2, roll=0.02, yaw=0.07)), ("sway-", dict(dx=-2, dy=-2, roll=-0.02, yaw=-0.07, pitch=-0.06)),
    ("idle", dict(dx=1.5, dy=-1, roll=-0.015, yaw=0.05)),
]
SPOKEN = {"closed", "aa", "ah", "ee", "eh", "oh", "oo", "m", "f", "l", "sh", "s"}
SENTENCE: list[tuple[float, dict[str, float]]] = [  # "hello, my name is puppet": seconds, pose
    (0.00, {}), (0.10, dict(jaw=0.12)), (0.20, dict(jaw=0.42, wide=0.35, upper=0.1)), (0.30, dict(jaw=0.28, tongue=0.9, wide=0.2)),
    (0.42, dict(jaw=0.38, round=0.75)), (0.54, dict(jaw=0.1, round=0.3)), (0.62, dict(close=1.0)), (0.74, dict(jaw=0.72, wide=0.2)),
    (0.86, dict(jaw=0.2, wide=0.6, upper=0.2)), (0.94, dict(jaw=0.15, tongue=0.6)), (1.06, dict(jaw=0.45, wide=0.55, upper=0.2)), (1.16, dict(close=1.0)),
    (1.24, dict(jaw=0.25, wide=0.4)), (1.32, dict(jaw=0.1, wide=0.5, upper=0.4)), (1.42, dict(close=1.0)), (1.54, dict(jaw=0.55, wide=0.05)),
    (1.62, dict(close=1.0, jaw=0.1)), (1.72, dict(jaw=0.3, wide=0.3)), (1.80, dict(jaw=0.15, tongue=0.7)), (1.92, {}), (2.0, {}),
]


def rows(poses: list[dict[str, float]]) -> tuple[Tensor, Tensor]:
    """Poses → features [B,8], life [B,10]."""
    features = torch.tensor([[float(p.get(n, 0)) for n in FEATURES] for p in poses])
    return features, torch.tensor([[float(p.get(n, 0)) for n in LIFE] for p in poses])


def sentence(fps: int = 25) -> tuple[Tensor, Tensor]:
    """The sentence with idle life around it, smoothed by 22 ms as co-articulation does."""
    fine = np.arange(0, SENTENCE[-1][0], 0.005)
    at = np.arange(int(SENTENCE[-1][0] * fps)) / fps
    kernel = np.exp(-np.arange(-12, 13) ** 2 / (2 * 4.5**2))
    times = [t for t, _ in SENTENCE]
    f = []
    for name in FEATURES:
        curve = np.interp(fine, times, [p.get(name, 0.0) for _, p in SENTENCE])
        f.append(np.interp(at, fine, np.convolve(np.pad(curve, 12, mode="edge"), kernel / kernel.sum(), "valid")))
    f[FEATURES.index("emph")] = 0.6 * np.exp(-(((at - 0.74) / 0.12) ** 2))
    wave = lambda amplitude, hz, phase=0.0: amplitude * np.sin(2 * math.pi * hz * at + phase)
    life = dict(blink=np.interp(at, [1.0, 1.06, 1.10, 1.22], [0, 1, 1, 0], 0, 0), gazex=wave(0.6, 0.5), gazey=wave(0.2, 0.3), dx=wave(1.6, 0.55), dy=wave(1.2, 0.8),
                roll=wave(0.012, 0.4), yaw=wave(0.05, 0.45), pitch=wave(0.03, 0.7), talk=np.interp(at, [0, 0.15, 1.85, 2.0], [0, 1, 1, 0.6]), smile=0 * at)
    return torch.tensor(np.stack(f, 1)).float(), torch.tensor(np.stack([life[n] for n in LIFE], 1)).float()


def sheet(tiles: list[np.ndarray], names: list[str], columns: int, path: Path, crop: tuple[int, int, int, int] | None = None, zoom: float = 1) -> None:
    """Tiles u8 [h,w,3] in a grid, each with its name."""
    images = []
    for tile, name in zip(tiles, names):
        image = Image.fromarray(np.ascontiguousarray(tile))
        image = image.crop(crop) if crop else image
        image = image.resize((round(image.width * zoom), round(image.height * zoom)), Image.BICUBIC)
        ImageDraw.Draw(image).text((3, 1), name, fill=(255, 255, 255), stroke_width=1, stroke_fill=(0, 0, 0))
        images.append(image)
    w, h = images[0].size
    grid = Image.new("RGB", (w * columns, h * -(-len(images) // columns)))
    for i, image in enumerate(images):
        grid.paste(image, (i % columns * w, i // columns * h))
    grid.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("portraits", type=Path, nargs="+")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--zoom", type=float, default=1.0, help="face size over the framing rule's")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    side, g = options.side, Geometry(options.side)
    prepare, render = torch.jit.load(PACKAGE / f"prepare-{side}.pt"), torch.jit.load(PACKAGE / f"render-{side}.pt")
    framer = Framer()
    for path in options.portraits:
        with torch.no_grad():
            crop, landmarks, person = framer(path, side, options.zoom)
            identity = prepare(crop, landmarks, person)
            open_ = float(identity[-1][0, 7])
            draw = lambda f, l: render(f, l, torch.zeros(len(f), dtype=torch.long), *identity).permute(0, 2, 3, 1).numpy()
            tiles = list(draw(*rows([dict(p, talk=1) if n in SPOKEN else p for n, p in POSES])))
            film = list(draw(*sentence()))
        names = [n for n, _ in POSES]
        pick = lambda *wanted: ([tiles[names.index(n)] for n in wanted], list(wanted))
        out = lambda kind: options.out / f"{path.stem}-{kind}.png"
        box = lambda *v: tuple(g.px(x) for x in v)
        print(f"{path.stem}: open={open_:.2f} rest differs by {np.abs(tiles[0].astype(int) - crop.numpy()).max()}")
        sheet(tiles, names, 5, out("face"), zoom=256 / side)
        sheet(*pick("rest", "closed", "aa", "ah", "ee", "eh", "oh", "oo", "f", "l", "sh", "s"), 4, out("mouth"), box(80, 140, 176, 220), 3.6 * 256 / side)
        sheet(*pick("rest", "blink", "blink .5", "brow", "gaze", "sway+"), 3, out("eyes"), box(68, 72, 188, 140), 3.6 * 256 / side)
        sheet(film, [f"{40 * i}" for i in range(50)], 10, out("sentence"), box(56, 72, 200, 248), 256 / side)


if __name__ == "__main__":
    main()
