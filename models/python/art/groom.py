"""Strand hair: brows, lashes and head hair as polylines that follow the head. Lengths are decimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from human import Human, Part
from look import Look


@dataclass(frozen=True)
class Strands:
    points: np.ndarray  # f64 [sum of lengths, 3]
    radii: np.ndarray  # f64 [sum of lengths]
    lengths: np.ndarray  # i64 [strands], points in each

    @staticmethod
    def of(curves: np.ndarray, radius: float) -> Strands:
        """curves [strands, points, 3], tapering to the tip."""
        n, m, _ = curves.shape
        taper = np.tile(radius * (1 - np.linspace(0, 1, m) ** 3 * 0.8), n)
        return Strands(curves.reshape(-1, 3), taper, np.full(n, m))


def surface(body: Part) -> BVHTree:
    return BVHTree.FromPolygons([Vector(p) for p in body.vertices], body.faces)


def front(face: BVHTree, x: float, z: float) -> tuple[np.ndarray, np.ndarray]:
    """The skin point straight behind (x, z) as seen from the front, and its normal."""
    point, normal, _, _ = face.ray_cast(Vector((x, -6, z)), Vector((0, 1, 0)))
    return np.array(point), np.array(normal)


def brows(face: BVHTree, human: Human, look: Look, rng: np.random.Generator) -> Strands:
    curves = []
    centre = human.joint("joint-l-eye")
    arc_x, arc_z, arc_w = (np.array(v) for v in look.brow)
    for sign in (-1, 1):
        for _ in range(look.brow_hairs):
            u = rng.random() ** 0.9
            across = rng.uniform(-1, 1)
            x = np.interp(u, np.linspace(0, 1, len(arc_x)), arc_x)
            z = np.interp(u, np.linspace(0, 1, len(arc_z)), arc_z) + across * np.interp(u, np.linspace(0, 1, len(arc_w)), arc_w)
            root, normal = front(face, sign * (centre[0] + x), centre[2] + z)
            slope = np.interp(u, [0, 0.12, 0.5, 1], [1.9, 1.0, 0.35, -0.35]) - 0.35 * across
            flow = np.array((sign * 1.0, 0.0, slope + rng.normal(0, 0.12)))
            flow -= normal * (flow @ normal)
            flow /= np.linalg.norm(flow)
            length = np.interp(u, [0, 0.2, 0.7, 1], [0.075, 0.10, 0.09, 0.055]) * rng.uniform(0.75, 1.15)
            t = np.linspace(0, 1, 5)[:, None]
            curves.append(root + flow * length * t + normal * (0.012 + 0.02 * np.sin(np.pi * t * 0.8)))
    return Strands.of(np.array(curves), 0.0024)


def lid_edge(human: Human, side: str, strip: int) -> np.ndarray:
    """The lid's rim from the nose outwards, 12 points: the inner edge of a lash strip (1 lower, 2 upper) of the base mesh."""
    part = human.part(f"helper-{side}-eyelashes-{strip}").vertices
    order = part[np.argsort(np.abs(part[:, 0]))]
    return np.array([b[np.argmax(b[:, 1])] for b in np.array_split(order, 12)])


