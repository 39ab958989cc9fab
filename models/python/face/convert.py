"""Build the package `face` from the public mediapipe wheel.

    python models/python/face/convert.py [--wheel mediapipe-….whl] [--golden portrait.png]

Without `--wheel` the pinned wheel is fetched with pip. Only its .tflite files (Apache-2.0) are read; MediaPipe is not run.
`--golden` (a portrait, shrunk to 256 pixels) renews the golden files.
"""
from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from common import reproducible, save_golden, save_script  # noqa: E402
from face import MODULES, Face  # noqa: E402
from resample import Sample  # noqa: E402

WHEEL = "mediapipe==0.10.21"
PACKAGE = Path(__file__).parents[2] / "packages" / "face"


def unpack_wheel(wheel: Path | None, folder: Path) -> Path:
    """Unpack the networks of the wheel (fetched when None) into `folder`."""
    if wheel is None:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11",
                        "--platform", "manylinux_2_28_x86_64", "-d", str(folder), WHEEL], check=True)
        wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as z:
        z.extractall(folder, [n for n in z.namelist() if n.startswith(MODULES) and n.endswith(".tflite")])
    return folder


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--wheel", type=Path)
    args.add_argument("--golden", type=Path)
    options = args.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    PACKAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp, torch.no_grad():
        face = torch.jit.script(Face(unpack_wheel(options.wheel, Path(tmp))).eval())
    # not frozen: freezing would widen the float16 weights in the file
    save_script(face, PACKAGE / "face.pt")
    save_script(torch.jit.script(Sample().eval()), PACKAGE / "sample.pt")
    if options.golden:
        write_goldens(options.golden)
    for file in ("face.pt", "sample.pt"):
        print(f"{file} {(PACKAGE / file).stat().st_size / 1e6:.2f} MB")


def write_goldens(portrait: Path) -> None:
    """Expected outputs of the saved files for a small picture."""
    face, sample = torch.jit.load(PACKAGE / "face.pt"), torch.jit.load(PACKAGE / "sample.pt")
    picture = Image.open(portrait).convert("RGB")
    picture.thumbnail((256, 256), Image.LANCZOS)
    image = torch.from_numpy(np.array(picture))
    with torch.no_grad():
        landmarks, scores, boxes, mask, mask_box = face(image)
        window = torch.tensor([-20.5, 10.25, 150.0, 180.75])
        out = sample(image, window, 64, 48)
    save_golden(PACKAGE / "golden/face.npz", image=image, landmarks=landmarks, scores=scores, boxes=boxes, mask=mask, maskBox=mask_box)
    save_golden(PACKAGE / "golden/sample.npz", image=image, window=window, out=out)


if __name__ == "__main__":
    reproducible()
    main()
