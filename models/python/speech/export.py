"""Writes the package's `encode.pt`, its golden vector and the `encode` object of the manifest from trained weights.

python -m speech.export [--weights first.pt second.pt] [--package ../packages/puppet]
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from speech import net
from speech.audio import read_audio

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "packages" / "puppet"
WEIGHTS = (HERE / "weights-1.pt", HERE / "weights-2.pt")
"""The nets whose mean is shipped."""

BATCH, BATCH_CUDA = 4, 32
"""Rows of a call. On a CPU four cost .7 ms each and so do eight, for which a first word would wait twice as long; on a GPU a call
costs what its launches cost."""
GOLDEN_ROWS = 8
FRAMES_PER_CALL = (1, 2, 5)
GOLDEN_FRAMES = 5
"""Enough of the sentence for closures, bites and a jaw that is held: the post-processing is all exercised."""
GOLDEN_SENTENCE = "Five brave men, who paid for the warm boat, view the blue moon."
GOLDEN_TOLERANCE = 1e-4


def load_net(path: Path) -> net.MouthNet:
    """The trained network of a checkpoint written by `speech.train`."""
    checkpoint = torch.load(path, weights_only=True)
    model = net.MouthNet(checkpoint["channels"], checkpoint["phone_classes"])
    model.load_state_dict(checkpoint["weights"])
    return model.eval()


def build(nets: list[net.MouthNet], lips: net.Lips = net.Lips()) -> torch.jit.ScriptModule:
    """The exported module. It is scripted and not frozen: weights stay parameters, so `to(device)` moves all of them."""
    return torch.jit.script(net.Encoder(nets, lips).eval().requires_grad_(False))


def window_samples(frames: int) -> int:
    return net.CONTEXT_SAMPLES + frames * net.FRAME_SAMPLES + net.LOOKAHEAD_SAMPLES


def golden_pcm() -> np.ndarray:
    """Windows of one sentence of flite's slt at seven places, the last row silent: f32 [8, S], rounded to 16 bits."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "golden.wav"
        subprocess.run(["flite", "-voice", "slt", "-t", GOLDEN_SENTENCE, str(wav)], check=True)
        speech = read_audio(wav)
    size = window_samples(GOLDEN_FRAMES)
    rows = [speech[start : start + size] for start in np.linspace(0, len(speech) - size, GOLDEN_ROWS - 1).astype(int)]
    return np.stack([*rows, np.zeros(size, np.float32)])


def check_contract(encode: torch.jit.ScriptModule, pcm: torch.Tensor) -> None:
    """Raises unless rows are independent, silence is silent, values are in [0, 1] and F frames are F windows."""
    pcm = pcm[1 : 1 + BATCH]
    features = encode(pcm)
    order = torch.tensor([3, 0, 2, 1])
    assert torch.equal(encode(pcm[order]), features[order]), "a row depends on its place in the batch"
    alone = torch.zeros_like(pcm)
    alone[3] = pcm[3]
    assert torch.equal(encode(alone)[3], features[3]), "a row depends on its neighbours"
    assert float(features.min()) >= 0 and float(features.max()) <= 1
    silent = encode(torch.zeros_like(pcm))
    assert float(silent[..., net.JAW].max()) < 0.02, "the mouth is open in silence"
    single = encode(pcm[:, : window_samples(1)])
    assert float((single - features[:, :1]).abs().max()) < 1e-5, "a frame depends on the frames after it"


def manifest() -> dict:
    """The `encode` object of model.json."""
    return {
        "file": "encode.pt",
        "batch": BATCH,
        "batchCuda": BATCH_CUDA,
        "framesPerCall": list(FRAMES_PER_CALL),
        "contextSamples": net.CONTEXT_SAMPLES,
        "lookaheadSamples": net.LOOKAHEAD_SAMPLES,
        "offsetMs": 0,
        "features": [{"name": name, "min": 0, "max": 1, "rest": 0} for name in net.FEATURES],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, nargs="+", default=WEIGHTS)
    parser.add_argument("--package", type=Path, default=PACKAGE)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)

    target = options.package / "encode.pt"
    (options.package / "golden").mkdir(parents=True, exist_ok=True)
    build([load_net(path) for path in options.weights]).save(str(target))

    encode = torch.jit.load(str(target)).eval()
    pcm = torch.from_numpy(golden_pcm())
    check_contract(encode, pcm)
    golden = options.package / "golden" / "encode.npz"
    np.savez_compressed(golden, pcm=pcm.numpy(), features=encode(pcm).numpy())
    (HERE / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n")
    print(f"{target}: {target.stat().st_size} bytes; {golden}: {golden.stat().st_size} bytes")


if __name__ == "__main__":
    main()
