"""`prepare-P.pt`: crop, landmarks and person mask → the identity tensors of one avatar. Run once per avatar.

Plain torch ops on fixed sizes, exported by tracing: constants come from buffers, never from factory functions, so that the file
moves between devices; lattices are computed in the call, so that it stays small. What is done more than once is a scripted function: a
trace calls it where it would else repeat its every step, and reading those was most of the time that a new avatar's module took to load.

Words and units. Pixels are of the patch. The face frame (u, v) has its origin between the inner mouth corners, u along them
(to the picture's right), v down the face, unit `hw` = half the inner mouth's width (23–28 px at P = 256). The seam is where the
lips part: `su(u)` is the upper lip's lower edge, `sl(u)` the lower lip's upper edge, `gap` = sl − su; a closed mouth has gap 0.
Landmarks are numbered as in MediaPipe's Face Mesh.
"""
from __future__ import annotations

from typing import Dict, List, Tuple  # TorchScript does not resolve the built-in generics under postponed annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from geometry import (BASES, COARSE, FIELD_NX, FIELD_NY, HEAD, HEAD_NX, HEAD_NY, SHADE_NX, SHADE_NY, Geometry)

INNER_UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
INNER_LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]
EYES = [  # lids from corner to corner in picture order, iris centre, two opposite points of its ring
    dict(up=[33, 246, 161, 160, 159, 158, 157, 173, 133], lo=[33, 7, 163, 144, 145, 153, 154, 155, 133], iris=468, ring=[469, 471],
         corners=[33, 133]),
    dict(up=[362, 398, 384, 385, 386, 387, 388, 466, 263], lo=[362, 382, 381, 380, 374, 373, 390, 249, 263], iris=473, ring=[474, 476],
         corners=[362, 263]),
]
IRISES, BROWS, EARS = [468, 473], [105, 334], [127, 356]
CHEEKS = [50, 280, 205, 425, 101, 330]
LIPS = [17, 16, 15, 84, 314, 0, 11]
FOLDS = [[129, 203, 206, 216, 212], [358, 423, 426, 436, 432]]  # nasolabial folds, nose wing to below the mouth corner
SEAM_NODES, SEAM_REACH = 257, 1.6   # the seam is a table over u in ±SEAM_REACH
JAW_DROP = 0.80                     # hw that the lower lip drops at jaw basis 1


@torch.jit.script
def ss(t: Tensor) -> Tensor:
    """Smoothstep of t clamped to 0..1."""
    t = t.clamp(0, 1)
    return t * t * (3 - 2 * t)


@torch.jit.script
def bell(t: Tensor) -> Tensor:
    return torch.exp(-t * t)


@torch.jit.script
def interp(x: Tensor, xs: Tensor, ys: Tensor) -> Tensor:
    """Piecewise linear through (xs, ys), flat outside; xs in any order."""
    xs, order = torch.sort(xs)
    ys = ys[order]
    i = torch.searchsorted(xs, x.contiguous()).clamp(1, xs.size(0) - 1)
    x0, x1, y0, y1 = xs[i - 1], xs[i], ys[i - 1], ys[i]
    return y0 + ((x - x0) / (x1 - x0).clamp(min=1e-4)).clamp(0, 1) * (y1 - y0)


@torch.jit.script
def along(curve: Tensor, nodes: Tensor, u: Tensor) -> Tensor:
    """A curve over `nodes`, at u of any shape."""
    return interp(u.reshape(-1), nodes, curve).reshape(u.shape)


@torch.jit.script
def mesh(x: Tensor, y: Tensor) -> Tensor:
    """[ny,nx,2] points (x, y)."""
    return torch.stack([x[None, :].expand(y.size(0), -1), y[:, None].expand(-1, x.size(0))], -1)


@torch.jit.script
def face_uv(points: Tensor, m: Tensor, ax: Tensor, ay: Tensor, hw: Tensor) -> Tensor:
    d = points - m
    return torch.stack([(d * ax).sum(-1), (d * ay).sum(-1)], -1) / hw


