"""What a portrait is made from: one record per person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]  # linear RGB 0..1


@dataclass(frozen=True)
class Look:
    """Lengths in dm, angles in degrees, colours linear, shares 0..1. Places are relative to the middle between the eyes."""

    shape: dict[str, float]  # target name to weight, see Human.morph

    skin: Colour
    blood: Colour  # where it shows
    shade: Colour  # round the eyes
    lips: Colour
    iris: tuple[Colour, Colour]  # dark, light
    cloth: Colour
    hair_colour: Colour  # not a colour: melanin, redness, roughness of the hair shader
    brow_colour: Colour  # likewise

    hair: str  # cropped | draped, see groom
    hairs: int
    hairline: Callable[[np.ndarray], np.ndarray]  # points [n,3] to bool [n]
    brow: tuple[list[float], list[float], list[float]]  # x, z and half width along the brow, relative to the eye

    # skin
    blush: float = 0.35
    hollow: float = 0.25
    lip_strength: float = 0.85
    roots: Colour = (0.012, 0.008, 0.006)  # of the skin under the hair
    scatter: float = 0.035  # how far light creeps
    roughness: float = 0.38
    pores: float = 0.12
    iris_radius: float = 0.42  # of the eyeball's

    # hair
    seed: int = 1
    brow_hairs: int = 420
    lash: float = 0.07
    lashes: int = 170  # an eye
    lash_line: float = 0.009
    hair_radius: float = 0.0035  # thicker than hair, so that fewer cover
    length: Callable[[np.ndarray], np.ndarray] | None = None  # of cropped hair: points [n,3] to lengths [n]
    curl: float = 0.5  # of cropped hair
    parting: float = 0.0  # draped: x of the parting
    guides: int = 700
    locks: int = 260
    steps: int = 60  # of a guide
    step: float = 0.06
    smooth: float = 4.0  # of a guide, steps
    body: float = 0.10  # how far hair stands off the head
    wave: float = 0.05
    stray: float = 0.008
    face_edge: Callable[[float], float] = lambda z: 0.0  # half the width at height z that hair leaves free

    # clothes
    arm_drop: float = 32.0
    neck_wide: float = 0.82  # half axes of the collar seen from above
    neck_deep: float = 0.66
    neck_back: float = -0.16  # its middle, behind the neck joint
    ease: float = 0.06
    rib: float = 0.055

    # studio
    ambient: float = 0.35
    key: float = 1.5
    fill: float = 1.0
    rim: float = 1.0
    frame_width: float = 3.7  # what the picture's width shows, at the eyes
    camera_rise: float = 0.1
    look_down: float = 0.52
