"""An example in PyTorch's API: one text for SynapGrad and PyTorch, which differ in the import alone."""

import copy

import networks
import numpy as np


class TorchApi:
    def __init__(self, library, example, problem):
        self.library, self.version = library, library.__version__
        network = getattr(networks, example)(library, *problem.get("sizes", []))
        self.model, self.loss_fn, self.optimizer = network
        x, y = (np.asarray(problem[name]) for name in "xy")
        if example == "moons":
            x, y = x.astype(np.float32), y.astype(np.float32)
        first = range(0, len(x), problem["batch"])
        self.batches = [(x[i : i + problem["batch"]], y[i : i + problem["batch"]]) for i in first]
        self.initial = [np.asarray(values, dtype=np.float32) for values in problem["parameters"]]
        self.fresh = copy.deepcopy(self.optimizer.state_dict())
        self.dropouts = [(layer, layer.p) for layer in self.model.modules() if hasattr(layer, "p")]

    def reset(self, dropout):
        with self.library.no_grad():
            for parameter, value in zip(self.model.parameters(), self.initial):
                parameter.copy_(self.library.from_numpy(value))
        self.optimizer.load_state_dict(self.fresh)
        for layer, p in self.dropouts:
            if layer.p != p * dropout:  # torch.compile makes a layer that is written to slower
                layer.p = p * dropout

    def loss(self, x, y):
        return self.loss_fn(self.model(x), y)

    def step(self, i):
        x, y = self.batches[i]
        x, y = self.library.tensor(x), self.library.tensor(y)
        self.optimizer.zero_grad()
        loss = self.loss(x, y)
        loss.backward()
        self.optimizer.step()
        return loss

    def finish(self):
        pass
