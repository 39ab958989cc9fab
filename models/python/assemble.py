"""Write `model.json` of the shipped packages, and the texts that are put together from parts. Run it whenever a file changed.

    python models/python/assemble.py

puppet is made by two hands: `puppet/` (picture) and `speech/` (sound), whose `manifest.json`, `CARD.md` and `NOTICE.part` are
taken in as they are.
"""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from puppet.geometry import warp_layout

HERE = Path(__file__).parent
PACKAGES = HERE.parent / "packages"
PATCH_SIZES = [256, 320, 384, 512, 640, 1024]


def parameter(name: str, low: float, high: float, rest: float = 0) -> dict[str, Any]:
    return {"name": name, "min": low, "max": high, "rest": rest}


FACE = {
    "schema": 1,
    "name": "face", "version": "1.0.0", "license": "Apache-2.0",
    "title": "Finds a face in a picture: 478 landmarks, person mask, and the resize that crops are made with.",
    "kind": "face",
    "quality": "standard",
    "engine": "torchscript",
    "face": {"file": "face.pt", "sample": "sample.pt"},
    "precision": {"cpu": "float32", "cuda": "float32"},
    "golden": [
        {"file": "golden/face.npz", "module": "face", "tolerance": 0.05},
        {"file": "golden/sample.npz", "module": "sample", "tolerance": 0.01},
    ],
}

# Lengths of `life` are pixels of a 256-pixel patch, whatever the patch; angles are radians. Wider sway than this uncovers more of the
# invented background behind the head than goes unnoticed.
PUPPET = {
    "schema": 1,
    "name": "puppet", "version": "1.0.0", "license": "Apache-2.0",
    "title": "Opens a portrait along its own lip seam: eight mouth-shape parameters from speech drive a warp with teeth and tongue behind it.",
    "kind": "lipsync",
    "quality": "standard",
    "engine": "torchscript",
    "sampleRateHz": 16000, "fps": 25,
    "encode": None,
    "life": [
        parameter("blink", 0, 1),
        parameter("gazex", -2.5, 2.5), parameter("gazey", -1.5, 1.5),
        parameter("dx", -2, 2), parameter("dy", -2, 2),
        parameter("roll", -0.02, 0.02), parameter("yaw", -0.07, 0.07), parameter("pitch", -0.06, 0.06),
        parameter("talk", 0, 1),
        parameter("smile", -0.3, 0.3),
    ],
    "render": {
        "idle": "live", "batchBuckets": [1, 2, 4, 8],
        "mouth": {"x": 0.5, "y": 0.68}, "eyeDistance": 0.234,
        "patches": [],
        "identity": [{"name": name, "dim": 0} for name in
                     ["tex", "bg", "table", "head", "shade", "seam", "upper", "lower", "eyes", "lids", "place", "k"]],
    },
    "precision": {"cpu": "float32", "cuda": "float32"},
    "golden": [
        {"file": "golden/encode.npz", "module": "encode", "tolerance": 1e-4},
        {"file": "golden/talk-256.npz", "module": "talk", "patch": 256, "tolerance": 1, "toleranceWarp": 2},
    ],
}


def with_files(manifest: dict[str, Any]) -> dict[str, Any]:
    """Add name, SHA-256 and size of every file of the package but `model.json`."""
    folder = PACKAGES / manifest["name"]
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "model.json")
    listed = {p.relative_to(folder).as_posix(): {"sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "bytes": p.stat().st_size} for p in files}
    return {**manifest, "files": listed}


def puppet() -> dict[str, Any]:
    folder = PACKAGES / "puppet"
    patches = [{"size": p, "prepare": f"prepare-{p}.pt", "render": f"render-{p}.pt", "warp": warp_layout(p)}
               for p in PATCH_SIZES if (folder / f"render-{p}.pt").exists()]
    golden = [g for g in PUPPET["golden"] if (folder / g["file"]).exists()]
    encode = json.loads((HERE / "speech" / "manifest.json").read_text())
    return {**PUPPET, "encode": encode, "render": {**PUPPET["render"], "patches": patches}, "golden": golden}


def join(part: Path, others: list[Path], target: Path) -> None:
    """Write a text made of a part of the picture side and those of the other hands that exist."""
    texts = [p.read_text().strip() for p in [part, *others] if p.exists()]
    target.write_text("\n\n".join(texts) + "\n")


def main() -> None:
    join(HERE / "puppet" / "CARD.md", [HERE / "speech" / "CARD.md"], PACKAGES / "puppet" / "MODEL_CARD.md")
    join(HERE / "puppet" / "NOTICE.part", [HERE / "speech" / "NOTICE.part"], PACKAGES / "puppet" / "NOTICE.txt")
    for manifest in (FACE, puppet()):
        complete = with_files(manifest)
        path = PACKAGES / manifest["name"] / "model.json"
        path.write_text(json.dumps(complete, indent=2, ensure_ascii=False) + "\n")
        print(f"{path.parent.name}: {len(complete['files'])} files, {sum(f['bytes'] for f in complete['files'].values()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
