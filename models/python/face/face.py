"""`face.pt`: a picture → faces found, 478 landmarks of one of them, its person mask. A scripted shell around three traced networks.

Follows MediaPipe's FaceMesh graph (Apache-2.0): detector (128², letterbox, [-1,1]) → box → rotated square × 1.5 → 192² crop
[0,1] → mesh, lips, eyes, irises. What is ours: large pictures are box-filtered before they are sampled, pictures in which
nothing is found are tried again with a wide margin (a face that fills the picture) and in overlapping tiles (a small face), and
the person mask is made of the head's surroundings instead of the whole picture.
"""
from __future__ import annotations

from pathlib import Path
from typing import List, Tuple  # TorchScript does not resolve the built-in generics under postponed annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resample import Sample, shrink
from tflite_torch import TfliteModule

MODULES = "mediapipe/modules/"
# Which of the 468 mesh points the three refinements of the attention mesh replace (MediaPipe's face_landmarks graph).
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88, 178, 87, 14, 317,
        402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415, 76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73,
        72, 11, 302, 303, 304, 408, 62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407]
EYE_L = [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23, 22, 26, 112, 243, 247,
         30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53,
         52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55, 193]
EYE_R = [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254, 253, 252, 256, 341,
         463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
         265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417]

class Detector(nn.Module):
    """f32 [1,128,128,3] in [-1,1] → boxes [896,16] (x0 y0 x1 y1, six key points; units of the side), scores [896]."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.net = TfliteModule(root / MODULES / "face_detection/face_detection_short_range.tflite")
        anchors = [((x + 0.5) / n, (y + 0.5) / n) for n, k in ((16, 2), (8, 6)) for y in range(n) for x in range(n) for _ in range(k)]
        self.register_buffer("anchors", torch.tensor(anchors))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        raw, logits = self.net(x)
        raw = raw[0] / 128
        centre, half = raw[:, :2] + self.anchors, raw[:, 2:4] / 2
        points = (raw[:, 4:].reshape(896, 6, 2) + self.anchors[:, None]).reshape(896, 12)
        return torch.cat([centre - half, centre + half, points], 1), torch.sigmoid(logits.reshape(-1).clamp(-100, 100))


class Mesh(nn.Module):
    """f32 [1,192,192,3] in [0,1] → landmarks [478,3] in crop pixels, face score [1]."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.net = TfliteModule(root / MODULES / "face_landmark/face_landmark_with_attention.tflite")
        for name, ids in (("lips", LIPS), ("eye_l", EYE_L), ("eye_r", EYE_R)):
            self.register_buffer(name, torch.tensor(ids))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        mesh, lips, eye_l, eye_r, iris_l, iris_r, flag = self.net(x)
        p = mesh.reshape(468, 3)
        xy = p[:, :2].index_copy(0, self.lips, lips.reshape(-1, 2))
        xy = xy.index_copy(0, self.eye_l, eye_l.reshape(-1, 2)).index_copy(0, self.eye_r, eye_r.reshape(-1, 2))
        irises = []
        for iris, eye in ((iris_l, self.eye_l), (iris_r, self.eye_r)):  # an iris lies as deep as its 16 lid points
            z = p.index_select(0, eye[:16])[:, 2:].mean(0, keepdim=True).expand(5, 1)
            irises.append(torch.cat([iris.reshape(5, 2), z], 1))
        return torch.cat([torch.cat([xy, p[:, 2:]], 1), *irises]), torch.sigmoid(flag.reshape(1))


