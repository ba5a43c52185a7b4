"""The cross entropy of a linear layer's results, beside torch's."""

import pytest
from helpers import same, same_error

from synapgrad import nn as snn


def target_for(lib, scores, probabilities):
    if probabilities:
        return lib.rand(scores, dtype=lib.float64)
    return lib.randint(0, scores[min(1, len(scores) - 1)], scores[:1] + scores[2:] if len(scores) > 1 else ())


CASES = [
    ({}, (3,)),
    ({}, ()),
    ({"out_features": (2, 3), "bias": True}, (4,)),
    ({"bias": True, "label_smoothing": 0.3, "weight": True}, (3,)),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    ("options", "batch", "probabilities"),
    [*((*case, kind) for case in CASES for kind in (False, True)), ({"ignore_index": 1}, (6,), False)],
    ids=str,
)
def test_layer(options, batch, reduction, probabilities):
    def program(lib, nn, _):
        given = {**options, "weight": lib.rand(4, dtype=lib.float64) if "weight" in options else None}
        layer = nn.LinearCrossEntropyLoss(5, 4, reduction=reduction, dtype=lib.float64, **given)
        x = lib.randn(*batch, 5, dtype=lib.float64, requires_grad=True)
        target = target_for(lib, (*batch, 4, *options.get("out_features", ())), probabilities)
        loss = layer(x, target)
        loss.sum().backward()
        return [layer, layer.state_dict(), loss, x.grad, [p.grad for p in layer.parameters()]]

    same(program, approximately=True)


def function(x=(3, 5), weight=(4, 5), target=(3,), **options):
    def program(lib, nn, _):
        given = {name: lib.ones(value) if name == "linear_bias" else value for name, value in options.items()}
        target_ = lib.zeros(target, dtype=lib.int64) if len(target) < len(x) else lib.ones(target)
        return nn.functional.linear_cross_entropy(lib.ones(x), lib.ones(weight), target_, **given)

    return program


def test_function():
    same(function(linear_bias=(4,), ignore_index=2, reduction="none"), approximately=True)


@pytest.mark.parametrize(
    ("program", "fragments"),
    [
        (function(x=(1, 3, 5)), ["expected input with dimensionality 1 or 2, got 3"]),
        (function(weight=(5,)), ["expected linear_weight with dimensionality at least 2, got 1"]),
        (function(weight=(4, 6)), ["last dimensions (in_features), got 5 and 6, respectively"]),
        (function(linear_bias=(5,)), ["expected linear_bias shape (4,), got (5,)"]),
        (function(x=(5,), weight=(4, 2, 5), target=()), ["requires batched input"]),
        (function(target=(3, 4), ignore_index=1), ["ignore_index cannot be specified when target contains"]),
        (function(target=(2,)), []),
        (
            lambda lib, nn, _: nn.LinearCrossEntropyLoss(5, 4, weight=lib.ones(3)),
            ["expected weight shape to be (4,), got (3,)"],
        ),
        (
            lambda lib, nn, _: nn.LinearCrossEntropyLoss(5, 4, label_smoothing=1.5),
            ["to be in range [0, 1], got 1.5"],
        ),
    ],
)
def test_refusals(program, fragments):
    same_error(program, *fragments)


def test_options_are_refused():
    with pytest.raises(NotImplementedError):
        snn.LinearCrossEntropyLoss(5, 4, options=object())
    with pytest.raises(NotImplementedError):
        snn.functional.linear_cross_entropy(None, None, None, options=object())
