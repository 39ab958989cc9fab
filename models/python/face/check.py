"""Compare the package `face` with MediaPipe's own FaceMesh and SelfieSegmentation on pictures.

    python models/python/face/check.py --mediapipe-python OTHER_VENV/bin/python picture.png…

MediaPipe wants another numpy than the rest, so it runs in its own environment (`pip install mediapipe==0.10.21`); this script
starts itself there with `--reference`. The mask is compared on the same head crop, made by `sample.pt`.
"""
from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

PACKAGE = Path(__file__).parents[2] / "packages" / "face"


def reference(pictures: list[Path], folder: Path) -> None:
    """Runs under MediaPipe: for picture.png writes its landmarks, for picture.head.png (if there) its mask."""
    import mediapipe as mp

    mesh = mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1, min_detection_confidence=0.5)
    selfie = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    for path in pictures:
        image = np.asarray(Image.open(path).convert("RGB"))
        found = mesh.process(image).multi_face_landmarks
        size = np.array([image.shape[1], image.shape[0], image.shape[1]], np.float32)
        points = np.array([[p.x, p.y, p.z] for p in found[0].landmark], np.float32) * size if found else np.zeros((0, 3), np.float32)
        head = folder / f"{path.stem}.head.png"
        mask = selfie.process(np.asarray(Image.open(head))).segmentation_mask if head.exists() else np.zeros((256, 256), np.float32)
        np.savez(folder / f"{path.stem}.npz", landmarks=points, mask=mask)


def shrunk(pictures: list[Path], side: int, folder: Path) -> list[Path]:
    """Copies of the pictures with at most `side` pixels: small enough, and no antialiasing of ours sets the two apart."""
    folder.mkdir()
    for path in pictures:
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((side, side), Image.LANCZOS)
        picture.save(folder / path.name)
    return [folder / path.name for path in pictures]


def compare(pictures: list[Path], mediapipe_python: str) -> None:
    import torch

    torch.set_num_threads(1)
    face, sample = torch.jit.load(PACKAGE / "face.pt"), torch.jit.load(PACKAGE / "sample.pt")
    with tempfile.TemporaryDirectory() as tmp, torch.no_grad():
        ours = {}
        for path in pictures:
            image = torch.from_numpy(np.array(Image.open(path).convert("RGB")))
            face(image)
            start = time.thread_time()
            landmarks, scores, boxes, mask, mask_box = face(image)
            cpu_ms = (time.thread_time() - start) * 1e3
            head = sample(image, mask_box, 256, 256).round().byte().numpy()
            Image.fromarray(head).save(Path(tmp, f"{path.stem}.head.png"))
            ours[path] = (image.shape, landmarks.numpy(), scores, len(boxes), mask.numpy(), cpu_ms)
        subprocess.run([mediapipe_python, __file__, "--reference", tmp, *map(str, pictures)], check=True, stderr=subprocess.DEVNULL)
        print("picture        size        faces  detector  mesh   landmarks px max / mean   mask mean abs   CPU ms")
        for path, (shape, landmarks, scores, count, mask, cpu_ms) in ours.items():
            theirs = np.load(Path(tmp, f"{path.stem}.npz"))
            line = f"{path.stem:14} {shape[1]}x{shape[0]:<6} {count:4} {scores[0]:9.3f} {scores[1]:7.3f}"
            if len(theirs["landmarks"]) and count:
                error = np.hypot(*(landmarks - theirs["landmarks"])[:, :2].T)
                line += f"   {error.max():9.3f} / {error.mean():.3f}"
            else:
                line += f"   MediaPipe: {'found' if len(theirs['landmarks']) else 'nothing found'}"
            print(line + f"   {np.abs(mask - theirs['mask']).mean():15.4f} {cpu_ms:10.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mediapipe-python", default=sys.executable)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--side", type=int, help="shrink the pictures to this many pixels first")
    options = parser.parse_args()
    if options.reference:
        reference(options.pictures, options.reference)
    else:
        with tempfile.TemporaryDirectory() as tmp:
            pictures = shrunk(options.pictures, options.side, Path(tmp, "small")) if options.side else options.pictures
            compare(pictures, options.mediapipe_python)


if __name__ == "__main__":
    main()
