"""Means of weights that training went through one after another: often better on new voices than any of them.

    python -m speech.mean OUT.pt IN.pt[=SHARE] IN.pt[=SHARE] ...
"""

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("parts", nargs="+", metavar="IN.pt[=SHARE]", help="share: 1 unless given")
    options = parser.parse_args()
    parts = [part.partition("=") for part in options.parts]
    shares = [float(share or 1) for _, _, share in parts]
    nets = [torch.load(path, weights_only=True) for path, _, _ in parts]
    weights = {
        name: sum(net["weights"][name] * share for net, share in zip(nets, shares, strict=True)) / sum(shares)
        for name in nets[0]["weights"]
    }
    torch.save({**nets[0], "weights": weights}, options.out)


if __name__ == "__main__":
    main()
