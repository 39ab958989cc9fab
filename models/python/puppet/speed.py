"""Thread CPU time of the built renderer, as the worker runs it: one thread, JIT profiling off, eight avatars in the bank.

    python models/python/puppet/speed.py portrait.png [portrait.png…]
"""
from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from assemble import PATCH_SIZES  # noqa: E402
from frame import Framer
from look import PACKAGE
from metrics import random_rows

BANK = 8
RUNS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("portraits", type=Path, nargs="+")
    parser.add_argument("--sides", type=int, nargs="*", default=PATCH_SIZES)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch._C._jit_set_profiling_executor(False)
    torch._C._jit_set_profiling_mode(False)
    framer = Framer()
    for side in options.sides:
        prepare, render = torch.jit.load(PACKAGE / f"prepare-{side}.pt"), torch.jit.load(PACKAGE / f"render-{side}.pt")
        with torch.no_grad():
            crops = [framer(p, side) for p in options.portraits]
            prepare(*crops[0])
            start = time.thread_time()
            identities = [prepare(*c) for c in crops]
            prepare_ms = (time.thread_time() - start) * 1e3 / len(crops)
            bank = [torch.cat(t) for t in zip(*(identities[i % len(identities)] for i in range(BANK)))]
            line = f"P={side}: prepare {prepare_ms:.0f} ms, {sum(t.numel() * t.element_size() for t in identities[0]) / 1e6:.1f} MB an avatar; ms a frame, best (median)"
            for batch in (1, 4, 8):
                f, life = random_rows(batch)
                life[:, 0] = 0  # nobody blinks, as nearly always
                slot = torch.arange(batch) % BANK
                taken = []
                for _ in range(RUNS):
                    start = time.thread_time()
                    render(f, life, slot, *bank)
                    taken.append((time.thread_time() - start) * 1e3 / batch)
                line += f"  B={batch}: {min(taken):.2f} ({statistics.median(taken):.2f})"
        print(line, flush=True)


if __name__ == "__main__":
    main()
