"""Views: values, gradients, names in the graph, and what writing through them does."""

import pytest
import torch

import synapgrad

from .harness import OpRow, OpSuite, S, T, same, to_synapgrad, to_torch

M, V, C, Z, E = T((4, 6)), T((6,)), T((2, 3, 4)), T(()), T((0, 3))


def row(name, *samples, errors=(), **options):
    return OpRow(
        name,
        [S(*s) if isinstance(s, tuple) else s for s in samples],
        errors=[S(*e) for e in errors],
        **options,
    )


ROWS = [
    row(
        "reshape",
        (M, (24,)),
        (M, (2, -1)),
        (C, (4, 6)),
        (Z, (1, 1)),
        (E, (3, 0)),
        (Z, ()),
        errors=[(M, (5, -1)), (M, (-1, -1)), (M, (-2,)), (E, (-1, 0)), (M, (7,))],
    ),
    row(
        "view",
        (C, (6, 4)),
        (M, (-1,)),
        (Z, (1,)),
        (E, (0, 5)),
        errors=[(M, (5, -1)), (M, (-1, 0)), (M, (-1, -1))],
        layouts=False,
    ),
    row("flatten", (C,), (C, 1), (C, 0, 1), (C, -2, -1), (Z,), (E,), errors=[(C, 2, 0), (C, 3)]),
    row(
        "unflatten", (M, 1, (2, 3)), (M, 1, (-1, 2)), (M, -2, (2, 2)), errors=[(M, 1, (4, 2)), (M, 3, (1, 1))]
    ),
    row("ravel", (C,), (Z,), (E,)),
    row("unsqueeze", (M, 0), (M, -1), (Z, 0), (E, 1), errors=[(M, 4)], in_place=False),
    row(
        "squeeze",
        (T((1, 3, 1)),),
        (T((1, 3, 1)), 0),
        (T((1, 3, 1)), 1),
        (T((1, 3, 1)), (0, -1)),
        (Z,),
        (Z, 0),
        (T((1, 0)),),
        errors=[(M, 4), (M, (0, 0))],
        in_place=False,
    ),
    row("transpose", (C, 0, 1), (C, -1, 0), (Z, 0, -1), (E, 0, 1), errors=[(M, 0, 5)], in_place=False),
    row("swapaxes", (C, 0, 2), errors=[(C, 0, 3)], in_place=False),
    row("swapdims", (C, 0, 2), errors=[(C, -4, 0)], in_place=False),
    row("t", (M,), (V,), (Z,), errors=[(C,)], in_place=False),
    row("adjoint", (C,), (M,), errors=[(V,)]),
    row(
        "permute",
        (C, (2, 0, 1)),
        (C, (-1, -2, -3)),
        (Z, ()),
        (E, (1, 0)),
        errors=[(M, (0,)), (M, (0, 0)), (M, (0, 5))],
    ),
    row(
        "movedim",
        (C, 0, 2),
        (C, (0, 1), (2, 0)),
        (C, -1, 0),
        errors=[(C, 0, 5), (C, (0, 0), (1, 2)), (C, (0, 1), (1,))],
    ),
    row("moveaxis", (C, 0, 2), errors=[(C, 0, 3), (C, (0, 1), (2,))]),
    row("select", (C, 1, 2), (C, -1, -1), (V, 0, 3), errors=[(M, 0, 7), (M, 0, -5), (M, 3, 0), (Z, 0, 0)]),
    row(
        "narrow",
        (M, 0, 1, 2),
        (M, -1, -3, 2),
        (M, 0, 4, 0),
        (E, 0, 0, 0),
        errors=[(M, 0, 3, 2), (M, 0, 5, 0), (M, 0, 0, -1), (Z, 0, 0, 0)],
    ),
    row("narrow_copy", (M, 0, 1, 2), errors=[(M, 0, 1, 9), (M, 0, 1, -1)], layouts=False),
    row("diagonal", (M,), (M, 1), (M, -2), (M, 9), (C, 0, 0, 2), (C, 1, -1, 0), errors=[(M, 0, 0, 0), (V,)]),
    row(
        "broadcast_to",
        (V, (3, 6)),
        (T((3, 1)), (2, 3, 4)),
        (Z, (2, 2)),
        (T((1, 0)), (3, 0)),
        errors=[(V, (3, 5)), (M, (6,))],
    ),
    row(
        "expand",
        (V, (3, 6)),
        (T((3, 1)), (-1, 4)),
        (T((3, 1)), (2, -1, 4)),
        (V, (6,)),
        errors=[(V, (3, 5)), (V, (-1, 6)), (M, (6,))],
    ),
    row(
        "as_strided",
        (M, (2, 3), (6, 1)),
        (M, (3, 3), (1, 1), 2),
        (M, (2,), (0,)),
        (V, (4, 3), (1, 1)),
        errors=[(M, (9, 9), (9, 9)), (M, (2, 2), (-1, 1)), (M, (2,), (1, 1))],
        layouts=False,
        in_place=False,
    ),
    row(
        "split",
        (M, 2),
        (M, 4, 1),
        (M, [1, 3]),
        (M, [2, 0, 4], 1),
        (E, 2),
        errors=[(M, 0), (M, -1), (M, [1, 1]), (Z, 1), (M, 2, 5)],
    ),
    row("split_with_sizes", (M, [1, 3]), errors=[(M, [1, 1])]),
    row("chunk", (M, 2), (M, 3, 0), (M, 4, 1), (E, 3), errors=[(M, 0)]),
    row(
        "tensor_split",
        (M, 3),
        (M, 4, 1),
        (M, (1, 2)),
        (M, (1, 9), 1),
        (M, (-1,)),
        (M, 7),
        errors=[(M, 0), (Z, 1)],
    ),
    row("unbind", (M,), (C, 1), (C, -1), (T((0, 2)),), errors=[(M, 4), (Z,)]),
    row("hsplit", (M, 3), (M, (1, 2)), (V, 2), errors=[(M, 4), (Z, 1)]),
    row("vsplit", (M, 2), (M, (1,)), errors=[(M, 3), (V, 2)]),
    row("dsplit", (C, 2), errors=[(M, 2)]),
    OpRow(
        "unfold",
        [S(T((7,)), 0, 3, 2), S(T((3, 5)), -1, 2, 1), S(T((3, 5)), 0, 3, 1), S(T(), 0, 1, 1)],
        errors=[S(T((3,)), 0, 4, 1), S(T((3,)), 0, 2, 0), S(T((3,)), 1, 2, 1), S(T((3,)), 0, -1, 1)],
        home="Tensor",
    ),
]


