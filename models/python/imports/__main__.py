"""Makes a model package of a public checkpoint that you have.

    python -m imports wav2lip     --checkpoint wav2lip_gan.pth --out FOLDER
    python -m imports wav2lip-256 --checkpoint wav2lip256.pth  --out FOLDER
    python -m imports musetalk    --checkpoint unet.pth --vae diffusion_pytorch_model.bin --whisper pytorch_model.bin --out FOLDER

Run in models/python. Nothing is downloaded, nothing but tensors is read from the files. `mouthpiece model import` does the same.
"""
from __future__ import annotations

import argparse
import copy
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))
from common import save_golden, save_script  # noqa: E402

from . import checkpoint, musetalk, wav2lip  # noqa: E402
from .audio import FPS, HOP, RATE, Wav2LipMel  # noqa: E402

BATCH, FRAMES_PER_CALL = 8, [1, 2, 5]
# By how many levels a patch may differ between machines and precisions; bfloat16 has three digits less than float16.
LEVELS, LEVELS_BFLOAT16 = 4, 8
LICENCES = {
    "wav2lip": ("LicenseRef-Wav2Lip-noncommercial", "Wav2Lip's authors allow their weights for research and personal use only, not commercially "
                "(https://github.com/Rudrabha/Wav2Lip). Weights of others have terms of their own: look where you got them."),
    "musetalk": ("MIT AND LicenseRef-see-card", "MuseTalk's weights are MIT, for any use (https://github.com/TMElyralab/MuseTalk); sd-vae-ft-mse is MIT; "
                 "Whisper is MIT. Weights of others have terms of their own: look where you got them."),
}
WHAT = {
    "wav2lip": "Wav2Lip, {side} pixels: lips painted from mel spectra, of your own checkpoint.",
    "musetalk": "MuseTalk 1.5: the lower face in one step of latent diffusion, of your own checkpoint.",
}


def example(side: int) -> tuple[Tensor, Tensor, Tensor]:
    """A made face: shades, with an oval of landmarks. Good enough for goldens: they compare machines, not people."""
    line = torch.linspace(0, 1, side)
    crop = torch.stack([80 + 90 * line[:, None] * line[None], 120 - 60 * line[None].expand(side, side), 90 + 70 * torch.sin(9 * line[:, None]).expand(side, side)], dim=2)
    generator = torch.Generator().manual_seed(1)
    angle = torch.rand(478, generator=generator) * 6.28
    radius = 0.45 * side * torch.rand(478, generator=generator).sqrt()
    landmarks = torch.stack([side / 2 + radius * angle.cos(), side / 2 + radius * angle.sin(), torch.zeros(478)], dim=1)
    return crop.clamp(0, 255).to(torch.uint8), landmarks, torch.ones(side, side)


def speech(samples: int) -> Tensor:
    """Rows of made speech, the last silent: f32 [8, samples]."""
    t = torch.arange(samples) / RATE
    rows = [(0.3 * torch.sin(2 * torch.pi * (110 + 17 * i) * t) * (0.5 + 0.5 * torch.sin(2 * torch.pi * (3 + 0.4 * i) * t))
             + 0.05 * torch.sin(2 * torch.pi * (900 + 211 * i) * t)) for i in range(BATCH - 1)]
    return torch.stack([*rows, torch.zeros(samples)]).float()


def script(module: nn.Module) -> torch.jit.ScriptModule:
    return torch.jit.script(module.eval().requires_grad_(False))


