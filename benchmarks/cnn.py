"""A training step of example 3, a convolutional network on 28 × 28 pixels.

Two blocks of convolution, batch normalisation, ReLU, dropout and pooling, a linear layer, cross-entropy and
Adam; the batch's tensors are made in the step. See training.py for what is measured. With --profile it is each
layer's passes, the loss and the optimizer, on one thread.

    python benchmarks/cnn.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--batch 128]
    python benchmarks/cnn.py --profile
"""

from __future__ import annotations

import argparse
import sys

from contestants.networks import BATCH, mnist_cnn
from training import Classifier, main


def build(library, options: argparse.Namespace) -> Classifier:
    return Classifier(library, mnist_cnn, (options.batch, 1, 28, 28))


if __name__ == "__main__":
    sys.exit(main("cnn", __doc__, build, {"batch": BATCH["mnist_cnn"]}, "batch {batch}", layers=True))