class TestView(OpSuite):
    rows = ROWS


def leaf(shape):
    x = (
        torch.arange(1.0, 1 + torch.Size(shape).numel(), dtype=torch.float64)
        .reshape(shape)
        .div(7)
        .sin()
        .requires_grad_()
    )
    return x, to_synapgrad(x)


@pytest.mark.parametrize(
    "code",
    """x.view(24)
x.view(4,6)
x.reshape(24)
x.t().reshape(24)
x.flatten()
x.t().flatten()
x.unflatten(1,(2,3))
x.ravel()
x.squeeze()
x.squeeze(0)
x.squeeze((0,1))
x.unsqueeze(0)
x.transpose(0,1)
x.t()
x.T
x.mT
x.H
x.permute(1,0)
x.movedim(0,1)
x.expand(3,4,6)
x.expand(4,6)
x.expand_as(x)
x.narrow(0,1,2)
x.select(0,1)
x.diagonal()
x[0].unfold(0,2,2)
x.as_strided((2,2),(1,1))
x.split(2)[0]
x.split([1,3])[0]
x.chunk(2)[0]
x.tensor_split(2)[0]
x.unbind()[0]
x.hsplit(2)[0]
x.view_as(x)
x.reshape_as(x)
x[1]
x[1:2]
x[:]
x[...]
x[:,:]
x[None]
x[1,2]
x[[0,1]]
x[:,[0,1]]
x[0][...]""".splitlines(),
)
def test_names_in_the_graph(code):
    theirs, ours = (eval(code, {"x": x * 1}) for x in leaf((4, 6)))
    assert tuple(ours.shape_list()) == tuple(theirs.shape) if hasattr(ours, "shape_list") else True
    if hasattr(ours, "grad_fn"):
        assert ours.grad_fn.name().removeprefix("torch::autograd::") == theirs.grad_fn.name()


def test_methods_take_ints_one_by_one_or_in_a_tuple():
    theirs, ours = leaf((2, 3, 4))
    for code in (
        "x.view(6, 4)",
        "x.view((6, 4))",
        "x.view([6, 4])",
        "x.view(-1)",
        "x.view(size=(4, 6))",
        "x.reshape(3, 8)",
        "x.reshape(shape=(8, 3))",
        "x.permute(2, 0, 1)",
        "x.permute(dims=(2, 0, 1))",
        "x.expand(2, 2, 3, 4)",
        "x.repeat(1, 2, 1)",
        "x.repeat((2, 1, 1, 1))",
        "x.tile(2)",
        "x.tile((2, 2))",
        "x.flip(0, 1)",
        "x.flip((0,))",
        "x.flip(-1)",
    ):
        same(eval(code, {"x": theirs}), eval(code, {"x": ours}), code)


