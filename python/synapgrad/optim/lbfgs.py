"""L-BFGS."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .optimizer import Optimizer

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """L-BFGS: Newton's method with a Hessian guessed from the last gradients.

    A step is up to ``max_iter`` iterations of::

        d = -H · g                    H, the inverse Hessian, from past changes of g and θ
        θ ← θ + t · d                 t = lr, or found by the line search

    For smooth losses of few parameters, with all data at once. The parameters are one group.

    Args:
        params: tensors, or pairs (name, tensor).
        lr: the length t of a step, or where a line search starts; a number or a tensor of one element.
        max_iter: iterations in a step.
        max_eval: evaluations of the loss in a step; by default 5/4 of ``max_iter``.
        tolerance_grad: done where no element of the gradient is greater.
        tolerance_change: done where neither parameters nor loss change by more.
        history_size: the number of past steps that the Hessian is guessed from.
        line_search_fn: None, or "strong_wolfe": go where the loss has fallen enough and become flat enough.
        maximize: go uphill.

    A parameter without a gradient counts as one with zeros. What is remembered is in the state of the first
    parameter: "func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad" and
    "prev_loss".

    Raises:
        ValueError: a negative lr; more than one group.

    Dong Liu and Jorge Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([-1.0, 1.5], requires_grad=True)
    >>> optimizer = optim.LBFGS([x], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(5):
    ...     loss = optimizer.step(closure)
    >>> x.data
    tensor([1.0000, 1.0000])
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
        *,
        maximize: bool = False,
    ):
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
            "maximize": maximize,
        }
        _C._lbfgs_check(defaults)
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("maximize", False)

    def step(self, closure):  # type: ignore[override]
        """Take up to ``max_iter`` iterations; returns the loss before them.

        Args:
            closure: a function that computes the loss and its gradients anew and returns the loss.
        """
        (group,) = self.param_groups
        if not group["params"]:
            with _C.enable_grad():
                return closure()
        return _C._lbfgs_step(group, self.state[group["params"][0]], closure)
