"""Where things are in a patch, for every patch size. Lengths below are written for a patch of 256 pixels and scale with it.

A patch is a square crop of the portrait with the middle of the mouth corners at (.50, .68) of its side and irises .234 of it
apart (60 px of 256). A face that is up to a quarter larger or smaller still fits.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOUTH_X, MOUTH_Y, EYE_DISTANCE = 0.50, 0.68, 0.234
FEATURES = ["jaw", "wide", "round", "close", "bite", "upper", "tongue", "emph"]
LIFE = ["blink", "gazex", "gazey", "dx", "dy", "roll", "yaw", "pitch", "talk", "smile"]
# Displacement bases; `render.mixing` says how features and life weigh them. The five of the head stand together.
BASES = ["jaw", "jawlip", "wide", "round", "press", "bite", "biteup", "upper", "talk", "dx", "dy", "roll", "yaw", "pitch", "brow", "smile"]
HEAD = slice(BASES.index("dx"), BASES.index("pitch") + 1)
SHADES = ["fold", "hollow", "jaw"]  # shading bases
COARSE = 52            # nodes a side of the lattice over the whole patch (5 px cells)
FIELD_NX, FIELD_NY = 38, 31  # nodes of the lattice that the skins' motion in the mouth box is given on (3 px cells), margin included
BOX_NX, BOX_NY = 30, 25  # nodes of the lattice in the mouth box that it is inverted on, without the margin
HEAD_NX, HEAD_NY = 8, 7  # nodes of the head's motion in the mouth box
SHADE_NX, SHADE_NY = 46, 40  # nodes of the shaded area (3 px cells)
EYE_NX, EYE_NY = 14, 13  # nodes of the head's motion in an eye box (4 px cells)


@dataclass(frozen=True)
class Geometry:
    """Integer places in a patch of `side` pixels."""

    side: int

    def px(self, at_256: float) -> int:
        return int(round(at_256 * self.side / 256))

    @property
    def scale(self) -> float:
        """Pixels per pixel of a 256 patch."""
        return self.side / 256

    @property
    def mouth(self) -> tuple[int, int, int, int]:
        """Mouth box: x, y, width, height."""
        return self.px(84), self.px(148), self.px(88), self.px(73)

    @property
    def margin(self) -> tuple[int, int]:
        """The mouth lattice reaches this far beyond the box: when the head moves, sources lie outside it."""
        return self.px(12), self.px(9)

    @property
    def shade(self) -> tuple[int, int, int, int]:
        """Shaded area: x, y, width, height."""
        return self.px(60), self.px(116), self.px(136), self.px(118)

    @property
    def eye(self) -> tuple[int, int]:
        """Width and height of the box around one eye; its place is the avatar's."""
        return self.px(52), self.px(48)


def warp_layout(side: int) -> dict[str, Any]:
    """The `warp` object of a patch in `model.json` (models/README.md): what stands where in a row of `warp-P.pt`."""
    g = Geometry(side)
    x, y, width, height = g.shade
    eye = {"width": g.eye[0], "height": g.eye[1], "map": "add", "paint": "below"}
    mouth = {"width": g.mouth[2], "height": g.mouth[3], "map": "replace", "paint": "above"}
    return {
        "file": f"warp-{side}.pt", "texture": "tex", "ground": "bg", "lattice": COARSE,
        "light": {"x": x, "y": y, "width": width, "height": height, "columns": SHADE_NX, "rows": SHADE_NY},
        "insets": [mouth, eye, eye],
    }
