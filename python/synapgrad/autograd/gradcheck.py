"""Derivatives against difference quotients. The arithmetic is in the crate ``synapgrad``."""

from __future__ import annotations

from .. import _C

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A derivative and its difference quotient differ."""


def _refuse(name, **options):
    for option, wanted in options.items():
        if wanted:
            raise NotImplementedError(f"{name}: {option}=True is not supported")


def _run(check, raise_exception):
    try:
        check()
    except RuntimeError as error:
        if type(error) is not RuntimeError or not str(error).startswith("gradcheck:"):
            raise
        if raise_exception:
            raise GradcheckError(str(error)) from None
        return False
    return True


def _arguments(inputs):
    """The tensors among `inputs`, and a way to put others in their place."""
    inputs = (inputs,) if isinstance(inputs, _C.Tensor) else tuple(inputs)
    places = [i for i, item in enumerate(inputs) if isinstance(item, _C.Tensor)]
    if not any(inputs[i].requires_grad for i in places):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of them have requires_grad=True."
        )

    def replaced(tensors):
        full = list(inputs)
        for place, tensor in zip(places, tensors):
            full[place] = tensor
        return full

    return [inputs[i] for i in places], replaced


def gradcheck(
    func,
    inputs,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    check_undefined_grad=True,
    check_grad_dtypes=False,
    check_batched_grad=False,
    check_batched_forward_grad=False,
    check_forward_ad=False,
    check_backward_ad=True,
    fast_mode=False,
    masked=None,
):
    """Compare the derivatives of ``func(*inputs)`` with difference quotients, element by element.

    For every element of every float result y and of every tensor x among `inputs` that requires a gradient:
    ``|∂y/∂x − (y(x + eps) − y(x − eps)) / 2·eps| ≤ atol + rtol·|quotient|``. Use float64. Returns True; where
    they differ raises GradcheckError (a RuntimeError), or returns False without ``raise_exception``.

    ``fast_mode`` is accepted and checks everything all the same; gradients always have their input's dtype
    (``check_grad_dtypes``), and a missing gradient counts as zeros (``check_undefined_grad``).

    >>> import synapgrad as sg
    >>> x = sg.tensor([0.5, -1.0], dtype=sg.float64, requires_grad=True)
    >>> sg.autograd.gradcheck(sg.tanh, (x,))
    True
    """
    _refuse(
        "gradcheck",
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=check_batched_forward_grad,
        check_forward_ad=check_forward_ad,
        masked=masked,
    )
    if not check_backward_ad:
        raise ValueError("gradcheck: check_backward_ad=False leaves nothing to check")
    tensors, replaced = _arguments(inputs)

    def call(*tensors):
        return func(*replaced(tensors))

    return _run(lambda: _C._gradcheck(call, tensors, eps, atol, rtol, nondet_tol), raise_exception)


def gradgradcheck(
    func,
    inputs,
    grad_outputs=None,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    gen_non_contig_grad_outputs=False,
    raise_exception=True,
    nondet_tol=0.0,
    check_undefined_grad=True,
    check_grad_dtypes=False,
    check_batched_grad=False,
    check_fwd_over_rev=False,
    check_rev_over_rev=True,
    fast_mode=False,
    masked=False,
):
    """:func:`gradcheck` of the gradients of `func`: its second derivatives.

    ``grad_outputs`` are the gradients of the results at which to check; fixed numbers between ½ and 3/2 by
    default.
    """
    _refuse(
        "gradgradcheck",
        check_batched_grad=check_batched_grad,
        check_fwd_over_rev=check_fwd_over_rev,
        masked=masked,
    )
    if not check_rev_over_rev:
        raise ValueError("gradgradcheck: check_rev_over_rev=False leaves nothing to check")
    tensors, replaced = _arguments(inputs)
    if grad_outputs is None:
        gradients = []
    else:
        gradients = [grad_outputs] if isinstance(grad_outputs, _C.Tensor) else list(grad_outputs)

    def call(*tensors):
        return func(*replaced(tensors))

    return _run(
        lambda: _C._gradgradcheck(call, tensors, gradients, eps, atol, rtol, nondet_tol), raise_exception
    )
