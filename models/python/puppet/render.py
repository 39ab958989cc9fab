"""`render-P.pt`: mouth-shape features and life → the patch, for a batch of rows that may show different avatars.

TorchScript, written for few passes over memory and few calls: a call of an engine costs some microseconds however small its tensors
are, so what a row has one of (weights, ramps, tones) are numbers. What is small (lattices, mouth box, eye boxes) is computed for all rows at once;
what is as large as the patch (map, texture sample, blend) row by row, so that it stays in the cache and so that a row's result
does not depend on its neighbours. Textures hold a texel's channels side by side: a gather then touches one cache line. Colours
carry ½ from the start, which rounds them when they are cut to bytes.

Maps are in grid_sample units of the patch (−1 = centre of pixel 0, +1 = centre of pixel P−1), planar [·,2,h,w]; grid_sample takes
the permuted view without a copy. A map says for an output pixel where its colour comes from. Motion is stored as forward bases
(where does the skin go?) on coarse lattices, summed by the row's weights and inverted there by fixed-point iteration.
"""
from __future__ import annotations

from typing import List, Tuple  # TorchScript does not resolve the built-in generics under postponed annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from geometry import BOX_NX, BOX_NY, COARSE, EYE_NX, EYE_NY, FIELD_NX, FIELD_NY, HEAD_NX, HEAD_NY, SHADE_NX, SHADE_NY, Geometry


def ss(t: Tensor) -> Tensor:
    """Smoothstep of t clamped to 0..1."""
    t = t.clamp(0, 1)
    return t * t * (3 - 2 * t)


def lookup(values: Tensor, at: Tensor) -> Tensor:
    """[n,C,h,w] at a planar map [n,2,·,·], bilinear, edges replicated."""
    return F.grid_sample(values, at.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=True)


def enlarge(lattice: Tensor, h: int, w: int) -> Tensor:
    return F.interpolate(lattice, [h, w], mode="bilinear", align_corners=True)


def mixing(f: List[float], life: List[float], k: List[float]) -> Tuple[List[float], List[float], float]:
    """Weights of the bases [16] and of the shades [3], opening of the lips (share of the full drop), of one row."""
    jaw, wide, round, close, bite, upper, emph = f[0], f[1], f[2], f[3], f[4], f[5], f[7]
    dx, dy, roll, yaw, pitch, talk, smile = life[3], life[4], life[5], life[6], life[7], life[8], life[9]
    toothy = k[7] * (1 - 0.5 * talk)                          # an open portrait lifts its lip over invented teeth: half as far
    jaw = jaw * (1.12 - 0.32 * jaw)                           # a wide jaw goes on opening, but ever less
    opening = jaw * (1 - close) * (1 - 0.75 * bite) * (1 - 0.40 * round)
    lift = 1 - 0.5 * toothy
    rounding = round * (1 - 0.5 * close)
    bases = [jaw * (1 - 0.45 * close) * (1 - 0.5 * bite), opening, wide * (1 - round), rounding, close, bite, bite * lift,
             upper * (1 - close) * lift, talk, dx, dy, roll, yaw, pitch, emph, smile - 0.3 * rounding * clip(4 * k[11])]
    fold = 0.20 * wide * (1 - round) + 0.10 * max(smile, 0.0) * 3 + 0.05 * upper + 0.04 * jaw - 0.08 * round
    return bases, [fold, 0.20 * rounding + 0.05 * close, 0.17 * jaw * (1 - 0.45 * close)], opening


def mix(table: Tensor, slots: List[int], weights: List[List[float]]) -> Tensor:
    """Σ weights[b][i] · table[slots[b]·n + i], without copying a row of the table or looking at one that counts nothing."""
    picked: List[int] = []
    shares: List[float] = []
    starts: List[int] = []
    for b in range(len(slots)):
        starts.append(len(picked))
        n = len(weights[b])
        for i in range(n):
            if weights[b][i] != 0:
                picked.append(slots[b] * n + i)
                shares.append(weights[b][i])
    return F.embedding_bag(torch.tensor(picked, dtype=torch.long, device=table.device), table, torch.tensor(starts, dtype=torch.long, device=table.device),
                           mode="sum", per_sample_weights=torch.tensor(shares, dtype=torch.float, device=table.device))


def clip(x: float) -> float:
    return min(max(x, 0.0), 1.0)