def along(edge: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Points at shares u 0..1 of a polyline, evened out."""
    at = np.linspace(0, 1, len(edge))
    return np.stack([np.polyval(np.polyfit(at, c, 4), u) for c in edge.T], 1)


def lashes(human: Human, look: Look, rng: np.random.Generator) -> Strands:
    """Upper lashes, fanned out towards the temple."""
    curves = []
    for side, sign in (("l", 1), ("r", -1)):
        u = rng.uniform(0.06, 1.0, look.lashes)
        for s, v in zip(along(lid_edge(human, side, 2), u), u):
            grow = look.lash * rng.uniform(0.7, 1.05) * (0.55 + 0.6 * v)
            t = np.linspace(0, 1, 6)[:, None]
            direction = np.array((((v - 0.35) * 1.1 + rng.normal(0, 0.07)) * sign, -0.8, 0.1))
            direction /= np.linalg.norm(direction)
            curves.append(s + np.array((0, -0.012, 0.004)) + direction * grow * t + np.array((0, 0, grow)) * (0.75 * t**2 - 0.1 * t))
    return Strands.of(np.array(curves), 0.0014)


def lash_line(human: Human, look: Look) -> Strands:
    """The dark rim that dense lash roots make: a thin cord along the upper lid, thinner along the outer lower lid."""
    u = np.linspace(0, 1, 40)
    cords, radii = [], []
    for side in "lr":
        for strip, thick, start in ((2, 1.0, 0.04), (1, 0.45, 0.45)):
            w = start + (1.0 - start) * u
            cords.append(along(lid_edge(human, side, strip), w) + np.array((0, -0.010, 0.002 if strip == 2 else -0.002)))
            radii.append(look.lash_line * thick * np.sin(np.pi * (0.08 + 0.87 * u)) ** 0.6)
    return Strands(np.concatenate(cords), np.concatenate(radii), np.full(len(cords), len(u)))


def scalp(body: Part, human: Human, look: Look, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """`count` points spread over the hairy part of the head, with their normals."""
    p, uv = [], []
    for face, corner in zip(body.faces, body.uv):
        for k in range(1, len(face) - 1):
            p.append([body.vertices[face[0]], body.vertices[face[k]], body.vertices[face[k + 1]]])
            uv.append(np.mean([corner[0], corner[k], corner[k + 1]], 0))
    p, uv = np.array(p), np.array(uv)
    p = p[human.mask("ears", uv) < 0.5]
    cross = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(cross, axis=1)
    head = np.flatnonzero(p[:, :, 2].min(1) > human.joint("joint-neck")[2])
    eye = human.joint("joint-l-eye")
    points, normals = np.empty((0, 3)), np.empty((0, 3))
    while len(points) < count:
        pick = rng.choice(head, 2 * count, p=area[head] / area[head].sum())
        a, b = np.sort(rng.random((2, len(pick))), axis=0)
        w = np.stack([a, b - a, 1 - b], 1)
        q = (p[pick] * w[..., None]).sum(1)
        keep = look.hairline(q - np.array((0.0, eye[1], eye[2])) + rng.normal(0, 0.015, q.shape))
        points = np.concatenate([points, q[keep]])
        normals = np.concatenate([normals, (cross[pick] / area[pick][:, None])[keep]])
    return points[:count], normals[:count]


def comb(face: BVHTree, body: Part, human: Human, look: Look, rng: np.random.Generator) -> Strands:
    """The head's hair, in the look's style."""
    return cropped(body, human, look, rng) if look.hair == "cropped" else draped(face, body, human, look, rng)


def cropped(body: Part, human: Human, look: Look, rng: np.random.Generator) -> Strands:
    """Short hair, lying back a little and curling."""
    root, normal = scalp(body, human, look, look.hairs, rng)
    eye = human.joint("joint-l-eye")
    rel = root - np.array((0.0, eye[1], eye[2]))
    length = look.length(rel) * rng.uniform(0.7, 1.1, len(root))
    side = np.array((0, 0.5, -0.5)) * np.abs(rel[:, :1]) + np.array((0, 0.9, 0.1)) * (1 - np.abs(rel[:, :1]).clip(0, 1))
    grow = normal + 0.8 * side + rng.normal(0, 0.18, root.shape)
    grow /= np.linalg.norm(grow, axis=1, keepdims=True)
    t = np.linspace(0, 1, 6)
    helper = np.cross(grow, rng.normal(0, 1, root.shape))
    helper /= np.linalg.norm(helper, axis=1, keepdims=True)
    phase = rng.uniform(0, 2 * np.pi, (len(root), 1))
    curl = look.curl * (np.cos(phase + 7 * t) - np.cos(phase))[..., None] * helper[:, None] * t[None, :, None]
    curves = root[:, None] + grow[:, None] * (length[:, None] * t)[..., None] + curl * length[:, None, None]
    return Strands.of(curves, look.hair_radius)


def draped(face: BVHTree, body: Part, human: Human, look: Look, rng: np.random.Generator) -> Strands:
    """Long hair from a side parting: guides slide over the head, fall, and rest on neck and shoulders; the
    strands between them are blended from the three nearest guides of their side and gathered into locks."""
    eye = human.joint("joint-l-eye")
    origin = np.array((0.0, eye[1], eye[2]))
    guide_root, guide_normal = scalp(body, human, look, look.guides, rng)
    guides = np.array([fall(face, p, n, origin, look) for p, n in zip(guide_root, guide_normal)])
    side = np.sign(guide_root[:, 0] - look.parting)
    root, _ = scalp(body, human, look, look.hairs, rng)
    out = np.zeros((len(root), guides.shape[1], 3))
    lock_root, _ = scalp(body, human, look, look.locks, rng)
    for s in (-1, 1):
        mine = np.flatnonzero(np.sign(root[:, 0] - look.parting) == s)
        theirs = np.flatnonzero(side == s)
        out[mine] = blend(root[mine], guide_root[theirs], guides[theirs])
    apart = np.sign(root[:, None, 0] - look.parting) != np.sign(lock_root[None, :, 0] - look.parting)
    nearest = np.argmin(((root[:, None] - lock_root[None]) ** 2).sum(-1) + 100.0 * apart, 1)
    t = np.linspace(0, 1, guides.shape[1])
    for lock in range(len(lock_root)):
        mine = np.flatnonzero(nearest == lock)
        if len(mine) == 0:
            continue
        middle = out[mine].mean(0)
        gather = (0.55 * t**0.8)[None, :, None]
        sway = rng.normal(0, 1, (2, 3)) * look.wave
        phase = rng.uniform(0, 2 * np.pi)
        bend = sway[0] * np.sin(phase + 7.0 * t)[:, None] + sway[1] * np.cos(phase + 4.0 * t)[:, None]
        bend *= (t**1.2)[:, None]
        out[mine] += (middle - out[mine]) * gather + bend
    stray = rng.normal(0, 1, (len(root), 2, 3)) * look.stray
    out += stray[:, :1] * (t**1.5)[None, :, None] + stray[:, 1:] * np.sin(np.pi * 3 * t)[None, :, None] * t[None, :, None]
    cut = rng.uniform(0.90, 1.0, len(root))
    index = np.linspace(0, 1, guides.shape[1])[None] * cut[:, None] * (guides.shape[1] - 1)
    low = index.astype(int).clip(0, guides.shape[1] - 2)
    f = (index - low)[..., None]
    rows = np.arange(len(root))[:, None]
    return Strands.of(out[rows, low] * (1 - f) + out[rows, low + 1] * f, look.hair_radius)


def fall(face: BVHTree, root: np.ndarray, normal: np.ndarray, origin: np.ndarray, look: Look) -> np.ndarray:
    """One guide, in steps of `look.step` dm: off the parting to its side, back from the face, then down."""
    side = np.sign(root[0] - look.parting)
    rel = root - origin
    points = [root + normal * 0.004]
    lift = look.body * (0.35 + 0.65 * np.clip((rel[2] + 0.2) / 1.2, 0, 1))
    direction = normal * 0.6 + np.array((side * 0.8, 0.2, 0.1))
    direction /= np.linalg.norm(direction)
    for k in range(look.steps):
        p = points[-1]
        r = p - origin
        height = np.clip((r[2] + 0.1) / 0.9, 0, 1)  # 1 at the crown, 0 at the eyes
        front = np.clip((0.35 - r[1]) / 0.5, 0, 1)  # 1 at the face
        wish = np.array(
            (
                side * (0.95 * height + 0.05),
                (0.55 * front + 0.12) * (0.35 + 0.65 * height),
                -0.35 - 0.9 * (1 - height),
            )
        )
        edge = look.face_edge(r[2])
        if rel[1] > 0.35 and r[2] < 0.1:  # what grows at the back stays behind neck and ears
            wish += np.array((0, 2.0 * max(0.0, 0.75 - r[1]), 0))
        if abs(p[0]) < edge and r[1] < 0.45 and r[2] < 0.62:
            wish += np.array((side * 3.0 * (edge - abs(p[0])), 0.35, 0))
        direction = 0.62 * direction + 0.38 * wish / np.linalg.norm(wish)
        direction /= np.linalg.norm(direction)
        q = p + direction * look.step
        near, n, _, _ = face.find_nearest(q)
        n = np.array(n)
        d = (q - np.array(near)) @ n
        grow = min(1.0, (k + 1) / 6.0)
        least = lift * grow
        if d < least:
            q = q + n * (least - d)
        elif r[2] > 0.1 and d > least:
            q = q - n * 0.6 * (d - least)
        points.append(q)
    path = np.array(points)
    kernel = np.exp(-((np.arange(-9, 10) / look.smooth) ** 2))
    padded = np.concatenate([2 * path[:1] - path[9:0:-1], path, 2 * path[-1:] - path[-2:-11:-1]])
    return np.stack([np.convolve(c, kernel / kernel.sum(), "valid") for c in padded.T], 1)


def blend(root: np.ndarray, guide_root: np.ndarray, guides: np.ndarray) -> np.ndarray:
    """Each root gets the mean of its three nearest guides, carried over to start at the root."""
    out = np.empty((len(root), guides.shape[1], 3))
    for chunk in np.array_split(np.arange(len(root)), max(1, len(root) // 2000)):
        d2 = ((root[chunk, None] - guide_root[None]) ** 2).sum(-1)
        near = np.argpartition(d2, 3, axis=1)[:, :3]
        w = 1 / (np.take_along_axis(d2, near, 1) + 1e-4)
        w /= w.sum(1, keepdims=True)
        path = (guides[near] * w[..., None, None]).sum(1)
        base = (guide_root[near] * w[..., None]).sum(1)
        fade = np.linspace(1, 0.45, guides.shape[1])[None, :, None]
        out[chunk] = path + (root[chunk] - base)[:, None] * fade
    return out