class Exporter:
    """Writes a package: modules, goldens, card, manifest."""

    def __init__(self, name: str, family: str, side: int, folder: Path) -> None:
        self.name, self.family, self.side, self.folder = name, family, side, folder

    def write(self, encode: nn.Module, prepare: nn.Module, render: nn.Module, *, context: int, lookahead: int, features: list[dict[str, Any]],
              identity: list[str], buckets: list[int], box: dict[str, float], sources: list[Path], bfloat16: bool = False) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        scripts = {"encode.pt": script(encode), "prepare.pt": script(prepare), "render.pt": script(render)}
        for file, module in scripts.items():
            save_script(module, self.folder / file)
        with torch.no_grad(), torch.jit.optimized_execution(False):
            inputs, patch = self.goldens(scripts, context + lookahead)
            narrow = self.bfloat16(render, inputs, patch) if bfloat16 else {}
        # The GPU's: half the numbers, and in the order of memory that its convolutions like.
        half = copy.deepcopy(render).half().to(memory_format=torch.channels_last)
        save_script(script(half), self.folder / "render-cuda.pt")
        self.texts(sources)
        manifest = {
            "schema": 1, "name": self.name, "version": "1.0.0", "license": LICENCES[self.family][0],
            "title": WHAT[self.family].format(side=self.side),
            "kind": "lipsync", "quality": "standard", "engine": "torchscript", "sampleRateHz": RATE, "fps": FPS,
            "encode": {"file": "encode.pt", "batch": BATCH, "framesPerCall": FRAMES_PER_CALL, "contextSamples": context,
                       "lookaheadSamples": lookahead, "offsetMs": 0, "features": features},
            "life": [{"name": "talk", "min": 0, "max": 1, "rest": 0}],
            "render": {"idle": "loop", "placement": "box", "batchBuckets": buckets, "mouth": {"x": 0.5, "y": 0.72}, "eyeDistance": 0.42, "box": box,
                       "patches": [{"size": self.side, "prepare": "prepare.pt", "render": "render.pt", "renderCuda": "render-cuda.pt", **narrow}],
                       "identity": [{"name": part, "dim": 0} for part in identity]},
            "precision": {"cpu": "float32 or bfloat16" if narrow else "float32", "cuda": "float16"},
            "golden": [{"file": "golden/encode.npz", "module": "encode", "tolerance": 2e-3},
                       {"file": "golden/talk.npz", "module": "talk", "patch": self.side, "tolerance": LEVELS, "toleranceBfloat16": LEVELS_BFLOAT16}],
        }
        files = sorted(p for p in self.folder.rglob("*") if p.is_file())
        manifest["files"] = {p.relative_to(self.folder).as_posix(): {"sha256": sha256(p), "bytes": p.stat().st_size} for p in files}
        (self.folder / "model.json").write_text(json.dumps(manifest) + "\n")

    def bfloat16(self, render: nn.Module, inputs: list[Tensor], patch: Tensor) -> dict[str, str]:
        """The renderer for CPUs that multiply bfloat16, as the manifest names it: half the time there. None where these weights need more digits."""
        module = script(copy.deepcopy(render).bfloat16().to(memory_format=torch.channels_last))
        away = (module(*inputs).int() - patch.int()).abs().max().item()
        if away > LEVELS_BFLOAT16 - 2:  # Two are left for other machines.
            print(f"{self.name}: {away} levels away in bfloat16, which is too far: CPUs will compute it in float32", file=sys.stderr)
            return {}
        save_script(module, self.folder / "render-bfloat16.pt")
        return {"renderBfloat16": "render-bfloat16.pt"}

    def goldens(self, scripts: dict[str, torch.jit.ScriptModule], outside: int) -> tuple[list[Tensor], Tensor]:
        """Writes them. The renderer's arguments and what it made of them."""
        pcm = speech(outside + 2 * HOP)
        features = scripts["encode.pt"](pcm)
        save_golden(self.folder / "golden/encode.npz", pcm=pcm, features=features)
        crop, landmarks, person = example(self.side)
        rows, life = features[:1, 0].contiguous(), torch.ones(1, 1)
        inputs = [rows, life, torch.zeros(1, dtype=torch.long), *scripts["prepare.pt"](crop, landmarks, person)]
        patch = scripts["render.pt"](*inputs)
        save_golden(self.folder / "golden/talk.npz", crop=crop, landmarks=landmarks, person=person, features=rows, life=life, patch=patch)
        return inputs, patch

    def texts(self, sources: list[Path]) -> None:
        licence = LICENCES[self.family][1]
        made = "\n".join(f"- `{p.name}`, SHA-256 {sha256(p)}" for p in sources)
        (self.folder / "LICENSE.txt").write_text(licence + "\n")
        (self.folder / "NOTICE.txt").write_text(f"Made by Mouthpiece's importer on its user's machine, of files that the user brought:\n{made}\n")
        (self.folder / "MODEL_CARD.md").write_text(
            f"# {self.name}\n\n{WHAT[self.family].format(side=self.side)}\n\n**Licence of the weights**: {licence}\n\nMade of:\n\n{made}\n\n"
            "Shows the picture as it is while nobody speaks; while somebody does, the box around the face is painted anew, as sharp as the\n"
            f"network's {self.side} pixels allow. Speaks on pictures of one face that looks into the camera.\n")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parameters(count: int, low: float, high: float, rest: float, letter: str) -> list[dict[str, Any]]:
    return [{"name": f"{letter}{i}", "min": low, "max": high, "rest": rest} for i in range(count)]