class Render(nn.Module):
    """(features f32 [B,8], life f32 [B,10], slot i64 [B], bank…) → u8 [B,3,P,P]."""

    def __init__(self, side: int) -> None:
        super().__init__()
        g = Geometry(side)
        self.side, self.scale = side, g.scale
        self.unit = 2.0 / (side - 1)
        self.mouth: Tuple[int, int, int, int] = g.mouth
        self.shade_box: Tuple[int, int, int, int] = g.shade
        self.eye: Tuple[int, int] = g.eye
        x, y, w, h = g.mouth
        mx, my = g.margin
        self._lattice("at_coarse", 0, side - 1, COARSE, 0, side - 1, COARSE)
        self._lattice("at_box", x, x + w - 1, BOX_NX, y, y + h - 1, BOX_NY)
        self._lattice("at_heads", x, x + w - 1, HEAD_NX, y, y + h - 1, HEAD_NY)
        sx, sy, sw, sh = g.shade
        self._lattice("at_shade", sx, sx + sw - 1, SHADE_NX, sy, sy + sh - 1, SHADE_NY)
        self._part("box", x, y, w - 1, h - 1)
        self.teeth_scale: Tuple[float, float] = ((side - 1) / (w - 1), (side - 1) / (h - 1))
        self.teeth_offset: Tuple[float, float] = ((side - 1 - 2 * x) / (w - 1) - 1, (side - 1 - 2 * y) / (h - 1) - 1)
        self._part("field", x - mx, y - my, w - 1 + 2 * mx, h - 1 + 2 * my)
        self._part("shade", sx, sy, sw - 1, sh - 1)
        self._lattice("at_eye", 0, side - 1, EYE_NX, 0, side - 1, EYE_NY)
        self.register_buffer("across", torch.linspace(-1, 1, w))
        self.register_buffer("downwards", torch.linspace(-1, 1, h))
        ew, eh = g.eye
        self.register_buffer("eye_size", torch.tensor([ew - 1.0, eh - 1.0]).view(1, 2, 1, 1))
        self.register_buffer("lash_tint", torch.tensor([0.90, 1.0, 1.08]).view(1, 1, 3, 1, 1))   # lashes are brown rather than grey
        self.register_buffer("full", torch.ones([1, 1, 1, 1]))
        self.register_buffer("dim_least", torch.tensor([0.45, 0.80, 0.84]).view(1, 3, 1, 1))   # corners, upper lip, lower lip
        self.register_buffer("dim_more", torch.tensor([0.55, 0.20, 0.16]).view(1, 3, 1, 1))
        # shapes of the lattices, [2,ny,nx]
        self.coarse_shape, self.field_shape, self.box_shape = [2, COARSE, COARSE], [2, FIELD_NY, FIELD_NX], [2, BOX_NY, BOX_NX]
        self.head_shape, self.shade_shape = [2, HEAD_NY, HEAD_NX], [1, SHADE_NY, SHADE_NX]
        self.register_buffer("rows", torch.arange(self.eye[1]).float().view(1, 1, -1, 1))

    def _lattice(self, name: str, x0: float, x1: float, nx: int, y0: float, y1: float, ny: int) -> None:
        x, y = torch.linspace(x0, x1, nx) * self.unit - 1, torch.linspace(y0, y1, ny) * self.unit - 1
        self.register_buffer(name, torch.stack([x[None, :].expand(ny, nx), y[:, None].expand(ny, nx)])[None])

    def _part(self, name: str, x: float, y: float, w: float, h: float) -> None:
        """Scale and offset from patch units to the units of a part."""
        scale = torch.tensor([(self.side - 1) / w, (self.side - 1) / h])
        offset = scale - 1 - torch.tensor([2 * x / w, 2 * y / h])
        self.register_buffer(name + "_scale", scale.view(1, 2, 1, 1))
        self.register_buffer(name + "_offset", offset.view(1, 2, 1, 1))

    def fields(self, f: List[List[float]], life: List[List[float]], k: List[List[float]], slots: List[int], table: Tensor,
               shade: Tensor) -> Tuple[Tensor, Tensor, Tensor, List[float]]:
        """What lies on lattices, for all rows at once: map of the patch [B,2,n,n]; of the upper and of the lower skin in the mouth box
        [B,2,2,ny,nx]; light [B,1,ny,nx]. And the openings of the lips."""
        B = len(slots)
        bases: List[List[float]] = []
        shades: List[List[float]] = []
        openings: List[float] = []
        for b in range(B):
            base, shadow, opening = mixing(f[b], life[b], k[b])
            bases.append(base)
            shades.append(shadow)
            openings.append(opening)

        # motion: bases summed, then inverted, the skins at the nodes of the mouth box alone
        field = mix(table, slots, bases)
        n = self.at_coarse.numel()
        whole = field[:, :n].view([B] + self.coarse_shape)
        skins = field[:, n:].reshape([2 * B] + self.field_shape)    # upper and lower skin in turn
        coarse = self.at_coarse - whole
        for _ in range(3):
            coarse = self.at_coarse - lookup(whole, coarse)
        box = self.at_box.expand(2 * B, -1, -1, -1)
        for _ in range(5):
            box = self.at_box - lookup(skins, torch.addcmul(self.field_offset, box, self.field_scale))

        # shading of the skin, which moves with it
        light = mix(shade, slots, shades).view([B] + self.shade_shape)
        source = lookup(coarse, self.at_shade.expand(B, -1, -1, -1))
        light = lookup(light, torch.addcmul(self.shade_offset, source, self.shade_scale)) + 1
        return coarse, box.view([B, 2] + self.box_shape), light, openings

    def lips(self, box: Tensor, seam: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """Mouth box of the rows of `box` [n,2,2,ny,nx], whose seams are [n,2,h,w]: its map [n,2,h,w]; px into the upper lip and px into the
        lower lip [n,1,h,w]. Whose skin is nearer shows; where both are negative the lips are parted."""
        n = box.size(0)
        _, _, bw, bh = self.mouth
        fine = enlarge(box.flatten(0, 1), bh, bw)
        heights = lookup(seam.view(2 * n, 1, bh, bw), torch.addcmul(self.box_offset, fine, self.box_scale)).view(n, 2, bh, bw)
        fine = fine.view(n, 2, 2, bh, bw)
        above, below = heights[:, :1], heights[:, 1:]
        return torch.where(above > below, fine[:, 0], fine[:, 1]), above, below

    def gaze(self, life: Tensor, irises: Tensor, coarse: Tensor, place: Tensor) -> Tensor:
        """Shift of the map in the eye boxes [B,2,2,h,w], of how far each pixel turns with the eye [B,2,1,h,w]."""
        return self.through_head(irises, coarse, place) * (life[:, 1:3].view(-1, 1, 2, 1, 1) * (-self.unit * self.scale))

    def closing(self, life: Tensor, skin: Tensor, lids: Tensor, coarse: Tensor, place: Tensor) -> Tensor:
        """Lids in the eye boxes [B,2,4,h,w]: colour, of that of the skin [B,2,3,h,w], and how much it covers."""
        return self.through_head(self.lid(life[:, 0].view(-1, 1, 1, 1), lids, skin), coarse, place)

    def small(self, features: Tensor, life: Tensor, slot: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor, upper: Tensor, lower: Tensor,
              eyes: Tensor, place: Tensor,
              k: Tensor) -> Tuple[List[int], Tensor, Tensor, Tensor, List[Tensor], List[Tensor], List[List[int]], Tensor, Tensor]:
        """All that is smaller than the patch, but for lids: the rows' slots; map of the patch and light, on their lattices; map of the mouth box and
        what `mouths` says of it; place of the eye boxes i64 [B,4] and their shift of the map [B,2,2,h,w]."""
        slots: List[int] = slot.tolist()
        f: List[List[float]] = features.tolist()
        lives: List[List[float]] = life.tolist()
        constants: List[List[float]] = k.index_select(0, slot).tolist()
        coarse, box, light, openings = self.fields(f, lives, constants, slots, table, shade)
        mouth_map, above, below = self.lips(box, seam.index_select(0, slot))
        paints, shares, parts = self.mouths(f, lives, constants, slots, openings, above, below, head, upper, lower)
        place = place.index_select(0, slot)
        gaze_map = self.gaze(life, eyes[:, :, :1].index_select(0, slot), coarse, place)
        return slots, coarse, light, mouth_map, paints, shares, parts, place, gaze_map

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, tex: Tensor, bg: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor,
                upper: Tensor, lower: Tensor, eyes: Tensor, lids: Tensor, place: Tensor, k: Tensor) -> Tensor:
        B, P = slot.size(0), self.side
        slots, coarse, light, mouth_map, paints, shares, parts, place, gaze_map = self.small(
            features, life, slot, table, head, shade, seam, upper, lower, eyes, place, k)
        # lids are drawn only where somebody blinks
        blinks = bool((life[:, 0] > 0).any())
        lid = self.closing(life, eyes[:, :, 1:].index_select(0, slot), lids.index_select(0, slot), coarse, place) if blinks else gaze_map

        # row by row: map, sample over the still background, eyes, shade, mouth
        places: List[List[int]] = place.tolist()
        out = torch.empty([B, 3, P, P], dtype=torch.uint8, device=tex.device)
        ew, eh = self.eye
        bx, by, bw, bh = self.mouth
        sx, sy, sw, sh = self.shade_box
        for b in range(B):
            s = slots[b]
            map = enlarge(coarse[b : b + 1], P, P)
            map[0, :, by : by + bh, bx : bx + bw] = mouth_map[b]
            for e in range(2):
                x, y = places[b][2 * e], places[b][2 * e + 1]
                map[0, :, y : y + eh, x : x + ew] += gaze_map[b, e]
            texels = lookup(tex[s : s + 1].permute(0, 3, 1, 2), map)[0]
            rgb = texels[:3].addcmul_(texels[3:], bg[s])
            if blinks:
                for e in range(2):
                    x, y = places[b][2 * e], places[b][2 * e + 1]
                    around = rgb[:, y : y + eh, x : x + ew]
                    around += (lid[b, e, :3] - around) * lid[b, e, 3:]
            rgb[:, sy : sy + sh, sx : sx + sw].mul_(enlarge(light[b : b + 1], sh, sw)[0]).clamp_(max=255.0)
            x0, y0, x1, y1 = parts[b]
            mouth = rgb[:, by + y0 : by + y1, bx + x0 : bx + x1]
            mouth += (paints[b] - mouth) * shares[b]
            out[b].copy_(rgb.to(torch.int32))                       # by way of i32: twice as fast as straight to u8
        return out

    def through_head(self, moves: Tensor, coarse: Tensor, place: Tensor) -> Tensor:
        """What is drawn at rest in the eye boxes, f32 [B,2,C,h,w], moved with the head."""
        B, C = moves.size(0), moves.size(2)
        ew, eh = self.eye
        corner = place.view(2 * B, 2, 1, 1).float()
        at = (corner + (self.at_eye + 1) * 0.5 * self.eye_size) * self.unit - 1
        coarse2 = coarse.unsqueeze(1).expand(-1, 2, -1, -1, -1).flatten(0, 1)
        source = ((lookup(coarse2, at) + 1) * (1 / self.unit) - corner) / self.eye_size * 2 - 1   # in units of the box
        source = enlarge(source.contiguous(), eh, ew)               # planar again: enlarging channels last takes twice the time
        return lookup(moves.reshape(2 * B, C, eh, ew), source).view(B, 2, C, eh, ew)

    def lid(self, blink: Tensor, lids: Tensor, skin: Tensor) -> Tensor:
        """Closing lids at rest [B,2,4,h,w]: colour, and how much it covers.

        A lid is a piece of skin drawn over the eye, not the stretched strip above it: brows and glasses stay as they are.
        """
        r, rows = self.scale, self.rows
        lid = lids.unsqueeze(3)
        up, lo, edge, dark = lid[:, :, 0], lid[:, :, 1], lid[:, :, 2], lid[:, :, 3]   # each [B,2,1,w]
        brim = torch.lerp(up, lo, 0.92 * blink)                     # the lid's edge
        lash = (1 - ((rows - brim + 0.4 * r) / (1.5 * r)).square()).clamp(min=0)
        cover = torch.minimum((brim - rows + 0.5).clamp(0, 1), ((rows - up) / (2.0 * r) + 3.0).clamp(0, 1))
        cover = torch.maximum(cover, 0.8 * lash) * edge * (blink * 3).clamp(max=1)
        shade = 1 - 0.10 * ((rows - up) / (lo - up).clamp(min=1.0)).clamp(0, 1)
        colour = skin * (1 - (lash * dark).unsqueeze(2) * self.lash_tint) * shade.unsqueeze(2) + 0.5
        return torch.cat([colour, cover.unsqueeze(2)], 2)

    def mouths(self, f: List[List[float]], life: List[List[float]], k: List[List[float]], slots: List[int], openings: List[float], above: Tensor,
               below: Tensor, head: Tensor, upper: Tensor, lower: Tensor) -> Tuple[List[Tensor], List[Tensor], List[List[int]]]:
        """The inner mouth of each row: colour [3,h,w], share shown [1,h,w], and which part of the mouth box that is.

        A CPU looks at each row and computes where the lips are parted, which in most frames is little or nothing; for a GPU, looking
        costs more than computing all of all rows at once.
        """
        B = len(slots)
        paints: List[Tensor] = []
        shares: List[Tensor] = []
        parts: List[List[int]] = []
        if above.is_cuda:
            throats: List[float] = []
            heads: List[List[float]] = []
            for b in range(B):
                throats.extend(self.throat(f[b], life[b], k[b], openings[b]))
                heads.append(life[b][3:8])
                parts.append([0, 0, above.size(3), above.size(2)])
            slot = torch.tensor(slots, device=above.device)
            paint, share = self.inside(torch.tensor(throats, device=above.device).view(B, -1), mix(head, slots, heads), above, below,
                                       upper.index_select(0, slot), lower.index_select(0, slot), parts[0], True)
            return list(paint.unbind(0)), list(share.unbind(0)), parts
        for b in range(B):
            s = slots[b]
            bites = f[b][4] > 0
            part = self.parted(above[b, 0], below[b, 0], k[b][0], bites)
            parts.append(part)
            x0, y0, x1, y1 = part[0], part[1], part[2], part[3]
            if x0 == x1:
                paints.append(torch.empty([3, 0, 0]))
                shares.append(torch.empty([1, 0, 0]))
            else:
                throat = torch.tensor(self.throat(f[b], life[b], k[b], openings[b])).view(1, -1)
                paint, share = self.inside(throat, mix(head, [s], [life[b][3:8]]), above[b : b + 1, :, y0:y1, x0:x1], below[b : b + 1, :, y0:y1, x0:x1],
                                           upper[s : s + 1], lower[s : s + 1], part, bites)
                paints.append(paint[0])
                shares.append(share[0])
        return paints, shares, parts

    def parted(self, above: Tensor, below: Tensor, half_width: float, bites: bool) -> List[int]:
        """The part of the mouth box (left, top, right, bottom) outside of which `inside` shows nothing, of a row's heights [h,w]; 0, 0, 0, 0 if it
        shows nothing at all."""
        if bites:                                                   # teeth show on the lower lip too
            out = torch.maximum(above, below + (0.5 - 0.16 * half_width))
        else:
            out = torch.maximum(torch.maximum(above, below), above + below + 0.58)
        rows = (out.amin(1) < 0.5).nonzero()
        if rows.size(0) == 0:
            return [0, 0, 0, 0]
        columns = (out.amin(0) < 0.5).nonzero()
        return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]

    def throat(self, f: List[float], life: List[float], k: List[float], opening: float) -> List[float]:
        """What `inside` paints a row with: its places (weights [6,2] of the skull's place, shifts [6]), its ramps (weights [12,6], shifts [12]),
        its tones [19]."""
        round, bite, tongue, talk = f[2], f[4], f[6], life[8]
        hw, cos, sin, mx, my, su0, sl0 = k[0], k[1], k[2], k[3], k[4], k[5], k[6]
        is_open, full_drop, gap = k[7], k[9], k[10]
        px = 1 / self.unit
        scale_x, scale_y = self.teeth_scale
        offset_x, offset_y = self.teeth_offset
        drop = full_drop * opening * 0.97 - gap * talk * 0.6
        # the upper teeth move with the skull, the lower ones with the jaw; so many px down the face
        up, lo = hw * 0.20 * round * self.unit, -(drop + hw * 0.12 * round) * self.unit
        said = [px * cos / hw, px * sin / hw, -px * sin / hw, px * cos / hw,          # across and down the mouth, in half widths: u, v
                scale_x, 0.0, 0.0, scale_y, scale_x, 0.0, 0.0, scale_y,               # upper teeth, lower teeth
                ((px - mx) * cos + (px - my) * sin) / hw, ((px - my) * cos - (px - mx) * sin) / hw,
                offset_x - scale_x * sin * up, offset_y + scale_y * cos * up, offset_x - scale_x * sin * lo, offset_y + scale_y * cos * lo]
        # ramps, of u², v², v, |u| and the px into the upper and into the lower lip
        root = sl0 + (drop / hw) * (0.80 - 0.55 * tongue) + 0.16 - 0.10 * tongue
        flat, tall = 1 / ((0.66 - 0.16 * tongue) ** 2 * 0.60), 1 / (0.34 ** 2 * 0.60)
        said.extend([-flat, -tall, 2 * tall * root, 0.0, 0.0, 0.0,                    # the tongue: a mound behind the lower teeth, or its tip behind the upper ones
                     0.0, 0.0, 1 / 0.55, 0.0, 0.0, 0.0,                               # its front catches the light, its back is dark
                     0.0, 0.0, 1 / 0.90, 0.0, 0.0, 0.0,                               # the cavity is darker further up
                     0.0, 0.0, 0.0, -2.0, 0.0, 0.0,                                   # and in the corners
                     0.0, 0.0, 0.0, 0.0, -1 / (0.18 * hw), 0.0,                       # the shadow of the upper lip, of the lower lip
                     0.0, 0.0, 0.0, 0.0, 0.0, -1 / (0.14 * hw),
                     0.0, 0.0, 0.0, 0.0, -1.0, 0.0,                                   # outside of the upper lip, of the lower lip, and between them
                     0.0, 0.0, 0.0, 0.0, 0.0, -1.0,
                     0.0, 0.0, 0.0, 0.0, -1.0, -1.0,
                     0.0, 0.0, 0.0, -5.0, 0.0, 0.0,                                   # f and v: not in the corners, on the lower lip, but not far into it
                     0.0, 0.0, 0.0, 0.0, 0.0, 1.0,
                     0.0, 0.0, 0.0, 0.0, 0.0, -1 / (0.16 * hw)])
        said.extend([1 + 0.75 - tall * root ** 2, (0.34 - root) / 0.55, -su0 / 0.90, 2.1, 0.0, 0.0, 0.5, 0.5, -0.08, 4.75, 0.5, 1.0])
        # tones
        for i in range(12, 15):
            said.append(k[i] * 0.45)
        for i in range(12, 15):
            said.append(k[i] * 0.75)
        for i in range(15, 18):
            said.append(k[i] * (0.46 + 0.08 * tongue))
        for i in range(15, 18):
            said.append(k[i] * 0.46)
        said.extend([0.85 + 0.15 * tongue, 1 - clip(opening * full_drop / (1.5 * self.scale) + talk), is_open * (1 - clip(talk) * 0.5)])
        said.extend([1 - 0.28 * round, 1 - 0.38 * round, 1 - 0.46 * round, bite])     # what light comes in past protruded lips is reflected by red ones
        return said

    def inside(self, throat: Tensor, turned: Tensor, above: Tensor, below: Tensor, upper: Tensor, lower: Tensor, part: List[int],
               bites: bool) -> Tuple[Tensor, Tensor]:
        """Inner mouth: cavity, tongue, lower teeth, upper teeth → colour [B,3,h,w], share shown [B,1,h,w], of that part (left, top, right,
        bottom) of the mouth box whose heights are given. `throat` is what the method of that name says of each row, `turned` [B,·] the head's
        motion in the mouth box; `bites` says whether a bite may be among the rows."""
        B = throat.size(0)
        x0, y0, x1, y1 = part[0], part[1], part[2], part[3]
        h, w = y1 - y0, x1 - x0
        place_weights, place_shifts, ramp_weights, ramp_shifts, tones = throat.split_with_sizes([12, 6, 72, 12, 19], 1)
        skull = self.at_heads - turned.view([B] + self.head_shape)
        places = torch.baddbmm(place_shifts.unsqueeze(2), place_weights.view(B, 6, 2), skull.flatten(2)).view([B, 6] + self.head_shape[1:])
        at = torch.stack([self.across[x0:x1].expand(h, w), self.downwards[y0:y1].unsqueeze(1).expand(h, w)]).unsqueeze(0).expand(B, -1, -1, -1)
        at = lookup(places, at)
        tones = tones.view(B, 19, 1, 1)
        up, lo = lookup(upper.permute(0, 3, 1, 2), at[:, 2:4]), lookup(lower.permute(0, 3, 1, 2), at[:, 4:6])
        uv = at[:, :2]
        sums = torch.cat([uv * uv, uv[:, 1:], uv[:, :1].abs(), above, below], 1).flatten(2)
        count = 12 if bites else 9
        ramps = torch.baddbmm(ramp_shifts[:, :count].unsqueeze(2), ramp_weights.view(B, 12, 6)[:, :count], sums).clamp_(0, 1).view(B, count, h, w)
        soft = ramps[:, :6]
        soft = soft * soft * (3 - 2 * soft)

        colour = torch.addcmul(tones[:, 0:3], tones[:, 3:6], soft[:, 2:3])
        tongue = torch.addcmul(tones[:, 6:9], tones[:, 9:12], soft[:, 1:2])
        colour = torch.lerp(colour, tongue, soft[:, :1] * tones[:, 12:13])
        # teeth; those of the portrait itself lose their frayed rim as soon as the mouth moves
        colour = torch.addcmul(lo[:, :3], lo[:, 3:4], colour)
        solid = 1 - up[:, 3:4]
        kept = torch.lerp(tones[:, 13:14], self.full, up[:, 4:5])
        colour = torch.addcmul(colour, torch.addcmul(up[:, :3], solid, colour, value=-1), kept)
        # the lips' shadow
        dim = torch.addcmul(self.dim_least, self.dim_more, soft[:, 3:6])
        colour = colour * torch.lerp(dim[:, :1] * dim[:, 1:2] * dim[:, 2:], self.full, tones[:, 14:15]) * tones[:, 15:18]
        shown = ramps[:, 6:7] * ramps[:, 7:8] * ramps[:, 8:9]
        if bites:
            # f and v: the upper teeth rest on the lower lip
            over = ss(ramps[:, 11:12]) * ramps[:, 9:10] * ramps[:, 10:11] * ramps[:, 6:7] * solid * tones[:, 18:19]
            tooth = up[:, :3] / solid.clamp(min=0.1) * 0.80
            colour = torch.lerp(colour, tooth, over * (1 - shown))
            shown = torch.maximum(shown, over)
        return colour.add_(0.5), shown                              # ½ rounds at the end, as in tex


