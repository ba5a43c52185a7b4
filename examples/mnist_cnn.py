"""Example 3: a convolutional network learns to read handwritten digits.

    python examples/mnist_cnn.py --epochs 5

Two blocks of convolution, batch normalisation, ReLU, dropout and pooling, and a linear layer, trained with Adam on
MNIST, which lies in examples/data. It shows the loss and the accuracy as they develop, and leaves in out/mnist_cnn/ a
picture of what was mistaken for what, and the trained parameters in a file that PyTorch reads as well.
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
from synapgrad import Tensor, nn, optim
from synapgrad.datasets import MNIST
from synapgrad.utils.data import DataLoader, TensorDataset

DATA = Path(__file__).resolve().parent / "data" / "mnist"


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """Look for patterns in windows of 3 x 3 pixels, and halve the picture."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel_size=3, padding="same"),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.MaxPool2d(2),
    )


def make_model() -> nn.Sequential:
    """1 x 28 x 28 -> 16 x 14 x 14 -> 32 x 7 x 7 -> 10 numbers, the greatest of which is the answer."""
    return nn.Sequential(block(1, 16), block(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10))


def load(train: bool, part: float) -> TensorDataset:
    """A part of the images, one channel from 0 to 1, and their labels."""
    data = MNIST(DATA, train=train)
    count = int(len(data) * part)
    return TensorDataset(data.data[:count].unsqueeze(1).float() / 255, data.targets[:count])


def train_epoch(model: nn.Module, optimizer: optim.Optimizer, loader: DataLoader, title: str) -> float:
    """Go through the images once; return the mean loss."""
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    total, seen = 0.0, 0
    progress = tqdm(loader, desc=title, unit="batch")
    for images, labels in progress:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total, seen = total + loss.item() * len(labels), seen + len(labels)
        progress.set_postfix(loss=f"{total / seen:.4f}", refresh=False)
    return total / seen


def answer(model: nn.Module, loader: DataLoader) -> tuple[Tensor, Tensor]:
    """What the model takes the images for, and what they are."""
    model.eval()
    with synapgrad.no_grad():
        pairs = [(model(images).argmax(1), labels) for images, labels in loader]
    answers, labels = zip(*pairs)
    return synapgrad.cat(answers), synapgrad.cat(labels)


def plot_confusion(answers: Tensor, labels: Tensor, path: Path) -> None:
    """Row i, column k: how many images of the digit i were taken for a k."""
    counts = synapgrad.bincount(labels * 10 + answers, minlength=100).reshape(10, 10)
    figure, axes = plt.subplots(figsize=(5.5, 5), layout="constrained")
    axes.imshow(
        counts.float().add(1).log().tolist(), cmap="Blues"
    )  # logarithms, or the diagonal hides the rest
    for digit in range(10):
        for taken_for in range(10):
            colour = "white" if digit == taken_for else "black"
            count = counts[digit, taken_for].item()
            axes.text(taken_for, digit, count, ha="center", va="center", fontsize=8, color=colour)
    axes.set(xlabel="answer", ylabel="digit", xticks=range(10), yticks=range(10))
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.01, help="Adam's learning rate")
    parser.add_argument("--part", type=float, default=1.0, help="how much of the images to use, 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/mnist_cnn"), help="where the results go")
    options = parser.parse_args()

    synapgrad.manual_seed(options.seed)
    train_loader = DataLoader(load(True, options.part), batch_size=options.batch_size, shuffle=True)
    test_loader = DataLoader(load(False, options.part), batch_size=256)
    model = make_model()
    optimizer = optim.Adam(model.parameters(), lr=options.lr)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")

    answers = labels = None
    for epoch in range(1, options.epochs + 1):
        loss = train_epoch(model, optimizer, train_loader, f"epoch {epoch}/{options.epochs}")
        answers, labels = answer(model, test_loader)
        accuracy = (answers == labels).float().mean().item()
        print(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f} on the test images")

    options.out.mkdir(parents=True, exist_ok=True)
    if answers is not None and labels is not None:
        plot_confusion(answers, labels, options.out / "confusion.png")
    synapgrad.save(model.state_dict(), options.out / "cnn.pt")
    print(f"confusion.png and cnn.pt are in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
