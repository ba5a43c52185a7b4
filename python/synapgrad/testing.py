"""For tests: are two tensors as close as their types allow?"""

from __future__ import annotations

from . import _C

__all__ = ["assert_close"]

#: Relative and absolute tolerance by dtype; whole numbers must be equal.
_TOLERANCE = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
}


def _name(dtype) -> str:
    return repr(dtype).rpartition(".")[2]


def _difference(actual, expected, rtol, atol, equal_nan, place):
    """One sentence about where two lists of numbers differ, or None."""
    wrong, worst, worst_at = 0, -1.0, 0
    for i, (a, b) in enumerate(zip(actual, expected)):
        if a == b or (equal_nan and a != a and b != b):
            continue
        gap = abs(a - b)
        if gap <= atol + rtol * abs(b) and abs(b) != float("inf"):
            continue
        wrong += 1
        if not gap <= worst:
            worst, worst_at = gap, i
    if not wrong:
        return None
    return (
        f"{place} are not close: {wrong} of {len(actual)} elements differ, "
        f"most at {worst_at} in row-major order: "
        f"{actual[worst_at]} and {expected[worst_at]}, apart by {worst} (allowed: {atol} + {rtol}·|expected|)"
    )


def assert_close(
    actual,
    expected,
    *,
    allow_subclasses=True,
    rtol=None,
    atol=None,
    equal_nan=False,
    check_device=True,
    check_dtype=True,
    check_layout=True,
    check_stride=False,
    msg=None,
):
    """Raise AssertionError unless ``|actual − expected| ≤ atol + rtol·|expected|`` in every element.

    Shapes and, unless told otherwise, dtypes must be equal. The tolerances depend on the dtype. Sequences and
    mappings are compared item by item.

    >>> import synapgrad as sg
    >>> sg.testing.assert_close(sg.tensor([1.0, 2.0]), sg.tensor([1.0, 2.0 + 1e-6]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError("assert_close: rtol and atol must both be given, or neither")
    options = dict(
        rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, check_stride=check_stride, msg=msg
    )

    def fail(text):
        raise AssertionError(msg(text) if callable(msg) else msg or text)

    if isinstance(expected, dict):
        if not isinstance(actual, dict) or actual.keys() != expected.keys():
            fail("assert_close: the mappings have different keys")
        for key in expected:
            assert_close(actual[key], expected[key], **options)
        return
    if isinstance(expected, (list, tuple)):
        if not isinstance(actual, (list, tuple)) or len(actual) != len(expected):
            fail("assert_close: the sequences have different lengths")
        for a, b in zip(actual, expected):
            assert_close(a, b, **options)
        return
    tensors = isinstance(actual, _C.Tensor), isinstance(expected, _C.Tensor)
    if tensors[0] != tensors[1]:
        fail(f"assert_close: cannot compare {type(actual).__name__} with {type(expected).__name__}")
    if not tensors[0]:
        kind = "float64" if isinstance(actual, float) or isinstance(expected, float) else "int64"
        numbers, wanted, place = [actual], [expected], "Scalars"
    else:
        if actual.shape != expected.shape:
            fail(f"assert_close: the shapes differ: {tuple(actual.shape)} and {tuple(expected.shape)}")
        if check_dtype and actual.dtype != expected.dtype:
            fail(f"assert_close: the dtypes differ: {actual.dtype} and {expected.dtype}")
        if check_stride and actual.stride() != expected.stride():
            fail(f"assert_close: the strides differ: {actual.stride()} and {expected.stride()}")
        # The less exact of the two types decides.
        kinds = [_name(actual.dtype), _name(expected.dtype)]
        kind = max(kinds, key=lambda name: _TOLERANCE.get(name, (0.0, 0.0))[0])
        numbers, wanted = actual.detach().reshape(-1).tolist(), expected.detach().reshape(-1).tolist()
        place = "Tensors"
    r, a = _TOLERANCE.get(kind, (0.0, 0.0)) if rtol is None else (rtol, atol)
    text = _difference(numbers, wanted, r, a, equal_nan, place)
    if text:
        fail(text)
