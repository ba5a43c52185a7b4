"""Jacobians, Hessians, and products with them, by running backward, once or twice.

`func` takes the tensors of `inputs` (one, or a tuple) and returns one tensor or a tuple. Results have the
structure of what they are derivatives of: a tensor for a tensor, a tuple for a tuple. With ``create_graph``
they can be differentiated. With ``strict``, an output that does not depend on an input is an error instead of
zeros.
"""

from __future__ import annotations

from .. import _C
from .engine import grad
from .grad_mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _tuple(name, what, tensors):
    """`tensors` as a tuple, and whether it was one."""
    many = isinstance(tensors, (tuple, list))
    tensors = tuple(tensors) if many else (tensors,)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, _C.Tensor):
            raise TypeError(f"{name}: {what} must be Tensors, got {type(tensor).__name__} as number {i}")
    return tensors, many


def _fresh(tensors, create_graph):
    """Tensors to differentiate by: the same values under new names, connected to the old where asked for."""
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in tensors)
    return tuple(x.detach().requires_grad_() for x in tensors)


def _call(name, func, inputs, create_graph):
    with enable_grad():
        inputs, many_in = _tuple(name, "inputs", inputs)
        inputs = _fresh(inputs, create_graph)
        outputs, many_out = _tuple(name, "the outputs of func", func(*inputs))
    return inputs, many_in, outputs, many_out


def _grads(name, outputs, inputs, gradients, create_graph, strict):
    """Gradients of those `outputs` that are in the graph; zeros where there is no connection."""
    used = [(y, g) for y, g in zip(outputs, gradients) if y.requires_grad]
    found = [None] * len(inputs)
    if used:
        ys, gs = zip(*used)
        found = grad(ys, inputs, gs, retain_graph=True, create_graph=create_graph, allow_unused=True)
    if strict and any(g is None for g in found):
        raise RuntimeError(f"{name}: with strict=True every output must depend on every input")
    return tuple(_C.zeros_like(x) if g is None else g for g, x in zip(found, inputs))


def _vectors(name, v, like, many):
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{name}: v can only be left out where there is a single element, got {len(like)} tensors"
            )
        return (_C.ones_like(like[0]),)
    v, _ = _tuple(name, "v", v)
    if len(v) != len(like) or any(a.shape != b.shape for a, b in zip(v, like)):
        raise RuntimeError(
            f"{name}: v must have the shapes {[tuple(t.shape) for t in like]}, "
            f"got {[tuple(t.shape) for t in v]}"
        )
    return v


def _leave(tensors, many, create_graph):
    tensors = tuple(tensors) if create_graph else tuple(t.detach() for t in tensors)
    return tensors if many else tensors[0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """``(outputs, vᵀ·J)``: the product of a vector of the outputs' shape with the Jacobian."""
    inputs, many_in, outputs, many_out = _call("vjp", func, inputs, create_graph)
    v = _vectors("vjp", v, outputs, many_out)
    products = _grads("vjp", outputs, inputs, v, create_graph, strict)
    return _leave(outputs, many_out, create_graph), _leave(products, many_in, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """``(outputs, J·v)``: the product of the Jacobian with a vector of the inputs' shape.

    ``uᵀ·J`` is linear in ``u``, and its derivative by ``u`` in the direction ``v`` is ``J·v``: two backward
    passes.
    """
    inputs, many_in, outputs, many_out = _call("jvp", func, inputs, create_graph)
    v = _vectors("jvp", v, inputs, many_in)
    with enable_grad():
        u = tuple(_C.zeros_like(y).requires_grad_() for y in outputs)
        rows = _grads("jvp", outputs, inputs, u, True, strict)
        products = _grads("jvp", rows, u, v, create_graph, False)
    return _leave(outputs, many_out, create_graph), _leave(products, many_out, create_graph)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """The Jacobian: for output y and input x a tensor of shape ``y.shape + x.shape``.

    >>> import synapgrad as sg
    >>> sg.autograd.functional.jacobian(lambda x: x * x, sg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy != "reverse-mode":
        raise NotImplementedError(f"jacobian: the strategy must be 'reverse-mode', got {strategy!r}")
    inputs, many_in, outputs, many_out = _call("jacobian", func, inputs, create_graph)
    blocks = []
    for y in outputs:
        rows: list[list] = [[] for _ in inputs]
        with enable_grad():
            flat = y.reshape(-1)
        for i in range(flat.numel()):
            unit = _C.zeros_like(flat)
            unit[i] = 1
            for row, g in zip(rows, _grads("jacobian", (flat,), inputs, (unit,), create_graph, strict)):
                row.append(g)
        block = []
        for row, x in zip(rows, inputs):
            shape = (*y.shape, *x.shape)
            with enable_grad():
                block.append(_C.stack(row).reshape(shape) if row else _C.zeros(shape, dtype=x.dtype))
        blocks.append(_leave(block, many_in, create_graph))
    return tuple(blocks) if many_out else blocks[0]


def _scalar(name, func):
    def checked(*inputs):
        y = func(*inputs)
        if not isinstance(y, _C.Tensor) or y.numel() != 1:
            raise RuntimeError(f"{name}: func must return a single Tensor of one element")
        return y.reshape(())

    return checked


def hessian(
    func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"
):
    """The matrix of second derivatives of a `func` with one number as its result."""
    func = _scalar("hessian", func)

    def gradient(*xs):
        return jacobian(func, xs if len(xs) > 1 or many else xs[0], create_graph=True)

    many = isinstance(inputs, (tuple, list))
    return jacobian(
        gradient, inputs, create_graph=create_graph, strict=strict, strategy=outer_jacobian_strategy
    )


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """``(output, vᵀ·H)`` for the Hessian H of a `func` with one number as its result."""
    inputs, many_in, outputs, _ = _call("vhp", _scalar("vhp", func), inputs, create_graph)
    v = _vectors("vhp", v, inputs, many_in)
    with enable_grad():
        first = _grads("vhp", outputs, inputs, (None,), True, strict)
    products = _grads("vhp", first, inputs, v, create_graph, False)
    return _leave(outputs, False, create_graph), _leave(products, many_in, create_graph)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """``(output, H·v)``. H is symmetric, so this is :func:`vhp`."""
    return vhp(func, inputs, v, create_graph, strict)
