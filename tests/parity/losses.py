"""Losses."""

import synapgrad
from synapgrad import nn, tensor

from .cases import normal, passed

THREE = tensor([0.5, 1.0, 2.0])
FOUR = tensor([0.5, 1.0, 2.0, 0.25])
SIGNS = tensor([[1.0, -1.0, -1.0, 1.0], [-1.0, 1.0, 1.0, 1.0]])


def of_probabilities(loss):
    """A loss of numbers from 0 to 1, by both of which there is a gradient."""
    x, y = (synapgrad.rand(4, 3, requires_grad=True) for _ in range(2))
    return passed(nn.Identity(), [x, y], loss(x, y))


def of_classes(loss):
    """A loss of the scores of four classes."""
    x, y = normal(6, 4), synapgrad.randint(0, 4, (6,))
    return passed(nn.Identity(), [x, y], loss(x, y))


def of_labels(labels, loss):
    x = normal(2, 4)
    return passed(nn.Identity(), [x], loss(x, labels))


def of_three(loss):
    a, p, n = normal(4, 3), normal(4, 3), normal(4, 3)
    return passed(nn.Identity(), [a, p, n], loss(a, p, n))


def spelled(criterion):
    """Two sequences of 6 and 5 distributions over four classes, for texts of 3 and 2."""
    x, texts = normal(6, 2, 4), tensor([[1, 2, 1], [2, 2, 0]])
    return passed(nn.Identity(), [x], criterion(x.log_softmax(2), texts, (6, 5), (3, 2)))


CASES = {
    # Of numbers
    "MSELoss": lambda: of_probabilities(nn.MSELoss()),
    "MSELoss, sum": lambda: of_probabilities(nn.MSELoss(reduction="sum")),
    "L1Loss": lambda: of_probabilities(nn.L1Loss()),
    "L1Loss, none": lambda: of_probabilities(nn.L1Loss(reduction="none")),
    "SmoothL1Loss": lambda: of_probabilities(nn.SmoothL1Loss(beta=0.4)),
    "HuberLoss": lambda: of_probabilities(nn.HuberLoss(delta=0.4)),
    "BCELoss": lambda: of_probabilities(nn.BCELoss()),
    "BCELoss, weight": lambda: of_probabilities(nn.BCELoss(THREE)),
    "BCEWithLogitsLoss": lambda: of_probabilities(nn.BCEWithLogitsLoss()),
    "BCEWithLogitsLoss, pos_weight": lambda: of_probabilities(
        nn.BCEWithLogitsLoss(pos_weight=THREE, reduction="sum")
    ),
    "KLDivLoss": lambda: of_probabilities(lambda x, y: nn.KLDivLoss(reduction="sum")(x.log(), y)),
    "KLDivLoss, batchmean": lambda: of_probabilities(nn.KLDivLoss(reduction="batchmean", log_target=True)),
    "PoissonNLLLoss": lambda: of_probabilities(nn.PoissonNLLLoss()),
    "PoissonNLLLoss, full": lambda: of_probabilities(
        lambda x, y: nn.PoissonNLLLoss(full=True, log_input=False)(x, y * 5.0)
    ),
    "GaussianNLLLoss": lambda: of_probabilities(lambda x, y: nn.GaussianNLLLoss()(x, y, x + 0.5)),
    "GaussianNLLLoss, full": lambda: of_probabilities(
        lambda x, y: nn.GaussianNLLLoss(full=True, eps=1e-3)(x, y, y + 0.5)
    ),
    # Of classes
    "NLLLoss": lambda: of_classes(lambda x, y: nn.NLLLoss()(x.log_softmax(1), y)),
    "NLLLoss, weight": lambda: of_classes(lambda x, y: nn.NLLLoss(FOUR, ignore_index=1)(x.log_softmax(1), y)),
    "NLLLoss, none": lambda: of_classes(nn.NLLLoss(reduction="none")),
    "CrossEntropyLoss": lambda: of_classes(nn.CrossEntropyLoss()),
    "CrossEntropyLoss, weight": lambda: of_classes(nn.CrossEntropyLoss(FOUR, ignore_index=1)),
    "CrossEntropyLoss, label_smoothing": lambda: of_classes(
        nn.CrossEntropyLoss(FOUR, reduction="sum", label_smoothing=0.2)
    ),
    "CrossEntropyLoss of probabilities": lambda: of_probabilities(
        nn.CrossEntropyLoss(THREE, label_smoothing=0.1)
    ),
    "MultiMarginLoss": lambda: of_classes(nn.MultiMarginLoss()),
    "MultiMarginLoss, weight": lambda: of_classes(nn.MultiMarginLoss(2, 0.5, FOUR)),
    "MultiLabelMarginLoss": lambda: of_labels(
        tensor([[3, 0, -1, 1], [1, -1, 2, 0]]), nn.MultiLabelMarginLoss()
    ),
    "MultiLabelSoftMarginLoss": lambda: of_labels(
        tensor([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]]), nn.MultiLabelSoftMarginLoss(FOUR)
    ),
    "SoftMarginLoss": lambda: of_labels(SIGNS, nn.SoftMarginLoss()),
    "HingeEmbeddingLoss": lambda: of_labels(SIGNS, nn.HingeEmbeddingLoss(0.7)),
    # Of pairs and triples
    "CosineEmbeddingLoss": lambda: of_three(
        lambda x, z, _: nn.CosineEmbeddingLoss(0.2)(x, z, tensor([1, -1, -1, 1]))
    ),
    "MarginRankingLoss": lambda: of_three(
        lambda x, z, _: nn.MarginRankingLoss(0.2)(x, z, tensor([[1.0], [-1.0], [-1.0], [1.0]]))
    ),
    "TripletMarginLoss": lambda: of_three(nn.TripletMarginLoss()),
    "TripletMarginLoss, swap": lambda: of_three(nn.TripletMarginLoss(2.0, 3.0, swap=True)),
    "TripletMarginWithDistanceLoss": lambda: of_three(
        nn.TripletMarginWithDistanceLoss(distance_function=lambda x, z: (x - z).abs().amax(-1), swap=True)
    ),
    # Of sequences
    "CTCLoss": lambda: spelled(nn.CTCLoss()),
    "CTCLoss, blank": lambda: spelled(nn.CTCLoss(3, "sum", zero_infinity=True)),
}
