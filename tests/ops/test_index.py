"""Indexing: the operations, and `x[…]` in all its forms, reading and writing."""

import random
from operator import getitem

import numpy as np
import pytest
import torch

import synapgrad

from .harness import OpRow, OpSuite, S, T, same, to_synapgrad, to_torch

I64, I32, BOOL = torch.int64, torch.int32, torch.bool
M, V, C, Z, E = T((4, 6)), T((6,)), T((2, 3, 4)), T(()), T((0, 3))


def idx(shape, low, high, dtype=I64):
    return T(shape, dtype, low, high)


def one(*values, dtype=I64):
    return T((len(values),), dtype, values=list(values))


def row(name, *samples, errors=(), **options):
    options.setdefault("layouts", False)
    return OpRow(
        name,
        [S(*s) if isinstance(s, tuple) else s for s in samples],
        errors=[S(*e) for e in errors],
        **options,
    )


#: Scattering from a source of more or fewer dimensions than the index has.
OTHER_RANKS = [
    (M, 0, idx((3, 6), 0, 3), T((6,))),
    (M, 0, idx((1, 6), 0, 3), T((6,))),
    (M, 0, idx((1, 6), 0, 3), T((1, 6, 1))),
    (M, 0, idx((1, 6), 0, 3), T()),
    (M, 0, one(0), T((1, 6))),
    (M, 0, idx((5, 7), 0, 3), T((5,))),
]

