"""Training loops: Trainer, and Evaluator for what it measures. They work with SynapGrad's modules and with PyTorch's.

NumPy has to be installed for them, matplotlib for :meth:`Trainer.plot`, and tqdm for progress bars instead of lines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence

__all__ = ["Evaluator", "Trainer"]


def _array(values):
    """A tensor of either library, or an array, as an array."""
    import numpy as np

    return values.detach().numpy() if hasattr(values, "detach") else np.asarray(values)


class Evaluator:
    """Metrics of predictions: for each batch while training, and for all of an epoch at its end.

    Args:
        epoch_callback, step_callback: functions of (y_true, y_pred), arrays of class numbers, that return a list of
            pairs (name, number): more metrics for an epoch, for a step.
        accuracy: whether the fraction of right predictions is a metric.
        mode: what outputs and labels look like:

            - ``Evaluator.BINARY``: a probability each; labels 0 and 1.
            - ``Evaluator.MULTI_CLASS``: a number for each class, of which the greatest counts; labels are
              class numbers.
            - ``Evaluator.CATEGORICAL``: the same; labels are one-hot.

    >>> import synapgrad
    >>> from synapgrad.nn.utils.train import Evaluator
    >>> evaluator = Evaluator(mode=Evaluator.BINARY)
    >>> _ = evaluator.step(synapgrad.tensor([0.0, 1.0]), synapgrad.tensor([0.2, 0.4]))
    >>> evaluator.compute()
    [('accuracy', 0.5)]
    """

    BINARY = "binary"
    MULTI_CLASS = "multi-class"
    CATEGORICAL = "categorical"

    def __init__(
        self,
        epoch_callback: Callable | None = None,
        step_callback: Callable | None = None,
        accuracy: bool = True,
        mode: str = MULTI_CLASS,
    ):
        self.accuracy = accuracy
        self.epoch_callback = epoch_callback
        self.step_callback = step_callback
        self.mode = mode
        self.reset()

    def reset(self) -> None:
        """Forget the predictions so far."""
        self._true: list = []
        self._pred: list = []

    def _classes(self, labels, outputs):
        """The class numbers of labels and of outputs."""
        import numpy as np

        labels, outputs = _array(labels), _array(outputs)
        if self.mode == self.BINARY:
            return labels.reshape(-1).astype(np.int64), (outputs.reshape(-1) > 0.5).astype(np.int64)
        if self.mode not in (self.MULTI_CLASS, self.CATEGORICAL):
            raise RuntimeError(f"Evaluator: mode {self.mode!r} is not valid")
        predicted = outputs.reshape(outputs.shape[0], -1).argmax(1)
        if self.mode == self.CATEGORICAL:
            return labels.reshape(labels.shape[0], -1).argmax(1), predicted
        return labels.reshape(-1).astype(np.int64), predicted

    def step(self, labels, outputs, prefix: str | None = None) -> list[tuple[str, float]]:
        """The metrics of a batch, whose predictions are kept for :meth:`compute`."""
        true, pred = self._classes(labels, outputs)
        self._true.append(true)
        self._pred.append(pred)
        return self._metrics(true, pred, prefix, self.step_callback)

    def compute(self, prefix: str | None = None) -> list[tuple[str, float]]:
        """The metrics of all batches since the last call. ``prefix`` is put before their names: ``val_accuracy``."""
        import numpy as np

        if not self._true:
            return []
        true, pred = np.concatenate(self._true), np.concatenate(self._pred)
        self.reset()
        return self._metrics(true, pred, prefix, self.epoch_callback)

    def _metrics(self, true, pred, prefix, callback) -> list[tuple[str, float]]:
        metrics = []
        if self.accuracy:
            metrics.append(("accuracy", float((true == pred).mean())))
        if callback is not None:
            metrics += [(name, float(value)) for name, value in callback(true, pred)]
        return metrics if prefix is None else [(f"{prefix}_{name}", value) for name, value in metrics]

    def report(self, y_pred, y_true, classes: Sequence[str] | None = None) -> None:
        """Print the accuracy, the confusion matrix, and precision, recall and F1 of each class.

        Of the predictions p that were class c, *precision* is the fraction that is c, *recall* the fraction
        of all c that were found, and F1 their harmonic mean. For two classes, the area under the ROC curve of
        the outputs, too: the probability that a sample of class 1 gets a greater output than one of class 0.

        Args:
            y_pred, y_true: outputs and labels, as :meth:`Trainer.test` returns them.
            classes: names of the classes; by default their numbers.
        """
        import numpy as np

        true, pred = self._classes(y_true, y_pred)
        numbers = np.union1d(true, pred)
        names = [str(name) for name in (numbers if classes is None else classes)]
        if len(names) < len(numbers):
            raise ValueError(f"Evaluator.report: {len(numbers)} classes, but {len(names)} names: {names}")
        if classes is not None:
            numbers = np.arange(len(names))
        matrix = np.array([[int(((true == t) & (pred == p)).sum()) for p in numbers] for t in numbers])
        print(f"Accuracy: {(true == pred).mean():.4f}")
        if self.mode == self.BINARY:
            print(f"ROC AUC: {_area_under_roc(true, _array(y_pred).reshape(-1)):.4f}")
        print("\nConfusion matrix (rows: true, columns: predicted)")
        print(matrix)
        right, found, wanted = matrix.diagonal(), matrix.sum(0), matrix.sum(1)
        precision, recall = right / np.maximum(found, 1), right / np.maximum(wanted, 1)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        width = max(len(name) for name in [*names, "weighted avg"])
        print(f"\n{'':{width}}  {'precision':>9}  {'recall':>9}  {'f1-score':>9}  {'support':>9}")
        rows = [(name, *numbers) for name, *numbers in zip(names, precision, recall, f1, wanted)]
        scores = np.stack([precision, recall, f1])
        rows.append(("macro avg", *scores.mean(1), wanted.sum()))
        rows.append(("weighted avg", *(scores * wanted).sum(1) / wanted.sum(), wanted.sum()))
        for name, p, r, f, count in rows:
            print(f"{name:{width}}  {p:9.4f}  {r:9.4f}  {f:9.4f}  {count:9}")


def _area_under_roc(true, outputs) -> float:
    """From ranks: (sum of the ranks of class 1 - n₁(n₁ + 1)/2) / (n₀·n₁), equal outputs sharing their mean rank."""
    import numpy as np

    ones, zeros = int((true == 1).sum()), int((true != 1).sum())
    if not ones or not zeros:
        return float("nan")
    _, where, counts = np.unique(outputs, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    ranks = (ends - (counts - 1) / 2)[where.reshape(-1)]
    return float((ranks[true == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


class Trainer:
    """Trains a model and remembers how it went.

    Args:
        model: a module of SynapGrad or of PyTorch. A batch is ``(*inputs, labels)``; if the output has a second
            dimension of size 1, it is taken away before it meets the labels.
        engine: the module ``synapgrad`` or ``torch``, to which the model belongs.

    >>> import synapgrad
    >>> from synapgrad import nn, optim
    >>> from synapgrad.nn.utils.train import Trainer
    >>> from synapgrad.utils.data import DataLoader, TensorDataset
    >>> data = TensorDataset(synapgrad.rand(8, 2), synapgrad.rand(8))
    >>> model = nn.Linear(2, 1)
    >>> trainer = Trainer(model, synapgrad)
    >>> trainer.compile(nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> history = trainer.fit(DataLoader(data, batch_size=4), epochs=3, verbose=False)
    >>> len(history["loss"])
    3
    """

    def __init__(self, model, engine):
        self.model = model
        self.engine = engine
        self.history: dict[str, list[float]] = {}

    def compile(self, loss_fn, optimizer, evaluator: Evaluator | None = None) -> None:
        """Choose the loss, a function of (outputs, labels), the optimizer of the parameters, and the metrics."""
        self.criterion = loss_fn
        self.optimizer = optimizer
        self.evaluator = evaluator

    def fit(
        self,
        train_loader: Iterable,
        epochs: int,
        validation_loader: Iterable | None = None,
        monitor: str = "val_loss",
        on_train_epoch: Callable | None = None,
        on_validation_epoch: Callable | None = None,
        verbose: bool = True,
    ) -> dict[str, list[float]]:
        """Train for some epochs, and validate after each where there is a ``validation_loader``.

        Args:
            train_loader, validation_loader: yield batches ``(*inputs, labels)``, anew for each epoch.
            epochs: how many times to go through the data.
            monitor: accepted for the sake of earlier programs.
            on_train_epoch, on_validation_epoch: called with (model, loader) before each epoch.
            verbose: whether to show progress.

        Returns:
            The history: for "loss", each metric, and with "val_" before them those of the validation, a
            number per epoch.

        Raises:
            RuntimeError: before :meth:`compile`.
            ValueError: a loader that yields nothing.
        """
        self._check_compiled("fit")
        self.history = {}
        for epoch in range(epochs):
            self.model.train()
            if on_train_epoch is not None:
                on_train_epoch(self.model, train_loader)
            with _Progress(f"Epoch {epoch + 1}/{epochs}", train_loader, verbose) as progress:
                metrics = self._epoch(train_loader, progress, learn=True)
                if validation_loader is not None:
                    if on_validation_epoch is not None:
                        on_validation_epoch(self.model, validation_loader)
                    metrics += self._epoch(validation_loader, None, learn=False)
                progress.finish(metrics)
            for name, value in metrics:
                self.history.setdefault(name, []).append(value)
        return self.history

    def _check_compiled(self, what: str) -> None:
        if not hasattr(self, "criterion"):
            raise RuntimeError(f"Trainer.{what}: call compile(loss_fn, optimizer) first")

    def _outputs(self, inputs):
        outputs = self.model(*inputs)
        return outputs.squeeze(1) if outputs.dim() > 1 else outputs

    def _epoch(self, loader, progress, learn: bool) -> list[tuple[str, float]]:
        """Go through the batches once; the mean loss and the metrics."""
        self.model.train(learn)
        prefix = None if learn else "val"
        total, count = 0.0, 0
        if self.evaluator is not None:
            self.evaluator.reset()
        with self.engine.set_grad_enabled(learn):
            for *inputs, labels in loader:
                outputs = self._outputs(inputs)
                loss = self.criterion(outputs, labels)
                metrics = [] if self.evaluator is None else self.evaluator.step(labels, outputs, prefix)
                if learn:
                    self.optimizer.zero_grad()
                    loss.backward()
                    self.optimizer.step()
                value = loss.item()
                total, count = total + value, count + 1
                if progress is not None:
                    progress.step([("loss", value), *metrics])
        if not count:
            raise ValueError("Trainer: the loader yields no batches")
        metrics = [] if self.evaluator is None else self.evaluator.compute(prefix)
        return [("loss" if learn else "val_loss", total / count), *metrics]

    def plot(
        self,
        metrics: Sequence[str] = ("loss",),
        figsize: tuple[float, float] = (15, 5),
        style: bool = False,
        ylim: tuple[float, float] | None = (0, 1),
    ) -> None:
        """Show a picture of each metric over the epochs, its validation beside it. Needs matplotlib."""
        import matplotlib.pyplot as plt

        for metric in metrics:
            if metric not in self.history:
                raise ValueError(f"Trainer.plot: no metric {metric!r}; there are {sorted(self.history)}")
        with plt.style.context("ggplot" if style else "default"):
            _, axes = plt.subplots(1, len(metrics), figsize=figsize, squeeze=False)
            for axis, metric in zip(axes[0], metrics):
                axis.plot(self.history[metric], label="train")
                if f"val_{metric}" in self.history:
                    axis.plot(self.history[f"val_{metric}"], label="validation")
                axis.set(title="Train History", xlabel="Epoch", ylabel=metric)
                if ylim is not None:
                    axis.set_ylim(ylim)
                axis.legend(loc="upper left")
            plt.show()

    def test(self, test_loader: Iterable):
        """The outputs of the model for all batches, and the labels: ``(y_pred, y_true)``, arrays."""
        import numpy as np

        self.model.eval()
        outputs, true = [], []
        with self.engine.no_grad():
            for *inputs, labels in test_loader:
                outputs.append(_array(self._outputs(inputs)).copy())
                true.append(np.array(_array(labels)))
        if not outputs:
            raise ValueError("Trainer.test: the loader yields no batches")
        return np.concatenate(outputs), np.concatenate(true)


class _Progress:
    """A bar of tqdm where that is installed; else a line when the epoch is over."""

    def __init__(self, title: str, loader, verbose: bool):
        self.title = title
        self.total = len(loader) if hasattr(loader, "__len__") else None
        self.verbose = verbose
        self.bar = None

    def __enter__(self):
        self.start = time.perf_counter()
        if self.verbose:
            try:
                from tqdm.auto import tqdm  # type: ignore[import-untyped]

                self.bar = tqdm(total=self.total, desc=self.title)
            except ImportError:
                pass
        return self

    def step(self, metrics) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str(_line(metrics), refresh=False)
            self.bar.update()

    def finish(self, metrics) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str(_line(metrics))
        elif self.verbose:
            seconds = time.perf_counter() - self.start
            print(f"{self.title}: {_line(metrics)} ({seconds:.1f} s)", file=sys.stderr)

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.close()


def _line(metrics) -> str:
    return ", ".join(f"{name}: {value:.4f}" for name, value in metrics)
