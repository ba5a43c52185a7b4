"""The examples in PyTorch, eager."""

from functools import partial

import torch
from torch_api import TorchApi

Contestant = partial(TorchApi, torch)
