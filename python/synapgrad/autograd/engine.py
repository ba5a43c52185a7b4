"""Running the graph backward."""

from __future__ import annotations

from .. import _C


def _listed(what, tensors):
    """A tensor or a sequence of tensors as a list."""
    if isinstance(tensors, _C.Tensor):
        return [tensors]
    tensors = list(tensors)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, _C.Tensor):
            raise TypeError(f"{what} {i} must be a Tensor, got {type(tensor).__name__}")
    return tensors


def _gradients(name, gradients, count):
    """A gradient or None for each of `count` tensors."""
    if gradients is None:
        return [None] * count
    gradients = [gradients] if isinstance(gradients, _C.Tensor) else list(gradients)
    if len(gradients) != count:
        raise RuntimeError(f"{name}: got {count} tensors and {len(gradients)} gradients")
    for gradient in gradients:
        if gradient is not None and not isinstance(gradient, _C.Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    return gradients


def backward(
    tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None
):
    """Add the gradients of `tensors` with respect to the leaves of their graph to the leaves' ``.grad``.

    ``grad_tensors`` are the gradients of the final objective with respect to `tensors`; None stands for 1 and
    needs a tensor of one element. With `inputs`, only those accumulate. ``retain_graph`` keeps the graph for
    another backward; ``create_graph`` records the backward itself, so that gradients can be differentiated.

    Raises RuntimeError where a tensor requires no gradient, a gradient has another shape, or the graph was
    freed before.
    """
    tensors = _listed("backward: element", tensors)
    if grad_variables is not None:
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                "`backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    gradients = _gradients("backward", grad_tensors, len(tensors))
    if inputs is not None:
        inputs = _listed("backward: input", inputs)
    retain_graph = create_graph if retain_graph is None else retain_graph
    _C._backward(tensors, gradients, retain_graph, create_graph, inputs)


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    only_inputs=True,
    allow_unused=None,
    is_grads_batched=False,
    materialize_grads=False,
):
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no ``.grad`` changes.

    Arguments are those of :func:`backward`. An input that does not influence the outputs is an error, unless
    ``allow_unused`` (its gradient is None) or ``materialize_grads`` (zeros).

    >>> import synapgrad as sg
    >>> x = sg.tensor(3.0, requires_grad=True)
    >>> (first,) = sg.autograd.grad(x**3, x, create_graph=True)
    >>> sg.autograd.grad(first, x)
    (tensor(18.),)
    """
    if is_grads_batched:
        raise NotImplementedError(
            "grad: is_grads_batched=True (a vectorised backward) is not supported; "
            "call grad once for each gradient"
        )
    if not only_inputs:
        raise ValueError("grad: only_inputs=False is not supported; use backward to accumulate gradients")
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, "
            "but got: allow_unused=False."
        )
    outputs, inputs = _listed("grad: output", outputs), _listed("grad: input", inputs)
    gradients = _gradients("grad", grad_outputs, len(outputs))
    retain_graph = create_graph if retain_graph is None else retain_graph
    unused = materialize_grads or bool(allow_unused)
    found = _C._grad(outputs, inputs, gradients, retain_graph, create_graph, unused)
    if materialize_grads:
        found = [_C.zeros_like(x, requires_grad=True) if g is None else g for g, x in zip(found, inputs)]
    return tuple(found)