@torch.jit.script
def blurred(x: Tensor, k: Tensor) -> Tensor:
    """[C,H,W] blurred by the kernel k both ways, by shifts: a convolution of so few channels is slower."""
    n, h, w = k.size(0), x.size(1), x.size(2)
    x = F.pad(x[None], [n // 2, n // 2, n // 2, n // 2], mode="replicate")[0]
    rows = x[:, :h] * k[0]
    for i in range(1, n):
        rows = rows + x[:, i : i + h] * k[i]
    both = rows[:, :, :w] * k[0]
    for i in range(1, n):
        both = both + rows[:, :, i : i + w] * k[i]
    return both


@torch.jit.script
def smoothed(f: Tensor, k: Tensor) -> Tensor:
    """A curve [N] smoothed by the kernel k."""
    r = k.size(0) // 2
    return torch.conv1d(F.pad(f[None, None], [r, r], mode="replicate"), k[None, None])[0, 0]


@torch.jit.script
def resized(x: Tensor, side: int) -> Tensor:
    """[C,·,·] → [C,side,side]."""
    return x if x.size(-1) == side else torch.ops.aten.upsample_bilinear2d(x[None], [side, side], False)[0]


@torch.jit.script
def filled(image: Tensor, known: Tensor) -> Tensor:
    """Known pixels spread inwards over a pyramid, near ones first."""
    side = image.size(-1)
    total, cover = image * 0, known * 0
    num, den = image * known, known
    size = side
    while size > 4:
        weight = (resized(den, side) * 3).clamp(0, 1) * (1 - cover)
        total = total + weight * resized(num, side) / resized(den, side).clamp(min=1e-4)
        cover = cover + weight
        size = size // 2
        num, den = torch.ops.aten.adaptive_avg_pool2d(num[None], [size, size])[0], torch.ops.aten.adaptive_avg_pool2d(den[None], [size, size])[0]
    return total / cover.clamp(min=1e-3)


@torch.jit.script
def squeezed(below: Tensor, above: Tensor, lower: Tensor, upper: Tensor, mouth: Tensor, lo: float, up: float) -> Tensor:
    """Towards the seam, on the lower lip within `lo`, on the upper within `up`."""
    return (lower * below * bell(below / lo) + upper * above * bell(above / up)) * mouth


@torch.jit.script
def bases(points: Tensor, depth: Tensor, side: int, face: Dict[str, Tensor], drop: float, patch: int, names: List[str]) -> Tensor:
    """Forward displacement bases [K,2,ny,nx] px at points [ny,nx,2], in the order of `names`.

    side: -1 upper skin, +1 lower skin, 0 whichever is there. face: what `Prepare._face` gives. drop: JAW_DROP. patch: its side in pixels."""
    scale = patch / 256
    w = face_uv(points, face["m"], face["ax"], face["ay"], face["hw"])
    u, v = w[..., 0], w[..., 1]
    wv = v
    nodes, sag, is_open, vc, vn, hw, ax, ay = (face["seam_u"], face["sag"], face["is_open"], face["vc"], face["vn"], face["hw"],
                                               face["ax"], face["ay"])
    su, sl = along(face["su"], nodes, u), along(face["sl"], nodes, u)
    a, b = v - su, v - sl  # height below the two edges
    if side < 0:
        a, lower, v = a.clamp(max=0), torch.zeros_like(a), v.minimum(su)
    elif side > 0:
        b, lower, v = b.clamp(min=0), torch.ones_like(a), v.maximum(sl)
    else:
        lower = ((a + b) > 0).float()
    upper = 1 - lower
    au, none = u.abs(), torch.zeros_like(u)
    f = u / (1 + (u / 1.35) ** 4) * 1.3                     # about u in the mouth, fading outside
    across = torch.exp(-((au / 2.0) ** 3))
    near7, near8, near9, near10 = bell(v / 0.7), bell(v / 0.8), bell(v / 0.9), bell(v / 1.0)
    opening = (1 - au**2.4).clamp(min=0) ** 0.72            # shape of the parted lips
    centre = ss((1 - au) / 0.55)                            # 0 at the corners: no jump beyond the seam
    chin_down = 1 - ss((v - vc) / 1.25)                     # fades below the chin
    to_chin = ss(b / (0.8 * vc))                            # 0 at the lip, 1 on the chin
    to_lip = ss((v - vn * 0.95) / (-vn * 0.55))             # 0 at the nose base, 1 on the upper lip
    mouth = torch.exp(-((u / 0.95) ** 4))
    cheek = torch.exp(-(((au - 1.15) / 0.55) ** 2) - ((v - 0.1) / 0.6) ** 2)
    corner = torch.exp(-(((au - 1.1) / 0.5) ** 2))
    chin = lower * across * to_chin * chin_down
    lip_thick_u, lip_thick_l = bell((a + 0.2) / 0.28), bell((b - 0.22) / 0.34)
    gap = along(face["gap"], nodes, u)
    shut = gap + 0.05 * ss(gap / 0.1)                       # a little more than closed, so that no sliver of teeth stays
    hangs = bell(u / 0.6)
    flatten = sag * (corner - 0.45 * hangs) * near9         # straightens a smiling mouth
    basis = {
        "jaw": (-0.05 * f * near9, drop * (0.85 * chin + 0.16 * cheek)),
        "jawlip": (-0.07 * f * near7, drop * (lower * opening * (1 - to_chin) - 0.10 * upper * opening * to_lip)),
        "wide": (0.15 * f * near9, -0.07 * bell((au - 1.05) / 0.5) * near7 - 0.14 * squeezed(b, a, lower, upper, mouth, 0.5, 0.5)),
        "round": (-0.33 * f * near10,
                  lower * (0.12 * lip_thick_l * centre + 0.04 * opening * (1 - to_chin)) - upper * (0.10 * lip_thick_u * centre + 0.02 * opening * to_lip)
                  + sag * (0.50 * corner - 0.55 * lower * hangs * (1 - to_chin) * centre) * near9),
        "press": (0.03 * f * near7, -0.34 * squeezed(b, a, lower, upper, mouth, 0.45, 0.4) - 0.05 * lower * to_chin * across * chin_down),
        "bite": (none, lower * (-0.55 * b * bell(b / 0.42) * mouth - 0.09 * to_chin * across * chin_down)),
        "biteup": (none, -0.10 * upper * opening * to_lip),
        "upper": (none, -0.17 * upper * opening * to_lip),
        "talk": (-0.09 * f * near9 * is_open,
                 is_open * (0.30 * flatten + upper * 0.43 * shut * to_lip
                            - lower * (0.62 * shut * (1 - to_chin) + 0.25 * face["gap"].amax() * to_chin * across * chin_down))),
        "smile": (0.12 * f * near9, -0.14 * bell((au - 1.1) / 0.55) * near8),
        "brow": (none, -0.14 * torch.exp(-(((v - face["vb"]) / 0.75) ** 2) - (u / 2.6) ** 4) * ss((face["ve"] - 0.12 - v) / 0.45 + 0.2)),
    }
    # the head: weight 1, 0 at the patch border and down the neck
    x, y = points[..., 0], points[..., 1]
    end = patch - 1
    edge = torch.minimum(torch.minimum(x, end - x), torch.minimum(y, end - y)) / (26 * scale)
    head = ss(edge) * (1 - ss((wv - vc + 0.25) / 1.7))
    px = head * (scale / hw)                                # dx, dy are pixels of a 256 patch
    turn = depth / hw * head
    basis["dx"], basis["dy"] = (px, none), (none, px)
    basis["roll"] = (-(wv - vc - 1.0) * head, u * head)
    basis["yaw"], basis["pitch"] = (turn, none), (none, turn)
    fade = hw * ss(edge * 2)
    out: List[Tensor] = []
    for name in names:
        fx, fy = basis[name]
        out.append(torch.stack([fx * ax[0] + fy * ay[0], fx * ax[1] + fy * ay[1]]) * fade)
    return torch.stack(out)


@torch.jit.script
def teeth_row(u: Tensor, v: Tensor, colours: Dict[str, Tensor], hw: Tensor, widths: List[float], edge: float, height: float, arc: float,
              scallop: float, level: float) -> Tuple[Tensor, Tensor]:
    """A symmetric row of teeth at (u, v) hw → rgb, alpha. Biting edge at edge − arc·u²; height > 0: teeth stand above it."""
    up = 1.0 if height > 0 else -1.0
    au = u.abs()
    line, bulge, tone = bell(u / 0.022), torch.zeros_like(u), torch.ones_like(u)
    x = 0.0
    for i, width in enumerate(widths):
        inside = ((au >= x) & (au < x + width)).float()
        bulge = bulge + inside * ((au - x - width / 2) / (width / 2)) ** 4
        tone = tone - inside * (0.035 * float(i % 2) + 0.05 * float(i > 1))
        line = line + bell((au - x - width) / 0.022)
        x += width
    h = (edge - arc * u * u - scallop * bulge * up - v) * up    # from the biting edge towards the gum
    alpha = ss(h * hw + 0.5) * ss((x - au) / 0.06)
    rel = (h / abs(height)).clamp(0, 1.4)
    shade = (1 - 0.42 * ss((au - 0.25) / 0.75)) * (1 - 0.10 * (1 - ss(rel / 0.22))) * (1 - 0.20 * ss((rel - 0.55) / 0.6))
    shade = shade * (1 - 0.15 * line.clamp(0, 1) * ss(rel / 0.25 + 0.3)) * tone * level
    gum = colours["gum"][:, None, None] * (1 - 0.4 * ss((au - 0.3) / 0.7))
    return torch.lerp(colours["teeth"][:, None, None] * shade, gum, ss((rel - 1.0) / 0.12)), alpha


class Prepare(nn.Module):
    """(crop u8 [P,P,3], landmarks f32 [478,3], person f32 [P,P]) → identity tensors, in the order of `IDENTITY`."""

    IDENTITY = ["tex", "bg", "table", "head", "shade", "seam", "upper", "lower", "eyes", "lids", "place", "k"]

    def __init__(self, side: int) -> None:
        super().__init__()
        self.g = Geometry(side)
        self.supersample = 4 if side <= 320 else 2               # of drawn teeth
        self._const("luma", [0.3, 0.59, 0.11])
        self._const("pixels", torch.arange(side).float())
        self._const("seam_u", torch.linspace(-SEAM_REACH, SEAM_REACH, SEAM_NODES))
        self._const("search", torch.linspace(-2.5, 2.5, 21) * self.g.scale)
        self._const("teeth_tint", [1.02, 1.0, 0.94])
        self._const("cavity_tint", [74.0, 30.0, 28.0])
        self._const("tongue_tint", [178.0, 96.0, 94.0])
        self._const("gum_tint", [170.0, 95.0, 95.0])
        for ids in [INNER_UPPER, INNER_LOWER, IRISES, BROWS, EARS, CHEEKS, LIPS, *FOLDS, *([eye["iris"]] for eye in EYES),
                    *(eye[n] for eye in EYES for n in ("up", "lo", "corners", "ring"))]:
            self._const(self._key(ids), ids)
        x, y, w, h = self.g.mouth
        mx, my = self.g.margin
        self._axes("coarse", 0, side - 1, COARSE, 0, side - 1, COARSE)
        self._axes("box", x - mx, x + w - 1 + mx, FIELD_NX, y - my, y + h - 1 + my, FIELD_NY)
        self._axes("heads", x, x + w - 1, HEAD_NX, y, y + h - 1, HEAD_NY)
        self._axes("boxpx", x, x + w - 1, w, y, y + h - 1, h)
        n = self.supersample
        half = 0.5 - 0.5 / n
        self._axes("boxsub", x - half, x + w - 1 + half, w * n, y - half, y + h - 1 + half, h * n)
        x, y, w, h = self.g.shade
        self._axes("shades", x, x + w - 1, SHADE_NX, y, y + h - 1, SHADE_NY)
        for sigma in (0.7, 1.0, 2.0, 4.0, 6.0):
            for unit in (1.0, self.g.scale):
                self._kernel(sigma * unit)

    # ---- constants

    def _const(self, name: str, value: list | Tensor) -> None:
        self.register_buffer(name, torch.as_tensor(value))

    @staticmethod
    def _key(ids: list[int]) -> str:
        return "ids_" + "_".join(map(str, ids))

    def _pick(self, points: Tensor, ids: list[int]) -> Tensor:
        """points[ids], with the indices in a buffer."""
        return points.index_select(0, getattr(self, self._key(ids)))

    def _through(self, x: Tensor, xy: Tensor, ids: list[int]) -> Tensor:
        """Rows at columns x of the polyline through some landmarks."""
        points = self._pick(xy, ids)
        return interp(x, points[:, 0], points[:, 1])

    def _axes(self, name: str, x0: float, x1: float, nx: int, y0: float, y1: float, ny: int) -> None:
        self._const(name + "_x", torch.linspace(x0, x1, nx))
        self._const(name + "_y", torch.linspace(y0, y1, ny))

    def _kernel(self, sigma: float) -> None:
        r = int(3 * sigma) + 1
        k = bell(torch.arange(-r, r + 1).float() / sigma / 2**0.5)
        self._const(f"gauss_{sigma:.3f}".replace(".", "_"), k / k.sum())

    def _mesh(self, name: str) -> Tensor:
        """[ny,nx,2] points (x, y)."""
        return mesh(getattr(self, name + "_x"), getattr(self, name + "_y"))

    # ---- filters

    def _gauss(self, sigma: float) -> Tensor:
        return getattr(self, f"gauss_{sigma:.3f}".replace(".", "_"))

    def blur(self, x: Tensor, sigma: float) -> Tensor:
        """Gaussian blur of [C,H,W]."""
        return blurred(x, self._gauss(sigma))

    def smooth(self, f: Tensor, sigma: float) -> Tensor:
        """Gaussian smoothing of a curve [N]."""
        return smoothed(f, self._gauss(sigma))

    def sample(self, image: Tensor, at: Tensor) -> Tensor:
        """[C,P,P] at pixel points [...,2] of two dimensions → [C,...]."""
        return F.grid_sample(image[None], (at * (2.0 / (self.g.side - 1)) - 1)[None], align_corners=True, padding_mode="border")[0]

    # ---- the face

    def forward(self, crop: Tensor, landmarks: Tensor, person: Tensor) -> tuple[Tensor, ...]:
        image = crop.permute(2, 0, 1).float()
        xy = landmarks[:, :2]
        self._frame(xy)
        self._surface(image, xy)
        self._seam(image, xy)
        colours = self._colours(image, xy)
        table, head = self._tables(landmarks)
        upper, lower = self._teeth(image, colours)
        eyes, lids, place = self._eyes(image, xy)
        tex, bg = self._layers(image, person)
        k = torch.cat([
            torch.stack([self.hw, self.ax[0], self.ax[1], self.m[0], self.m[1], self.at(self.su, self.zero)[0], self.at(self.sl, self.zero)[0],
                         self.is_open, self.vc, JAW_DROP * self.hw, self.gap.amax() * self.hw, self.sag]),
            colours["cavity"], colours["tongue"]])
        interleaved = lambda t: t.permute(1, 2, 0).contiguous()[None]  # grid_sample finds a texel's channels in one cache line
        return (interleaved(tex), bg[None], table, head, self._shades(xy), self._seam_heights()[None], interleaved(upper), interleaved(lower), eyes[None], lids[None],
                place[None], k[None])

    def _frame(self, xy: Tensor) -> None:
        """Face frame: half width, axes, origin, heights of nose base, chin, eyes and brows."""
        left, right = xy[78], xy[308]
        across = right - left
        self.hw = (across.norm() / 2).clamp(min=4.0 * self.g.scale)
        eyes = xy[473] - xy[468]
        ax = eyes / eyes.norm().clamp(min=1.0) * 0.5 + across / (2 * self.hw) * 0.5
        self.ax = ax / ax.norm().clamp(min=1e-3)
        self.ay = torch.stack([-self.ax[1], self.ax[0]])
        self.m = (left + right) / 2
        self.zero = self.seam_u[:1] * 0
        self.vn = self.uv(xy[2])[1].clamp(max=-0.15)  # nose base
        self.vc = self.uv(xy[152])[1].clamp(min=0.6)  # chin
        self.ve = self.uv(self._pick(xy, IRISES))[:, 1].mean()  # eyes
        self.vb = self.uv(self._pick(xy, BROWS))[:, 1].mean()  # brows
        self.vll = self.uv(xy[17])[1]  # lower lip's lower edge
        w = self.uv(mesh(self.pixels, self.pixels))
        self.oval = ((w[..., 0] / 2.1) ** 2 + ((w[..., 1] - (self.ve + self.vc) / 2) / ((self.vc - self.ve) * 0.62)) ** 2 < 1).float()  # of the face

    def _surface(self, image: Tensor, xy: Tensor) -> None:
        """What the face is made of: skin [3], skin_luma, and photo 1 .. 0 for a drawing, whose face is mostly flat to the last level."""
        luma, soft = (image * self.luma[:, None, None]).sum(0), self.blur(image, 1.0)
        grain = (luma - (soft * self.luma[:, None, None]).sum(0)).abs()
        self.photo = 1 - ss((((grain < 0.05).float() * self.oval).sum() / self.oval.sum().clamp(min=1.0) - 0.35) / 0.25)
        self.skin = self.sample(self.blur(image, 2.0), self._pick(xy, CHEEKS)[None])[:, 0].median(1).values
        self.skin_luma = (self.skin * self.luma).sum()

    def uv(self, points: Tensor) -> Tensor:
        return face_uv(points, self.m, self.ax, self.ay, self.hw)

    def at(self, curve: Tensor, u: Tensor) -> Tensor:
        """A seam curve at u of any shape."""
        return along(curve, self.seam_u, u)

    def _seam(self, image: Tensor, xy: Tensor) -> None:
        """su, sl, gap over `seam_u`; is_open 0 (closed portrait) .. 1 (teeth showing); sag: how far a smile's middle hangs."""
        t = self.seam_u
        upper, lower = self.uv(self._pick(xy, INNER_UPPER)), self.uv(self._pick(xy, INNER_LOWER))
        su = self.smooth(interp(t, upper[:, 0], upper[:, 1]), 4.0)
        sl = self.smooth(interp(t, lower[:, 0], lower[:, 1]), 4.0)
        gap = sl - su
        self.is_open = ((gap * (t.abs() < 0.8).float()).amax() * self.hw / self.g.scale > 3.0).float()
        # a drawn mouth is open if it shows something bright; a thick line is a closed one
        middle = (su + sl) / 2
        luma = (image * self.luma[:, None, None]).sum(0, keepdim=True)
        inside = self._across(luma, middle)[:, 10] * (t.abs() < 0.6).float()
        bright = ss((inside.sum() / (t.abs() < 0.6).float().sum() / self.skin_luma.clamp(min=1.0) - 0.4) / 0.2)
        self.is_open = (self.is_open * torch.lerp(bright, torch.ones_like(bright), self.photo) > 0.5).float()
        # a closed seam is moved onto the darkest line near it, so that the cut runs in the lip line
        value = self._across(self.blur(luma, 0.7), middle)
        weight = torch.softmax(-(value + (0.8 / self.g.scale) * self.search.abs()) / 3, 1)
        snap = (weight * self.search).sum(1) * (1 - ss((t.abs() - 0.8) / 0.2))
        middle = middle + self.smooth(snap, 6.0) / self.hw
        # the edges of an open one onto the steps from lip to tooth: teeth are bright and pale, lips are neither
        pale = self.blur(luma - 2 * (image[:1] - (image[1:2] + image[2:]) / 2), 0.7)
        su = su + self._step(self._across(pale, su)) / self.hw
        sl = sl + self._step(-self._across(pale, sl)) / self.hw
        su, sl = torch.lerp(middle, su, self.is_open), torch.lerp(middle, torch.maximum(sl, su), self.is_open)
        self.gap = (sl - su).clamp(min=0) * (1 - ss((t.abs() - 0.88) / 0.12))
        self.su, self.sl = su, su + self.gap
        ends = (interp(self.zero + 0.97, t, su) + interp(self.zero - 0.97, t, su)) / 2
        self.sag = ((self.at(self.su, self.zero) + self.at(self.sl, self.zero)) / 2 - ends)[0].clamp(0, 0.5)

    def _across(self, values: Tensor, curve: Tensor) -> Tensor:
        """[1,P,P] on short lines across a seam curve: [SEAM_NODES, len(search)]."""
        v = curve[:, None, None] + self.search[None, :, None] / self.hw
        return self.sample(values, self.m + (self.seam_u[:, None, None] * self.ax + v * self.ay) * self.hw)[0]

    def _step(self, values: Tensor) -> Tensor:
        """Where along the lines of `_across` values rise most, px; 0 where nothing stands out."""
        rise = F.pad(values[:, 2:] - values[:, :-2], (1, 1)).clamp(min=0)
        weight = torch.softmax(rise / 3 - (self.search / self.g.scale).abs() * 0.5, 1)
        return self.smooth((weight * self.search).sum(1) * (1 - ss((self.seam_u.abs() - 0.75) / 0.2)), 6.0)

    # ---- motion

    def _face(self) -> Dict[str, Tensor]:
        """What `bases` goes by."""
        return dict(m=self.m, ax=self.ax, ay=self.ay, hw=self.hw, vn=self.vn, vc=self.vc, ve=self.ve, vb=self.vb, seam_u=self.seam_u,
                    su=self.su, sl=self.sl, gap=self.gap, sag=self.sag, is_open=self.is_open)

    def _depth(self, points: Tensor, landmarks: Tensor) -> Tensor:
        """Depth (px, ear plane 0) at points: kernel regression of the landmarks' z; 0 far from the face."""
        z = self._pick(landmarks, EARS)[:, 2].mean() - landmarks[:468, 2]
        weight = bell(torch.cdist(points.reshape(-1, 2), landmarks[:468, :2]) / (9.0 * self.g.scale * 2**0.5))
        return ((weight @ z) / (weight.sum(1) + 0.35)).reshape(points.shape[:2])

    def _tables(self, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        """Bases in grid_sample units: table [K, 2·52·52 + 4·31·38] (patch, upper skin, lower skin), head [5, 2·7·8]."""
        unit = 2.0 / (self.g.side - 1)
        # values too small to matter are cut: denormal numbers are slow
        flat = lambda t: F.hardshrink(t.flatten(1) * unit, 1e-8)
        coarse, box, heads = self._mesh("coarse"), self._mesh("box"), self._mesh("heads")
        box_depth, face = self._depth(box, landmarks), self._face()
        bent = lambda points, depth, side: bases(points, depth, side, face, JAW_DROP, self.g.side, BASES)
        whole = bent(coarse, self._depth(coarse, landmarks), 0)
        skins = torch.cat([bent(box, box_depth, -1), bent(box, box_depth, 1)], 1)
        head = bent(heads, self._depth(heads, landmarks), 0)[HEAD]
        return torch.cat([flat(whole), flat(skins)], 1), flat(head)

    def _seam_heights(self) -> Tensor:
        """[2,h,w] of the mouth box: px above the upper edge (> 0 on the upper lip), px below the lower edge."""
        w = self.uv(self._mesh("boxpx"))
        u, v = w[..., 0], w[..., 1]
        return torch.stack([self.at(self.su, u) - v, v - self.at(self.sl, u)]) * self.hw

    # ---- shading

    def _shades(self, xy: Tensor) -> Tensor:
        """Light lost or won by the skin, [S, 40·46] around 0, for fold, hollow and jaw. Drawings have none: their skin is flat."""
        points = self._mesh("shades")
        w = self.uv(points)
        u, v = w[..., 0], w[..., 1]
        au = u.abs()
        fold = torch.zeros_like(u)
        for curve in FOLDS:
            c = self.uv(self._pick(xy, curve))
            side = torch.sign(c[2, 0])
            at = interp(v.reshape(-1), c[:, 1], c[:, 0] * side).reshape(v.shape) + 0.04
            d = u * side - at                                    # hw, > 0 on the cheek
            along = ss((v - c[0, 1]) / 0.25) * ss((c[-1, 1] + 0.1 - v) / 0.45)
            fold = fold + along * (0.45 * bell((d - 0.22) / 0.22) - bell((d + 0.02) / 0.12)) * (u * side > 0).float()
        hollow = -torch.exp(-(((v - self.vll - 0.20) / 0.17) ** 2) - (u / 0.62) ** 4)
        hollow = hollow + 0.5 * torch.exp(-(((v - self.vll + 0.14) / 0.13) ** 2) - (u / 0.45) ** 2)   # light on the pushed-out lower lip
        hollow = hollow - 0.5 * torch.exp(-(((au - 1.02) / 0.2) ** 2) - ((v - self.at(self.su, u)) / 0.3) ** 2)
        jaw = -0.7 * torch.exp(-(((au - 1.62) / 0.42) ** 2) - ((v - 0.25) / 0.75) ** 2)
        jaw = jaw - torch.exp(-(((v - self.vc - 0.22) / 0.30) ** 2) - (u / 1.5) ** 4) + 0.35 * bell((v - self.vc + 0.35) / 0.3) * bell(u / 0.6)
        x, y = points[..., 0], points[..., 1]
        x0, y0, sw, sh = self.g.shade
        rim = torch.minimum(torch.minimum(x - x0, x0 + sw - 1 - x), torch.minimum(y - y0, y0 + sh - 1 - y)) / (10 * self.g.scale)
        return F.hardshrink((torch.stack([fold, hollow, jaw]) * ss(rim) * self.photo).flatten(1), 1e-5)

    # ---- colours

    def _colours(self, image: Tensor, xy: Tensor) -> dict[str, Tensor]:
        """Teeth, lips, cavity and tongue [3], lit as the face: by the skin and by the brightest of the eyes' white."""
        luma = (image * self.luma[:, None, None]).sum(0)
        x, y = self.pixels[None, :], self.pixels[:, None]
        white = torch.zeros_like(luma)
        for eye in EYES:
            up, lo = self._through(self.pixels, xy, eye["up"]), self._through(self.pixels, xy, eye["lo"])
            left, right = xy[eye["corners"][0], 0], xy[eye["corners"][1], 0]
            r = (xy[eye["ring"][0]] - xy[eye["ring"][1]]).norm() / 2
            iris = ((x - xy[eye["iris"], 0]) ** 2 + (y - xy[eye["iris"], 1]) ** 2 < (1.15 * r) ** 2).float()
            inside = ((x > left) & (x < right) & (y > up + 1) & (y < lo - 0.5)).float()
            white = torch.maximum(white, inside * (1 - iris))
        brightest = torch.where(white > 0, luma, luma * 0 - 1).reshape(-1).topk(24).indices
        eye_white = (image.reshape(3, -1).index_select(1, brightest).mean(1) * self.luma).sum()
        eye_white = eye_white * ss(white.sum() / 60)             # closed or drawn eyes have no white to go by
        soft = self.blur(image, 2.0)
        skin, skin_luma = self.skin, self.skin_luma
        lip = self.sample(soft, self._pick(xy, LIPS)[None])[:, 0].mean(1)
        level = torch.maximum(eye_white * 1.08, skin_luma * 1.18).clamp(100, 228)
        cast = torch.lerp(torch.ones_like(skin), (skin + 12) / (skin_luma + 12), 0.45).clamp(0.78, 1.16)
        teeth = level * cast * self.teeth_tint
        teeth = torch.stack([teeth[0], teeth[1].minimum(teeth[0]), teeth[2].minimum(teeth[1] * 0.97)]).clamp(0, 246)  # never green, blue or grey
        light = level / 200
        return dict(teeth=teeth, lip=lip, cavity=self.cavity_tint * light * 0.8,
                    tongue=torch.lerp(self.tongue_tint * light, lip, 0.4), gum=torch.lerp(lip, self.gum_tint * light, 0.5) * 0.8)

    # ---- teeth

    def _teeth(self, image: Tensor, colours: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Canvases of the mouth box at rest, premultiplied rgb and transparency: upper [5,h,w] (the fifth: share kept in motion), lower [4,h,w]."""
        w = self.uv(self._mesh("boxsub"))
        u, v = w[..., 0], w[..., 1]
        su0, sl0 = self.at(self.su, self.zero), self.at(self.sl, self.zero)
        up, ua = teeth_row(u, v - self.at(self.su, u) * 0.5 - su0 * 0.5, colours, self.hw, [0.33, 0.26, 0.27, 0.19, 0.15], 0.115, 0.46, 0.10, 0.022, 1.0)
        lo, la = teeth_row(u, v - sl0, colours, self.hw, [0.21, 0.22, 0.24, 0.20], 0.0, -0.30, -0.06, 0.012, 0.86)
        shrink = lambda t: F.avg_pool2d(t[None], self.supersample)[0]
        up, ua, lo, la = shrink(up * ua), shrink(ua[None]), shrink(lo * la), shrink(la[None])
        # an open portrait brings its own teeth; what lies above them is made of the row next to the lip, fading to gum
        w = self.uv(self._mesh("boxpx"))
        u, v = w[..., 0], w[..., 1]
        su, sl, r = self.at(self.su, u), self.at(self.sl, u), self.g.scale
        top, bottom = su + 2.2 * r / self.hw, sl - 0.8 / self.hw
        row = torch.minimum(torch.maximum(v, top), torch.maximum(bottom, (su + sl) / 2))
        own = self.sample(image, self.m + (u[..., None] * self.ax + row[..., None] * self.ay) * self.hw)
        above = ((su - v) * self.hw - 0.6).clamp(min=0)
        gum = (colours["lip"] * 0.55 + colours["cavity"] * 0.25)[:, None, None]
        own = torch.lerp(own * (1 - 0.38 * ss(above * 2 / r)), gum.expand_as(own), 0.85 * ss(above / (4.0 * r)))
        x, y, bw, bh = self.g.mouth
        shown = ((v > su - 0.6 / self.hw) & (v < sl + 0.6 / self.hw)).float()  # what the half-pixel edge can show at rest
        own = torch.lerp(own, image[:, y:y + bh, x:x + bw], shown)
        below = (v - sl) * self.hw
        own_a = 1 - ss((below - 0.8) / (2.0 * r))
        # once the mouth moves, the rim next to the lower lip goes, and what is as red as the lips
        redness = lambda c: (c[0] - (c[1] + c[2]) / 2) / (c * self.luma.view(-1, *[1] * (c.dim() - 1))).sum(0).clamp(min=20.0)
        rim = ss((below + 3.0 * r) / (1.5 * r)) * ss((redness(own) / redness(colours["lip"]).clamp(min=0.15) - 0.5) / 0.3)
        tight = (1 - ss((below + r) / (1.8 * r))) * (1 - rim)
        keep = torch.lerp(torch.ones_like(tight), (tight / own_a.clamp(min=0.05)).clamp(0, 1), self.is_open)
        up, ua = torch.lerp(up, own * own_a, self.is_open), torch.lerp(ua, own_a[None], self.is_open)
        return torch.cat([up, 1 - ua, keep[None]]), torch.cat([lo * 0.9, 1 - la])

    # ---- eyes

    def _eyes(self, image: Tensor, xy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gaze weight (1 on the iris, 0 at the lids) and the closed lid's rgb [2,4,h,w]; per column upper lid, lower lid (rows of the box), weight
        and darkness of the lashes [2,4,w]; place i64 [4] (x, y of the two boxes)."""
        bw, bh = self.g.eye
        r = self.g.scale
        rows = self.pixels[:, None]
        shut, shapes = torch.zeros_like(image[:1]), []
        for eye in EYES:
            corners = self._pick(xy, eye["corners"])
            left, right = corners[0, 0], corners[1, 0]
            width = (right - left).clamp(min=4.0 * r)
            up = self.smooth(self._through(self.pixels, xy, eye["up"]), 1.0 * r)
            lo = self.smooth(self._through(self.pixels, xy, eye["lo"]), 1.0 * r)
            edge = ss((self.pixels - left + 0.06 * width) / (0.12 * width)) * ss((right + 0.06 * width - self.pixels) / (0.12 * width))
            middle = ss((self.pixels - left) / (0.4 * width)) * ss((right - self.pixels) / (0.4 * width))
            lo = torch.maximum(lo, up + 0.12 * width * middle)
            shut = torch.maximum(shut, (ss((rows - up + 7.0 * r) / (1.5 * r)) * ss((lo + 2.5 * r - rows) / (1.5 * r)) * ss(edge * 4))[None])
            shapes.append((corners.mean(0), up, lo, edge, middle))
        # the lid's skin: what is around the eye, with the grain of the skin below it
        tone = (image * self.luma[:, None, None]).sum(0, keepdim=True) / self.skin_luma.clamp(min=8.0)
        like_skin = ss((tone - 0.55) / 0.25) * (1 - ss((tone - 1.3) / 0.3)) + 0.01   # neither brow, rim nor glint
        around = filled(image, 1 - shut)
        skin = torch.lerp(filled(image, (1 - shut) * like_skin), around, 0.3)
        grain = image - self.blur(image, 2.0)
        luma, skin_luma = (image * self.luma[:, None, None]).sum(0, keepdim=True), (skin * self.luma[:, None, None]).sum(0, keepdim=True)
        boxes, lids, places = [], [], []
        for eye, (centre, up, lo, edge, middle) in zip(EYES, shapes):
            limit = float(self.g.side)
            x0 = (centre[0] - bw / 2).round().clamp(0, limit - bw)
            y0 = (centre[1] - bh * 0.56).round().clamp(0, limit - bh)
            x, y = self.pixels[:bw] + x0, self.pixels[:bh] + y0
            at = mesh(x, y)
            below = torch.stack([at[..., 0], at[..., 1] + 1.6 * ((lo - up) * edge).amax() + 3 * r], -1)
            lid = self.sample(skin, at) + 0.7 * self.sample(grain, below).clamp(-12, 12)
            iris, ring = self._pick(xy, [eye["iris"]])[0], self._pick(xy, eye["ring"])
            radius = ((ring[0] - ring[1]).norm() / 2).clamp(min=1.0)
            d = ((x[None] - iris[0]) ** 2 + (y[:, None] - iris[1]) ** 2).sqrt()
            up_x, lo_x, edge_x, middle_x = [torch.gather(curve, 0, x.long()) for curve in (up, lo, edge, middle)]
            inside = ss((y[:, None] - up_x - 0.5 * r) / (2.0 * r)) * ss((lo_x - y[:, None] + r) / (2.0 * r)) * edge_x
            gaze = (1 - ss((d - radius) / (0.9 * radius))) * inside * (0.3 + 0.7 * self.photo)   # drawn eyes have no room to look around
            line = torch.stack([x, up_x], -1)[None]
            mean = lambda image: (self.sample(image, line)[0, 0] * edge_x).sum() / edge_x.sum().clamp(min=1e-3)
            dark = (1 - mean(luma) / mean(skin_luma).clamp(min=1.0)).clamp(0.25, 0.62)
            dark = torch.lerp(dark * 0 + 0.9, dark, self.photo)   # drawn lids are lines
            # a drawn eye far larger than a real one has white where the lid's skin should be: it does not blink
            ring = (self.sample(around, at) * inside).sum((1, 2)) / inside.sum().clamp(min=1e-3)
            alien = (ring / (ring * self.luma).sum().clamp(min=1.0) - self.skin / self.skin_luma.clamp(min=1.0)).norm()
            edge_x = edge_x * torch.lerp(1 - ss((alien - 0.12) / 0.1), torch.ones_like(alien), self.photo)
            boxes.append(torch.cat([gaze[None], lid.clamp(0, 255)]))
            lids.append(torch.stack([up_x - y0, torch.lerp(up_x, lo_x, edge_x) - y0, edge_x, dark * (0.25 + 0.75 * middle_x)]))
            places.append(torch.stack([x0, y0]))
        return torch.stack(boxes), torch.stack(lids), torch.cat(places).long()

    # ---- layers

    def _layers(self, image: Tensor, person: Tensor) -> tuple[Tensor, Tensor]:
        """tex [4,P,P]: premultiplied person + ½ (which rounds at the end), transparency; bg [3,P,P].

        person·a + bg·(1 − a) is the crop, exactly."""
        r = self.g.scale
        trust = ss(((person * self.oval).sum() / self.oval.sum().clamp(min=1.0) - 0.80) / 0.15)  # drawings: no matte to trust, one layer
        person = torch.lerp(torch.ones_like(person), person.clamp(0, 1), trust)[None]
        person = self._guided(person, (image * self.luma[:, None, None]).sum(0, keepdim=True))
        a = ss((self.blur(person, 1.0 * r) - 0.20) / 0.65)
        clear = 1 - ss(self.blur(person, 2.0 * r) / 0.15)         # no trace of the person
        bg = torch.lerp(filled(image, clear), image, torch.maximum(clear, 1 - ss(a / 0.4)))
        # opaque enough that the person's own colour is one: 0 ≤ (image − t·bg)/(1 − t) ≤ 255
        fits = torch.minimum((image + 0.5) / (bg + 0.5), (255.5 - image) / (255.5 - bg)).amin(0, keepdim=True)
        t = torch.minimum(1 - a, fits.clamp(max=1))
        t = t * (t > 0.02).float()
        return torch.cat([image - t * bg + 0.5, t]), bg

    def _guided(self, mask: Tensor, guide: Tensor) -> Tensor:
        """Guided filter (He, Sun, Tang 2010): the mask's edges move to the picture's. [1,P,P] each."""
        radius = self.g.px(5)
        n = 2 * radius + 1
        row = lambda x: F.avg_pool2d(x, (1, n), 1, (0, radius), count_include_pad=False)
        box = lambda x: F.avg_pool2d(row(x[None]), (n, 1), 1, (radius, 0), count_include_pad=False)[0]
        mean_g, mean_m = box(guide), box(mask)
        slope = (box(guide * mask) - mean_g * mean_m) / (box(guide * guide) - mean_g * mean_g + 36.0)
        offset = mean_m - slope * mean_g
        return (box(slope) * guide + box(offset)).clamp(0, 1)
