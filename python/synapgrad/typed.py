"""The older way to name a dtype: classes such as ``FloatTensor``, each standing for the tensors of one dtype.

They make tensors, answer ``isinstance`` and are accepted where a dtype is.

>>> import synapgrad as sg
>>> x = sg.LongTensor([1, 2])
>>> x.dtype, isinstance(x, sg.LongTensor), isinstance(x, sg.FloatTensor)
(synapgrad.int64, True, False)
>>> x.type(sg.FloatTensor)
tensor([1., 2.])
"""

from __future__ import annotations

from . import _C

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
]


class _OfOneDtype(type):
    dtype: _C.dtype

    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, _C.Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args):
        """``FloatTensor(2, 3)`` makes room for 2×3 elements, ``FloatTensor([2, 3])`` holds these two."""
        if not args or all(isinstance(size, int) for size in args):
            return _C.empty(args or (0,), dtype=cls.dtype)
        if len(args) > 1:
            raise TypeError(
                f"{cls.__name__}: expected sizes or one sequence of elements, got {len(args)} arguments"
            )
        if isinstance(args[0], _C.Size):
            return _C.empty(args[0], dtype=cls.dtype)
        return _C.tensor(args[0], dtype=cls.dtype)

    def __repr__(cls) -> str:
        return f"<class 'synapgrad.{cls.__name__}'>"


def _of(name: str, dtype: _C.dtype) -> _OfOneDtype:
    doc = f"Tensors of {dtype}: ``{name}(2, 3)`` makes room for 2×3 elements, ``{name}([2, 3])`` holds these two."
    return _OfOneDtype(name, (), {"dtype": dtype, "__doc__": doc, "__module__": "synapgrad"})


FloatTensor = _of("FloatTensor", _C.float32)
DoubleTensor = _of("DoubleTensor", _C.float64)
HalfTensor = _of("HalfTensor", _C.float16)
BFloat16Tensor = _of("BFloat16Tensor", _C.bfloat16)
LongTensor = _of("LongTensor", _C.int64)
IntTensor = _of("IntTensor", _C.int32)
ShortTensor = _of("ShortTensor", _C.int16)
CharTensor = _of("CharTensor", _C.int8)
ByteTensor = _of("ByteTensor", _C.uint8)
BoolTensor = _of("BoolTensor", _C.bool)
