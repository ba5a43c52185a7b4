"""nn.utils.data and nn.utils.train: SynapGrad 1's helpers, with both engines."""

import sys

import numpy as np
import pytest
import sklearn.metrics
import torch

import synapgrad as sg
from synapgrad.nn.utils import data as old_data
from synapgrad.nn.utils.train import Evaluator, Trainer


def test_split_dataset():
    X, y = [[float(i)] * 2 for i in range(10)], list(range(10))
    train, test, validation = old_data.split_dataset(X, y, test_split=0.3, val_split=0.5)
    assert (
        test[1].tolist() == [0, 1, 2]
        and validation[1].tolist() == [3, 4, 5]
        and train[1].tolist() == [6, 7, 8, 9]
    )
    assert train[0].dtype == np.float32 and train[0].shape == (4, 2)
    assert old_data.split_dataset(X, y)[2] is None
    np.random.seed(0)
    mixed = old_data.split_dataset(np.array(X), np.array(y), shuffle=True)
    np.random.seed(0)
    order = list(range(10))
    np.random.shuffle(order)
    assert mixed[1][1].tolist() == order[:2] and mixed[0][1].tolist() == order[2:]
    for arguments in ((X, y[1:]), (X, y, 1.5), (X, y, 0.2, -1.0)):
        with pytest.raises(ValueError):
            old_data.split_dataset(*arguments)


def test_one_hot_encode():
    assert old_data.one_hot_encode(["b", "a", "b"]).tolist() == [[0, 1], [1, 0], [0, 1]]


class ToTensors(old_data.DataLoaderCallback):
    def __init__(self, lib, dtype=None):
        self.lib = lib
        self.dtype = dtype or lib.float32

    def __call__(self, data_loader, X_batch, y_batch):
        return self.lib.tensor(X_batch), self.lib.tensor(y_batch).to(self.dtype)


def test_data_loader():
    loader = old_data.DataLoader(X=[1, 2, 3, 4, 5], y=[1, 2, 3, 4, 5], batch_size=2, transform=ToTensors(sg))
    for _ in range(2):
        assert [x.tolist() for x, _ in loader] == [[1, 2], [3, 4]]
    assert len(loader) == 2 and loader[1][0].tolist() == [3, 4]
    with pytest.raises(IndexError):
        loader[2]
    with pytest.raises(ValueError):
        old_data.DataLoader([1], [1], 0)
    with pytest.raises(TypeError):
        old_data.DataLoaderCallback()


@pytest.mark.parametrize("lib", [sg, torch], ids=["synapgrad", "torch"])
@pytest.mark.parametrize("mode", [Evaluator.BINARY, Evaluator.MULTI_CLASS, Evaluator.CATEGORICAL])
def test_evaluator(lib, mode):
    true = [0, 2, 1, 2] if mode != Evaluator.BINARY else [0, 1, 1, 0]
    if mode == Evaluator.BINARY:
        outputs, labels = lib.tensor([[0.2], [0.9], [0.4], [0.5]]), lib.tensor(true)
    else:
        outputs = lib.tensor([[5.0, 1, 1], [0, 1, 2], [3, 2, 1], [0, 0, 1]])
        labels = lib.tensor(true) if mode == Evaluator.MULTI_CLASS else lib.eye(3)[lib.tensor(true)]
    seen = []

    def extra(y_true, y_pred):
        seen.append((y_true.tolist(), y_pred.tolist()))
        return [("wrong", float((y_true != y_pred).sum()))]

    evaluator = Evaluator(epoch_callback=extra, mode=mode)
    assert evaluator.step(labels, outputs) == [("accuracy", 0.75)]
    assert evaluator.step(labels[:1], outputs[:1], prefix="val") == [("val_accuracy", 1.0)]
    assert evaluator.compute("val") == [("val_accuracy", 0.8), ("val_wrong", 1.0)]
    assert seen[0][0] == [*true, true[0]]
    assert evaluator.compute() == []
    assert Evaluator(accuracy=False, step_callback=extra, mode=mode).step(labels, outputs) == [("wrong", 1.0)]
    with pytest.raises(RuntimeError, match="other"):
        Evaluator(mode="other").step(labels, outputs)


def numbers(text: str) -> list[float]:
    return [
        float(word)
        for word in text.replace("[", " ").replace("]", " ").split()
        if word.replace(".", "").isdigit()
    ]


