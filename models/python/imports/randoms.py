"""Checkpoints of random weights in the exact published shapes: `python -m imports.randoms MODEL FOLDER`, in models/python.

They cost what the public ones cost and look like nothing: for tests and measurements where no public checkpoint may be used.
Writes checkpoint.pth, and for musetalk vae.bin and whisper.bin beside it.
"""
from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from . import musetalk, wav2lip


def weights(module: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """A checkpoint of a module's shapes whose activations neither vanish nor burst."""
    generator = torch.Generator().manual_seed(seed)
    out = {}
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            out[name] = torch.zeros(tensor.shape, dtype=tensor.dtype)
        elif name.endswith("running_var"):
            out[name] = torch.rand(tensor.shape, generator=generator) + 0.5
        elif tensor.dim() > 1:
            out[name] = torch.randn(tensor.shape, generator=generator) * (0.7 / tensor[0].numel() ** 0.5)
        elif name.endswith("weight"):
            out[name] = torch.rand(tensor.shape, generator=generator) * 0.2 + 0.9
        else:
            out[name] = torch.randn(tensor.shape, generator=generator) * 0.05
    return out


def write(model: str, folder: Path) -> None:
    """The files that `import MODEL` takes, under the names that this module's text gives."""
    folder.mkdir(parents=True, exist_ok=True)
    if model == "musetalk":
        with torch.device("meta"):
            unet, vae, whisper = musetalk.UNet(), musetalk.Vae(), musetalk.Whisper()
        torch.save(weights(unet), folder / "checkpoint.pth")
        torch.save(weights(vae, 1), folder / "vae.bin")
        torch.save({"model.encoder." + k: v for k, v in weights(whisper, 2).items()}, folder / "whisper.bin")
    else:
        net = wav2lip.Wav2Lip(256 if model == "wav2lip-256" else 96)
        torch.save({"state_dict": {"module." + k: v for k, v in weights(net).items()}}, folder / "checkpoint.pth")


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
