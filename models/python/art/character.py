"""Draws the stock character av_stock_003: a storybook portrait, shapes with soft light, made with Skia.

Usage: python character.py --out av_stock_003.png
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import skia

WIDTH, HEIGHT = 960, 1280  # px
CX = 480.0  # the face's axis
ZOOM = 0.83  # of the figure: small enough for a 368x560 frame to find picture all round
Point = tuple[float, float]

SKIN, SKIN_LIGHT, SKIN_SHADE, SKIN_DEEP = 0xFFE3A27A, 0xFFF4C19A, 0xFFC57E5C, 0xFF8E4A3A
BLUSH, LIP, LIP_DARK, SEAM = 0xFFE0705C, 0xFFC9605A, 0xFFA84548, 0xFF5F2229
HAIR, HAIR_LIGHT, HAIR_DARK, HAIR_GLOW = 0xFF6E3420, 0xFFB4623A, 0xFF3C1812, 0xFFE79A5B
CLOTH, CLOTH_LIGHT, CLOTH_DARK = 0xFF2F7F86, 0xFF4FA8A9, 0xFF1B4F5C


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    options = parser.parse_args()
    sheet = skia.Surface(WIDTH, HEIGHT)
    Portrait(sheet.getCanvas()).draw()
    sheet.makeImageSnapshot().save(str(options.out), skia.kPNG)


def spline(points: list[Point], closed: bool = True) -> skia.Path:
    """A Catmull-Rom curve through the points."""
    path = skia.Path()
    path.moveTo(*points[0])
    n = len(points)
    for i in range(n if closed else n - 1):
        at = [points[(i + k) % n] if closed else points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2)]
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = at
        path.cubicTo(bx + (cx - ax) / 6, by + (cy - ay) / 6, cx - (dx - bx) / 6, cy - (dy - by) / 6, cx, cy)
    if closed:
        path.close()
    return path


def mirrored(right_half: list[Point]) -> list[Point]:
    """Offsets from the axis for one side, top to bottom, to a closed outline."""
    right = [(CX + x, y) for x, y in right_half]
    left = [(CX - x, y) for x, y in reversed(right_half) if x > 0]
    return right + left


def stroke_shape(points: list[Point], widths: list[float]) -> skia.Path:
    """A tapering brush stroke along a curve; widths in px at the points."""
    p = np.array(points, float)
    w = np.array(widths, float)[:, None] / 2
    tangent = np.gradient(p, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return spline([tuple(q) for q in p + normal * w] + [tuple(q) for q in (p - normal * w)[::-1]])


def fill(colour: int, alpha: float = 1.0, blur: float = 0.0) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=colour)
    paint.setAlphaf(alpha)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def graded(a: Point, b: Point, colours: list[int], stops: list[float] | None = None) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeLinear([skia.Point(*a), skia.Point(*b)], colours, stops))


def radial(centre: Point, radius: float, colours: list[int], stops: list[float] | None = None) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeRadial(skia.Point(*centre), radius, colours, stops))


class Portrait:
    def __init__(self, canvas: skia.Canvas) -> None:
        self.c = canvas
        self.rng = np.random.default_rng(7)
        self.face = spline(
            mirrored(
                [
                    (0, 318),
                    (110, 332),
                    (186, 400),
                    (222, 500),
                    (226, 590),
                    (216, 680),
                    (192, 770),
                    (150, 850),
                    (92, 905),
                    (36, 926),
                    (0, 929),
                ]
            )
        )

    def draw(self) -> None:
        self.background()
        self.c.translate(CX, 420)
        self.c.scale(ZOOM, ZOOM)
        self.c.translate(-CX, -400)
        self.hair_behind()
        self.neck()
        self.hoodie()
        self.head()
        for side in (-1, 1):
            self.eye(side)
            self.brow(side)
        self.nose()
        self.mouth()
        self.freckles()
        self.hair_front()

    @contextmanager
    def inside(self, path: skia.Path) -> Iterator[None]:
        self.c.save()
        self.c.clipPath(path, skia.ClipOp.kIntersect, True)
        yield
        self.c.restore()

    def glow(self, x: float, y: float, rx: float, ry: float, colour: int, alpha: float, blur: float, turn: float = 0.0) -> None:
        """A blurred ellipse."""
        self.c.save()
        self.c.translate(x, y)
        self.c.rotate(turn)
        self.c.drawOval(skia.Rect(-rx, -ry, rx, ry), fill(colour, alpha, blur))
        self.c.restore()

    def background(self) -> None:
        self.c.drawRect(skia.Rect(0, 0, WIDTH, HEIGHT), radial((380, 480), 1050, [0xFFFBE3C8, 0xFFF0BFA5, 0xFFB98BA0], [0, 0.55, 1]))
        for x, y, r, a in ((130, 240, 150, 0.16), (840, 330, 190, 0.13), (780, 820, 120, 0.12), (90, 760, 110, 0.12), (610, 90, 90, 0.12)):
            self.glow(x, y, r, r, 0xFFFFFFFF, a, 14)

    def hair_behind(self) -> None:
        half = [(0, 240), (150, 250), (250, 330), (292, 460), (306, 600), (300, 740), (276, 850), (236, 928), (180, 944), (110, 900)]
        back = spline(mirrored(half))
        self.c.drawPath(back, graded((250, 250), (720, 950), [HAIR, HAIR_DARK]))
        with self.inside(back):
            for side, count in ((-1, 90), (1, 90)):
                x = self.rng.uniform(150, 306, count)
                starts = np.stack([CX + side * x * 0.92, np.full(count, 470.0)], 1)
                knees = np.stack([CX + side * (x + 22), np.full(count, 700.0)], 1)
                ends = np.stack([CX + side * (x * 0.86), self.rng.uniform(900, 948, count)], 1)
                self.strands(starts, knees, ends, 8)
            self.glow(CX, 760, 208, 300, 0xFF24100C, 0.8, 34)

    def neck(self) -> None:
        self.c.drawPath(
            spline(
                [
                    (CX - 190, 950),
                    (CX - 120, 900),
                    (CX, 890),
                    (CX + 120, 900),
                    (CX + 190, 950),
                    (CX + 210, 1090),
                    (CX, 1150),
                    (CX - 210, 1090),
                ]
            ),
            fill(0xFF123C48),
        )
        neck = spline(
            [
                (CX - 104, 800),
                (CX - 108, 930),
                (CX - 130, 1010),
                (CX - 190, 1070),
                (CX, 1150),
                (CX + 190, 1070),
                (CX + 130, 1010),
                (CX + 108, 930),
                (CX + 104, 800),
            ]
        )
        self.c.drawPath(neck, graded((CX - 110, 900), (CX + 130, 1000), [SKIN, SKIN_SHADE]))
        with self.inside(neck):
            self.glow(CX + 18, 905, 150, 82, SKIN_DEEP, 0.75, 24)
            self.glow(CX + 100, 960, 40, 130, SKIN_DEEP, 0.35, 22)
            self.glow(CX - 66, 1010, 26, 70, SKIN_LIGHT, 0.35, 20, 8)
            for side in (-1, 1):
                self.c.drawPath(
                    stroke_shape([(CX + side * 92, 1000), (CX + side * 60, 1050), (CX + side * 18, 1082)], [3, 8, 2]),
                    fill(SKIN_DEEP, 0.28, 5),
                )

    def hoodie(self) -> None:
        hood = spline(
            [
                (CX - 132, 948),
                (CX - 206, 985),
                (CX - 268, 1060),
                (CX - 190, 1180),
                (CX, 1215),
                (CX + 190, 1180),
                (CX + 268, 1060),
                (CX + 206, 985),
                (CX + 132, 948),
                (CX + 150, 1020),
                (CX + 78, 1100),
                (CX, 1132),
                (CX - 78, 1100),
                (CX - 150, 1020),
            ]
        )
        body = spline(
            [
                (CX, 1100),
                (CX - 150, 1068),
                (CX - 250, 1060),
                (CX - 372, 1104),
                (CX - 450, 1180),
                (CX - 520, 1340),
                (CX - 560, 1540),
                (CX + 560, 1540),
                (CX + 520, 1340),
                (CX + 450, 1180),
                (CX + 372, 1104),
                (CX + 250, 1060),
                (CX + 150, 1068),
            ]
        )
        self.c.drawPath(body, graded((150, 1050), (820, 1290), [CLOTH_LIGHT, CLOTH, CLOTH_DARK], [0, 0.45, 1]))
        with self.inside(body):
            self.glow(CX, 1150, 260, 70, CLOTH_DARK, 0.55, 28)
            for side, deep in ((-1, 0.35), (1, 0.5)):
                self.c.drawPath(
                    stroke_shape([(CX + side * 300, 1120), (CX + side * 318, 1210), (CX + side * 300, 1300)], [4, 20, 8]),
                    fill(CLOTH_DARK, deep, 10),
                )
            self.glow(190, 1130, 90, 22, 0xFFFFFFFF, 0.16, 18, -28)
        self.c.drawPath(hood, fill(0xFF0F2F3A, 0.35, 16))
        self.c.drawPath(hood, graded((CX - 240, 980), (CX + 260, 1200), [0xFF5FB9B7, CLOTH, CLOTH_DARK], [0, 0.5, 1]))
        with self.inside(hood):
            self.c.drawPath(
                stroke_shape([(CX - 150, 1000), (CX - 104, 1090), (CX, 1140), (CX + 104, 1090), (CX + 150, 1000)], [10, 24, 28, 24, 10]),
                fill(CLOTH_DARK, 0.7, 10),
            )
            self.c.drawPath(stroke_shape([(CX - 236, 1050), (CX - 176, 1150), (CX - 70, 1188)], [6, 22, 8]), fill(0xFFFFFFFF, 0.18, 9))
        for side, length in ((-1, 116), (1, 104)):
            x = CX + side * 58
            string = stroke_shape([(x, 1158), (x + side * 8, 1200), (x + side * 4, 1158 + length)], [9, 9, 9])
            self.c.drawPath(string, fill(0xFF0F2F3A, 0.4, 6))
            self.c.drawPath(string, fill(0xFFF6EBDD))
            self.c.drawCircle(x, 1158, 11, fill(0xFFD9C7B4))
            self.c.drawCircle(x, 1157, 6, fill(CLOTH_DARK))

    def head(self) -> None:
        self.c.drawPath(self.face, radial((410, 540), 470, [SKIN_LIGHT, SKIN, SKIN_SHADE], [0, 0.55, 1]))
        with self.inside(self.face):
            rim = skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=56, Color=SKIN_SHADE)
            rim.setAlphaf(0.55)
            rim.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 24))
            self.c.drawPath(self.face, rim)
            self.glow(700, 690, 70, 260, SKIN_DEEP, 0.30, 40, 8)
            self.glow(CX, 350, 240, 96, SKIN_DEEP, 0.62, 34)
            for side in (-1, 1):
                self.glow(CX + side * 128, 712, 66, 44, BLUSH, 0.38, 26)
                self.glow(CX + side * 98, 572, 78, 34, SKIN_SHADE, 0.42, 18)
                self.glow(CX + side * 104, 655, 60, 16, SKIN_SHADE, 0.22, 10)
            self.glow(CX - 118, 680, 50, 24, 0xFFFFE6CF, 0.5, 20, -14)
            self.glow(CX + 112, 682, 36, 18, 0xFFFFE6CF, 0.25, 16, 14)
            self.glow(CX - 40, 470, 110, 44, 0xFFFFE6CF, 0.42, 34)
            self.glow(CX - 6, 880, 46, 22, 0xFFFFE6CF, 0.30, 16)
            self.glow(CX + 4, 838, 52, 10, SKIN_DEEP, 0.32, 10)
            self.c.drawPath(stroke_shape([(CX + 70, 912), (CX + 150, 862), (CX + 204, 760)], [4, 14, 6]), fill(0xFFFFD9B5, 0.35, 8))

    def eye(self, side: int) -> None:
        ex, ey = CX + side * 96, 602.0

        def at(x: float, y: float) -> Point:
            """x towards the temple."""
            return ex + side * x, ey + y

        upper = [at(-54, 10), at(-38, -11), at(-8, -27), at(24, -25), at(50, -6), at(60, 6)]
        lower = [at(44, 20), at(14, 30), at(-22, 25)]
        opening = spline(upper + lower)
        with self.inside(opening):
            self.c.drawRect(skia.Rect(ex - 90, ey - 60, ex + 90, ey + 60), fill(0xFFFFFAF3))
            ix, iy, r = ex + side * 1.0, ey - 1.0, 30.0
            self.c.drawCircle(ix, iy, r + 1.5, fill(0xFF2A1710))
            self.c.drawCircle(ix, iy, r - 1.5, radial((ix, iy + 10), r + 4, [0xFFB98A3E, 0xFF7A5A26, 0xFF3B3A1C], [0, 0.6, 1]))
            for turn in np.linspace(0, 2 * np.pi, 40, endpoint=False):
                inner, outer = 13, r - 3 - self.rng.uniform(0, 4)
                self.c.drawLine(
                    ix + inner * np.cos(turn),
                    iy + inner * np.sin(turn),
                    ix + outer * np.cos(turn),
                    iy + outer * np.sin(turn),
                    fill(0xFFE8C878, 0.22),
                )
            self.c.drawCircle(ix, iy, 13, fill(0xFF140B08))
            self.c.drawPath(
                spline([at(-66, -60), at(70, -60), at(66, 0), at(44, -12), at(4, -20), at(-40, -2), at(-60, 14)]), fill(0xFF4A2A28, 0.55, 7)
            )
            self.c.drawCircle(ix - 10, iy - 11, 8.5, fill(0xFFFFFFFF, 0.96))
            self.c.drawCircle(ix + 11, iy + 11, 4.5, fill(0xFFFFFFFF, 0.55))
            self.glow(*at(-49, 9), 8, 6, 0xFFE58F7E, 0.75, 3)
        lash = stroke_shape([at(-57, 12), at(-40, -10), at(-8, -28), at(25, -26), at(52, -7), at(68, -6)], [3, 7, 10, 11, 10, 2])
        self.c.drawPath(lash, fill(0xFF35170F))
        for x, y, dx, dy in ((50, -9, 20, -9),):
            self.c.drawPath(stroke_shape([at(x, y), at(x + dx * 0.6, y + dy * 0.4), at(x + dx, y + dy)], [7, 5, 1]), fill(0xFF35170F))
        self.c.drawPath(stroke_shape([at(50, 17), at(16, 32), at(-22, 27), at(-44, 18)], [4, 3.5, 2.5, 1]), fill(SKIN_DEEP, 0.7, 0.8))
        self.c.drawPath(stroke_shape([at(-46, -22), at(-14, -45), at(22, -44), at(56, -24)], [2, 5, 5.5, 2]), fill(SKIN_DEEP, 0.55, 1.6))
        self.glow(*at(4, -42), 34, 6, 0xFFFFE6CF, 0.35, 5)

    def brow(self, side: int) -> None:
        spine = [(CX + side * x, y) for x, y in ((40, 524), (72, 505), (112, 498), (150, 508), (178, 530))]
        self.c.drawPath(stroke_shape(spine, [17, 23, 20, 13, 2]), fill(HAIR_DARK, 0.75, 2.5))
        curve = np.array(spine)
        for u in self.rng.uniform(0, 0.96, 90):
            i = min(int(u * 4), 3)
            p = curve[i] + (curve[i + 1] - curve[i]) * (u * 4 - i)
            w = np.interp(u, [0, 0.25, 0.5, 0.75, 1], [8, 11, 9, 6, 1])
            y = p[1] + self.rng.uniform(-w, w)
            lean = np.interp(u, [0, 0.3, 1], [-14, -7, 5])
            self.c.drawPath(
                stroke_shape([(p[0], y), (p[0] + side * 8, y + lean * 0.6), (p[0] + side * 17, y + lean)], [2.6, 2, 0.5]),
                fill(HAIR if u < 0.5 else HAIR_DARK, 0.8),
            )

    def nose(self) -> None:
        self.glow(CX + 30, 640, 12, 62, SKIN_SHADE, 0.40, 12, -6)
        self.glow(CX - 6, 640, 9, 62, 0xFFFFE9D2, 0.55, 8)
        self.glow(CX, 724, 46, 22, BLUSH, 0.32, 14)
        self.glow(CX - 5, 706, 15, 12, 0xFFFFF1E2, 0.75, 6)
        self.glow(CX + 4, 741, 40, 8, SKIN_DEEP, 0.55, 6)
        for side in (-1, 1):
            self.c.drawPath(
                stroke_shape([(CX + side * 8, 738), (CX + side * 20, 732), (CX + side * 32, 738)], [2, 8, 2]), fill(0xFF5A2620, 0.75, 1.5)
            )
            self.c.drawPath(
                stroke_shape([(CX + side * 40, 706), (CX + side * 47, 722), (CX + side * 40, 738)], [1, 5, 2]), fill(SKIN_DEEP, 0.5, 2)
            )

    def mouth(self) -> None:
        y = 806.0
        seam = [(-82, -7), (-52, 1), (-22, 2), (0, 5), (22, 2), (52, 1), (82, -7)]
        top = [(60, -15), (28, -25), (10, -25), (0, -21), (-10, -25), (-28, -25), (-60, -15)]
        bottom = [(58, 16), (26, 30), (0, 33), (-26, 30), (-58, 16)]
        upper = spline([(CX + a, y + b) for a, b in seam + top])
        lower = spline([(CX + a, y + b) for a, b in seam + bottom])
        self.glow(CX, y + 42, 56, 8, SKIN_DEEP, 0.35, 8)
        self.c.drawPath(lower, graded((CX, y), (CX, y + 34), [LIP, 0xFFD97B70, LIP]))
        self.c.drawPath(upper, graded((CX, y - 26), (CX, y + 6), [LIP, LIP_DARK]))
        with self.inside(lower):
            self.glow(CX - 12, y + 18, 34, 6, 0xFFFFE2D6, 0.55, 6)
            self.glow(CX, y + 3, 80, 5, SEAM, 0.40, 5)
        self.c.drawPath(stroke_shape([(CX + a, y + b) for a, b in seam], [2, 4, 4.5, 5.5, 4.5, 4, 2]), fill(SEAM, 0.9, 0.7))
        for side in (-1, 1):
            self.glow(CX + side * 88, y - 8, 8, 6, SKIN_DEEP, 0.55, 4)
        self.glow(CX, y - 44, 9, 16, SKIN_SHADE, 0.35, 6)

    def freckles(self) -> None:
        for side in (-1, 1):
            for _ in range(16):
                x, y = CX + side * abs(self.rng.normal(92, 34)), self.rng.normal(686, 18)
                self.c.drawCircle(x, y, self.rng.uniform(1.4, 2.9), fill(0xFFA9603F, self.rng.uniform(0.25, 0.5), 0.6))

    def strands(self, starts: np.ndarray, knees: np.ndarray, ends: np.ndarray, width: float) -> None:
        """Strokes along quadratic curves, darkest at both ends, with a band of sheen across the middle."""
        u = np.linspace(0, 1, 9)[:, None]
        for start, knee, end in zip(starts, knees, ends):
            curve = start * (1 - u) ** 2 + 2 * knee * u * (1 - u) + end * u**2
            w = width * self.rng.uniform(0.4, 1.3)
            light, alpha = (HAIR_GLOW, 0.30) if self.rng.random() < 0.25 else (HAIR_LIGHT, 0.40)
            if self.rng.random() < 0.4:
                light, alpha = HAIR_DARK, 0.45
            sheen = self.rng.uniform(0.35, 0.5)
            paint = graded(tuple(start), tuple(end), [HAIR_DARK, HAIR, light, HAIR, HAIR_DARK], [0, sheen - 0.22, sheen, sheen + 0.25, 1])
            paint.setAlphaf(alpha)
            self.c.drawPath(
                stroke_shape([tuple(q) for q in curve], list(w * np.interp(u[:, 0], [0, 0.3, 0.8, 1], [0.5, 1, 1, 0.2]))), paint
            )

    def hair_front(self) -> None:
        part = np.array((CX + 96, 214.0))
        outer = [
            (-214, 930),
            (-278, 905),
            (-302, 780),
            (-312, 620),
            (-312, 470),
            (-284, 340),
            (-208, 236),
            (-90, 182),
            (40, 172),
            (160, 206),
            (256, 306),
            (310, 440),
            (312, 620),
            (302, 780),
            (276, 900),
            (212, 926),
        ]
        fringe = [
            (204, 850),
            (220, 740),
            (228, 620),
            (222, 520),
            (196, 450),
            (150, 402),
            (104, 372),
            (30, 392),
            (-60, 420),
            (-140, 448),
            (-196, 492),
            (-220, 560),
            (-228, 640),
            (-220, 760),
            (-206, 860),
        ]
        cap = spline([(CX + x, y) for x, y in outer + fringe])
        with self.inside(self.face):
            self.c.save()
            self.c.translate(6, 22)
            self.c.drawPath(cap, fill(SKIN_DEEP, 0.55, 15))
            self.c.restore()
        self.c.drawPath(cap, graded((250, 220), (760, 640), [HAIR_LIGHT, HAIR, HAIR_DARK], [0, 0.45, 1]))
        with self.inside(cap):
            rim = np.array([(CX + x, y) for x, y in outer])
            edge = np.array([(CX + x, y) for x, y in fringe])
            left, right = np.concatenate([edge[6:], rim[:9]]), np.concatenate([edge[6::-1], rim[:8:-1]])
            for border, count, side in ((left, 340, -1), (right, 240, 1)):
                at = np.sort(self.rng.uniform(0, len(border) - 1, count))
                i = at.astype(int).clip(0, len(border) - 2)
                ends = border[i] + (border[i + 1] - border[i]) * (at - i)[:, None] + self.rng.normal(0, 5, (count, 2))
                share = at / (len(border) - 1)
                starts = part + np.stack(
                    [side * 26 * share + self.rng.normal(0, 5, count), 40 - 66 * share + self.rng.normal(0, 5, count)], 1
                )
                knees = np.stack([part[0] + (0.92 + 0.25 * share) * (ends[:, 0] - part[0]), 300 - 40 * share], 1)
                crown = (ends[:, 1] < 340) | ((share > 0.6) & (ends[:, 1] < 400))
                lift = np.array((0.0, -30.0)) + 0.15 * (ends - starts)
                knees[crown] = ((starts + ends) / 2 + lift)[crown]
                self.strands(starts, knees, ends, 7)
        tips = np.array([(CX + x, y) for x, y in fringe[4:11]])
        at = self.rng.uniform(0, len(tips) - 1, 70)
        i = at.astype(int).clip(0, len(tips) - 2)
        ends = tips[i] + (tips[i + 1] - tips[i]) * (at - i)[:, None]
        flow = ends - part
        flow /= np.linalg.norm(flow, axis=1, keepdims=True)
        for end, way, reach in zip(ends, flow, self.rng.uniform(3, 15, 70)):
            self.c.drawPath(stroke_shape([tuple(end - 16 * way), tuple(end), tuple(end + reach * way)], [5, 4, 0.6]), fill(HAIR, 0.85))
        with self.inside(cap):
            self.c.drawPath(
                stroke_shape([(CX - 252, 420), (CX - 176, 308), (CX - 60, 258), (CX + 40, 252)], [6, 30, 30, 6]), fill(0xFFFFC58A, 0.26, 14)
            )
            self.c.drawPath(stroke_shape([(CX + 190, 292), (CX + 240, 370), (CX + 262, 460)], [4, 18, 4]), fill(0xFFFFC58A, 0.20, 12))
            self.c.drawPath(stroke_shape([(part[0] - 6, 160), (part[0] - 2, 210), (part[0], 262)], [26, 14, 3]), fill(HAIR_DARK, 0.75, 6))


if __name__ == "__main__":
    main()
