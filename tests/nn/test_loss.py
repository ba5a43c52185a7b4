"""Losses as modules and functions: torch's values, gradients, reprs, state, warnings and errors."""

import math
import warnings

import pytest
from helpers import LIBRARIES, same, same_error

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


def numbers(lib, *shape):
    return lib.rand(shape).requires_grad_()


def signs(lib, *shape):
    return (lib.rand(shape) > 0.5).float() * 2 - 1


#: The loss, and its arguments.
OTHERS = [
    (lambda nn, **k: nn.L1Loss(**k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.SmoothL1Loss(beta=0.3, **k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.HuberLoss(delta=0.3, **k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.KLDivLoss(**k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.KLDivLoss(log_target=True, **k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.PoissonNLLLoss(**k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4) * 3)),
    (
        lambda nn, **k: nn.PoissonNLLLoss(False, True, eps=0.1, **k),
        lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4) * 3),
    ),
    (
        lambda nn, **k: nn.GaussianNLLLoss(full=True, eps=0.2, **k),
        lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4), numbers(lib, 3, 1)),
    ),
    (lambda nn, **k: nn.HingeEmbeddingLoss(0.7, **k), lambda lib: (numbers(lib, 3, 4), signs(lib, 3, 4))),
    (
        lambda nn, **k: nn.CosineEmbeddingLoss(0.2, **k),
        lambda lib: (numbers(lib, 5, 4), numbers(lib, 5, 4), signs(lib, 5)),
    ),
    (
        lambda nn, **k: nn.MarginRankingLoss(0.2, **k),
        lambda lib: (numbers(lib, 5), numbers(lib, 5), signs(lib, 5)),
    ),
    (
        lambda nn, **k: nn.TripletMarginLoss(0.4, p=3.0, swap=True, **k),
        lambda lib: (numbers(lib, 5, 4), numbers(lib, 5, 4), numbers(lib, 5, 4)),
    ),
    (
        lambda nn, **k: nn.MultiMarginLoss(2, 0.8, **k),
        lambda lib: (numbers(lib, 3, 4), lib.tensor([1, 3, 0])),
    ),
    (
        lambda nn, **k: nn.MultiLabelMarginLoss(**k),
        lambda lib: (numbers(lib, 2, 3), lib.tensor([[2, 0, -1], [1, -1, 0]])),
    ),
    (lambda nn, **k: nn.MultiLabelSoftMarginLoss(**k), lambda lib: (numbers(lib, 3, 4), lib.rand(3, 4))),
    (lambda nn, **k: nn.SoftMarginLoss(**k), lambda lib: (numbers(lib, 3, 4), signs(lib, 3, 4))),
    (
        lambda nn, **k: nn.CTCLoss(1, zero_infinity=True, **k),
        lambda lib: (
            lib.rand(5, 2, 4).log_softmax(-1).requires_grad_(),
            lib.tensor([[2, 3], [0, 0]]),
            (5, 4),
            (2, 1),
        ),
    ),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("make", "arguments"), OTHERS)
def test_others(make, arguments, reduction):
    def program(lib, nn, _):
        loss = make(nn, reduction=reduction)
        inputs = arguments(lib)
        value = loss(*inputs)
        value.sum().backward()
        members = {k: v for k, v in vars(loss).items() if isinstance(v, (int, float, str)) and k[0] != "_"}
        grads = [x.grad for x in inputs if hasattr(x, "grad") and x.requires_grad]
        return [loss, value, grads, sorted(members.items()), loss.state_dict()]

    same(program, approximately=True)


def test_triplets_with_a_distance():
    def program(lib, nn, _):
        far = nn.TripletMarginWithDistanceLoss(
            distance_function=lambda x, z: (x - z).abs().amax(-1), margin=0.5, swap=True
        )
        inputs = [numbers(lib, 5, 4) for _ in range(3)]
        value = far(*inputs)
        value.backward()
        euclidean = nn.TripletMarginWithDistanceLoss(reduction="sum")(*inputs)
        return [value, [x.grad for x in inputs], euclidean, far.margin, far.swap]

    same(program, approximately=True)


def test_divergence_warns_of_the_mean():
    for library, nn, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="batchmean"):
            nn.KLDivLoss()(library.ones(2), library.ones(2))
        value = nn.KLDivLoss(reduction="batchmean")(library.zeros(2, 3), library.full((2, 3), 2.0))
        assert value.item() == pytest.approx(6 * math.log(2))


@pytest.mark.parametrize(
    "program",
    [
        lambda lib, nn: nn.TripletMarginLoss(margin=0),
        lambda lib, nn: nn.TripletMarginWithDistanceLoss(margin=-1),
        lambda lib, nn: nn.MultiMarginLoss(p=3),
        lambda lib, nn: nn.MultiMarginLoss(weight=lib.ones(1, 2)),
        lambda lib, nn: nn.L1Loss(reduction="foo")(lib.ones(2), lib.ones(2)),
        lambda lib, nn: nn.CTCLoss(reduction="foo")(lib.zeros(2, 1, 3), lib.tensor([[1]]), (2,), (1,)),
    ],
)
def test_other_refusals(program):
    same_error(lambda lib, nn, _: program(lib, nn))


def test_a_weighted_loss_of_ones_own():
    def program(lib, nn, _):
        class Own(nn.modules.loss._WeightedLoss):
            def forward(self, input, target):
                return nn.functional.nll_loss(input, target, self.weight, reduction=self.reduction)

        loss = Own(lib.tensor([1.0, 0.5]), reduction="sum")
        x = lib.tensor([[0.25, 0.5], [1.0, 2.0]])
        related = [
            issubclass(kind, nn.modules.loss._WeightedLoss) for kind in (nn.BCELoss, nn.BCEWithLogitsLoss)
        ]
        return [loss, loss.state_dict(), loss(x, lib.tensor([0, 1])), related]

    same(program)