def test_report_has_scikit_learns_numbers(capsys):
    draws = np.random.RandomState(0)
    outputs, true = draws.rand(60, 4), draws.randint(0, 4, 60)
    Evaluator().report(outputs, true, classes=["a", "b", "c", "d"])
    printed = capsys.readouterr().out
    pred = outputs.argmax(1)
    assert f"Accuracy: {sklearn.metrics.accuracy_score(true, pred):.4f}" in printed
    assert str(sklearn.metrics.confusion_matrix(true, pred)) in printed
    wanted = sklearn.metrics.classification_report(true, pred, target_names=list("abcd"), output_dict=True)
    for name in ["a", "b", "c", "d", "macro avg", "weighted avg"]:
        line = next(line for line in printed.splitlines() if line.startswith(name))
        assert numbers(line) == pytest.approx(list(wanted[name].values()), abs=1e-4)
    Evaluator(mode=Evaluator.CATEGORICAL).report(outputs, np.eye(4)[true])
    assert str(sklearn.metrics.confusion_matrix(true, pred)) in capsys.readouterr().out
    scores, binary = np.round(draws.rand(50), 1), draws.randint(0, 2, 50)
    Evaluator(mode=Evaluator.BINARY).report(scores, binary)
    assert f"ROC AUC: {sklearn.metrics.roc_auc_score(binary, scores):.4f}" in capsys.readouterr().out
    with pytest.raises(ValueError, match="names"):
        Evaluator().report(outputs, true, classes=["a"])


def moons(lib, binary: bool):
    X, y = sg.datasets.make_moons(60, noise=0.1, random_state=0)
    X, y = X.numpy(), y.numpy().astype(np.float32 if binary else np.int64)
    callback = ToTensors(lib, lib.float32 if binary else lib.int64)
    loaders = [
        old_data.DataLoader(X[:40], y[:40], 10, callback),
        old_data.DataLoader(X[40:], y[40:], 10, callback),
    ]
    lib.manual_seed(1)
    nn = lib.nn
    last = [nn.Linear(8, 1), nn.Sigmoid()] if binary else [nn.Linear(8, 2)]
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), *last)
    return model, loaders


def mse(outputs, labels):
    return ((outputs - labels) ** 2).mean()


@pytest.mark.parametrize("lib", [sg, torch], ids=["synapgrad", "torch"])
def test_fit_and_test(lib, capsys):
    model, (train, validation) = moons(lib, binary=True)
    trainer = Trainer(model, engine=lib)
    with pytest.raises(RuntimeError, match="compile"):
        trainer.fit(train, epochs=1)
    calls = []
    trainer.compile(mse, lib.optim.SGD(model.parameters(), lr=0.5), Evaluator(mode=Evaluator.BINARY))
    history = trainer.fit(
        train,
        epochs=4,
        validation_loader=validation,
        on_train_epoch=lambda model, loader: calls.append("train" if model.training else "not in training"),
        on_validation_epoch=lambda model, loader: calls.append("validation"),
    )
    assert (
        list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        and calls == ["train", "validation"] * 4
    )
    assert all(len(values) == 4 for values in history.values()) and history["loss"][-1] < history["loss"][0]
    assert "Epoch 4/4" in capsys.readouterr().err
    y_pred, y_true = trainer.test(validation)
    assert y_pred.shape == y_true.shape == (20,)
    assert ((y_pred > 0.5) == y_true).mean() == history["val_accuracy"][-1]
    assert not model.training
    with pytest.raises(ValueError, match="no batches"):
        trainer.fit([], epochs=1, verbose=False)


def test_both_engines_have_the_same_history():
    histories = []
    for lib in (sg, torch):
        model, (train, validation) = moons(lib, binary=True)
        trainer = Trainer(model, lib)
        trainer.compile(
            mse, lib.optim.SGD(model.parameters(), lr=0.3, momentum=0.9), Evaluator(mode=Evaluator.BINARY)
        )
        histories.append(trainer.fit(train, 3, validation, verbose=False))
    for name in histories[0]:
        assert histories[0][name] == pytest.approx(histories[1][name], rel=1e-4)


def test_without_tqdm_lines_are_printed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    model, (train, _) = moons(sg, binary=True)
    trainer = Trainer(model, sg)
    trainer.compile(mse, sg.optim.SGD(model.parameters(), lr=0.1))
    trainer.fit(train, 2)
    assert capsys.readouterr().err.count("loss: ") == 2


def test_plot(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append([axis.get_ylabel() for axis in plt.gcf().axes]))
    trainer = Trainer(None, sg)
    trainer.history = {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7], "accuracy": [0.5, 0.6]}
    trainer.plot(metrics=["loss", "accuracy"], style=True)
    assert shown == [["loss", "accuracy"]]
    with pytest.raises(ValueError, match="'f1'"):
        trainer.plot(["f1"])
    plt.close("all")
