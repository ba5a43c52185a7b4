"""synapgrad.nn.functional against torch.nn.functional: signatures, values, gradients, warnings and errors.

The arithmetic is tested with the operations in tests/ops; here it is seen that arguments arrive where they
belong.
"""

import inspect
import warnings

import pytest
import torch
import torch.nn.functional as theirs

import synapgrad
import synapgrad.nn.functional as ours

X = [[-4.0, -1.5, -0.3], [0.0, 0.7, 7.5]]
Y = [[-4.5, 1.5, 0.3], [2.0, 0.7, -1.0]]

# Name, further positional arguments, keywords. A list is a tensor.
CALLS = [
    *[
        (name, (), {})
        for name in "elu celu selu relu relu6 leaky_relu hardtanh silu mish hardsigmoid".split()
    ],
    *[(name, (), {}) for name in "hardswish gelu hardshrink logsigmoid softplus softshrink".split()],
    *[(name, (), {}) for name in "softsign tanhshrink sigmoid tanh".split()],
    ("elu", (0.5,), {}),
    ("celu", (2.0,), {}),
    ("leaky_relu", (0.3,), {}),
    ("hardtanh", (-2.0, 0.5), {}),
    ("hardtanh", (), dict(max_val=3.0)),
    ("threshold", (0.5, 9.0), {}),
    ("gelu", (), dict(approximate="tanh")),
    ("hardshrink", (1.0,), {}),
    ("softshrink", (1.0,), {}),
    ("softplus", (2.0, 5.0), {}),
    ("prelu", ([0.25],), {}),
    ("prelu", ([0.25, 0.5, -1.0],), {}),
    ("dropout", (), dict(training=False)),
    ("dropout", (0.3,), {}),
    ("dropout", (1.0,), {}),
    ("softmax", (0,), {}),
    ("log_softmax", (-1,), {}),
    ("softmin", (1,), {}),
    ("softmin", (), {}),
    ("pad", ((1, 2),), {}),
    ("pad", ((1, 0, -1, 2), "constant", 3.0), {}),
    *[
        (loss, (Y, *arguments), keywords)
        for loss in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
        for arguments, keywords in [
            ((), {}),
            ((), dict(reduction="sum")),
            ((), dict(reduction="none")),
            ((), dict(reduction="median")),
        ]
    ],
    ("l1_loss", (Y, False), {}),
    ("smooth_l1_loss", (Y,), dict(reduce=False, beta=0.5)),
    ("smooth_l1_loss", (Y,), dict(beta=0.0)),
    ("huber_loss", (Y, "sum", 2.0), {}),
    ("l1_loss", ([1.0, 2.0, 3.0],), {}),
    ("smooth_l1_loss", ([1.0, 2.0, 3.0],), {}),
    ("huber_loss", ([1.0, 2.0, 3.0],), {}),
    # What neither accepts.
    ("dropout", (1.5,), {}),
    ("dropout", (-0.1,), {}),
    ("smooth_l1_loss", (Y,), dict(beta=-1.0)),
    ("huber_loss", (Y,), dict(delta=0.0)),
    ("l1_loss", ([1.0, 2.0],), {}),
    ("gelu", (), dict(approximate="x")),
    ("softshrink", (-1.0,), {}),
    ("prelu", ([1.0, 2.0],), {}),
    ("pad", ((1,),), {}),
    ("softmin", (5,), {}),
]


def call(library, functions, name, arguments, keywords, inplace=False):
    """The result and the gradient of the input, the warnings, or the type of the error."""
    library.manual_seed(3)
    x = library.tensor(X, requires_grad=True)
    arguments = [library.tensor(a) if isinstance(a, list) else a for a in arguments]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = getattr(functions, name)(x * 1, *arguments, **keywords)
        except Exception as error:
            return type(error), None, None
    (result * result).sum().backward()
    return result.tolist(), x.grad.tolist(), [warning.category for warning in caught]


