"""The examples in PyTorch, network and loss compiled. (A compiled optimizer step made none of them faster.)"""

import torch
from torch_api import TorchApi


class Contestant(TorchApi):
    def __init__(self, example, problem):
        super().__init__(torch, example, problem)
        self.compiled_for = None

    def reset(self, dropout):
        super().reset(dropout)
        if dropout != self.compiled_for:
            # From the start: told of another probability, what is compiled already would take any, more slowly.
            torch.compiler.reset()
            self.loss = torch.compile(super().loss, dynamic=False)
            self.compiled_for = dropout
