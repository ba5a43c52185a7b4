"""The moons in PyTorch's API: one text for PyTorch and for SynapGrad, which differ in the import alone."""

import numpy as np


class TorchApi:
    def __init__(self, library, problem):
        self.library, nn = library, library.nn
        self.version = library.__version__
        self.points = [np.array(rows, dtype=np.float32) for rows in (problem["x"], problem["y"])]
        self.batches = [tuple(array[rows] for array in self.points) for rows in problem["batches"]]
        self.model = nn.Sequential(
            nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)
        )
        self.initial = [library.tensor(values) for layer in problem["weights"] for values in layer]
        self.loss_fn = nn.MSELoss()
        self.optimizer = library.optim.SGD(self.model.parameters(), lr=problem["lr"])

    def reset(self):
        with self.library.no_grad():
            for parameter, value in zip(self.model.parameters(), self.initial):
                parameter.copy_(value)

    def step(self, i):
        x, y = self.batches[i]
        x, y = self.library.tensor(x), self.library.tensor(y)
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()

    def finish(self):
        pass

    def loss(self):
        x, y = map(self.library.tensor, self.points)
        with self.library.no_grad():
            return self.loss_fn(self.model(x), y).item()
