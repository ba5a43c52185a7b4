"""The examples in SynapGrad."""

from functools import partial

from torch_api import TorchApi

import synapgrad

Contestant = partial(TorchApi, synapgrad)
