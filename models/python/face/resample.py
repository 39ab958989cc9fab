"""Antialiased resize of a window of a picture, in TorchScript (`sample.pt`), and the box filter that `face.pt` shares with it.

A picture of 8192² is never turned into floats as a whole: the part in question is box-filtered by an integer factor in strips
of rows, and only the small result is filtered finely.
"""
from __future__ import annotations

from typing import List, Tuple  # TorchScript does not resolve the built-in generics under postponed annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

def shrink(image: Tensor, x0: int, y0: int, x1: int, y1: int, factor: int, strip_values: int = 1 << 22) -> Tensor:
    """Box-filter the part [y0:y1, x0:x1] of u8 or f32 [H,W,C] by an integer factor → f32 [1,C,ceil(h/factor),ceil(w/factor)].

    Cells that stick out at the right and below take the mean of what they have. About `strip_values` are floats at a time.
    """
    part = image[y0:y1, x0:x1]
    if factor == 1:
        return part.permute(2, 0, 1).unsqueeze(0).float()
    h, w, c = part.size(0), part.size(1), part.size(2)
    rows = max(1, strip_values // max(1, w * c * factor)) * factor
    strips: List[Tensor] = []
    top = 0
    while top < h:
        strip = part[top : min(top + rows, h)].permute(2, 0, 1).unsqueeze(0).float()
        strips.append(F.avg_pool2d(strip, [factor, factor], [factor, factor], [0, 0], True, False))
        top += rows
    return torch.cat(strips, 2)


def cubic(t: Tensor) -> Tensor:
    """Keys' cubic kernel, a = -0.5 (Catmull-Rom)."""
    t = t.abs()
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return torch.where(t < 1, near, torch.where(t < 2, far, torch.zeros_like(t)))


def taps(start: float, step: float, count: int, size: int, device: torch.device) -> Tuple[Tensor, Tensor]:
    """Source indices i64 [count,T] and weights f32 [count,T] of a cubic resize along one axis.

    Output cell j covers the source [start + j·step, start + (j+1)·step), cell edges at integers. Indices outside the
    `size` cells are clamped: edges are replicated.
    """
    scale = max(step, 1.0)
    reach = int(torch.ceil(torch.tensor(2.0 * scale)).item())
    centre = start + (torch.arange(count, dtype=torch.float64, device=device) + 0.5) * step - 0.5
    index = torch.floor(centre).unsqueeze(1) + torch.arange(-reach + 1, reach + 1, device=device).unsqueeze(0)
    weight = cubic((index - centre.unsqueeze(1)) / scale)
    weight = weight / weight.sum(1, keepdim=True)
    return index.clamp(0, size - 1).long(), weight.float()


class Sample(nn.Module):
    """(image u8 or f32 [H,W,C], window f32 [4], outW, outH) → f32 [outH,outW,C].

    `window` is x0 y0 x1 y1 in image pixels and may lie outside the picture, whose edges are then replicated. The result
    never leaves the range of the values it was made from, so masks stay masks.
    """

    def forward(self, image: Tensor, window: Tensor, outW: int, outH: int) -> Tensor:
        h, w = image.size(0), image.size(1)
        x0, y0, x1, y1 = float(window[0]), float(window[1]), float(window[2]), float(window[3])
        sx, sy = (x1 - x0) / outW, (y1 - y0) / outH
        factor = max(1, int(min(sx, sy) / 2))
        reach = 4 * max(max(sx, sy), 1.0)
        left = min(max(int(x0 - reach) // factor * factor, 0), (w - 1) // factor * factor)
        top = min(max(int(y0 - reach) // factor * factor, 0), (h - 1) // factor * factor)
        right, bottom = max(min(int(x1 + reach) + 1, w), left + 1), max(min(int(y1 + reach) + 1, h), top + 1)
        # Once in this order: index_select would bring it there for each tap. Columns are taken as rows likewise, which stand together in memory.
        part = shrink(image, left, top, right, bottom, factor)[0].contiguous()
        low, high = part.amin(), part.amax()
        index, weight = taps((y0 - top) / factor, sy / factor, outH, part.size(1), image.device)
        rows = torch.zeros(part.size(0), outH, part.size(2), device=image.device)
        for t in range(index.size(1)):
            rows = rows.addcmul(part.index_select(1, index[:, t]), weight[:, t].view(1, -1, 1))
        index, weight = taps((x0 - left) / factor, sx / factor, outW, part.size(2), image.device)
        rows = rows.transpose(1, 2).contiguous()
        out = torch.zeros(part.size(0), outW, outH, device=image.device)
        for t in range(index.size(1)):
            out = out.addcmul(rows.index_select(1, index[:, t]), weight[:, t].view(1, -1, 1))
        return torch.minimum(torch.maximum(out, low), high).permute(2, 1, 0).contiguous()