ROWS = [
    row(
        "index_select",
        (M, 0, one(0, 2, 2)),
        (M, -1, one(5, 0)),
        (C, 1, one(1, 1, 0)),
        (Z, 0, one(0)),
        (M, 0, one()),
        (M, 1, one(3, 3, dtype=I32)),
        errors=[(M, 0, one(9)), (M, 0, one(-1)), (M, 0, V), (M, 0, idx((1, 1), 0, 1)), (M, 4, one(0))],
        layouts=True,
    ),
    row(
        "index_add",
        (M, 0, one(0, 2, 2), T((3, 6))),
        (M, 1, one(5, 0), T((4, 2))),
        S(M, 0, one(1), T((1, 6)), alpha=3),
        errors=[
            (M, 0, one(9), T((1, 6))),
            (M, 0, one(-1), T((1, 6))),
            (M, 0, one(0), M),
            (M, 0, one(0), T((1, 3))),
        ],
    ),
    row(
        "index_copy",
        (M, 0, one(0, 2), T((2, 6))),
        (M, 1, one(5, 0), T((4, 2))),
        errors=[(M, 0, one(9), T((1, 6))), (M, 0, one(0), M), (M, 0, one(0), T((1, 6), torch.float64))],
    ),
    row(
        "index_fill",
        (M, 0, one(0, -2), 3),
        (M, 1, one(5), Z),
        (C, 1, one(0), 0),
        errors=[(M, 0, one(9), 1), (M, 0, one(0), V)],
    ),
    row(
        "index_put",
        (M, (one(0, 2),), V),
        (M, (one(0, 2), one(1, -1)), Z),
        (M, (one(0, 0),), V, True),
        (C, (one(1, 0), idx((2, 1), 0, 2)), T((2, 2, 4))),
        (M, (idx((4,), 0, 1, BOOL),), V),
        errors=[(M, (one(9),), V), (M, (one(0),), T((5,))), (M, (one(0),), T((6,), torch.float64))],
    ),
    row(
        "gather",
        (M, 0, idx((2, 6), 0, 3)),
        (M, 1, idx((4, 9), 0, 5)),
        (C, 1, idx((1, 5, 2), 0, 2)),
        (V, 0, one(5, 0, 0)),
        (Z, 0, one(0)),
        (M, -1, idx((3, 1), 0, 5, I32)),
        (M, 0, idx((0, 3), 0, 3)),
        errors=[
            (M, 0, one(9)),
            (M, 0, T((1, 1), I64, values=None, low=9, high=9)),
            (M, 0, V),
            (M, 1, idx((5, 1), 0, 1)),
        ],
        layouts=True,
    ),
    row(
        "scatter",
        (M, 0, T((1, 6), I64, 0, 3), T((1, 6))),
        (M, 0, T((1, 6), I64, 0, 3), T((4, 6), grad=False)),
        (M, 0, T((0,)), T((6,), grad=False)),
        (M, 1, T((2, 2), I64, 0, 0), 2.0),
        (V, 0, one(5, 0), T((2,))),
        S(M, 0, idx((1, 6), 0, 3), value=3),
        S(T((4, 6), grad=False), 0, idx((1, 6), 0, 3), 2, reduce="add"),
        errors=[
            (M, 0, T((1, 1), I64, low=9, high=9), M),
            (M, 0, idx((1, 6), 0, 3), T((1, 6), torch.float64)),
            *OTHER_RANKS,
        ],
        second=False,
    ),
    row(
        "scatter_add",
        (M, 0, idx((3, 6), 0, 3), T((3, 6))),
        (M, 0, idx((3, 6), 0, 3), T((4, 6), grad=False)),
        (C, 2, idx((2, 2, 7), 0, 3), T((2, 2, 7))),
        (V, 0, one(5, 5, 0), T((3,))),
        errors=[(M, 0, T((1, 1), I64, low=9, high=9), M), *OTHER_RANKS],
        second=False,
    ),
    row(
        "scatter_reduce",
        *[
            S(M, 0, idx((4, 6), 0, 3), M, reduce, include_self=own, smooth=False)
            for reduce in ("sum", "mean", "amax", "amin")
            for own in (True, False)
        ],
        S(M, 0, idx((4, 6), 0, 3), T((4, 6), low=1), "prod", smooth=False),
        errors=[(M, 0, idx((4, 6), 0, 3), M, "x")],
        second=False,
        in_place=False,
        dtypes=(torch.float32, torch.float64, I64),
    ),
    row(
        "scatter_reduce",
        S(M, 0, idx((4, 6), 0, 3), M, "sum", include_self=True),
        S(M, 0, idx((4, 6), 0, 3), M, "mean", include_self=False),
        in_place=False,
        dtypes=(torch.float32, torch.float64),
    ),
    row(
        "take",
        (M, one(0, 23, -1)),
        (M, idx((2, 2), 0, 23)),
        (C, one(5, 5)),
        (Z, one(0)),
        (E, one()),
        errors=[(M, one(99)), (M, one(-25)), (M, V), (E, one(0))],
        layouts=True,
    ),
    row(
        "put",
        (M, one(0, 23, -2), T((3,))),
        (M, one(0, 0, 3), T((3,)), True),
        (C, idx((2, 2), 0, 3), T((4,)), True),
        errors=[(M, one(99), T((1,))), (M, one(1), V), (M, one(1), T((1,), torch.float64))],
    ),
    row(
        "take_along_dim",
        (M, idx((4, 6), 0, 3), 0),
        (M, idx((4, 6), 0, 5)),
        (M, idx((1, 9), 0, 5), 1),
        (T((1, 6)), idx((4, 2), 0, 5), 1),
        errors=[(M, one(1), 0)],
    ),
    row(
        "masked_select",
        (M, idx((4, 6), 0, 1, BOOL)),
        (M, idx((6,), 0, 1, BOOL)),
        (V, idx((4, 6), 0, 1, BOOL)),
        (Z, idx((), 0, 1, BOOL)),
        errors=[(M, V), (M, idx((5,), 0, 1, BOOL))],
        layouts=True,
    ),
    row(
        "masked_scatter",
        (M, idx((4, 6), 0, 1, BOOL), M),
        (M, idx((6,), 0, 1, BOOL), C),
        errors=[
            (M, T((4, 6), BOOL, values=None, low=1, high=1), V),
            (M, idx((4, 6), 0, 1, BOOL), T((4, 6), torch.float64)),
        ],
    ),
    row("nonzero", (M,), (V,), (Z,), (C,), (E,), S(M, as_tuple=True), S(Z, as_tuple=True)),
    row("argwhere", (M,), (Z,)),
    row(
        "one_hot",
        (idx((2, 3), 0, 4),),
        (idx((3,), 0, 4), 6),
        (idx((), 0, 4), 5),
        errors=[(one(3), 2), (one(-1),), (V,), (one(),)],
        dtypes=(I64,),
    ),
]


class TestIndex(OpSuite):
    rows = ROWS


# ---- x[…] --------------------------------------------------------------------------------------------------


