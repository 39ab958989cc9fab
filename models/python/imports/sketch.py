"""A package of the importer's own form, small enough for the repository: `python -m imports.sketch FOLDER`, in models/python.

What Java must do for packages like Wav2Lip's (mel spectra, a face's box, prepared frames while nobody speaks) is tested with it, for
the real ones are too large to ship. It hears as Wav2Lip does, and paints the lower half of the face the lighter the louder it is.
"""
from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from . import wav2lip
from .__main__ import LICENCES, WHAT, Exporter, parameters
from .audio import Wav2LipMel

SIDE = 96


class Look(nn.Module):
    """As Wav2Lip's eyes are called: what they see is the face itself."""

    def forward(self, face: Tensor) -> list[Tensor]:
        return [face]


class Sketch(nn.Module):
    """As Wav2Lip's mouth is called: mel f32 [B, 1, 80, 16], what the eyes saw → f32 [B, 3, S, S]."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor([0.5]))

    def forward(self, mel: Tensor, seen: list[Tensor]) -> Tensor:
        face = seen[0]
        loud = (mel.mean(dim=[1, 2, 3]) + 4) / 8 * self.gain
        hidden = (face[:, :3].sum(dim=1, keepdim=True) == 0).to(face.dtype)
        return face[:, 3:] * (1 - hidden) + hidden * (face[:, 3:] * 0.5 + loud[:, None, None, None])


def main() -> None:
    if os.environ.get("PYTHONHASHSEED") != "0":  # TorchScript writes some attributes in the order of a set.
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})
    LICENCES["sketch"] = ("Apache-2.0", "Apache-2.0: there are no weights in it.")
    WHAT["sketch"] = "A sketch, {side} pixels: lower faces that are the lighter the louder the speech, for tests."
    mel = Wav2LipMel()
    # Its sources are this file: a sketch has no checkpoint.
    Exporter("sketch", "sketch", SIDE, Path(sys.argv[1])).write(
        mel, wav2lip.Prepare(Look()), wav2lip.Render(Sketch(), Look(), SIDE), context=mel.context, lookahead=mel.lookahead, features=parameters(1280, -4, 4, -4, "m"),
        identity=["face"], buckets=[1, 2, 4, 8], box={"left": 0.02, "top": 0.0, "right": 0.02, "bottom": 0.06, "feather": SIDE / 24}, sources=[Path(__file__)])


if __name__ == "__main__":
    main()
