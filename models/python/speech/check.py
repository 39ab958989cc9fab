"""A regression test of the exported module: twenty sentences of a voice it was not trained on, and silence.

    python -m speech.check [../packages/puppet/encode.pt]

Needs flite (its voice slt) and fails with exit code 1 if the mouth got worse.
"""

import random
import sys

import numpy as np
import torch

from speech import net, voices
from speech.evaluate import Labelled, whole_file
from speech.export import PACKAGE

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "Four hours of steady work faced us.",
    "The box was thrown beside the parked truck.",
    "A large size in stockings is hard to sell.",
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
    "Help the woman get back to her feet.",
    "A pot of tea helps to pass the evening.",
    "Smoky fires lack flame and heat.",
    "The soft cushion broke the man's fall.",
    "The salt breeze came across from the sea.",
    "Every victory over five brave wolves was very fair.",
    "The small pup gnawed a hole in the sock.",
    "Press the pants and sew a button on the vest.",
    "The swan dive was far short of perfect.",
    "The beauty of the view stunned the young boy.",
    "Move the vat over the hot fire.",
)
"""Mostly Harvard sentences (IEEE, 1969)."""

MIN_JAW_R = 0.82
MIN_BITE_F1 = 0.75
MIN_CLOSE_F1 = 0.60
MAX_SILENT_JAW = 0.02


def main() -> None:
    torch.set_num_threads(1)
    encode = whole_file(torch.jit.load(sys.argv[1] if len(sys.argv) > 1 else str(PACKAGE / "encode.pt")).eval())
    labelled = Labelled(voices.flite("slt", list(SENTENCES), 1e9, random.Random(0)))
    score = labelled.score(labelled.predictions(encode), (0.5, 0.5))
    silent_jaw = float(encode(np.zeros(64_000, np.int16))[:, net.JAW].max())
    results = (
        ("sentences", len(labelled.utterances), len(labelled.utterances) == len(SENTENCES)),
        ("jaw r", score.r[net.JAW], score.r[net.JAW] >= MIN_JAW_R),
        ("close F1", score.close.f1, score.close.f1 >= MIN_CLOSE_F1),
        ("bite F1", score.bite.f1, score.bite.f1 >= MIN_BITE_F1),
        ("jaw in silence", silent_jaw, silent_jaw <= MAX_SILENT_JAW),
    )
    for name, value, good in results:
        print(f"{name:16} {value:.3f} {'' if good else 'WORSE THAN IT WAS'}")
    passed = sum(good for _, _, good in results)
    print(f"{passed} passed, {len(results) - passed} failed")
    sys.exit(passed < len(results))


if __name__ == "__main__":
    main()