def random_key(rng, shape, advanced=True):
    """An index of Python and PyTorch for a tensor of `shape`, and how to make ours of it."""
    key, dims = [], list(shape)
    common = rng.choice([(2,), (3,), (1,), (2, 2), ()])
    ellipsis = rng.random() < 0.3
    while dims and rng.random() < 0.85:
        size = dims.pop(0)
        kind = rng.random()
        if kind < 0.25 and size:
            key.append(rng.randrange(-size, size))
        elif kind < 0.6:
            bounds = [rng.choice([None, rng.randint(-size - 1, size + 1)]) for _ in range(2)]
            key.append(slice(*bounds, rng.choice([None, 1, 2, 3])))
        elif kind < 0.85 and advanced and size:
            shape_here = rng.choice([common, (1,), ()]) if common != () else ()
            n = torch.Size(shape_here).numel()
            values = [rng.randrange(-size, size) for _ in range(n)]
            index = torch.tensor(values, dtype=rng.choice([I64, I32])).reshape(shape_here)
            form = rng.random()
            key.append(
                index.tolist()
                if form < 0.2 and index.dim() == 1
                else index.numpy()
                if form < 0.3 and index.dim()
                else index
            )
        elif advanced and common in ((1,), ()):
            more = [dims.pop(0)] if dims and rng.random() < 0.5 else []
            key.append(
                torch.tensor([rng.random() < 0.5 for _ in range(torch.Size([size, *more]).numel())]).reshape(
                    size, *more
                )
            )
        else:
            key.append(slice(None))
        if rng.random() < 0.15:
            key.append(None)
        if rng.random() < 0.03:
            key.append(rng.random() < 0.7)
        if ellipsis and rng.random() < 0.4:
            key.append(...)
            ellipsis = False
            for _ in range(rng.randint(0, len(dims))):
                dims.pop(0)
            if dims and rng.random() < 0.7:
                continue
            break
    if any(k is ... for k in key):
        taken = sum(
            k.dim() if isinstance(k, torch.Tensor) and k.dtype is BOOL else 1
            for k in key
            if k is not None and k is not ... and not isinstance(k, bool)
        )
        if taken > len(shape):
            key = [...]
    return key[0] if len(key) == 1 else tuple(key)


def ours(key):
    if isinstance(key, tuple):
        return tuple(ours(k) for k in key)
    return to_synapgrad(key) if isinstance(key, torch.Tensor) else key


def random_case(seed):
    rng = random.Random(seed)
    shape = tuple(
        rng.choice([1, 2, 3, 4, 5, 0] if rng.random() < 0.1 else [1, 2, 3, 4])
        for _ in range(rng.randint(0, 4))
    )
    return rng, shape, random_key(rng, shape)


def tensor(rng, shape, **options):
    n = torch.Size(shape).numel()
    x = torch.tensor([rng.uniform(-2, 2) for _ in range(n)], dtype=torch.float64).reshape(shape)
    if len(shape) > 1 and rng.random() < 0.3:
        x = x.transpose(0, -1).contiguous().transpose(0, -1)
    return x.requires_grad_(options.get("grad", True))


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001
        return error


@pytest.mark.parametrize("block", range(20))
def test_random_reading(block):
    for seed in range(block * 50, block * 50 + 50):
        rng, shape, key = random_case(seed)
        theirs = tensor(rng, shape)
        mine = to_synapgrad(theirs)
        expected, got = attempt(getitem, theirs * 1, key), attempt(getitem, mine * 1, ours(key))
        what = f"seed {seed}: x of shape {shape}[{key}]"
        if isinstance(expected, Exception):
            assert type(got) is type(expected), f"{what}\n{expected!r}\n{got!r}"
            continue
        assert not isinstance(got, Exception), f"{what}\n{got!r}"
        same(expected.detach(), got, what)
        assert got.grad_fn.name() == expected.grad_fn.name(), what
        weight = torch.linspace(-1, 1, expected.numel(), dtype=torch.float64).reshape(expected.shape)
        (expected * expected * weight).sum().backward()
        (got * got * to_synapgrad(weight)).sum().backward()
        same(theirs.grad, mine.grad, f"{what}: gradient")