def test_bytes_seen_as_another_dtype():
    x = torch.tensor([[1.5, -2.0, 3.25, 0.0]])
    for dtype in ("int32", "int16", "int64", "uint8", "float64", "float16"):
        same(x.view(getattr(torch, dtype)), to_synapgrad(x).view(getattr(synapgrad, dtype)), dtype)
    with pytest.raises(RuntimeError, match="view"):
        to_synapgrad(x.t()).view(synapgrad.float64)


WRITES = [
    # the base is written through a view
    "v = y.view(24); v.mul_(w[0]); out = y",
    "v = y[1]; v.mul_(w); out = y",
    "v = y[:, 1:5:2]; v.mul_(w[1]); out = y",
    "v = y.t(); v.mul_(w[:4]); out = y",
    "v = y.diagonal(); v.mul_(w[:4]); out = y",
    "v = y.unsqueeze(0); v.mul_(w); out = y",
    "v = y.permute(1, 0)[2:4]; v.mul_(w[:4]); out = y",
    "v = y.tensor_split(2)[0]; v.mul_(w); out = y",
    "v = y.as_strided((3,), (7,)); v.mul_(w[:3]); out = y",
    "v = y.unfold(1, 2, 2); v.mul_(w[:2]); out = y",
    "v = y[1].narrow(0, 2, 3); v.mul_(w[:3]); out = y",
    # siblings of the written view
    "v = y[1]; s = y[:, 2]; v.mul_(w); out = s",
    "v = y[1]; s = y.t(); v.mul_(w); out = s",
    "v = y[1]; s = y.view(24)[5:9]; v.mul_(w); out = s * s",
    "v = y[1]; v.mul_(w); out = v * v",
    "v = y[1]; s = y.expand(2, 4, 6); v.mul_(w); out = s",
    "v = y[1]; s = y.unfold(1, 3, 1); v.mul_(w); out = s",
    # views of the base, which then changes itself
    "v = y[1]; y.mul_(w); out = v * v",
    "v = y.t()[2]; y.add_(w); y.mul_(w); out = v",
    # several writes, views of views
    "v = y[1]; v.mul_(w); u = y[:, 1]; u.mul_(w[:4]); out = y",
    "v = y[1]; u = v[2:5]; u.mul_(w[:3]); v.mul_(w); out = y",
    "v = y.view(2, 12); u = v.t()[3:7]; u.mul_(w[:2]); out = y + v.view(4, 6)",
    "v = y[1]; v.mul_(w); v.mul_(w); y.mul_(w); out = v + y[1]",
    # writing into memory that was not in the graph
    "z = n.clone(); v = z[1]; v.copy_(w); out = z",
    "z = n.clone(); z[2] = w; z[:, 1] = w[:4]; out = z * z",
    "z = n.clone(); v = z.view(24); z[2] = w * w; out = v",
    # bases with gaps, or in another order
    "z = (y * 1)[:, ::2].detach(); v = z[0]; v.mul_(w[:3]); z[1] = w[3:]; out = z * z",
    "z = y.t().detach(); z[1] = w[:4]; v = z[2:4]; v.mul_(w[0]); out = z * z",
    # assignments
    "y[1] = w; out = y",
    "y[1:3] = w; y[0] = 5.0; out = y",
    "y[y > 0] = 0.0; out = y * y",
    "y[[0, 2]] = w; out = y * y",
    "y[1, [0, 2]] = w[:2]; out = y * y",
    "y[:, [0, 2]] *= w[:2]; out = y",
    "y[[0, 0, 1]] += w; out = y",
    "y[..., 0] += w[:4]; out = y",
    "y[2] = y[2].exp(); y[3] = y[2] + y[1]; out = y",
    "y.t()[1:3, 2] = w[:2]; out = y",
    "y[1].copy_(w); y[1][2] = w[0]; out = y",
]


