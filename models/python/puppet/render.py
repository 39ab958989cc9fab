"""`render-P.pt`: mouth-shape features and life → the patch, for a batch of rows that may show different avatars.

TorchScript, written for few passes over memory. What is small (lattices, mouth box, eye boxes) is computed for all rows at once;
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

from geometry import BASES, BOX_NX, BOX_NY, COARSE, EYE_NX, EYE_NY, HEAD_NX, HEAD_NY, SHADE_NX, SHADE_NY, SHADES, Geometry


def ss(t: Tensor) -> Tensor:
    """Smoothstep of t clamped to 0..1."""
    t = t.clamp(0, 1)
    return t * t * (3 - 2 * t)


def lookup(values: Tensor, at: Tensor) -> Tensor:
    """[n,C,h,w] at a planar map [n,2,·,·], bilinear, edges replicated."""
    return F.grid_sample(values, at.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=True)


def enlarge(lattice: Tensor, h: int, w: int) -> Tensor:
    return F.interpolate(lattice, [h, w], mode="bilinear", align_corners=True)


class Render(nn.Module):
    """(features f32 [B,8], life f32 [B,10], slot i64 [B], bank…) → u8 [B,3,P,P]."""

    def __init__(self, side: int) -> None:
        super().__init__()
        g = Geometry(side)
        self.side, self.scale = side, g.scale
        self.unit = 2.0 / (side - 1)
        self.mouth: Tuple[int, int, int, int] = g.mouth
        self.margin: Tuple[int, int] = g.margin
        self.shade_box: Tuple[int, int, int, int] = g.shade
        self.eye: Tuple[int, int] = g.eye
        x, y, w, h = g.mouth
        mx, my = g.margin
        self._lattice("at_coarse", 0, side - 1, COARSE, 0, side - 1, COARSE)
        self._lattice("at_box", x - mx, x + w - 1 + mx, BOX_NX, y - my, y + h - 1 + my, BOX_NY)
        self._lattice("at_heads", x, x + w - 1, HEAD_NX, y, y + h - 1, HEAD_NY)
        sx, sy, sw, sh = g.shade
        self._lattice("at_shade", sx, sx + sw - 1, SHADE_NX, sy, sy + sh - 1, SHADE_NY)
        self._part("box", x, y, w - 1, h - 1)
        self._part("field", x - mx, y - my, w - 1 + 2 * mx, h - 1 + 2 * my)
        self._part("shade", sx, sy, sw - 1, sh - 1)
        self._lattice("at_eye", 0, side - 1, EYE_NX, 0, side - 1, EYE_NY)
        ew, eh = g.eye
        self.register_buffer("eye_size", torch.tensor([ew - 1.0, eh - 1.0]).view(1, 2, 1, 1))
        self.register_buffer("lash_tint", torch.tensor([0.90, 1.0, 1.08]).view(1, 1, 3, 1, 1))   # lashes are brown rather than grey
        self.register_buffer("hood", torch.tensor([0.28, 0.38, 0.46]).view(1, 3, 1, 1))   # what light comes in is reflected by red lips
        # shapes of the lattices, [2,ny,nx]
        self.coarse_shape, self.box_shape = [2, COARSE, COARSE], [2, BOX_NY, BOX_NX]
        self.head_shape, self.shade_shape = [2, HEAD_NY, HEAD_NX], [1, SHADE_NY, SHADE_NX]
        self.register_buffer("rows", torch.arange(self.eye[1]).float().view(1, 1, -1, 1))
        self.register_buffer("base_ids", torch.arange(len(BASES)))
        self.register_buffer("head_ids", torch.arange(5))
        self.register_buffer("shade_ids", torch.arange(len(SHADES)))

    def _lattice(self, name: str, x0: float, x1: float, nx: int, y0: float, y1: float, ny: int) -> None:
        x, y = torch.linspace(x0, x1, nx) * self.unit - 1, torch.linspace(y0, y1, ny) * self.unit - 1
        self.register_buffer(name, torch.stack([x[None, :].expand(ny, nx), y[:, None].expand(ny, nx)])[None])

    def _part(self, name: str, x: float, y: float, w: float, h: float) -> None:
        """Scale and offset from patch units to the units of a part."""
        scale = torch.tensor([(self.side - 1) / w, (self.side - 1) / h])
        offset = scale - 1 - torch.tensor([2 * x / w, 2 * y / h])
        self.register_buffer(name + "_scale", scale.view(1, 2, 1, 1))
        self.register_buffer(name + "_offset", offset.view(1, 2, 1, 1))

    def mixing(self, f: Tensor, life: Tensor, k: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """Weights of the bases [B,16] and of the shades [B,3], opening of the lips [B] (shares of the full drop)."""
        jaw, wide, round, close, bite, upper, tongue, emph = f.unbind(1)
        blink, gazex, gazey, dx, dy, roll, yaw, pitch, talk, smile = life.unbind(1)
        toothy = k[:, 7] * (1 - 0.5 * talk)                       # an open portrait lifts its lip over invented teeth: half as far
        jaw = jaw * (1.12 - 0.32 * jaw)                           # a wide jaw goes on opening, but ever less
        opening = jaw * (1 - close) * (1 - 0.75 * bite) * (1 - 0.40 * round)
        lift = 1 - 0.5 * toothy
        rounding = round * (1 - 0.5 * close)
        bases = torch.stack([jaw * (1 - 0.45 * close) * (1 - 0.5 * bite), opening, wide * (1 - round), rounding, close, bite, bite * lift,
                             upper * (1 - close) * lift, talk, dx, dy, roll, yaw, pitch, emph, smile - 0.3 * rounding * k[:, 11].mul(4).clamp(0, 1)], 1)
        fold = (0.20 * wide * (1 - round) + 0.10 * smile.clamp(min=0) * 3 + 0.05 * upper + 0.04 * jaw - 0.08 * round)
        hollow = 0.20 * rounding + 0.05 * close
        return bases, torch.stack([fold, hollow, 0.17 * jaw * (1 - 0.45 * close)], 1), opening

    def mix(self, table: Tensor, slot: Tensor, ids: Tensor, weights: Tensor) -> Tensor:
        """Σ weights[b,i] · table[slot[b]·n + i], without copying a row of the table."""
        n = ids.size(0)
        starts = (torch.cumsum(torch.ones_like(slot), 0) - 1) * n
        picked = (slot.unsqueeze(1) * n + ids).reshape(-1)
        return F.embedding_bag(picked, table, starts, mode="sum", per_sample_weights=weights.reshape(-1))

    def parts(self, features: Tensor, life: Tensor, slot: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor, upper: Tensor,
              lower: Tensor, eyes: Tensor, lids: Tensor, place: Tensor, k: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, bool]:
        """All that is smaller than the patch, for all rows at once: map [B,2,n,n]; of the mouth its map [B,2,h,w], colour [B,3,h,w] and share
        shown [B,1,h,w]; light [B,1,ny,nx]; of the eyes their place i64 [B,4], shift of the map [B,2,2,h,w] and lids [B,2,4,h,w], these only
        if somebody blinks."""
        B = slot.size(0)
        k = k.index_select(0, slot)
        bases, shades, opening = self.mixing(features, life, k)

        # motion: bases summed, then inverted on their lattices
        field = self.mix(table, slot, self.base_ids, bases)
        n = self.at_coarse.numel()
        whole = field[:, :n].view([B] + self.coarse_shape)
        skins = field[:, n:].reshape([2 * B] + self.box_shape)      # upper and lower skin in turn
        coarse = self.at_coarse - whole
        for _ in range(3):
            coarse = self.at_coarse - lookup(whole, coarse)
        box = self.at_box - skins
        for _ in range(4):
            box = self.at_box - lookup(skins, torch.addcmul(self.field_offset, box, self.field_scale))

        # mouth box: whose skin shows, and where the lips are parted
        bx, by, bw, bh = self.mouth
        mx, my = self.margin
        fine = enlarge(box, bh + 2 * my, bw + 2 * mx)[:, :, my : my + bh, mx : mx + bw].view(B, 2, 2, bh, bw)
        heights = lookup(seam.index_select(0, slot).view(2 * B, 1, bh, bw), torch.addcmul(self.box_offset, fine.flatten(0, 1), self.box_scale))
        heights = heights.view(B, 2, bh, bw)
        above, below = heights[:, :1], heights[:, 1:]               # px into the upper lip, px into the lower lip
        mouth_map = torch.where(above > below, fine[:, 0], fine[:, 1])
        paint, shown = self.inside(features, life, slot, opening, above, below, head, upper, lower, k)

        # shading of the skin, which moves with it
        light = self.mix(shade, slot, self.shade_ids, shades).view([B] + self.shade_shape)
        source = lookup(coarse, self.at_shade.expand(B, -1, -1, -1))
        light = lookup(light, torch.addcmul(self.shade_offset, source, self.shade_scale)) + 1

        # eyes: gaze is a shift of the map; lids are drawn only where somebody blinks
        place = place.index_select(0, slot)
        eye = eyes.index_select(0, slot)
        blink = life[:, 0].view(B, 1, 1, 1)
        blinks = bool((blink > 0).any())
        gaze = eye[:, :, :1] * (life[:, 1:3].view(B, 1, 2, 1, 1) * (-self.unit * self.scale))
        gaze_map = self.through_head(gaze, coarse, place)
        lid = self.through_head(self.lid(blink, lids.index_select(0, slot), eye[:, :, 1:]), coarse, place) if blinks else gaze_map
        return coarse, mouth_map, paint, shown, light, place, gaze_map, lid, blinks

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, tex: Tensor, bg: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor,
                upper: Tensor, lower: Tensor, eyes: Tensor, lids: Tensor, place: Tensor, k: Tensor) -> Tensor:
        B, P = slot.size(0), self.side
        coarse, mouth_map, paint, shown, light, place, gaze_map, lid, blinks = self.parts(
            features, life, slot, table, head, shade, seam, upper, lower, eyes, lids, place, k)
        bx, by, bw, bh = self.mouth

        # row by row: map, sample over the still background, eyes, shade, mouth
        slots: List[int] = slot.tolist()
        places: List[List[int]] = place.tolist()
        out = torch.empty([B, 3, P, P], dtype=torch.uint8, device=tex.device)
        ew, eh = self.eye
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
            mouth = rgb[:, by : by + bh, bx : bx + bw]
            mouth += (paint[b] - mouth) * shown[b]
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
        return lookup(moves.view(2 * B, C, eh, ew), enlarge(source, eh, ew)).view(B, 2, C, eh, ew)

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

    def inside(self, features: Tensor, life: Tensor, slot: Tensor, opening: Tensor, above: Tensor, below: Tensor, head: Tensor, upper: Tensor,
               lower: Tensor, k: Tensor) -> Tuple[Tensor, Tensor]:
        """Inner mouth: cavity, tongue, lower teeth (with the jaw), upper teeth (with the head) → colour [B,3,h,w], share shown [B,1,h,w]."""
        B = slot.size(0)
        _, _, bw, bh = self.mouth
        kk = k.view(B, -1, 1, 1)
        hw, cos, sin, mx, my, su0, sl0 = kk[:, 0:1], kk[:, 1:2], kk[:, 2:3], kk[:, 3:4], kk[:, 4:5], kk[:, 5:6], kk[:, 6:7]
        is_open, full_drop, gap = kk[:, 7:8], kk[:, 9:10], kk[:, 10:11]
        cavity, tongue_colour = kk[:, 12:15], kk[:, 15:18]
        ff = features.view(B, -1, 1, 1)
        round, bite, tongue = ff[:, 2:3], ff[:, 4:5], ff[:, 6:7]
        talk = life[:, 8].view(B, 1, 1, 1)
        opening = opening.view(B, 1, 1, 1)

        # the skull: where the upper teeth, and with the jaw's drop the lower ones, come from
        turned = self.mix(head, slot, self.head_ids, life[:, 3:8]).view([B] + self.head_shape)
        skull = enlarge(self.at_heads - turned, bh, bw)
        down = torch.cat([-sin, cos], 1) * self.unit                # one px down the face
        drop = full_drop * opening * 0.97 - gap * talk * 0.6
        up = lookup(upper.index_select(0, slot).permute(0, 3, 1, 2), torch.addcmul(self.box_offset, skull + down * (hw * 0.20 * round), self.box_scale))
        lo = lookup(lower.index_select(0, slot).permute(0, 3, 1, 2), torch.addcmul(self.box_offset, skull - down * (drop + hw * 0.12 * round), self.box_scale))
        px = (skull + 1) * (1 / self.unit)
        right, low = px[:, :1] - mx, px[:, 1:] - my
        u, v = (right * cos + low * sin) / hw, (low * cos - right * sin) / hw

        # cavity, and the tongue: a mound behind the lower teeth, or its tip behind the upper ones
        tv = v - (sl0 + (drop / hw) * (0.80 - 0.55 * tongue) + 0.16 - 0.10 * tongue)
        mound = 1 - ss(((u / (0.66 - 0.16 * tongue)).square() + (tv / 0.34).square() - 0.45) / 0.60)
        front = 0.46 + 0.08 * tongue + 0.46 * ss((tv + 0.34) / 0.55)   # the front of the tongue catches the light, its back is dark
        colour = cavity * (0.45 + 0.75 * ss((v - su0) / 0.9))
        colour = torch.lerp(colour, tongue_colour * front, mound * (0.85 + 0.15 * tongue))

        # teeth; those of the portrait itself lose their frayed rim as soon as the mouth moves
        colour = torch.addcmul(lo[:, :3], lo[:, 3:4], colour)
        moving = (opening * full_drop / (1.5 * self.scale) + talk).clamp(0, 1)
        keep = 1 - moving * (1 - up[:, 4:5])
        colour = colour + (up[:, :3] - (1 - up[:, 3:4]) * colour) * keep

        # the lips' shadow; an open portrait's own mouth keeps its own
        corner = 1 - 0.55 * ss((u.abs() - 0.55) / 0.5)
        dim = (0.80 + 0.20 * ss(-above / (0.18 * hw))) * (0.84 + 0.16 * ss(-below / (0.14 * hw))) * corner
        own = is_open * (1 - talk.clamp(0, 1) * 0.5)
        colour = colour * (torch.lerp(dim, torch.ones_like(dim), own) * (1 - self.hood * round))   # protruded lips keep the light out

        shown = (0.5 - above).clamp(0, 1) * (0.5 - below).clamp(0, 1) * (-above - below - 0.08).clamp(0, 1)
        # f and v: the upper teeth rest on the lower lip
        solid = 1 - up[:, 3:4]
        over = bite * solid * ((0.95 - u.abs()) / 0.2).clamp(0, 1) * (0.5 - above).clamp(0, 1) * (below + 0.5).clamp(0, 1) * (1 - ss(below / (0.16 * hw)))
        tooth = up[:, :3] / solid.clamp(min=0.1) * 0.80
        return torch.lerp(colour, tooth, over * (1 - shown)).add_(0.5), torch.maximum(shown, over)   # ½ rounds at the end, as in tex


class Warp(Render):
    """`warp-P.pt`: the same, up to where it gets as large as the patch → f32 [B,N], which the worker draws on a CPU (`geometry.warp_layout`)."""

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.register_buffer("mouth_place", torch.tensor([[float(self.mouth[0]), float(self.mouth[1]), 1.0]]))

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, tex: Tensor, bg: Tensor, table: Tensor, head: Tensor, shade: Tensor, seam: Tensor,
                upper: Tensor, lower: Tensor, eyes: Tensor, lids: Tensor, place: Tensor, k: Tensor) -> Tensor:
        B = slot.size(0)
        coarse, mouth_map, paint, shown, light, place, gaze_map, lid, blinks = self.parts(
            features, life, slot, table, head, shade, seam, upper, lower, eyes, lids, place, k)
        ew, eh = self.eye
        lids_or_none = lid if blinks else torch.zeros([B, 2, 4, eh, ew], device=lid.device)
        blinking = (life[:, :1] > 0).float().unsqueeze(1).expand(-1, 2, -1)
        eye = torch.cat([place.view(B, 2, 2).float(), blinking, gaze_map.flatten(2), lids_or_none.flatten(2)], 2)
        return torch.cat([coarse.flatten(1), light.flatten(1), self.mouth_place.expand(B, -1), mouth_map.flatten(1), paint.flatten(1),
                          shown.flatten(1), eye.flatten(1)], 1)
