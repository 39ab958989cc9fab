"""A regression test of the exported module: twenty sentences of a voice it was not trained on, and silence.

    python -m speech.check [../packages/puppet/encode.pt]

Needs flite (its voice slt) and fails with exit code 1 if the mouth got worse.
"""

import sys

import numpy as np
import torch

from speech import net
from speech.evaluate import held_out_sentences, whole_file
from speech.export import PACKAGE
from speech.text import UNRELATED_SENTENCES

MIN_JAW_R = 0.89
MIN_BITE_F1 = 0.68
MIN_CLOSE_F1 = 0.70
MAX_SILENT_JAW = 0.02


def main() -> None:
    torch.set_num_threads(1)
    encode = whole_file(torch.jit.load(sys.argv[1] if len(sys.argv) > 1 else str(PACKAGE / "encode.pt")).eval())
    labelled = held_out_sentences()
    score = labelled.score(labelled.predictions(encode), (0.5, 0.5))
    silent_jaw = float(encode(np.zeros(64_000, np.int16))[:, net.JAW].max())
    results = (
        ("sentences", len(labelled.utterances), len(labelled.utterances) == len(UNRELATED_SENTENCES)),
        ("jaw r", score.r[net.JAW], score.r[net.JAW] >= MIN_JAW_R),
        ("close F1", score.close.f1, score.close.f1 >= MIN_CLOSE_F1),
        ("bite F1", score.bite.f1, score.bite.f1 >= MIN_BITE_F1),
        ("jaw in silence", silent_jaw, silent_jaw <= MAX_SILENT_JAW),
    )
    for name, value, good in results:
        print(f"{name:16} {value:.3f} {'' if good else 'WORSE THAN IT WAS'}")
    passed = sum(good for _, _, good in results)
    print(f"{passed} passed, {len(results) - passed} failed")
    sys.exit(0 if passed == len(results) else 1)


if __name__ == "__main__":
    main()
