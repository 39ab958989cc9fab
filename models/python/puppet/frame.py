"""The framing rule in small, for pictures and numbers: crop, landmarks and mask of a portrait for a patch size.

The product does this in Java; both follow models/README.md: mouth corners' middle at (.50, .68), irises .234 of the side apart.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from geometry import EYE_DISTANCE, MOUTH_X, MOUTH_Y

FACE = Path(__file__).parents[2] / "packages" / "face"


class Framer:
    def __init__(self) -> None:
        self.face = torch.jit.load(FACE / "face.pt")
        self.sample = torch.jit.load(FACE / "sample.pt")

    def __call__(self, picture: Path, side: int, zoom: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
        """Portrait → crop u8 [P,P,3], landmarks f32 [478,3], person f32 [P,P]. `zoom` breaks the rule on purpose."""
        image = torch.from_numpy(np.array(Image.open(picture).convert("RGB")))
        with torch.no_grad():
            landmarks, scores, _, mask, box = self.face(image)
            assert scores.min() > 0.5, f"no face: picture={picture} scores={scores.tolist()}"
            # a turned head brings the irises together: then the distance of brow and chin counts
            eyes = torch.maximum((landmarks[473] - landmarks[468])[:2].norm(), 0.42 * (landmarks[10] - landmarks[152])[:2].norm())
            span = eyes / EYE_DISTANCE / zoom
            corner = (landmarks[78] + landmarks[308])[:2] / 2 - span * torch.tensor([MOUTH_X, MOUTH_Y])
            window = torch.cat([corner, corner + span])
            crop = self.sample(image, window, side, side).round().byte()
            per_px = 256 / (box[2:] - box[:2])
            person = self.sample(mask[..., None], torch.cat([(corner - box[:2]) * per_px, (corner + span - box[:2]) * per_px]), side, side)[..., 0]
        points = landmarks.clone()
        points[:, :2] = (points[:, :2] - corner) * (side / span)
        points[:, 2] *= side / span
        return crop, points, person
