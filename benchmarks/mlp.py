"""A training step of example 2, a perceptron on 28 × 28 pixels.

Two blocks of a linear layer, batch normalisation, ReLU and dropout, a linear layer, log-softmax, negative
log-likelihood and SGD with momentum; the batch's tensors are made in the step. See training.py for what is
measured. With --profile it is each layer's passes, the loss and the optimizer, on one thread.

    python benchmarks/mlp.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--batch 64]
    python benchmarks/mlp.py --profile
"""

from __future__ import annotations

import argparse
import sys

from contestants.networks import BATCH, mnist_mlp
from training import Classifier, main


def build(library, options: argparse.Namespace) -> Classifier:
    return Classifier(library, mnist_mlp, (options.batch, 1, 28, 28))


if __name__ == "__main__":
    sys.exit(main("mlp", __doc__, build, {"batch": BATCH["mnist_mlp"]}, "batch {batch}", layers=True))
