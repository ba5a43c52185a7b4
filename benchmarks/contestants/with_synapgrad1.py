"""The examples in synapgrad 1.x, whose tensors wrap NumPy arrays."""

from importlib.metadata import version

import networks
import numpy as np

import synapgrad
import synapgrad.optim


class Contestant:
    version = version("synapgrad")

    def __init__(self, example, problem):
        self.network, self.problem = getattr(networks, example), problem
        x = np.asarray(problem["x"], dtype=np.float32)
        y = np.asarray(problem["y"], dtype=np.float32 if example == "moons" else np.int64)
        first = range(0, len(x), problem["batch"])
        self.batches = [(x[i : i + problem["batch"]], y[i : i + problem["batch"]]) for i in first]

    def reset(self, dropout):
        self.model, self.loss_fn, self.optimizer = self.network(synapgrad)
        for parameter, value in zip(self.model.parameters(), self.problem["parameters"]):
            parameter.data[...] = value
        for layer in self.model.submodules():
            if hasattr(layer, "p") and not dropout:
                layer.p = 0.0

    def step(self, i):
        x, y = self.batches[i]
        x, y = synapgrad.tensor(x), synapgrad.tensor(y, dtype=y.dtype)
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def finish(self):
        pass
