"""Softmax over very many classes, of which most are rare."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence

from synapgrad import _C
from synapgrad._C import Tensor

from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probabilities of classes that are sorted from frequent to rare, computed in clusters.

    The ``head`` gives the probabilities of the most frequent classes, the shortlist, and one for each cluster
    of the others; a layer of the ``tail`` divides that of a cluster among its classes. Of a batch only those
    rows go through a layer of the tail whose class is there. E. Grave, A. Joulin, M. Cissé, D. Grangier, H.
    Jégou, "Efficient softmax approximation for GPUs" (2017).

    Args:
        in_features: the size of each input.
        n_classes: the number of classes.
        cutoffs: the first class of each cluster, ascending, between 1 and n_classes - 1; ValueError otherwise.
        div_value: the inputs of cluster i are brought to the size in_features / div_valueⁱ first.
        head_bias: whether the head has a bias.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters, floating-point; float32 by default.

    ``forward(input_, target_)`` gives a named tuple: ``output``, the log-probability of the target of each
    sample, and ``loss``, the mean of their negatives.

    Shapes: the input is (N, in_features), the target (N) of int64, the output (N); or all without N.
    RuntimeError for others, and for targets that are no class.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[5, 10], div_value=2.0)
    >>> layer
    AdaptiveLogSoftmaxWithLoss(
      (head): Linear(in_features=8, out_features=7, bias=False)
      (tail): ModuleList(
        (0): Sequential(
          (0): Linear(in_features=8, out_features=4, bias=False)
          (1): Linear(in_features=4, out_features=5, bias=False)
        )
        (1): Sequential(
          (0): Linear(in_features=8, out_features=2, bias=False)
          (1): Linear(in_features=2, out_features=10, bias=False)
        )
      )
    )
    >>> x, target = synapgrad.randn(3, 8), synapgrad.tensor([0, 7, 19])
    >>> output, loss = layer(x, target)
    >>> synapgrad.allclose(output, layer.log_prob(x)[[0, 1, 2], target])
    True
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        ascending = all(low < high for low, high in zip([0, *cutoffs], [*cutoffs, n_classes]))
        if not ascending or any(int(cutoff) != cutoff for cutoff in cutoffs):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where "
                f"each value is between 1 and n_classes-1, but got {cutoffs} for {n_classes} classes"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(self._clusters(), 1):
            size = int(in_features // div_value**i)
            self.tail.append(
                Sequential(
                    Linear(in_features, size, False, device, dtype),
                    Linear(size, high - low, False, device, dtype),
                )
            )

    def _clusters(self) -> list[tuple[int, int]]:
        """The first class of each cluster, and the first behind it."""
        return list(zip(self.cutoffs, self.cutoffs[1:]))

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_, target_):
        input, target = input_, target_
        self._check(input, target)
        if target.dim() == 0:
            output, loss = self.forward(input.unsqueeze(0), target.unsqueeze(0))
            return _ASMoutput(output.squeeze(0), loss)
        # Which entry of the head: a class of the shortlist, or the cluster of another class.
        entry = target
        for i, (low, high) in enumerate(self._clusters()):
            entry = entry.masked_fill((target >= low) & (target < high), self.shortlist_size + i)
        output = _picked(self.head(input), entry)
        for i, (low, high) in enumerate(self._clusters()):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if rows.numel():
                logits = self.tail[i](input.index_select(0, rows))
                output = output.index_add(0, rows, _picked(logits, target.index_select(0, rows) - low))
        return _ASMoutput(output, -output.mean())

    def _check(self, input: Tensor, target: Tensor) -> None:
        if target.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if input.dim() != target.dim() + 1:
            raise RuntimeError(
                f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs with "
                f"size {tuple(input.shape)}"
            )
        if target.dim() == 1 and input.size(0) != target.size(0):
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if target.numel():
            least, greatest = target.min().item(), target.max().item()
            if least < 0 or greatest >= self.n_classes:
                raise RuntimeError(
                    f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                    f"[{least}, {greatest}] were found."
                )

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, in_features) becomes (N, n_classes)."""
        head = _C.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, layers in enumerate(self.tail, self.shortlist_size):
            parts.append(_C.log_softmax(layers(input), 1) + head[:, i : i + 1])
        return _C.cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most likely class of each sample: (N, in_features) becomes (N). Those whose most likely entry of
        the head is a class don't go through the tail.
        """
        output = self.head(input).argmax(1)
        rows = (output >= self.shortlist_size).nonzero().squeeze(1)
        if rows.numel():
            output[rows] = self.log_prob(input.index_select(0, rows)).argmax(1)
        return output


def _picked(logits: Tensor, index: Tensor) -> Tensor:
    """The log-probability of one class of each row."""
    return _C.log_softmax(logits, 1).gather(1, index.unsqueeze(1)).squeeze(1)
