"""Example 1: a small perceptron learns to tell two interleaving moons apart.

    python examples/moons.py

It trains a 2-16-16-1 network with SGD, shows the loss and the accuracy as they develop, and leaves three
pictures in out/moons/: the loss curve, the decision boundary, and the graph of the operations from the
parameters to the loss.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # pictures go to files: no window, so it also runs where there is no screen
import matplotlib.pyplot as plt
from tqdm import tqdm

import synapgrad
from synapgrad import Tensor, nn, optim, utils
from synapgrad.datasets import make_moons

CLASS_COLOURS = ["#2a6fbb", "#d1495b"]


def make_model() -> nn.Sequential:
    """Two hidden layers of 16; the single output is near 0 for one moon and near 1 for the other."""
    return nn.Sequential(
        nn.Linear(2, 16),
        nn.ReLU(),
        nn.Linear(16, 16),
        nn.ReLU(),
        nn.Linear(16, 1),
    )


def accuracy(output: Tensor, target: Tensor) -> float:
    """The share of points on the right side of one half."""
    return ((output > 0.5) == (target > 0.5)).float().mean().item()


def train(
    model: nn.Module, X: Tensor, target: Tensor, *, epochs: int, batch_size: int, lr: float
) -> list[tuple[float, float]]:
    """Fit the model by stochastic gradient descent; return each epoch's loss and accuracy over all points."""
    loss_fn = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=lr)
    history = []
    progress = tqdm(range(epochs), desc="training", unit="epoch")
    for _ in progress:
        for batch in synapgrad.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss = loss_fn(model(X[batch]), target[batch])
            loss.backward()
            optimizer.step()
        with synapgrad.no_grad():
            output = model(X)
            history.append((loss_fn(output, target).item(), accuracy(output, target)))
        shown = {"loss": f"{history[-1][0]:.4f}", "accuracy": f"{history[-1][1]:.3f}"}
        progress.set_postfix(shown, refresh=False)  # shown when the bar is next drawn, not at every epoch
    return history


def plot_history(history: list[tuple[float, float]], path: Path) -> None:
    """The loss (left axis) and the accuracy (right axis) over the epochs."""
    epochs = range(1, len(history) + 1)
    figure, loss_axis = plt.subplots(figsize=(7, 4), layout="constrained")
    loss_axis.plot(epochs, [loss for loss, _ in history], color=CLASS_COLOURS[0])
    loss_axis.set_xlabel("epoch")
    loss_axis.set_ylabel("mean squared error", color=CLASS_COLOURS[0])
    loss_axis.set_ylim(bottom=0)
    accuracy_axis = loss_axis.twinx()
    accuracy_axis.plot(epochs, [share for _, share in history], color=CLASS_COLOURS[1])
    accuracy_axis.set_ylabel("accuracy", color=CLASS_COLOURS[1])
    accuracy_axis.set_ylim(top=1.005)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_boundary(model: nn.Module, X: Tensor, target: Tensor, path: Path) -> None:
    """What the model answers everywhere, the line where it changes its mind, and the points it saw."""
    steps = 150
    across, up = (
        synapgrad.linspace(X[:, axis].min().item() - 0.4, X[:, axis].max().item() + 0.4, steps)
        for axis in (0, 1)
    )
    # Every pair (across[i], up[j]), one row each.
    grid = synapgrad.stack(
        [
            across.unsqueeze(0).expand(steps, steps).reshape(-1),
            up.unsqueeze(1).expand(steps, steps).reshape(-1),
        ],
        dim=1,
    )
    with synapgrad.no_grad():
        answer = model(grid).reshape(steps, steps).tolist()

    figure, axes = plt.subplots(figsize=(7.5, 5), layout="constrained")
    shades = axes.contourf(
        across.tolist(),
        up.tolist(),
        answer,
        levels=[0.1 * i for i in range(11)],
        cmap="RdBu_r",
        alpha=0.6,
        extend="both",
    )
    figure.colorbar(shades, label="output of the network", shrink=0.72)
    axes.contour(across.tolist(), up.tolist(), answer, levels=[0.5], colors="black", linewidths=1.5)
    for label, colour in enumerate(CLASS_COLOURS):
        points = X[target[:, 0] == label].tolist()
        axes.scatter(*zip(*points), color=colour, edgecolor="white", linewidth=0.6, label=f"class {label}")
    axes.set_aspect("equal")
    axes.legend(loc="upper right")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate (default: 0.1)")
    parser.add_argument("--seed", type=int, default=0, help="of the points, the weights and the batches")
    parser.add_argument("--out", type=Path, default=Path("out/moons"), help="where the pictures go")
    options = parser.parse_args()

    synapgrad.manual_seed(options.seed)
    X, y = make_moons(150, noise=0.1, random_state=options.seed)
    target = y.float().unsqueeze(1)
    model = make_model()
    print(model)
    history = train(model, X, target, epochs=options.epochs, batch_size=options.batch_size, lr=options.lr)

    options.out.mkdir(parents=True, exist_ok=True)
    plot_history(history, options.out / "loss.png")
    plot_boundary(model, X, target, options.out / "boundary.png")
    # So that the picture shows every gradient, not only those of the parameters.
    with synapgrad.retain_grads():
        loss = nn.MSELoss()(model(X[:4]), target[:4])
        loss.backward()
    utils.graph.draw(loss, params=dict(model.named_parameters())).save(options.out / "graph.svg")

    loss, share = history[-1]
    print(f"loss {loss:.4f}, accuracy {share:.3f} on {len(X)} points")
    print("pictures:", ", ".join(str(picture) for picture in sorted(options.out.iterdir())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