@pytest.mark.parametrize("block", range(20))
def test_random_writing(block):
    for seed in range(10_000 + block * 50, 10_000 + block * 50 + 50):
        rng, shape, key = random_case(seed)
        theirs = tensor(rng, shape)
        target = attempt(getitem, theirs.detach(), key)
        if isinstance(target, Exception):
            continue
        # A value that broadcasts to the place, or a number.
        cut = rng.randint(0, target.dim())
        value_shape = tuple(1 if rng.random() < 0.2 else n for n in target.shape[cut:])
        value = tensor(rng, value_shape)
        # With one place written twice it is not said which value stays.
        arrays = [
            k
            for k in (key if isinstance(key, tuple) else (key,))
            if isinstance(k, (torch.Tensor, list, np.ndarray))
        ]
        if any(torch.as_tensor(k).dtype is not BOOL for k in arrays):
            value = tensor(rng, ())
        number = rng.random() < 0.2
        mine, my_value = to_synapgrad(theirs), to_synapgrad(value)
        both = []
        for x, v, k in ((theirs, value, key), (mine, my_value, ours(key))):
            y = x * x
            y[k] = 1.5 if number else v
            z = y * y
            z[k] += y[k]
            out = (z * y).sum()
            out.backward()
            both.append((y, z, x.grad, v.grad))
        what = f"seed {seed}: x of shape {shape}[{key}] = {value_shape}"
        (y, z, gx, gv), (my_y, my_z, my_gx, my_gv) = both
        same(y.detach(), my_y, what)
        same(z.detach(), my_z, f"{what}, +=")
        same(gx, my_gx, f"{what}: gradient of x")
        if gv is not None:
            same(gv, my_gv, f"{what}: gradient of the value")


X = torch.arange(24.0).reshape(4, 6)


@pytest.mark.parametrize(
    "code",
    """x[7]
x[-5]
x[0,9]
x[0,0,0]
x[torch.tensor([9])]
x[[9]]
x[:,[-9]]
x[torch.tensor([1.])]
x[torch.tensor([True])]
x[1.0]
x[::-1]
x[::0]
x[:,torch.zeros(5,dtype=torch.bool)]
x[torch.tensor([0,2]),torch.tensor([0,1,2])]
x[torch.tensor([1],dtype=torch.int16)]
x[0:1.5]
x[2**70]
x[0,-2**70]
x[[2**70]]
x[2**70]=1
x[0][0][0]
x[0]=torch.ones(2,6)
x[torch.tensor([0,1])]=torch.ones(5)
x[9]=1
x[[0,9]]=1
x[[0,1]]=torch.ones(6,dtype=torch.float64)
x[x>3]=torch.ones(2)
x[0]='a'
x[0]=None
del x[0]""".splitlines(),
)
def test_errors(code):
    import builtins

    class Ours:
        """The few names of `torch` above, for us."""

        bool, int16, float64 = "bool", "int16", "float64"

        @staticmethod
        def make(f):
            return lambda *a, dtype=None: to_synapgrad(f(*a, dtype=dtype and getattr(torch, dtype)))

    for name in ("tensor", "zeros", "ones"):
        setattr(Ours, name, Ours.make(getattr(torch, name)))
    x = to_synapgrad(X)
    with builtins.__import__("pytest").raises(Exception) as theirs:
        exec(code, {"x": X.clone(), "torch": torch})
    with builtins.__import__("pytest").raises(theirs.type):
        exec(code, {"x": x, "torch": Ours})
    assert torch.equal(to_torch(x), X)


def test_words_of_index_errors():
    x = to_synapgrad(X)
    for key in (7, (0, 9), [9], (0, 0, 0), to_synapgrad(torch.tensor([True]))):
        with pytest.raises(IndexError) as mine:
            x[key]
        with pytest.raises(IndexError) as theirs:
            X[key if not isinstance(key, synapgrad.Tensor) else torch.tensor([True])]
        assert str(mine.value) == f"indexing: {theirs.value}"


def test_other_things_between_the_brackets():
    x = to_synapgrad(X)
    for key in (
        np.int64(2),
        np.array([0, 2]),
        np.array([True, False, True, False]),
        np.array([], dtype=int),
        [],
        [[0, 1], [2, 3]],
        [True, False, False, True],
        (0, [1, 2]),
        ([0, 1], [1, 2]),
        True,
        False,
        (),
        slice(None, 2**70),
        ([0, 1], None),
        (slice(1, None, 2**40),),
        np.array([1, 2], dtype=np.uint8),
        np.array(3),
        range(2).start,
    ):
        if isinstance(key, np.ndarray) and key.dtype == np.uint8:
            continue
        same(X[key], x[key], repr(key))
    # PyTorch cannot count with the stride that this would have.
    same(X[1:2], x[1 :: 2**62], "a step beyond all elements")