@pytest.mark.parametrize("program", WRITES)
@pytest.mark.parametrize("second", [False, True])
def test_writing_through_views(program, second):
    """The same little program in both libraries; then the gradients, and those of the gradients."""
    results = []
    for side in (0, 1):
        x, w, n = leaf((4, 6))[side], leaf((6,))[side], leaf((4, 6))[side].detach()
        y = x * 1
        scope = {"y": y * y, "w": w, "n": n}
        exec(program, scope)
        out = scope["out"]
        total = (out * out).sum()
        if second:
            total.backward(create_graph=True)
            gx, gw, x.grad, w.grad = x.grad, w.grad, None, None
            ((gx * gx).sum() if gx is not None else 0 * w.sum()).backward(retain_graph=True)
            if gw is not None:
                (gw * gw).sum().backward()
        else:
            total.backward()
        results.append((out, x.grad, w.grad))
    (a, b, c), (d, e, f) = results
    same(a.detach(), d, program)
    for theirs, ours in ((b, e), (c, f)):
        if theirs is not None:
            same(theirs.detach(), ours, f"{program}: gradient")


REFUSED = [
    "y.unbind()[0].mul_(2)",
    "y.split(2)[0].mul_(2)",
    "y.chunk(2)[1].mul_(2)",
    "x.view(24).mul_(2)",
    "x[0] = 1",
    "x[[0]] = 1",
    "y.expand(2, 4, 6).mul_(2)",
]


@pytest.mark.parametrize("program", REFUSED)
def test_refused(program):
    for side in (0, 1):
        x = leaf((4, 6))[side]
        y = x * 1
        before = to_torch(y) if side else y.detach().clone()
        with pytest.raises(RuntimeError):
            exec(program, {"x": x, "y": y})
        assert torch.equal(to_torch(y) if side else y.detach(), before)


#: Views in place: of the base, of the result of an operation, of a view that is then changed, with the old value saved.
VIEWS_IN_PLACE = [
    "y.unsqueeze_(1); (y * y).sum().backward()",
    "y.unsqueeze_(0).squeeze_(0); (y * 3).sum().backward()",
    "y.transpose_(0, 1); (y[1] * 2).sum().backward()",
    "y.transpose_(dim0=0, dim1=1).mul_(3); (y * y).sum().backward()",
    "y.t_(); y[2] = 5; (y ** 2).sum().backward()",
    "y.swapaxes_(0, 1); y.exp().sum().backward()",
    "y.swapdims_(0, 1); y.exp().sum().backward()",
    "z = y[1]; z.unsqueeze_(0); z.mul_(3); (y * y).sum().backward()",
    "y = y.detach(); z = y[0]; y.t_(); z.mul_(x[1]); (y * y).sum().backward()",
    "y.as_strided_((2, 2), (1, 2)); (y * y).sum().backward()",
]


@pytest.mark.parametrize("program", VIEWS_IN_PLACE)
def test_views_in_place(program):
    sides = []
    for side in (0, 1):
        x = leaf((4, 6))[side]
        names = {"x": x, "y": x * 2}
        exec(program, names)
        sides.append((names["y"], x.grad))
    (y, grad), (ours, our_grad) = sides
    assert torch.equal(to_torch(ours), y.detach())
    assert ours.stride() == y.stride()
    assert torch.allclose(to_torch(our_grad), grad)


def test_a_kept_gradient_has_the_new_shape():
    """PyTorch's would still have the old one."""
    x = leaf((4, 6))[1]
    y = x * 2
    y.retain_grad()
    y.t_()
    (y * y).sum().backward()
    assert torch.allclose(to_torch(y.grad), 2 * to_torch(y.detach()))


def test_a_parameter_changes_its_shape_outside_the_graph_only():
    x = leaf((4, 6))[1]
    with pytest.raises(RuntimeError, match="t_: a leaf Variable that requires grad"):
        x.t_()
    assert x.shape == (4, 6)
    with synapgrad.no_grad():
        assert x.t_() is x
    assert x.shape == (6, 4) and x.is_leaf and x.requires_grad


def test_resize_is_refused():
    with pytest.raises(NotImplementedError, match="resize_"):
        leaf((4, 6))[1].resize_(2, 2)


def test_many_views_and_back():
    x = to_synapgrad(torch.ones(10_000, requires_grad=True))
    parts = x.unbind()
    joined = synapgrad.stack(parts)
    assert torch.equal(to_torch(joined), torch.ones(10_000))
    joined.sum().backward()
    assert torch.equal(to_torch(x.grad), torch.ones(10_000))
    x.grad = None
    x.unbind()[7].backward()
    assert to_torch(x.grad).nonzero().tolist() == [[7]]
