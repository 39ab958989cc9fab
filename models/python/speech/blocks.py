"""What training reads."""

from dataclasses import dataclass

import numpy as np

UNKNOWN_PHONE = 255


@dataclass
class Block:
    """Some utterances of one voice with silence around them, or sound that is no speech."""

    source: str
    voice: str
    language: str
    mel: np.ndarray
    """f16 [4 F, 40]"""
    frames: np.ndarray
    """f16 [F, 8]"""
    phones: np.ndarray
    """u8 [2 F]; `UNKNOWN_PHONE` where nobody knows."""
    trust: np.ndarray | None = None
    """f16 [F]: how much a frame counts; None: all of them, fully."""