class Person(nn.Module):
    """f32 [1,256,256,3] in [0,1] → share of person [256,256]."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.net = TfliteModule(root / MODULES / "selfie_segmentation/selfie_segmentation.tflite")

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)[0][0, :, :, 0]


def sample_at(image: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """f32 [1,C,H,W] at pixel indices x, y [h,w] → [1,C,h,w], bilinear, edges replicated."""
    h, w = image.size(2), image.size(3)
    grid = torch.stack([x * (2.0 / max(w - 1, 1)) - 1, y * (2.0 / max(h - 1, 1)) - 1], -1).unsqueeze(0)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=True)


class Face(nn.Module):
    """image u8 [H,W,3] → landmarks f32 [478,3], scores f32 [2], boxes f32 [N,5], mask f32 [256,256], maskBox f32 [4]; see models/README.md."""

    __constants__ = ["MIN_SCORE", "SAME_FACE_IOU", "SAME_FACE_PART", "ROI_SCALE", "SEARCH_SIDE", "MAX_SPLIT", "MAX_FACES", "TIE", "HEAD_SIDE", "HEAD_UP"]
    MIN_SCORE = 0.5     # detections below are not reported
    SAME_FACE_IOU = 0.3  # detections that overlap more are one face; their boxes are averaged by score, as in MediaPipe
    SAME_FACE_PART = 0.6  # likewise, when this share of the smaller box is common
    ROI_SCALE = 1.5     # mesh crop over detector box
    SEARCH_SIDE = 2048  # pixels of the longer side in which faces are searched
    MAX_SPLIT = 7.0     # the smallest tiles are this fraction of the longer side: faces down to 2 % of it are found
    MAX_FACES = 8       # no more detections than these are looked at closely
    TIE = 0.8           # faces of at least this share of the largest one's area count as equally large
    HEAD_SIDE = 4.8     # side of the mask's square, in distances of the irises: as tight as a crop of puppet allows, the mask is 256² whatever it covers
    HEAD_UP = 0.75      # the square's middle is this far above the mouth, same unit

    def __init__(self, root: Path) -> None:
        super().__init__()
        trace = lambda m, side: torch.jit.trace(m.eval(), torch.rand(1, side, side, 3), check_trace=False)
        self.detector = trace(Detector(root), 128)
        self.mesh = trace(Mesh(root), 192)
        self.person = trace(Person(root), 256)
        self.sample = torch.jit.script(Sample())

    def detect(self, picture: Tensor, left: float, top: float, side: float) -> Tuple[Tensor, Tensor]:
        """Faces in one square of f32 [1,3,h,w] (0..255) → boxes [N,16] in picture pixels, scores [N]; black outside the picture."""
        h, w = picture.size(2), picture.size(3)
        step = side / 128
        x = left + torch.arange(128, device=picture.device) * step
        y = top + torch.arange(128, device=picture.device) * step
        ay, ax = torch.meshgrid(y, x, indexing="ij")
        inside = ((ax >= 0) & (ax <= w) & (ay >= 0) & (ay <= h)).float()
        f = max(1, int(step))
        small = F.avg_pool2d(picture, [f, f], [f, f], [0, 0], True, False) if f > 1 else picture
        square = sample_at(small, (ax - (f - 1) / 2) / f, (ay - (f - 1) / 2) / f) / 255 * inside
        boxes, scores = self.detector((square * 2 - 1).permute(0, 2, 3, 1))
        keep = scores >= self.MIN_SCORE
        boxes = boxes[keep] * side
        return boxes + torch.tensor([left, top], device=picture.device).repeat(8), scores[keep]

    def squares(self, h: float, w: float) -> List[List[Tuple[float, float, float]]]:
        """Where to look, in stages (left, top, side): whole picture, with a margin, then ever smaller overlapping tiles."""
        side, short = max(h, w), min(h, w)
        stages = [[((w - m * side) / 2, (h - m * side) / 2, m * side)] for m in [1.0, 1.6, 2.5]]
        tile = side / 2
        while tile >= max(64.0, min(side / self.MAX_SPLIT, short)):
            nx, ny = max(1, int((w - tile) / tile * 2 + 0.99) + 1), max(1, int((h - tile) / tile * 2 + 0.99) + 1)
            tiles: List[Tuple[float, float, float]] = []
            for j in range(ny):
                for i in range(nx):
                    tiles.append(((w - tile) * (i / (nx - 1) if nx > 1 else 0.5), (h - tile) * (j / (ny - 1) if ny > 1 else 0.5), tile))
            stages.append(tiles)
            tile /= 1.9
        return stages

    def merge(self, boxes: Tensor, scores: Tensor) -> Tuple[Tensor, Tensor]:
        """One box per face: overlapping ones are averaged by score; best first."""
        order = torch.argsort(scores, descending=True)
        boxes, scores = boxes[order], scores[order]
        faces: List[Tensor] = [boxes[:0]]
        rated: List[Tensor] = [scores[:0]]
        while scores.size(0) > 0:
            best = boxes[0]
            low = torch.maximum(boxes[:, :2], best[:2])
            high = torch.minimum(boxes[:, 2:4], best[2:4])
            common = (high - low).clamp(min=0).prod(1)
            area = (boxes[:, 2:4] - boxes[:, :2]).prod(1)
            same = common / (area + area[0] - common).clamp(min=1e-6) > self.SAME_FACE_IOU
            same = same | (common > self.SAME_FACE_PART * torch.minimum(area, area[0]))
            same[0] = True
            weight = scores[same].unsqueeze(1)
            faces.append((boxes[same] * weight).sum(0, keepdim=True) / weight.sum())
            rated.append(scores[:1])
            boxes, scores = boxes[~same], scores[~same]
        return torch.cat(faces), torch.cat(rated)

    def landmarks(self, image: Tensor, box: Tensor) -> Tuple[Tensor, float]:
        """u8 [H,W,3] and a detection [16] → points f32 [478,3] in image pixels, score that this is a face."""
        h, w = image.size(0), image.size(1)
        # rotated square around the face, turned so that the eyes are level
        roll = torch.atan2(box[7] - box[5], box[6] - box[4])
        c, s = torch.cos(roll), torch.sin(roll)
        step = (box[2:4] - box[:2]).max() * self.ROI_SCALE / 192
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        j = torch.arange(192, device=image.device).float() - 96
        v, u = torch.meshgrid(j, j, indexing="ij")
        x, y = cx + (u * c - v * s) * step, cy + (u * s + v * c) * step
        f = max(1, int(step))
        x0, y0 = min(max(int(x.min()) - f, 0), w - 1) // f * f, min(max(int(y.min()) - f, 0), h - 1) // f * f
        x1, y1 = max(min(int(x.max()) + 2 * f, w), x0 + 1), max(min(int(y.max()) + 2 * f, h), y0 + 1)
        part = shrink(image, x0, y0, x1, y1, f)
        crop = sample_at(part, (x - x0 - (f - 1) / 2) / f, (y - y0 - (f - 1) / 2) / f) / 255
        points, flag = self.mesh(crop.permute(0, 2, 3, 1))
        px, py = points[:, 0] - 96, points[:, 1] - 96
        return torch.stack([cx + (px * c - py * s) * step, cy + (px * s + py * c) * step, points[:, 2] * step], 1), float(flag)

    def head(self, image: Tensor, points: Tensor) -> Tensor:
        """Window f32 [4] of head and shoulders, kept inside the picture."""
        # a turned head brings the irises together, never brow and chin
        unit = torch.maximum((points[473, :2] - points[468, :2]).norm(), 0.42 * (points[10, :2] - points[152, :2]).norm())
        middle = (points[78, :2] + points[308, :2]) / 2 - torch.stack([torch.zeros_like(unit), unit * self.HEAD_UP])
        limit = torch.tensor([image.size(1), image.size(0)], device=image.device).float()
        low = torch.minimum((middle - unit * self.HEAD_SIDE / 2).clamp(min=0), limit - 2)
        high = torch.maximum(torch.minimum(middle + unit * self.HEAD_SIDE / 2, limit), low + 2)
        return torch.cat([low, high])

    def forward(self, image: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        h, w = image.size(0), image.size(1)
        device = image.device
        factor = (max(h, w) + self.SEARCH_SIDE - 1) // self.SEARCH_SIDE
        picture = shrink(image, 0, 0, w, h, factor)
        centre = torch.tensor([w / 2, h / 2], device=device)
        points = torch.zeros(478, 3, device=device)
        scores = torch.zeros(2, device=device)
        faces = torch.zeros(0, 5, device=device)
        for squares in self.squares(float(picture.size(2)), float(picture.size(3))):
            found: List[Tensor] = []
            rated: List[Tensor] = []
            for left, top, side in squares:
                boxes, s = self.detect(picture, left, top, side)
                found.append(boxes)
                rated.append(s)
            boxes, s = self.merge(torch.cat(found) * factor + (factor - 1) / 2, torch.cat(rated))  # cell k lies on pixel k·factor + (factor-1)/2
            # the mesh has the last word on what is a face
            sure = torch.zeros_like(s)
            all_points: List[Tensor] = []
            for i in range(min(s.size(0), self.MAX_FACES)):
                p, flag = self.landmarks(image, boxes[i])
                all_points.append(p)
                sure[i] = flag
            good = sure >= self.MIN_SCORE
            if bool(good.any()) or (faces.size(0) == 0 and s.size(0) > 0):
                area = (boxes[:, 2:4] - boxes[:, :2]).prod(1) * (good if bool(good.any()) else sure >= 0).float()
                off = ((boxes[:, :2] + boxes[:, 2:4]) / 2 - centre).square().sum(1)
                chosen = int(torch.where(area >= self.TIE * area.max(), -off, torch.full_like(off, -1e12))[: self.MAX_FACES].argmax())
                points, scores = all_points[chosen], torch.stack([s[chosen], sure[chosen]])
                faces = torch.cat([boxes[:, :4], s.unsqueeze(1)], 1)
                if bool(good.any()):
                    faces = faces[good]
                    break
        if faces.size(0) == 0:
            return points, scores, faces, torch.zeros(256, 256, device=device), torch.tensor([0, 0, w, h], device=device).float()
        box = self.head(image, points)
        return points, scores, faces, self.person((self.sample(image, box, 256, 256) / 255).unsqueeze(0)), box
