"""Numbers of the built renderer: what must hold for every portrait. Exits 1 where it does not.

    python models/python/puppet/metrics.py [--side 320] portrait.png…

rest     zero features and life give the crop, byte for byte, alone and in a bank of 16
border   the patch's outermost pixels never change (levels, over visemes and 100 random poses)
fold     share of pixels whose backward map folds over; least Jacobian determinant (1 = unchanged)
alone    a row gives the same bytes whatever the rows beside it; and within a level in another slot of another bank
sweep    largest step over median step of each parameter moved through its range in 48 steps: a pop is far above 3
film     mean and largest change between neighbouring frames of the sentence, levels
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))
from assemble import PUPPET  # noqa: E402
from frame import Framer
from geometry import FEATURES, LIFE, Geometry
from look import PACKAGE, POSES, SPOKEN, rows, sentence
from render import Render, enlarge, lookup

LIMITS = {p["name"]: p["max"] for p in PUPPET["life"] if p["min"] < 0}   # of those that go both ways


def random_rows(count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    span = torch.tensor([LIMITS.get(n, 1.0) for n in LIFE])
    low = torch.tensor([-LIMITS[n] if n in LIMITS else 0.0 for n in LIFE])
    return torch.rand(count, len(FEATURES), generator=generator), low + torch.rand(count, len(LIFE), generator=generator) * (span - low)


def backward_maps(module: Render, f: Tensor, life: Tensor, identity: list[Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Maps in px: patch [B,2,P,P], upper and lower skin in the mouth box; which of the two shows [B,h,w] (0 neither, 1, 2)."""
    slots = [0] * len(f)
    table, seam, k = identity[2], identity[5], identity[-1]
    coarse, box, _, _ = module.fields(f.tolist(), life.tolist(), k.expand(len(f), -1).tolist(), slots, table, identity[4])
    _, _, w, h = module.mouth
    fine = enlarge(box.flatten(0, 1), h, w).view(-1, 2, 2, h, w)
    heights = lookup(seam.expand(len(f), -1, -1, -1).reshape(-1, 1, h, w), torch.addcmul(module.box_offset, fine.flatten(0, 1), module.box_scale)).view(-1, 2, h, w)
    above, below = heights[:, 0], heights[:, 1]
    shows = torch.where(above > below, (above > 0).int(), 2 * (below > 0).int())
    px = lambda q: (q + 1) / module.unit
    return px(enlarge(coarse, module.side, module.side)), px(fine[:, 0]), px(fine[:, 1]), shows


def determinant(map_: Tensor) -> Tensor:
    """Jacobian determinant [B,h-1,w-1] of a map [B,2,h,w] in px."""
    dx, dy = map_[:, :, :-1, 1:] - map_[:, :, :-1, :-1], map_[:, :, 1:, :-1] - map_[:, :, :-1, :-1]
    return dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]


def measure(picture: Path, side: int, zoom: float, framer: Framer) -> list[str]:
    """Prints the numbers of a portrait; returns what failed."""
    prepare, render = torch.jit.load(PACKAGE / f"prepare-{side}.pt"), torch.jit.load(PACKAGE / f"render-{side}.pt")
    module, g = Render(side).eval(), Geometry(side)
    crop, landmarks, person = framer(picture, side, zoom)
    identity = list(prepare(crop, landmarks, person))
    failed = [] if all(t.isfinite().all() for t in identity) else ["not finite"]
    crop = crop.permute(2, 0, 1).int()
    other = [t.flip(1) if i == 0 else t * 0.5 if t.is_floating_point() else t for i, t in enumerate(identity)]
    bank = [torch.cat([o] * 11 + [t] + [o] * 4) for t, o in zip(identity, other)]
    zeros = lambda n: (torch.zeros(n, len(FEATURES)), torch.zeros(n, len(LIFE)))

    rest = max((render(*zeros(1), torch.tensor([s]), *b)[0].int() - crop).abs().max().item() for s, b in ((0, identity), (11, bank)))
    failed += ["rest"] * (rest > 0)

    pose_f, pose_l = rows([dict(p, talk=1) if n in SPOKEN else p for n, p in POSES])
    random_f, random_l = random_rows(100)
    f, life = torch.cat([pose_f, random_f]), torch.cat([pose_l, random_l])
    border, least, folded, total = 0, [1.0] * 3, 0, 0
    for i in range(0, len(f), 20):
        ff, ll = f[i : i + 20], life[i : i + 20]
        diff = (render(ff, ll, torch.zeros(len(ff), dtype=torch.long), *identity).int() - crop).abs()
        border = max(border, diff[:, :, [0, -1]].max().item(), diff[..., [0, -1]].max().item())
        patch, upper, lower, shows = backward_maps(module, ff, ll, identity)
        x, y, w, h = g.mouth
        outside = torch.ones(side - 1, side - 1, dtype=torch.bool)
        outside[y + 1 : y + h - 2, x + 1 : x + w - 2] = False
        shows = shows[:, :-1, :-1]
        for j, d in enumerate((determinant(patch)[:, outside], determinant(upper)[shows == 1], determinant(lower)[shows == 2])):
            least[j] = min(least[j], d.min().item())
            folded += int((d <= 0).sum())
            total += d.numel()
    failed += ["border"] * (border > 0) + ["fold"] * (folded > 0)

    slots = torch.tensor([11, 0, 3, 11])
    mixed = render(random_f[:4], random_l[:4], slots, *bank)
    again = render(random_f[:1], random_l[:1], slots[:1], *bank)
    single = render(random_f[:1], random_l[:1], torch.tensor([0]), *identity)
    beside, moved = (mixed[0].int() - again[0].int()).abs().max().item(), (mixed[0].int() - single[0].int()).abs().max().item()
    failed += ["alone"] * (beside > 0 or moved > 1)

    worst = ("", 0.0)
    for name in FEATURES + LIFE:
        base = {"jaw": 0.4} if name in ("tongue", "close", "round", "bite") else {}
        top = LIMITS.get(name, 1.0)
        steps = rows([{**base, name: top * i / 47} for i in range(48)])
        film = torch.cat([render(steps[0][i : i + 12], steps[1][i : i + 12], torch.zeros(12, dtype=torch.long), *identity) for i in range(0, 48, 12)]).float()
        step = (film[1:] - film[:-1]).abs().mean((1, 2, 3))
        worst = max(worst, (name, (step.max() / step.median().clamp(min=2e-3)).item()), key=lambda v: v[1])

    film = render(*sentence(), torch.zeros(50, dtype=torch.long), *identity).float()
    change = (film[1:] - film[:-1]).abs().mean((1, 2, 3))
    print(f"{picture.stem:11} rest {rest} border {border} folded {folded} of {total / 1e6:.1f} M, least {least[0]:.2f} {least[1]:.2f} {least[2]:.2f}; "
          f"beside {beside} other bank {moved}; sweep {worst[0]} {worst[1]:.1f}; film {change.mean():.2f} max {change.max():.2f}"
          + (f"  FAILED {failed}" if failed else ""))
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("portraits", type=Path, nargs="+")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--zoom", type=float, default=1.0, help="face size over the framing rule's")
    options = parser.parse_args()
    torch.set_num_threads(1)
    framer = Framer()
    with torch.no_grad():
        failed = [measure(p, options.side, options.zoom, framer) for p in options.portraits]
    sys.exit(any(failed))


if __name__ == "__main__":
    main()