def same(mine, expected):
    if isinstance(expected[0], type) or isinstance(mine[0], type):
        assert mine[0] == expected[0]
        return
    for a, b in zip(mine[:2], expected[:2]):
        torch.testing.assert_close(torch.tensor(a), torch.tensor(b), rtol=1e-5, atol=1e-6)
    assert mine[2] == expected[2]


@pytest.mark.parametrize(("name", "arguments", "keywords"), CALLS, ids=lambda value: str(value))
def test_a_function_is_pytorchs(name, arguments, keywords):
    mine = call(synapgrad, ours, name, arguments, keywords)
    same(mine, call(torch, theirs, name, arguments, keywords))


IN_PLACE = [name for name in ours.__all__ if "inplace" in str(inspect.signature(getattr(ours, name)))]


@pytest.mark.parametrize("name", IN_PLACE)
def test_inplace_overwrites_the_input_and_has_the_same_gradient(name):
    arguments = (0.5, 9.0) if name == "threshold" else ()
    x = synapgrad.tensor(X)
    result = getattr(ours, name)(x, *arguments, inplace=True)
    assert result is x and x.tolist() != X
    mine = call(synapgrad, ours, name, arguments, dict(inplace=True))
    same(mine, call(torch, theirs, name, arguments, dict(inplace=True)))


def test_there_are_functions_with_inplace():
    assert len(IN_PLACE) >= 12


@pytest.mark.parametrize("name", ours.__all__)
def test_the_signature_is_pytorchs(name):
    try:
        expected = inspect.signature(getattr(theirs, name)).parameters
    except (TypeError, ValueError):
        pytest.skip("PyTorch's is written in C and has none")
    mine = inspect.signature(getattr(ours, name)).parameters
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in expected.values()):
        pytest.skip("PyTorch's accepts anything and looks later")
    names = list(expected)
    # What begins with an underscore is between this package's own parts.
    assert [parameter for parameter in mine if not parameter.startswith("_") or parameter in names] == names
    for parameter in names:
        if mine[parameter].default is not ...:  # the text of a signature cannot show negative numbers
            assert mine[parameter].default == expected[parameter].default, parameter


def test_one_hot():
    labels = [[0, 2], [1, 1]]
    for arguments in ((), (4,)):
        mine = ours.one_hot(synapgrad.tensor(labels), *arguments)
        assert mine.tolist() == theirs.one_hot(torch.tensor(labels), *arguments).tolist()
    with pytest.raises(RuntimeError, match="one_hot"):
        ours.one_hot(synapgrad.tensor(labels), 2)


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("shape", [(5, 3), (2, 1), (1, 3)])
def test_pdist(shape, p):
    results = []
    for library, functional in ((synapgrad, ours), (torch, theirs)):
        library.manual_seed(3)
        x = library.randn(shape, dtype=library.float64, requires_grad=True)
        distances = functional.pdist(x, p)
        (distances * library.arange(1.0, distances.numel() + 1, dtype=library.float64)).sum().backward()
        results.append((distances.tolist(), x.grad.flatten().tolist()))
    mine, other = results
    assert mine[0] == pytest.approx(other[0])
    assert mine[1] == pytest.approx(other[1])


def test_pdist_of_equal_rows_and_refusals():
    for library, functional in ((synapgrad, ours), (torch, theirs)):
        assert functional.pdist(library.ones(0, 2)).tolist() == []
        assert functional.pdist(library.ones(3, 0)).tolist() == [0.0] * 3
        x = library.ones(2, 3, requires_grad=True)
        functional.pdist(x).sum().backward()
        assert x.grad.flatten().tolist() == [0.0] * 6
        for wrong, p in (
            (library.ones(3), 2.0),
            (library.ones(2, 2, dtype=library.int64), 2.0),
            (library.ones(2, 2), -1.0),
        ):
            with pytest.raises(RuntimeError, match="pdist only supports"):
                functional.pdist(wrong, p)
