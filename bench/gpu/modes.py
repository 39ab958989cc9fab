"""What a renderer gains by being called otherwise: as it is, frozen, and replayed as a CUDA graph.

    python modes.py PACKAGE cuda|cpu [--json FILE]

Milliseconds of a call by size of batch, inputs on the device, nothing copied back; each mode in turn, the median of several rounds. On a
CPU there are no graphs. Says at the end what pays: the worker calls modules as they are, and would have to be changed for the others.
Needs torch and numpy alone.
"""
from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

ROUNDS, CALLS = 5, 20
PAYS = 1.05


def freeze(module: torch.jit.ScriptModule) -> torch.jit.ScriptModule:
    # Where optimisation is off, what is frozen is not inlined, and lacks what it calls.
    with torch.jit.optimized_execution(True):
        return torch.jit.freeze(module.eval())


def graph(module: torch.jit.ScriptModule, arguments: list[torch.Tensor]) -> Callable[[], object]:
    """Captured with inputs of its own, as a worker's renderer has them: they stay where they are from call to call."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            module(*arguments)
    torch.cuda.current_stream().wait_stream(side)
    captured = torch.cuda.CUDAGraph()
    with torch.cuda.graph(captured):
        module(*arguments)
    return captured.replay


def call_ms(call: Callable[[], object], device: str, calls: int) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        call()
    if device == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - begun) * 1e3 / calls


def modes(folder: Path, manifest: dict, device: str, bucket: int) -> dict[str, Callable[[], object] | str]:
    patch = manifest["render"]["patches"][0]
    file = folder / (patch.get("renderCuda", patch["render"]) if device == "cuda" else patch["render"])
    module = torch.jit.load(file, map_location=device).eval()
    talk = np.load(folder / next(g["file"] for g in manifest["golden"] if g["module"] == "talk"))
    prepare = torch.jit.load(folder / patch["prepare"], map_location=device)
    identity = prepare(*(torch.from_numpy(talk[name]).to(device) for name in ("crop", "landmarks", "person")))
    features = torch.from_numpy(talk["features"][:1]).to(device).repeat(bucket, 1)
    life = torch.tensor([[float(p["max"]) for p in manifest["life"]]], device=device).repeat(bucket, 1)
    arguments = [features, life, torch.zeros(bucket, dtype=torch.long, device=device), *identity]
    frozen = freeze(module)
    result: dict[str, Callable[[], object] | str] = {"as it is": lambda: module(*arguments), "frozen": lambda: frozen(*arguments)}
    if device == "cuda":
        for name, captured in (("graph", module), ("frozen graph", frozen)):
            try:
                result[name] = graph(captured, arguments)
            except RuntimeError as e:  # such as a module that waits for the device in between
                result[name] = str(e).splitlines()[0]
    return result


def measure(folder: Path, device: str) -> list[dict[str, object]]:
    manifest = json.loads((folder / "model.json").read_text())
    if device == "cpu":
        torch.set_num_threads(1)  # as the worker's inference threads compute
    rows: list[dict[str, object]] = []
    # The worker switches the profiling executor off too.
    with torch.no_grad(), torch.jit.optimized_execution(False):
        for bucket in manifest["render"]["batchBuckets"]:
            calls = modes(folder, manifest, device, bucket)
            times: dict[str, list[float]] = {name: [] for name, call in calls.items() if not isinstance(call, str)}
            count = CALLS if device == "cuda" else 1
            for turn in range(-1, ROUNDS):
                for name in times:
                    ms = call_ms(calls[name], device, count)  # type: ignore[arg-type]
                    if turn >= 0:
                        times[name].append(ms)
            row: dict[str, object] = {"rows": bucket, **{name: statistics.median(ms) for name, ms in times.items()}}
            row.update({name: call for name, call in calls.items() if isinstance(call, str)})
            rows.append(row)
            print("  ".join(f"{name} {value:.2f} ms" if isinstance(value, float) else f"{name}: {value}" for name, value in row.items()), flush=True)
    return rows


def verdict(rows: list[dict[str, object]]) -> str:
    """The mode that gains most over all sizes, by the mean of its ratios."""
    names = [name for name in rows[0] if name not in ("rows", "as it is") and all(isinstance(row.get(name), float) for row in rows)]
    gains = {name: statistics.geometric_mean(row["as it is"] / row[name] for row in rows) for name in names}  # type: ignore[operator]
    best = max(gains, key=lambda name: gains[name])
    said = ", ".join(f"{name} {gain:.2f} times" for name, gain in gains.items())
    return f"{said}: {best if gains[best] >= PAYS else 'none'} pays"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("device", choices=["cuda", "cpu"], nargs="?", default="cuda")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = measure(options.package, options.device)
    print(verdict(rows))
    if options.json:
        options.json.write_text(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
