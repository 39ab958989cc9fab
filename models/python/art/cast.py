"""Who is portrayed. One entry per picture."""

from __future__ import annotations

import numpy as np

from look import Look


def crop_line(p: np.ndarray) -> np.ndarray:
    """A man's hairline: high at the temples, sideburns to the middle of the ear, nape below it."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    forehead = 0.74 - 0.10 * np.clip((0.42 - x) / 0.42, 0, 1) - 0.9 * np.clip(x - 0.56, 0, 1)
    line = np.where(y < 0.30, forehead, np.where(y < 0.52, -0.05, np.where(y < 0.9, 0.12, -0.75)))
    return z > line


def long_line(p: np.ndarray) -> np.ndarray:
    """A woman's hairline: rounded at the forehead, temples closed, nape low."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    forehead = 0.68 - 0.5 * np.clip(x - 0.25, 0, 1) ** 1.5
    line = np.where(y < 0.22, forehead, np.where(y < 0.52, 0.10, np.where(y < 0.9, 0.12, -0.6)))
    return z > line


def fade(p: np.ndarray) -> np.ndarray:
    """Hair length in dm: clipped at the sides, longer on top."""
    return np.interp(p[:, 2], [-0.5, 0.2, 0.75, 1.0], [0.015, 0.03, 0.085, 0.12])


MAN = Look(
    shape={
        "macrodetails/african-male-young": 1.0,
        "macrodetails/universal-male-young-averagemuscle-averageweight": 1.0,
        "face/mouthSmileLeft": 0.55,
        "face/mouthSmileRight": 0.55,
        "face/eyeWideLeft": 0.45,
        "face/eyeWideRight": 0.45,
        "eyes/l-eye-scale-incr": 0.4,
        "eyes/r-eye-scale-incr": 0.4,
        "ears/l-ear-scale-decr": 0.3,
        "ears/r-ear-scale-decr": 0.3,
    },
    skin=(0.20, 0.085, 0.043),
    blood=(0.21, 0.062, 0.036),
    shade=(0.11, 0.042, 0.024),
    lips=(0.20, 0.062, 0.05),
    iris=((0.02, 0.009, 0.004), (0.10, 0.04, 0.014)),
    cloth=(0.05, 0.12, 0.16),
    hair="cropped",
    hairline=crop_line,
    hair_colour=(0.98, 0.5, 0.35),
    brow_colour=(0.98, 0.5, 0.4),
    brow=([-0.17, -0.04, 0.10, 0.22], [0.22, 0.25, 0.262, 0.21], [0.024, 0.030, 0.021, 0.006]),
    neck_wide=0.88,
    neck_deep=0.80,
    neck_back=-0.16,
    hairs=60000,
    length=fade,
    curl=1.2,
    lash=0.03,
    lashes=120,
    lash_line=0.006,
    brow_hairs=480,
    frame_width=3.7,
    look_down=0.52,
)

WOMAN = Look(
    shape={
        "macrodetails/caucasian-female-young": 0.75,
        "macrodetails/asian-female-young": 0.25,
        "macrodetails/universal-female-young-averagemuscle-averageweight": 0.5,
        "macrodetails/universal-female-young-averagemuscle-minweight": 0.5,
        "torso/torso-scale-horiz-decr": 0.6,
        "torso/measure-shoulder-dist-decr": 0.3,
        "face/mouthSmileLeft": 0.45,
        "face/mouthSmileRight": 0.45,
        "face/eyeWideLeft": 0.3,
        "face/eyeWideRight": 0.3,
        "head/head-oval": 0.4,
        "ears/l-ear-scale-decr": 0.8,
        "ears/r-ear-scale-decr": 0.8,
        "ears/l-ear-wing-decr": 1.0,
        "ears/r-ear-wing-decr": 1.0,
        "eyes/l-eye-scale-incr": 0.3,
        "eyes/r-eye-scale-incr": 0.3,
        "mouth/mouth-upperlip-height-incr": 0.3,
        "mouth/mouth-lowerlip-volume-incr": 0.3,
    },
    skin=(0.56, 0.32, 0.22),
    blood=(0.58, 0.20, 0.13),
    shade=(0.36, 0.17, 0.12),
    lips=(0.47, 0.11, 0.10),
    iris=((0.045, 0.02, 0.007), (0.26, 0.11, 0.03)),
    cloth=(0.33, 0.05, 0.06),
    hair="draped",
    hairline=long_line,
    hair_colour=(0.72, 0.55, 0.28),
    brow_colour=(0.68, 0.5, 0.45),
    brow=([-0.16, -0.02, 0.12, 0.24], [0.225, 0.262, 0.28, 0.215], [0.020, 0.024, 0.017, 0.005]),
    hairs=42000,
    brow_hairs=330,
    roots=(0.035, 0.016, 0.009),
    parting=0.16,
    steps=47,
    locks=200,
    hair_radius=0.0038,
    face_edge=lambda z: np.interp(z, [-1.6, -0.9, -0.3, 0.3, 0.6], [0.58, 0.66, 0.69, 0.64, 0.45]),
    frame_width=3.7,
    look_down=0.52,
)

CAST = {"av_stock_001": WOMAN, "av_stock_002": MAN}
