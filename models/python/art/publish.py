"""Puts the rendered figures before a backdrop and writes the JPEGs that ship.

Usage: python publish.py --pictures DIR --out DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

MOST_BYTES = 400_000
CONTRAST = 0.10
SATURATION = {"av_stock_001": 1.16, "av_stock_002": 1.05}  # of the rendered figures: Blender's film curve is on the pale side
BACKDROPS = {  # sRGB levels at the light (upper left of the head) and in the far corner; figures with their own are not listed
    "av_stock_001": ((226, 219, 211), (150, 143, 141)),
    "av_stock_002": ((202, 212, 219), (110, 124, 138)),
}


def backdrop(width: int, height: int, light: tuple[int, int, int], dark: tuple[int, int, int]) -> np.ndarray:
    """A soft round light on a studio wall, f64 [H,W,3]; a little noise keeps the gradient from banding."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((x - 0.40 * width) / width, (y - 0.34 * height) / height)
    share = np.clip(distance / 0.85, 0, 1)[..., None]
    share = share * share * (3 - 2 * share)
    wall = np.array(light) * (1 - share) + np.array(dark) * share
    return wall + np.random.default_rng(1).normal(0, 0.8, (height, width, 1))


def grade(rgb: np.ndarray, saturation: float) -> np.ndarray:
    """More colour and a gentle S-curve; levels 0..255."""
    grey = rgb @ (0.2126, 0.7152, 0.0722)
    x = np.clip((grey[..., None] + saturation * (rgb - grey[..., None])) / 255, 0, 1)
    return 255 * (x + CONTRAST * (x * x * (3 - 2 * x) - x) * 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of av_stock_NNN.png")
    parser.add_argument("--out", type=Path, required=True, help="folder for av_stock_NNN.jpg")
    options = parser.parse_args()
    for path in sorted(options.pictures.glob("av_stock_[0-9][0-9][0-9].png")):
        figure = np.asarray(Image.open(path).convert("RGBA")).astype(float)
        alpha = figure[..., 3:] / 255
        if path.stem in BACKDROPS:
            figure[..., :3] = grade(figure[..., :3], SATURATION[path.stem])
        wall = backdrop(figure.shape[1], figure.shape[0], *BACKDROPS[path.stem]) if path.stem in BACKDROPS else 0.0
        picture = Image.fromarray((figure[..., :3] * alpha + wall * (1 - alpha)).round().clip(0, 255).astype(np.uint8))
        target = options.out / f"{path.stem}.jpg"
        for quality in range(95, 60, -1):
            picture.save(target, quality=quality, subsampling=0, optimize=True)
            if target.stat().st_size <= MOST_BYTES:
                break
        print(f"{target.name}: {picture.width}x{picture.height}, {target.stat().st_size // 1000} kB, quality {quality}")


if __name__ == "__main__":
    main()
