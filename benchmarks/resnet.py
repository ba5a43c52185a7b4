"""A training step of a ResNet-18 on 32 × 32 pixels.

The usual one for CIFAR: a 3 × 3 convolution to 64 channels, four stages of two residual blocks of 64, 128, 256
and 512 channels, the mean of each channel, a linear layer; cross-entropy, and SGD with momentum and weight
decay. The batch's tensors are made in the step. See training.py for what is measured. With --profile it is each
kind of layer's passes, the loss and the optimizer, on one thread.

    python benchmarks/resnet.py [--threads 1 2] [--rounds 5] [--seconds 0.5] [--batch 32] [--width 64]
    python benchmarks/resnet.py --profile [--threads 2]
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

from contestants.networks import resnet18
from training import Classifier, main


def build(library, options: argparse.Namespace) -> Classifier:
    return Classifier(library, partial(resnet18, width=options.width), (options.batch, 3, 32, 32))


if __name__ == "__main__":
    SIZES = {"batch": 32, "width": 64}
    sys.exit(main("resnet", __doc__, build, SIZES, "{width} channels, batch {batch}", layers=True))