class Warp(Render):
    """`warp-P.pt`: the same, up to where it gets as large as the patch → f32 [B,N], which the worker draws on a CPU (`geometry.warp_layout`)."""

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.register_buffer("mouth_place", torch.tensor([float(self.mouth[0]), float(self.mouth[1]), 1.0]))

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, tex: Tensor, bg: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor,
                upper: Tensor, lower: Tensor, eyes: Tensor, lids: Tensor, place: Tensor, k: Tensor) -> Tensor:
        B = slot.size(0)
        slots, coarse, light, mouth_map, paints, shares, parts, place, gaze_map = self.small(
            features, life, slot, table, head, shade, seam, upper, lower, eyes, place, k)
        blinks: List[bool] = (life[:, 0] > 0).tolist()
        lattices = torch.cat([coarse.flatten(1), light.flatten(1), self.mouth_place.expand(B, -1)], 1)
        _, _, bw, bh = self.mouth
        ew, eh = self.eye
        area, eye_area = bw * bh, ew * eh
        first = lattices.size(1)
        last = first + 6 * area
        eye_floats = 3 + 6 * eye_area
        out = torch.zeros([B, last + 2 * eye_floats], device=coarse.device)   # nothing is painted but where it is said below
        out[:, :first] = lattices
        corners = out[:, last:].view(B, 2, eye_floats)
        corners[:, :, :2] = place.view(B, 2, 2).float()
        corners[:, :, 3 : 3 + 2 * eye_area] = gaze_map.flatten(2)
        out[:, first : first + 2 * area] = mouth_map.flatten(1)
        paint = out[:, first + 2 * area : last].view(B, 4, bh, bw)
        for b in range(B):
            x0, y0, x1, y1 = parts[b]
            paint[b, :3, y0:y1, x0:x1] = paints[b]
            paint[b, 3:, y0:y1, x0:x1] = shares[b]
            if blinks[b]:
                corners[b, :, 2] = 1
                lid = self.closing(life[b : b + 1], eyes[slots[b] : slots[b] + 1, :, 1:], lids[slots[b] : slots[b] + 1], coarse[b : b + 1], place[b : b + 1])
                corners[b, :, 3 + 2 * eye_area :] = lid.flatten(2)[0]
        return out
