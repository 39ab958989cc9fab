"""Export `prepare-P.pt`, `render-P.pt` and `warp-P.pt` of every patch size, and the golden file.

    python models/python/puppet/export.py [--golden portrait.png] [sizes…]
"""
from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))
from assemble import PATCH_SIZES  # noqa: E402
from common import reproducible, save_golden, save_script  # noqa: E402
from geometry import FEATURES, LIFE  # noqa: E402
from prepare import Prepare  # noqa: E402
from render import Render, Warp  # noqa: E402

PACKAGE = Path(__file__).parents[2] / "packages" / "puppet"


def example(side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs to trace with: any face-like landmarks do, no branch depends on them."""
    generator = torch.Generator().manual_seed(0)
    return (torch.randint(0, 256, (side, side, 3), dtype=torch.uint8, generator=generator),
            torch.rand(478, 3, generator=generator) * side, torch.rand(side, side, generator=generator))


def check_devices(module: torch.jit.ScriptModule) -> None:
    """A device written into the graph would break the file on another one."""
    graph = module.inlined_graph
    for node in graph.findAllNodes("prim::Constant"):
        if node.output().type().kind() == "DeviceObjType":
            raise ValueError(f"device constant: {node}")


def narrow_numbers(module: torch.jit.ScriptModule, side: int) -> None:
    """Make traced numbers float32. A trace writes them as float64 tensors: plain execution, which is Java's, refuses to mix them in."""
    for node in module.graph.findAllNodes("prim::Constant"):
        if node.hasAttribute("value") and node.kindOf("value") == "t" and node.t("value").dtype == torch.float64:
            value = node.t("value").float()
            node.t_("value", value)
            node.output().inferTypeFrom(value)
    with torch.no_grad(), torch.jit.optimized_execution(False):
        module(*example(side))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--golden", type=Path)
    parser.add_argument("sizes", type=int, nargs="*", default=PATCH_SIZES)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", torch.jit.TracerWarning)
    for side in options.sizes or PATCH_SIZES:
        with torch.no_grad():
            # not frozen: freezing would compute the lattices now and put them into the file
            prepare = torch.jit.trace(Prepare(side).eval(), example(side), check_trace=False)
            render = torch.jit.freeze(torch.jit.script(Render(side).eval()))
            warp = torch.jit.freeze(torch.jit.script(Warp(side).eval()))
        narrow_numbers(prepare, side)
        for name, module in (("prepare", prepare), ("render", render), ("warp", warp)):
            check_devices(module)
            save_script(module, PACKAGE / f"{name}-{side}.pt")
            print(f"{name}-{side}.pt {(PACKAGE / f'{name}-{side}.pt').stat().st_size / 1e3:.0f} kB")
    if options.golden:
        write_golden(options.golden, 256)


def write_golden(portrait: Path, side: int) -> None:
    from frame import Framer

    crop, landmarks, person = Framer()(portrait, side)
    # grain and a round mask, so that with a drawing, too, shading and matte take part
    generator = torch.Generator().manual_seed(0)
    crop = (crop + 4 * torch.randn(crop.shape, generator=generator)).round().clamp(0, 255).byte()
    axis = torch.linspace(-1, 1, side)
    person = torch.maximum(person, ((1.0 - (axis[None] ** 2 * 2 + (axis[:, None] - 0.1) ** 2)) * 8).clamp(0, 1))
    features, life = torch.zeros(3, len(FEATURES)), torch.zeros(3, len(LIFE))
    features[1] = torch.tensor([0.5, 0.2, 0.0, 0.0, 0.0, 0.1, 0.2, 0.3])
    life[1] = torch.tensor([0.3, 1.0, 0.5, 1.0, 1.0, 0.01, 0.05, 0.02, 0.5, 0.1])
    features[2] = torch.tensor([0.2, 0.0, 0.8, 0.1, 0.4, 0.2, 0.0, 0.0])
    life[2] = torch.tensor([1.0, 0.0, 0.0, -2.0, 1.0, -0.02, -0.08, 0.05, 1.0, 0.0])
    prepare, render = torch.jit.load(PACKAGE / f"prepare-{side}.pt"), torch.jit.load(PACKAGE / f"render-{side}.pt")
    with torch.no_grad():
        patch = render(features, life, torch.zeros(3, dtype=torch.long), *prepare(crop, landmarks, person))
    save_golden(PACKAGE / f"golden/talk-{side}.npz", crop=crop, landmarks=landmarks, person=person, features=features, life=life, patch=patch)


if __name__ == "__main__":
    reproducible()
    main()
