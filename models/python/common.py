"""What the exporters share: writing TorchScript files without debug records, reproducible archives, golden files."""
from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


def reproducible() -> None:
    """Start the running script again with a fixed hash seed: TorchScript writes some attributes in the order of a Python set."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})


def save_script(module: torch.jit.ScriptModule, path: Path) -> None:
    """Save a TorchScript module without its debug records (line tables of our sources: a third of a small file)."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    buffer.seek(0)
    reader = torch._C.PyTorchFileReader(buffer)
    writer = torch._C.PyTorchFileWriter(str(path))
    # Without it the file would say the oldest version, and libtorch would put what a division was then in the place of each.
    writer.set_min_version(int(reader.get_record("version")))
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in ("version", "byteorder", ".data/serialization_id"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()


def save_golden(path: Path, **arrays: Tensor | np.ndarray) -> None:
    """Write a golden archive (models/README.md)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{k: v.detach().cpu().numpy() if isinstance(v, Tensor) else v for k, v in arrays.items()})
