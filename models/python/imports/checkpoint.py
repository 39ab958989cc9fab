"""Reading other people's checkpoints: tensors only, and every one of them where it belongs."""
from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn


class CheckpointError(Exception):
    """A file is not what it should be; the message says which and what to do."""


def load(path: Path) -> dict[str, Tensor]:
    """The named tensors of a checkpoint: a `.pth`, `.pt` or `.bin` of PyTorch (never unpickled beyond tensors), or `.safetensors`."""
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file")
    if path.suffix == ".safetensors":
        return _safetensors(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as e:
        first = str(e).splitlines()[0]
        raise CheckpointError(f"{path}: holds more than tensors, which could run code, and is not read: {first}") from e
    except Exception as e:  # torch raises whatever its readers raise
        raise CheckpointError(f"{path}: is no PyTorch checkpoint: {str(e).splitlines()[0]}") from e
    for name in ("state_dict", "model", "generator"):
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
            break
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path}: holds {type(content).__name__}, not named tensors (a state_dict)")
    tensors = {str(k): v for k, v in content.items() if isinstance(v, Tensor)}
    if not tensors:
        raise CheckpointError(f"{path}: holds no tensors")
    return tensors


def _safetensors(path: Path) -> dict[str, Tensor]:
    """The format is a length, a JSON head and raw bytes: read here, so that no further library is needed."""
    import json

    types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
    data = path.read_bytes()
    try:
        size = int.from_bytes(data[:8], "little")
        head = json.loads(data[8:8 + size])
        tensors = {}
        for name, entry in head.items():
            if name != "__metadata__":
                begin, end = (8 + size + at for at in entry["data_offsets"])
                tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]]).reshape(entry["shape"])
        return tensors
    except (ValueError, KeyError, TypeError) as e:
        raise CheckpointError(f"{path}: is no safetensors file: {e}") from e


def fill(module: nn.Module, tensors: dict[str, Tensor], path: Path, *, prefixes: tuple[str, ...] = ("module.",),
         renames: Mapping[str, str] | None = None) -> None:
    """Put a checkpoint's tensors into a module, all of them, each of the right shape. Others under the same prefix are an error.

    prefixes: what names may begin with, tried in order; "" takes names as they are
    renames: older names of parts, such as `query` for `to_q`
    """
    own = module.state_dict()
    found = _without_prefix(tensors, prefixes, own)
    for old, new in (renames or {}).items():
        found = {new.join(k.split(old)) if old in k else k: v for k, v in found.items()}
    missing = sorted(own.keys() - found.keys())
    unknown = sorted(found.keys() - own.keys())
    if missing or unknown:
        parts = []
        if missing:
            parts.append(f"lacks {len(missing)} tensors, the first is {missing[0]} {tuple(own[missing[0]].shape)}")
        if unknown:
            parts.append(f"has {len(unknown)} that are not known, the first is {unknown[0]} {tuple(found[unknown[0]].shape)}")
        raise CheckpointError(f"{path}: is of another architecture: it {' and '.join(parts)}")
    for name, tensor in own.items():
        # Old checkpoints keep the 1x1 projections of an attention as matrices, or the other way round.
        given = found[name]
        if given.shape != tensor.shape and given.numel() == tensor.numel() and given.squeeze().shape == tensor.squeeze().shape:
            found[name] = given.reshape(tensor.shape)
        elif given.shape != tensor.shape:
            raise CheckpointError(f"{path}: {name} must be {tuple(tensor.shape)}, it is {tuple(given.shape)}: "
                                  "a checkpoint of another size of this model")
        if found[name].is_floating_point() and not torch.isfinite(found[name]).all():
            raise CheckpointError(f"{path}: {name} holds numbers that are not finite: the file is damaged")
    module.load_state_dict({k: v.to(own[k].dtype) for k, v in found.items()})


def _without_prefix(tensors: dict[str, Tensor], prefixes: tuple[str, ...], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    for prefix in prefixes:
        stripped = {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}
        if prefix and stripped.keys() & own.keys():
            return stripped
    return tensors
