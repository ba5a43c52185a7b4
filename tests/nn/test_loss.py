"""Losses as modules and functions: torch's values, gradients, reprs, state, warnings and errors."""

import warnings

import pytest
from helpers import same, same_error

REDUCTIONS = ["mean", "sum", "none"]


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def value_and_gradients(loss, *inputs):
    """The module, its loss, and the gradients of those inputs that require one."""
    value = loss(*inputs)
    value.sum().backward()
    return [loss, value, [x.grad for x in inputs if x.requires_grad], loss.state_dict()]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "make",
    [
        lambda lib, nn, **k: nn.NLLLoss(**k),
        lambda lib, nn, **k: nn.NLLLoss(lib.tensor([1.0, 0.5, 2.0]), ignore_index=1, **k),
        lambda lib, nn, **k: nn.CrossEntropyLoss(**k),
        lambda lib, nn, **k: nn.CrossEntropyLoss(lib.tensor([1.0, 0.5, 2.0]), label_smoothing=0.1, **k),
        lambda lib, nn, **k: nn.CrossEntropyLoss(ignore_index=2, **k),
    ],
)
def test_classes(make, reduction):
    def program(lib, nn, _):
        loss = make(lib, nn, reduction=reduction)
        seen = [loss.ignore_index, loss.weight]
        for shape in [(4, 3), (2, 3, 5), (2, 3, 2, 2)]:
            x = lib.randn(shape).requires_grad_()
            target = lib.randint(0, 3, (shape[0], *shape[2:]))
            seen += value_and_gradients(loss, x, target)
        return seen

    same(program, approximately=True)


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
@pytest.mark.parametrize("name", ["NLLLoss", "CrossEntropyLoss"])
def test_classes_legacy_reduction(name, size_average, reduce):
    function = {"NLLLoss": "nll_loss", "CrossEntropyLoss": "cross_entropy"}[name]

    def program(lib, nn, _):
        loss = getattr(nn, name)(size_average=size_average, reduce=reduce)
        x, y = lib.randn(4, 3), lib.tensor([0, 2, 1, 1])
        call = getattr(nn.functional, function)
        return [loss.reduction, loss(x, y), call(x, y, size_average=size_average, reduce=reduce)]

    same(program, approximately=True)


def test_cross_entropy_prints_as_torchs():
    def program(lib, nn, _):
        x, y = lib.ones(2, 4).requires_grad_(), lib.tensor([1, 3])
        F = nn.functional
        losses = [F.cross_entropy(x, y), F.cross_entropy(x, x.detach() / 4), F.nll_loss(x, y)]
        losses += [
            F.cross_entropy(x, y, label_smoothing=0.1),
            F.cross_entropy(x, x.detach(), reduction="sum"),
        ]
        losses += [F.cross_entropy(lib.ones(2, 4, 3, 2).requires_grad_(), lib.ones(2, 3, 2).long())]
        return [str(loss) for loss in losses]

    same(program)


@pytest.mark.parametrize("name", ["NLLLoss", "CrossEntropyLoss"])
def test_classes_refusals(name):
    x, y = (3, 4), [0, 1, 2]
    same_error(
        lambda lib, nn, _: getattr(nn, name)(reduction="foo")(lib.ones(x), lib.tensor(y)),
        "foo",
        "not a valid",
    )
    same_error(
        lambda lib, nn, _: getattr(nn, name)()(lib.ones(x), lib.tensor([0, 1, 4])),
        "Target 4 is out of bounds",
    )
    same_error(
        lambda lib, nn, _: getattr(nn, name)()(lib.ones(x), lib.tensor([0, 1])),
        "Expected input batch_size (3) to match target batch_size (2).",
    )
    same_error(
        lambda lib, nn, _: getattr(nn, name)()(lib.ones(x), lib.tensor([0.0, 1.0, 2.0])), "Long or Byte"
    )
    same_error(
        lambda lib, nn, _: getattr(nn, name)(lib.ones(3))(lib.ones(x), lib.tensor(y)),
        "weight tensor should be defined either for all 4 classes or no classes",
    )
