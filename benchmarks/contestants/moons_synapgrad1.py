"""The moons in synapgrad 1.x, whose tensors wrap NumPy arrays."""

from importlib.metadata import version

import numpy as np

import synapgrad
from synapgrad import nn, optim


class Contestant:
    version = version("synapgrad")

    def __init__(self, problem):
        self.points = [np.array(rows, dtype=np.float32) for rows in (problem["x"], problem["y"])]
        self.batches = [tuple(array[rows] for array in self.points) for rows in problem["batches"]]
        self.model = nn.Sequential(
            nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)
        )
        self.initial = [
            np.array(values, dtype=np.float32) for layer in problem["weights"] for values in layer
        ]
        self.loss_fn = nn.MSELoss()
        self.optimizer = optim.SGD(self.model.parameters(), lr=problem["lr"])

    def reset(self):
        for parameter, value in zip(self.model.parameters(), self.initial):
            parameter.data[...] = value

    def step(self, i):
        x, y = self.batches[i]
        x, y = synapgrad.tensor(x), synapgrad.tensor(y)
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()

    def finish(self):
        pass

    def loss(self):
        x, y = map(synapgrad.tensor, self.points)
        with synapgrad.no_grad():
            return float(self.loss_fn(self.model(x), y).item())