def import_wav2lip(options: argparse.Namespace) -> None:
    side = 256 if options.model == "wav2lip-256" else 96
    net = wav2lip.Wav2Lip(side).eval()
    checkpoint.fill(net, checkpoint.load(options.checkpoint), options.checkpoint)
    net.fold()
    mel = Wav2LipMel(options.lead)
    # The network knows faces as a detector boxes them: from the hairline, which the landmarks reach, to a little below the chin.
    box = {"left": 0.02, "top": 0.0, "right": 0.02, "bottom": 0.06, "feather": side / 24}
    Exporter(options.model, "wav2lip", side, options.out).write(
        mel, wav2lip.Prepare(net.eyes()), wav2lip.Render(net.mouth(), net.eyes(), side), context=mel.context, lookahead=mel.lookahead,
        features=parameters(1280, -4, 4, -4, "m"), identity=["face"], buckets=options.buckets or [1, 2, 4, 8, 16, 32], box=box, sources=[options.checkpoint], bfloat16=True)


def import_musetalk(options: argparse.Namespace) -> None:
    if not options.vae or not options.whisper:
        raise checkpoint.CheckpointError("musetalk needs --vae (sd-vae-ft-mse) and --whisper (whisper-tiny) beside --checkpoint (unet.pth)")
    unet, vae, whisper = musetalk.UNet(), musetalk.Vae(), musetalk.Whisper()
    checkpoint.fill(unet, checkpoint.load(options.checkpoint), options.checkpoint)
    checkpoint.fill(vae, checkpoint.load(options.vae), options.vae, renames=musetalk.Vae.RENAMES)
    heard = {k: v for k, v in checkpoint.load(options.whisper).items() if "decoder." not in k and not k.startswith("proj_out")}
    checkpoint.fill(whisper, heard, options.whisper, prefixes=("model.encoder.", "encoder."))
    box = {"left": 0.02, "top": -0.1, "right": 0.02, "bottom": 0.05, "feather": 10}
    Exporter("musetalk", "musetalk", musetalk.SIDE, options.out).write(
        musetalk.Encode(whisper), musetalk.Prepare(vae), musetalk.Render(unet, vae), context=musetalk.Encode.CONTEXT, lookahead=musetalk.Encode.LOOKAHEAD,
        features=parameters(19_200, -1000, 1000, 0, "h"), identity=["latents", "crop", "mask"], buckets=options.buckets or [1, 2, 4, 8, 16], box=box,
        sources=[options.checkpoint, options.vae, options.whisper])


def main() -> int:
    parser = argparse.ArgumentParser(prog="imports", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["wav2lip", "wav2lip-256", "musetalk"])
    parser.add_argument("--checkpoint", type=Path, required=True, help="the generator's weights; musetalk: the UNet's")
    parser.add_argument("--vae", type=Path, help="musetalk: sd-vae-ft-mse")
    parser.add_argument("--whisper", type=Path, help="musetalk: whisper-tiny")
    parser.add_argument("--out", type=Path, required=True, help="the package's folder; replaced")
    parser.add_argument("--lead", type=int, default=1, choices=[0, 1, 2], help="wav2lip: video frames by which the sound's window begins early (1)")
    parser.add_argument("--buckets", type=int, nargs="+", help="numbers of rows a call may have")
    options = parser.parse_args()
    try:
        if options.model == "musetalk":
            import_musetalk(options)
        else:
            import_wav2lip(options)
    except checkpoint.CheckpointError as e:
        print(f"import: {e}", file=sys.stderr)
        return 2
    size = sum(p.stat().st_size for p in options.out.rglob("*") if p.is_file())
    print(f"{options.out}: {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