def test_rows_meet_in_the_gradient_of_index_select():
    table = torch.zeros(5, 3, requires_grad=True)
    mine = to_synapgrad(table)
    rows = torch.tensor([4, 1, 4, 4])
    table[rows].sum().backward()
    mine[to_synapgrad(rows)].sum().backward()
    same(table.grad, mine.grad, "gradient")


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
def test_gradient_of_a_source_larger_than_the_index(name):
    """PyTorch has it only where the shapes are equal."""
    x = torch.zeros(4, 6, dtype=torch.float64, requires_grad=True)
    src = torch.rand(4, 6, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[3, 1, 0], [2, 0, 1]])
    weight = torch.arange(24.0, dtype=torch.float64).reshape(4, 6)
    my_x, my_src = to_synapgrad(x), to_synapgrad(src)
    (getattr(x, name)(0, index, src[:2, :3]) * weight).sum().backward()
    (getattr(my_x, name)(0, to_synapgrad(index), my_src) * to_synapgrad(weight)).sum().backward()
    same(x.grad, my_x.grad, "gradient")
    same(src.grad, my_src.grad, "gradient of the source")


def test_gradient_of_a_number_added_by_scatter():
    """PyTorch has none."""
    x = to_synapgrad(torch.zeros(4, 6, requires_grad=True))
    weight = torch.arange(24.0).reshape(4, 6)
    (
        x.scatter(0, to_synapgrad(torch.tensor([[3, 3, 0]])), 2.0, reduce="add") * to_synapgrad(weight)
    ).sum().backward()
    same(weight, x.grad, "gradient")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("transposed", [False, True])
def test_masks_of_many_elements(share, transposed):
    """Elements are moved in chunks, dense and sparse masks, from and to memory in any order."""
    rng = np.random.default_rng(3)
    values, mask = rng.standard_normal((37, 29)).astype("float32"), rng.random((37, 29)) < share
    found = []
    for library in (synapgrad, torch):
        x, m = library.from_numpy(values.copy()), library.from_numpy(mask.copy())
        if transposed:
            x, m = x.t(), m.t()
        x.requires_grad_(True)
        picked, selected = x[m], x.masked_select(m)
        (picked * picked + selected).sum().backward()
        put = x.detach().masked_scatter(m, 2 * picked.detach())
        found.append([picked, selected, x.grad, put, m.nonzero(), m.nonzero()[:, 0]])
    for ours, theirs in zip(*found):
        assert np.array_equal(ours.detach().numpy(), theirs.detach().numpy())


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_long_rows_of_an_index(dim):
    """Rows longer than the pieces that they are walked in, and an index that is smaller than the tensor."""
    rng = np.random.default_rng(4)
    shape = [3, 5, 5]
    shape[dim] = 2500
    values = rng.standard_normal(shape).astype("float32")
    wanted = [2, 4, 3]
    wanted[dim] = 3000
    numbers = rng.integers(0, 2500, wanted)
    found = []
    for library in (synapgrad, torch):
        x, index = library.from_numpy(values.copy()).requires_grad_(True), library.from_numpy(numbers.copy())
        gathered = x.gather(dim, index)
        added = x.scatter_add(dim, index, gathered.detach())
        set_ = x.scatter(dim, index, 0.5)
        (gathered.sum() + added.sum() + set_.sum()).backward()
        found.append([gathered, added, set_, x.grad])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-5)


def test_an_index_out_of_bounds_changes_nothing():
    x, index = synapgrad.zeros(4, 3000), synapgrad.zeros(4, 3000, dtype=synapgrad.int64)
    index[3, 2999] = 3000
    for change in (
        lambda: x.scatter_(1, index, 1.0),
        lambda: x.scatter_add_(1, index, synapgrad.ones(4, 3000)),
    ):
        with pytest.raises(RuntimeError, match="index 3000 is out of bounds for dimension 1 with size 3000"):
            change()
    with pytest.raises(RuntimeError, match="gather: index 3000 is out of bounds"):
        x.gather(1, index)
    assert x.count_nonzero() == 0
