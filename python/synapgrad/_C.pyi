"""The extension module. Written by tools/stubs.py; changes are lost."""

# The module has dtypes that are called bool, int and float, and the class an attribute that is called dtype.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Iterator
from typing import Any

from typing_extensions import Self

bfloat16: _dtype
bool: _dtype
channels_last: Any
channels_last_3d: Any
contiguous_format: Any
default_generator: Any
double: _dtype
e: Any
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
half: _dtype
inf: Any
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
long: _dtype
nan: Any
newaxis: Any
pi: Any
preserve_format: Any
short: _dtype
strided: Any
uint8: _dtype

class Generator:
    """A stream of random numbers: PyTorch's, for the same seed."""
    def __new__(cls, device: Any = ...) -> Self: ...
    def clone_state(self) -> Any:
        """A generator of its own at the same position."""
    device: Any
    def get_state(self) -> Any:
        """The position in the stream: a tensor of 5056 bytes, which PyTorch's ``set_state`` understands,
        too.
        """
    def initial_seed(self) -> Any:
        """The seed that the stream started from."""
    def manual_seed(self, seed: Any) -> Any:
        """Start the stream of ``seed``; returns the generator itself."""
    def seed(self) -> Any:
        """Start a stream that no one can foresee, and return its seed."""
    def set_state(self, new_state: Any) -> Any:
        """Continue from a position. RuntimeError where it is none."""

class Node:
    """An operation in the graph, or a leaf (``AccumulateGrad``)."""
    def __eq__(self, value: Any, /) -> Any: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self) -> _int: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    def _sequence_nr(self) -> Any: ...
    metadata: Any
    def name(self) -> _str:
        """What the operation is called: ``MulBackward0``."""
    next_functions: Any
    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node has run. What it returns replaces the
        ``grad_inputs``.
        """
    def register_prehook(self, hook: Any) -> Any:
        """Call ``hook(grad_outputs)`` before the node runs. What it returns replaces the ``grad_outputs``."""
    saved_tensors: Any
    variable: Any

class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away. As a context manager it does so
    at the end.
    """
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: Any) -> None: ...
    def remove(self) -> Any:
        """Take the hook away; a second time does nothing."""

class Size(tuple[_int, ...]):
    """The sizes of a tensor's dimensions: a tuple of ints."""
    def __new__(cls, sizes: Any = ...) -> Self: ...
    def __add__(self, other: Any) -> Any: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __mul__(self, times: Any) -> Any: ...
    def __radd__(self, other: Any) -> Any: ...
    def __repr__(self) -> _str: ...
    def __rmul__(self, times: Any) -> Any: ...
    def numel(self) -> _int:
        """The product of the sizes: the number of elements."""

class Tensor:
    """An n-dimensional array that remembers how it was computed."""
    def __new__(
        cls, data: Any = ..., requires_grad: _bool = ..., *, dtype: Any = ..., device: Any = ...
    ) -> Self: ...
    H: Any
    T: Any
    def __abs__(self) -> Any: ...
    def __add__(self, value: Any, /) -> Any: ...
    def __and__(self, value: Any, /) -> Any: ...
    def __array__(self, dtype: Any = ..., copy: Any = ...) -> Any: ...
    def __array_wrap__(self, array: Any, context: Any = ..., return_scalar: Any = ...) -> Any: ...
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> Any: ...
    def __contains__(self, key: Any, /) -> _bool: ...
    def __deepcopy__(self, memo: Any) -> Any: ...
    def __delitem__(self, key: Any, /) -> Any: ...
    def __dlpack__(
        self, *, stream: Any = ..., max_version: Any = ..., dl_device: Any = ..., copy: Any = ...
    ) -> Any: ...
    def __dlpack_device__(self) -> Any: ...
    def __eq__(self, value: Any, /) -> Any: ...
    def __float__(self) -> _float: ...
    def __floordiv__(self, value: Any, /) -> Any: ...
    def __format__(self, spec: Any) -> _str: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self) -> _int: ...
    def __iadd__(self, value: Any, /) -> Any: ...
    def __iand__(self, value: Any, /) -> Any: ...
    def __ifloordiv__(self, value: Any, /) -> Any: ...
    def __ilshift__(self, value: Any, /) -> Any: ...
    def __imod__(self, value: Any, /) -> Any: ...
    def __imul__(self, value: Any, /) -> Any: ...
    def __index__(self) -> _int: ...
    def __int__(self) -> _int: ...
    def __invert__(self) -> Any: ...
    def __ior__(self, value: Any, /) -> Any: ...
    def __ipow__(self, value: Any, /) -> Any: ...
    def __irshift__(self, value: Any, /) -> Any: ...
    def __isub__(self, value: Any, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __itruediv__(self, value: Any, /) -> Any: ...
    def __ixor__(self, value: Any, /) -> Any: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __len__(self) -> _int: ...
    def __lshift__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __matmul__(self, value: Any, /) -> Any: ...
    def __mod__(self, value: Any, /) -> Any: ...
    def __mul__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...
    def __or__(self, value: Any, /) -> Any: ...
    def __pos__(self) -> Any: ...
    def __pow__(self, value: Any, /) -> Any: ...
    def __radd__(self, value: Any, /) -> Any: ...
    def __rand__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    def __rfloordiv__(self, value: Any, /) -> Any: ...
    def __rlshift__(self, value: Any, /) -> Any: ...
    def __rmatmul__(self, value: Any, /) -> Any: ...
    def __rmod__(self, value: Any, /) -> Any: ...
    def __rmul__(self, value: Any, /) -> Any: ...
    def __ror__(self, value: Any, /) -> Any: ...
    def __rpow__(self, value: Any, /) -> Any: ...
    def __rrshift__(self, value: Any, /) -> Any: ...
    def __rshift__(self, value: Any, /) -> Any: ...
    def __rsub__(self, value: Any, /) -> Any: ...
    def __rtruediv__(self, value: Any, /) -> Any: ...
    def __rxor__(self, value: Any, /) -> Any: ...
    def __setitem__(self, key: Any, value: Any, /) -> Any: ...
    def __sub__(self, value: Any, /) -> Any: ...
    def __truediv__(self, value: Any, /) -> Any: ...
    def __xor__(self, value: Any, /) -> Any: ...
    _version: Any
    def abs(self) -> Any:
        """The absolute value |x| of each element."""
    def abs_(self) -> Any:
        """`abs`, in place."""
    def absolute(self) -> Any:
        """The absolute value |x| of each element."""
    def absolute_(self) -> Any:
        """`abs`, in place."""
    def acos(self) -> Any:
        """The arccosine of each element, in [0, π]; NaN outside [−1, 1]."""
    def acos_(self) -> Any:
        """`acos`, in place."""
    def acosh(self) -> Any:
        """The inverse hyperbolic cosine of each element; NaN below 1."""
    def acosh_(self) -> Any:
        """`acosh`, in place."""
    def add(self, other: Any, *, alpha: Any = ...) -> Any:
        """a + alpha·b of each pair of elements."""
    def add_(self, other: Any, *, alpha: Any = ...) -> Any:
        """`add`, in place."""
    def addbmm(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """beta·input + alpha·Σᵢ batch1ᵢ·batch2ᵢ for stacks of matrices."""
    def addbmm_(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """:func:`addbmm`, in place."""
    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """a + value·b/c of each three elements."""
    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """`addcdiv`, in place."""
    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """a + value·b·c of each three elements."""
    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """`addcmul`, in place."""
    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """beta·input + alpha·mat1·mat2 for matrices."""
    def addmm_(self, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """:func:`addmm`, in place."""
    def addmv(self, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """beta·input + alpha·mat·vec for a matrix and a vector."""
    def addmv_(self, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """:func:`addmv`, in place."""
    def addr(self, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """beta·input + alpha·vec1·vec2ᵀ for vectors."""
    def addr_(self, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """:func:`addr`, in place."""
    def adjoint(self) -> Any:
        """The last two dimensions exchanged; a tensor without dimensions stays as it is."""
    def all(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """Whether all elements, or all over ``dim``, are nonzero."""
    def allclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
        """Whether all pairs of elements are close; see `isclose`."""
    def amax(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """The largest element, or the largest over ``dim``. The gradient is shared evenly among equals."""
    def amin(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """The smallest element, or the smallest over ``dim``. The gradient is shared evenly among equals."""
    def aminmax(self, *, dim: Any = ..., keepdim: _bool = ...) -> Any:
        """The smallest and the largest elements, of all or along ``dim``, as ``(min, max)``."""
    def any(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """Whether any element, or any over ``dim``, is nonzero."""
    def arccos(self) -> Any:
        """The arccosine of each element, in [0, π]; NaN outside [−1, 1]."""
    def arccos_(self) -> Any:
        """`acos`, in place."""
    def arccosh(self) -> Any:
        """The inverse hyperbolic cosine of each element; NaN below 1."""
    def arccosh_(self) -> Any:
        """`acosh`, in place."""
    def arcsin(self) -> Any:
        """The arcsine of each element, in [−π/2, π/2]; NaN outside [−1, 1]."""
    def arcsin_(self) -> Any:
        """`asin`, in place."""
    def arcsinh(self) -> Any:
        """The inverse hyperbolic sine of each element."""
    def arcsinh_(self) -> Any:
        """`asinh`, in place."""
    def arctan(self) -> Any:
        """The arctangent of each element, in (−π/2, π/2)."""
    def arctan2(self, other: Any) -> Any:
        """The angle, in (−π, π], of the point (b, a) for each pair of elements a and b."""
    def arctan2_(self, other: Any) -> Any:
        """`atan2`, in place."""
    def arctan_(self) -> Any:
        """`atan`, in place."""
    def arctanh(self) -> Any:
        """The inverse hyperbolic tangent of each element; NaN outside [−1, 1]."""
    def arctanh_(self) -> Any:
        """`atanh`, in place."""
    def argmax(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """The index of the largest element of the flattened tensor, or along ``dim``; of equal ones the
        first.
        """
    def argmin(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """The index of the smallest element of the flattened tensor, or along ``dim``; of equal ones the
        first.
        """
    def argsort(self, dim: Any = ..., descending: Any = ..., stable: Any = ...) -> Any:
        """The indices that put the elements along ``dim`` in order."""
    def argwhere(self) -> Any:
        """The coordinates of all elements that are not zero, a row each."""
    def as_strided(self, size: Any, stride: Any, storage_offset: Any = ...) -> Any:
        """A view with any sizes and strides over the input's memory. The gradient of an element seen
        several times is the sum.
        """
    def as_strided_(self, *args: Any, **options: Any) -> Any:
        """``as_strided`` in place: this very tensor gets the given sizes, steps and offset in its memory."""
    def asin(self) -> Any:
        """The arcsine of each element, in [−π/2, π/2]; NaN outside [−1, 1]."""
    def asin_(self) -> Any:
        """`asin`, in place."""
    def asinh(self) -> Any:
        """The inverse hyperbolic sine of each element."""
    def asinh_(self) -> Any:
        """`asinh`, in place."""
    def atan(self) -> Any:
        """The arctangent of each element, in (−π/2, π/2)."""
    def atan2(self, other: Any) -> Any:
        """The angle, in (−π, π], of the point (b, a) for each pair of elements a and b."""
    def atan2_(self, other: Any) -> Any:
        """`atan2`, in place."""
    def atan_(self) -> Any:
        """`atan`, in place."""
    def atanh(self) -> Any:
        """The inverse hyperbolic tangent of each element; NaN outside [−1, 1]."""
    def atanh_(self) -> Any:
        """`atanh`, in place."""
    def backward(
        self,
        gradient: Any = ...,
        retain_graph: _bool | None = ...,
        create_graph: _bool = ...,
        inputs: Any = ...,
    ) -> None:
        """Compute the gradients of the leaves this tensor depends on and add them to their ``.grad``."""
    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """beta·input + alpha·batch1·batch2 for stacks of matrices."""
    def baddbmm_(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
        """:func:`baddbmm`, in place."""
    def bernoulli(self, p: Any = ..., *, generator: Any = ...) -> Any:
        """1 with the probability that the tensor holds at each place, or ``p``; else 0."""
    def bernoulli_(self, p: Any = ..., *, generator: Any = ...) -> Any:
        """1 with probability ``p``, a number or a tensor, else 0. A probability beyond [0, 1]:
        RuntimeError.
        """
    def bfloat16(self, memory_format: Any = ...) -> Any:
        """The elements as bfloat16."""
    def bincount(self, weights: Any = ..., minlength: Any = ...) -> Any:
        """How often each of 0, 1, 2, … occurs in a vector of integers, or the sum of the ``weights`` at
        each.
        """
    def bitwise_and(self, other: Any) -> Any:
        """The bits that are set in both of each pair of elements."""
    def bitwise_and_(self, other: Any) -> Any:
        """`bitwise_and`, in place."""
    def bitwise_left_shift(self, other: Any) -> Any:
        """The bits of a moved up by b places, of each pair of elements: a·2ᵇ."""
    def bitwise_left_shift_(self, other: Any) -> Any:
        """`bitwise_left_shift`, in place."""
    def bitwise_not(self) -> Any:
        """Each element with all bits inverted; of bools, the opposite. NotImplementedError for floats."""
    def bitwise_not_(self) -> Any:
        """`bitwise_not`, in place."""
    def bitwise_or(self, other: Any) -> Any:
        """The bits that are set in either of each pair of elements."""
    def bitwise_or_(self, other: Any) -> Any:
        """`bitwise_or`, in place."""
    def bitwise_right_shift(self, other: Any) -> Any:
        """The bits of a moved down by b places, of each pair of elements: ⌊a/2ᵇ⌋."""
    def bitwise_right_shift_(self, other: Any) -> Any:
        """`bitwise_right_shift`, in place."""
    def bitwise_xor(self, other: Any) -> Any:
        """The bits that are set in only one of each pair of elements."""
    def bitwise_xor_(self, other: Any) -> Any:
        """`bitwise_xor`, in place."""
    def bmm(self, mat2: Any) -> Any:
        """Products of two stacks of matrices: (b, m, k)·(b, k, n) → (b, m, n)."""
    def bool(self, memory_format: Any = ...) -> Any:
        """Whether each element is not zero."""
    def broadcast_to(self, size: Any) -> Any:
        """The input repeated along dimensions of size 1, and new leading ones, up to ``size``, without
        copying.
        """
    def byte(self, memory_format: Any = ...) -> Any:
        """The elements as uint8; fractions are cut off."""
    def cauchy_(self, median: Any = ..., sigma: Any = ..., *, generator: Any = ...) -> Any:
        """Numbers of Cauchy's distribution. A ``sigma`` that is not positive: RuntimeError."""
    def ceil(self) -> Any:
        """The smallest integer that is not below each element."""
    def ceil_(self) -> Any:
        """`ceil`, in place."""
    def celu(self, alpha: Any = ...) -> Any:
        """Each element where it is positive, else alpha·(e^(x/alpha) − 1)."""
    def celu_(self, alpha: Any = ...) -> Any:
        """`celu`, in place."""
    def char(self, memory_format: Any = ...) -> Any:
        """The elements as int8; fractions are cut off."""
    def chunk(self, chunks: Any, dim: Any = ...) -> Any:
        """At most ``chunks`` pieces of equal size along ``dim``; the last may be smaller."""
    def clamp(self, min: Any = ..., max: Any = ...) -> Any:
        """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be
        missing.
        """
    def clamp_(self, min: Any = ..., max: Any = ...) -> Any:
        """`clamp`, in place."""
    def clamp_max(self, max: Any) -> Any:
        """min(x, max) of each element."""
    def clamp_max_(self, max: Any) -> Any:
        """`clamp_max`, in place."""
    def clamp_min(self, min: Any) -> Any:
        """max(x, min) of each element."""
    def clamp_min_(self, min: Any) -> Any:
        """`clamp_min`, in place."""
    def clip(self, min: Any = ..., max: Any = ...) -> Any:
        """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be
        missing.
        """
    def clip_(self, min: Any = ..., max: Any = ...) -> Any:
        """`clamp`, in place."""
    def clone(self, *, memory_format: Any = ...) -> Any:
        """A copy, in the same memory order. Gradients flow through it."""
    @staticmethod
    def concat(tensors: Any, dim: Any = ...) -> Any:
        """``synapgrad.concat`` under the name that SynapGrad 1 gave it."""
    def contiguous(self, memory_format: Any = ...) -> Any:
        """The tensor in row-major order without gaps: itself where it is already."""
    def copy_(self, src: Any, non_blocking: Any = ...) -> Any:
        """Write the elements of ``src``, broadcast and converted, over this tensor. RuntimeError where the
        shapes don't broadcast.
        """
    def copysign(self, other: Any) -> Any:
        """The size of a with the sign of b, of each pair of elements."""
    def copysign_(self, other: Any) -> Any:
        """`copysign`, in place."""
    def cos(self) -> Any:
        """The cosine of each element, in radians."""
    def cos_(self) -> Any:
        """`cos`, in place."""
    def cosh(self) -> Any:
        """The hyperbolic cosine (eˣ + e⁻ˣ)/2 of each element."""
    def cosh_(self) -> Any:
        """`cosh`, in place."""
    def count_nonzero(self, dim: Any = ...) -> Any:
        """How many elements, or how many over ``dim``, are not zero: int64."""
    def cpu(self, memory_format: Any = ...) -> Any:
        """The tensor itself: it is on the CPU."""
    def cross(self, other: Any, dim: Any = ...) -> Any:
        """The vector product along ``dim``, of size 3; by default the first dimension of that size."""
    def cuda(self, *_args: Any, **_options: Any) -> Any:
        """RuntimeError: SynapGrad computes on the CPU."""
    def cummax(self, dim: Any = ..., *, axis: Any = ...) -> Any:
        """The largest elements so far along ``dim`` and their indices (of equal ones the last), as
        ``(values, indices)``.
        """
    def cummin(self, dim: Any = ..., *, axis: Any = ...) -> Any:
        """The smallest elements so far along ``dim`` and their indices (of equal ones the last), as
        ``(values, indices)``.
        """
    def cumprod(self, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
        """Cumulative products along ``dim``: yᵢ = Πⱼ≤ᵢ xⱼ. Integers and bools multiply in int64."""
    def cumprod_(self, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
        """:func:`cumprod`, in place."""
    def cumsum(self, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
        """Cumulative sums along ``dim``: yᵢ = Σⱼ≤ᵢ xⱼ. Integers and bools sum in int64."""
    def cumsum_(self, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
        """:func:`cumsum`, in place."""
    data: Any
    def data_ptr(self) -> Any:
        """The address of the first element; 0 for a tensor without elements."""
    def deg2rad(self) -> Any:
        """Each element, an angle in degrees, in radians: x·π/180."""
    def deg2rad_(self) -> Any:
        """`deg2rad`, in place."""
    def detach(self) -> Any:
        """The tensor without its history: changes show in both, gradients don't flow."""
    def detach_(self) -> Any:
        """Cut this tensor itself out of the graph: it becomes a leaf that requires no gradient."""
    device: Any
    def diag(self, diagonal: Any = ...) -> Any:
        """A matrix with the vector on its diagonal, or a copy of the diagonal of a matrix."""
    def diag_embed(self, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Any:
        """Matrices with the input's vectors on diagonal ``offset`` over the new dimensions ``dim1`` and
        ``dim2``.
        """
    def diagflat(self, offset: Any = ...) -> Any:
        """A matrix with the elements of the input, flattened, on its diagonal."""
    def diagonal(self, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Any:
        """The diagonal over two dimensions, as a new last one; ``offset`` > 0 lies above the main
        diagonal.
        """
    def diff(self, n: Any = ..., dim: Any = ...) -> Any:
        """The ``n``-th differences of neighbours along ``dim``: yᵢ = xᵢ₊₁ − xᵢ, n times."""
    def digamma(self) -> Any:
        """ψ(x) of each element, the derivative of ln Γ(x)."""
    def digamma_(self) -> Any:
        """`digamma`, in place."""
    def dim(self) -> _int:
        """The number of dimensions."""
    def dist(self, other: Any, p: Any = ...) -> Any:
        """The p-norm of ``input − other``."""
    def div(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc"
        the quotient is rounded to an integer, and integers stay integers.
        """
    def div_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def divide(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc"
        the quotient is rounded to an integer, and integers stay integers.
        """
    def divide_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def dot(self, tensor: Any) -> Any:
        """The inner product of two vectors."""
    def double(self, memory_format: Any = ...) -> Any:
        """The elements as float64."""
    def draw_graph(
        self, format: Any = ..., rankdir: Any = ..., data_length: Any = ..., params: Any = ...
    ) -> Any:
        """Draw the graph that computed this tensor, see ``synapgrad.utils.graph.draw``."""
    def dsplit(self, indices_or_sections: Any) -> Any:
        """Equal pieces along the third dimension, or pieces that end before each of the indices."""
    dtype: _dtype
    def element_size(self) -> Any:
        """Bytes per element."""
    def elu(self, alpha: Any = ...) -> Any:
        """Each element where it is positive, else alpha·(eˣ − 1)."""
    def elu_(self, alpha: Any = ...) -> Any:
        """`elu`, in place."""
    def entr(self) -> Any:
        """The entropy −x·ln x of each element, a probability; 0 at 0 and −∞ below."""
    def eq(self, other: Any) -> Any:
        """Whether a = b, for each pair of elements."""
    def eq_(self, other: Any) -> Any:
        """`eq`, in place."""
    def equal(self, other: Any) -> Any:
        """Whether both tensors have the same shape and the same elements."""
    def erf(self) -> Any:
        """The error function of each element: 2/√π ∫₀ˣ exp(−t²) dt."""
    def erf_(self) -> Any:
        """`erf`, in place."""
    def erfc(self) -> Any:
        """1 − erf x of each element, precise for large x, where erf x is rounded to 1."""
    def erfc_(self) -> Any:
        """`erfc`, in place."""
    def erfinv(self) -> Any:
        """The inverse of the error function at each element; ±∞ at ±1, NaN beyond."""
    def erfinv_(self) -> Any:
        """`erfinv`, in place."""
    def exp(self) -> Any:
        """eˣ of each element."""
    def exp2(self) -> Any:
        """2ˣ of each element."""
    def exp2_(self) -> Any:
        """`exp2`, in place."""
    def exp_(self) -> Any:
        """`exp`, in place."""
    def expand(self, *args: Any, size: Any = ...) -> Any:
        """The input repeated along dimensions of size 1, and new leading ones, without copying; -1 keeps a
        size.
        """
    def expand_as(self, other: Any) -> Any:
        """This tensor repeated, without copying, to the shape of ``other``."""
    def expm1(self) -> Any:
        """eˣ − 1 of each element, precise near 0, where eˣ is rounded to 1."""
    def expm1_(self) -> Any:
        """`expm1`, in place."""
    def exponential_(self, lambd: Any = ..., *, generator: Any = ...) -> Any:
        """Exponential numbers of rate ``lambd``. A rate that is not positive: RuntimeError."""
    def fill_(self, value: Any) -> Any:
        """Set every element to ``value``, a number or a 0-d tensor."""
    def fix(self) -> Any:
        """Each element without its fraction."""
    def fix_(self) -> Any:
        """`trunc`, in place."""
    def flatten(self, start_dim: Any = ..., end_dim: Any = ...) -> Any:
        """Dimensions ``start_dim`` to ``end_dim``, inclusive, merged into one."""
    def flip(self, *args: Any, dims: Any = ...) -> Any:
        """The order of elements along the given dimensions reversed."""
    def fliplr(self) -> Any:
        """The columns in reverse order."""
    def flipud(self) -> Any:
        """The rows in reverse order."""
    def float(self, memory_format: Any = ...) -> Any:
        """The elements as float32."""
    def float_power(self, exponent: Any) -> Any:
        """aᵇ of each pair of elements, as float64."""
    def float_power_(self, exponent: Any) -> Any:
        """`float_power`, in place."""
    def floor(self) -> Any:
        """The largest integer that is not above each element."""
    def floor_(self) -> Any:
        """`floor`, in place."""
    def floor_divide(self, other: Any) -> Any:
        """⌊a/b⌋ of each pair of elements."""
    def floor_divide_(self, other: Any) -> Any:
        """`floor_divide`, in place."""
    def fmax(self, other: Any) -> Any:
        """The larger of each pair of elements; where one is NaN, the other."""
    def fmin(self, other: Any) -> Any:
        """The smaller of each pair of elements; where one is NaN, the other."""
    def fmod(self, other: Any) -> Any:
        """What is left of a/b, with the sign of a: a − b·trunc(a/b). C's ``%``; compare :func:`remainder`."""
    def fmod_(self, other: Any) -> Any:
        """`fmod`, in place."""
    def frac(self) -> Any:
        """The fraction of each element, x − trunc x, which has the sign of x."""
    def frac_(self) -> Any:
        """`frac`, in place."""
    def gather(self, dim: Any, index: Any, *, sparse_grad: Any = ...) -> Any:
        """out[i, j] = input[index[i, j], j] for ``dim=0``, and so on."""
    def gcd(self, other: Any) -> Any:
        """The greatest common divisor of each pair of elements."""
    def gcd_(self, other: Any) -> Any:
        """`gcd`, in place."""
    def ge(self, other: Any) -> Any:
        """Whether a ≥ b, for each pair of elements."""
    def ge_(self, other: Any) -> Any:
        """`ge`, in place."""
    def gelu(self, *, approximate: Any = ...) -> Any:
        """x·Φ(x) of each element, with Φ the normal distribution function; with `approximate="tanh"` by a
        formula close to it.
        """
    def geometric_(self, p: Any, *, generator: Any = ...) -> Any:
        """How many tosses until a coin that shows 1 with probability ``p`` does."""
    def ger(self, vec2: Any) -> Any:
        """The same as :func:`outer`."""
    grad: Tensor | None
    grad_fn: Node | None
    def greater(self, other: Any) -> Any:
        """Whether a > b, for each pair of elements."""
    def greater_(self, other: Any) -> Any:
        """`gt`, in place."""
    def greater_equal(self, other: Any) -> Any:
        """Whether a ≥ b, for each pair of elements."""
    def greater_equal_(self, other: Any) -> Any:
        """`ge`, in place."""
    def gt(self, other: Any) -> Any:
        """Whether a > b, for each pair of elements."""
    def gt_(self, other: Any) -> Any:
        """`gt`, in place."""
    def half(self, memory_format: Any = ...) -> Any:
        """The elements as float16."""
    def hardshrink(self, lambd: Any = ...) -> Any:
        """Each element, but 0 where |x| ≤ lambd."""
    def hardsigmoid(self) -> Any:
        """min(max(x + 3, 0), 6)/6 of each element."""
    def hardsigmoid_(self) -> Any:
        """`hardsigmoid`, in place."""
    def hardswish(self) -> Any:
        """x·min(max(x + 3, 0), 6)/6 of each element."""
    def hardswish_(self) -> Any:
        """`hardswish`, in place."""
    def hardtanh(self, min_val: Any = ..., max_val: Any = ...) -> Any:
        """min(max(x, min_val), max_val) of each element. ValueError where min_val > max_val."""
    def hardtanh_(self, min_val: Any = ..., max_val: Any = ...) -> Any:
        """`hardtanh`, in place."""
    def heaviside(self, values: Any) -> Any:
        """A step: 0 where a < 0, b where a is 0, 1 where a > 0, for each pair of elements."""
    def heaviside_(self, values: Any) -> Any:
        """`heaviside`, in place."""
    def histc(self, bins: Any = ..., min: Any = ..., max: Any = ...) -> Any:
        """How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, by default
        from the smallest to the largest element.
        """
    def hsplit(self, indices_or_sections: Any) -> Any:
        """Equal pieces along the second dimension (of vectors: the first), or pieces that end before each
        of the indices.
        """
    def hypot(self, other: Any) -> Any:
        """√(a² + b²) of each pair of elements."""
    def hypot_(self, other: Any) -> Any:
        """`hypot`, in place."""
    def i0(self) -> Any:
        """The modified Bessel function of the first kind of order 0 of each element."""
    def i0_(self) -> Any:
        """`i0`, in place."""
    def i0e(self) -> Any:
        """e^−|x|·i0(x) of each element, which is finite where i0 is not."""
    def i1(self) -> Any:
        """The modified Bessel function of the first kind of order 1 of each element."""
    def i1e(self) -> Any:
        """e^−|x|·i1(x) of each element, which is finite where i1 is not."""
    def index_add(self, dim: Any, index: Any, source: Any, *, alpha: Any = ...) -> Any:
        """The input with ``alpha``·``source[..., i, ...]`` added to row ``index[i]`` of dimension ``dim``."""
    def index_add_(self, dim: Any, index: Any, source: Any, *, alpha: Any = ...) -> Any:
        """:func:`index_add` in place."""
    def index_copy(self, dim: Any, index: Any, source: Any) -> Any:
        """The input with ``source[..., i, ...]`` in place of row ``index[i]`` of dimension ``dim``."""
    def index_copy_(self, dim: Any, index: Any, source: Any) -> Any:
        """:func:`index_copy` in place."""
    def index_fill(self, dim: Any, index: Any, value: Any) -> Any:
        """The input with ``value`` in the rows ``index`` of dimension ``dim``."""
    def index_fill_(self, dim: Any, index: Any, value: Any) -> Any:
        """:func:`index_fill` in place."""
    def index_put(self, indices: Any, values: Any, accumulate: Any = ...) -> Any:
        """The input with ``values`` at the places that ``indices`` names, or added to them with
        ``accumulate``.
        """
    def index_put_(self, indices: Any, values: Any, accumulate: Any = ...) -> Any:
        """:func:`index_put` in place."""
    def index_select(self, dim: Any, index: Any) -> Any:
        """Rows of dimension ``dim``: out[..., i, ...] = input[..., index[i], ...]."""
    def inner(self, other: Any) -> Any:
        """Inner products over the last dimensions."""
    def int(self, memory_format: Any = ...) -> Any:
        """The elements as int32; fractions are cut off."""
    def is_complex(self) -> Any:
        """Always false: there are no complex types."""
    def is_contiguous(self, memory_format: Any = ...) -> Any:
        """Whether the elements lie in row-major order without gaps."""
    is_cpu: Any
    is_cuda: Any
    def is_floating_point(self) -> _bool:
        """Whether the dtype is a float type."""
    is_leaf: _bool
    is_meta: Any
    is_mps: Any
    is_quantized: Any
    def is_signed(self) -> Any:
        """Whether the dtype has a sign."""
    is_sparse: Any
    def isclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
        """Whether |a − b| ≤ atol + rtol·|b|, or a = b, for each pair of elements; NaN is close to NaN only
        with ``equal_nan``.
        """
    def isfinite(self) -> Any:
        """Whether each element is neither infinite nor NaN."""
    def isinf(self) -> Any:
        """Whether each element is ∞ or −∞."""
    def isnan(self) -> Any:
        """Whether each element is not a number (NaN)."""
    def isneginf(self) -> Any:
        """Whether each element is −∞."""
    def isposinf(self) -> Any:
        """Whether each element is ∞."""
    def isreal(self) -> Any:
        """Whether each element has no imaginary part: always, as there are no complex tensors."""
    def item(self) -> Any:
        """The value of a tensor of one element, as a Python number. RuntimeError where there are more, or
        none.
        """
    itemsize: Any
    def kron(self, other: Any) -> Any:
        """The Kronecker product."""
    def kthvalue(self, k: Any, dim: Any = ..., keepdim: _bool = ...) -> Any:
        """The ``k``-th smallest elements along ``dim``, counted from 1, and their indices, as ``(values,
        indices)``.
        """
    layout: Any
    def lcm(self, other: Any) -> Any:
        """The least common multiple of each pair of elements."""
    def lcm_(self, other: Any) -> Any:
        """`lcm`, in place."""
    def ldexp(self, other: Any) -> Any:
        """a·2ᵇ of each pair of elements."""
    def ldexp_(self, other: Any) -> Any:
        """`ldexp`, in place."""
    def le(self, other: Any) -> Any:
        """Whether a ≤ b, for each pair of elements."""
    def le_(self, other: Any) -> Any:
        """`le`, in place."""
    def leaky_relu(self, negative_slope: Any = ...) -> Any:
        """Each element where it is positive, else negative_slope·x."""
    def leaky_relu_(self, negative_slope: Any = ...) -> Any:
        """`leaky_relu`, in place."""
    def lerp(self, end: Any, weight: Any) -> Any:
        """a + weight·(end − a) of each three elements: a where the weight is 0, end where it is 1."""
    def lerp_(self, end: Any, weight: Any) -> Any:
        """`lerp`, in place."""
    def less(self, other: Any) -> Any:
        """Whether a < b, for each pair of elements."""
    def less_(self, other: Any) -> Any:
        """`lt`, in place."""
    def less_equal(self, other: Any) -> Any:
        """Whether a ≤ b, for each pair of elements."""
    def less_equal_(self, other: Any) -> Any:
        """`le`, in place."""
    def lgamma(self) -> Any:
        """ln |Γ(x)| of each element."""
    def lgamma_(self) -> Any:
        """`lgamma`, in place."""
    def log(self) -> Any:
        """The natural logarithm ln x of each element."""
    def log10(self) -> Any:
        """log₁₀ x of each element."""
    def log10_(self) -> Any:
        """`log10`, in place."""
    def log1p(self) -> Any:
        """ln(1 + x) of each element, precise near 0, where 1 + x is rounded to 1."""
    def log1p_(self) -> Any:
        """`log1p`, in place."""
    def log2(self) -> Any:
        """log₂ x of each element."""
    def log2_(self) -> Any:
        """`log2`, in place."""
    def log_(self) -> Any:
        """`log`, in place."""
    def log_normal_(self, mean: Any = ..., std: Any = ..., *, generator: Any = ...) -> Any:
        """Numbers whose logarithm is normal with the given mean and standard deviation."""
    def log_softmax(self, dim: Any = ..., dtype: Any = ..., *, axis: Any = ...) -> Any:
        """The logarithm of :func:`softmax`: yᵢ = xᵢ − ln Σⱼ e^xⱼ."""
    def logaddexp(self, other: Any) -> Any:
        """ln(eᵃ + eᵇ) of each pair of elements."""
    def logaddexp2(self, other: Any) -> Any:
        """log₂(2ᵃ + 2ᵇ) of each pair of elements."""
    def logcumsumexp(self, dim: Any = ..., *, axis: Any = ...) -> Any:
        """ln Σⱼ≤ᵢ e^xⱼ along ``dim``, without overflow. Floats only."""
    def logical_and(self, other: Any) -> Any:
        """Whether both are nonzero, for each pair of elements."""
    def logical_and_(self, other: Any) -> Any:
        """`logical_and`, in place."""
    def logical_not(self) -> Any:
        """Whether each element is zero."""
    def logical_not_(self) -> Any:
        """`logical_not`, in place."""
    def logical_or(self, other: Any) -> Any:
        """Whether either is nonzero, for each pair of elements."""
    def logical_or_(self, other: Any) -> Any:
        """`logical_or`, in place."""
    def logical_xor(self, other: Any) -> Any:
        """Whether exactly one is nonzero, for each pair of elements."""
    def logical_xor_(self, other: Any) -> Any:
        """`logical_xor`, in place."""
    def logit(self, eps: Any = ...) -> Any:
        """ln(x/(1 − x)), the inverse of the sigmoid; with `eps`, x is first clamped to [eps, 1 − eps]."""
    def logit_(self, eps: Any = ...) -> Any:
        """`logit`, in place."""
    def logsigmoid(self) -> Any:
        """ln(1/(1 + e⁻ˣ)) of each element."""
    def logsumexp(self, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
        """ln Σ eˣ over ``dim``, without overflow. Integers become floats."""
    def long(self, memory_format: Any = ...) -> Any:
        """The elements as int64; fractions are cut off."""
    def lt(self, other: Any) -> Any:
        """Whether a < b, for each pair of elements."""
    def lt_(self, other: Any) -> Any:
        """`lt`, in place."""
    mH: Any
    mT: Any
    def masked_fill(self, mask: Any, value: Any) -> Any:
        """`value` where the mask is true, else x. The value is a number or a tensor without dimensions."""
    def masked_fill_(self, mask: Any, value: Any) -> Any:
        """`masked_fill`, in place."""
    def masked_scatter(self, mask: Any, source: Any) -> Any:
        """The input with the first elements of ``source``, in order, where ``mask`` is true."""
    def masked_scatter_(self, mask: Any, source: Any) -> Any:
        """:func:`masked_scatter` in place."""
    def masked_select(self, mask: Any) -> Any:
        """The elements where ``mask`` is true, as a vector; both broadcast."""
    def matmul(self, other: Any) -> Any:
        """The matrix product: of two vectors their inner product; a vector counts as a row on the left and
        as a column on the right; leading dimensions are batches and broadcast.
        """
    def matrix_power(self, n: Any) -> Any:
        """The ``n``-th power of square matrices, for n ≥ 0."""
    def max(
        self, dim: Any = ..., keepdim: _bool = ..., *, other: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The largest element; with ``dim`` the largest along it and their indices, as ``(values,
        indices)``; with another tensor the larger of each pair. NaN counts as the largest.
        """
    def maximum(self, other: Any) -> Any:
        """The larger of each pair of elements; NaN where either is NaN."""
    def mean(
        self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The mean of all elements, or over ``dim``: Σ x / n. Integers need a float ``dtype``."""
    def median(self, dim: Any = ..., keepdim: _bool = ...) -> Any:
        """The lower median of all elements; with ``dim`` the medians along it and their indices, as
        ``(values, indices)``.
        """
    def min(
        self, dim: Any = ..., keepdim: _bool = ..., *, other: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The smallest element; with ``dim`` the smallest along it and their indices, as ``(values,
        indices)``; with another tensor the smaller of each pair. NaN counts as the smallest.
        """
    def minimum(self, other: Any) -> Any:
        """The smaller of each pair of elements; NaN where either is NaN."""
    def mish(self) -> Any:
        """x·tanh(ln(1 + eˣ)) of each element."""
    def mish_(self) -> Any:
        """`mish`, in place."""
    def mm(self, mat2: Any) -> Any:
        """The product of two matrices: (m, k)·(k, n) → (m, n)."""
    def mode(self, dim: Any = ..., keepdim: _bool = ...) -> Any:
        """The most frequent elements along ``dim`` (of equally frequent ones the smallest) and an index of
        each, as ``(values, indices)``.
        """
    def moveaxis(self, source: Any, destination: Any) -> Any:
        """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""
    def movedim(self, source: Any, destination: Any) -> Any:
        """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""
    def msort(self) -> Any:
        """The elements along the first dimension in ascending order."""
    def mul(self, other: Any) -> Any:
        """a·b of each pair of elements."""
    def mul_(self, other: Any) -> Any:
        """`mul`, in place."""
    def multinomial(self, num_samples: Any, replacement: Any = ..., *, generator: Any = ...) -> Any:
        """``num_samples`` column numbers for each row, drawn with probabilities in proportion to the
        elements.
        """
    def multiply(self, other: Any) -> Any:
        """a·b of each pair of elements."""
    def multiply_(self, other: Any) -> Any:
        """`mul`, in place."""
    def mv(self, vec: Any) -> Any:
        """A matrix times a vector: (m, k)·(k) → (m)."""
    def nan_to_num(self, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
        """`nan` for NaN, `posinf` for ∞, `neginf` for −∞; by default 0 and the dtype's largest and
        smallest number.
        """
    def nan_to_num_(self, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
        """`nan_to_num`, in place."""
    def nanmean(
        self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The mean of all elements that are not NaN, or over ``dim``."""
    def nanmedian(self, dim: Any = ..., keepdim: _bool = ...) -> Any:
        """:func:`median` of the elements that are not NaN."""
    def nanquantile(self, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: Any = ...) -> Any:
        """:func:`quantile` of the elements that are not NaN."""
    def nansum(
        self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The sum of all elements that are not NaN, or over ``dim``."""
    def narrow(self, dim: Any, start: Any, length: Any) -> Any:
        """``length`` elements from ``start`` on along ``dim``."""
    def narrow_copy(self, dim: Any, start: Any, length: Any) -> Any:
        """As :func:`narrow`, but a copy."""
    nbytes: Any
    ndim: _int
    def ndimension(self) -> Any:
        """The number of dimensions."""
    def ndtr(self) -> Any:
        """How likely a standard normal number is not above each element: ½·erfc(−x/√2)."""
    def ne(self, other: Any) -> Any:
        """Whether a ≠ b, for each pair of elements."""
    def ne_(self, other: Any) -> Any:
        """`ne`, in place."""
    def neg(self) -> Any:
        """−x of each element."""
    def neg_(self) -> Any:
        """`neg`, in place."""
    def negative(self) -> Any:
        """−x of each element."""
    def negative_(self) -> Any:
        """`neg`, in place."""
    def nelement(self) -> Any:
        """The number of elements."""
    def new_empty(
        self,
        *args: Any,
        size: Any = ...,
        dtype: Any = ...,
        layout: Any = ...,
        device: Any = ...,
        requires_grad: _bool = ...,
        pin_memory: Any = ...,
    ) -> Any:
        """A tensor of arbitrary elements, of this dtype unless another is given."""
    def new_full(
        self,
        size: Any,
        fill_value: Any,
        *,
        dtype: Any = ...,
        layout: Any = ...,
        device: Any = ...,
        requires_grad: _bool = ...,
        pin_memory: Any = ...,
    ) -> Any:
        """A tensor whose elements are all ``fill_value``, of this dtype unless another is given."""
    def new_ones(
        self,
        *args: Any,
        size: Any = ...,
        dtype: Any = ...,
        layout: Any = ...,
        device: Any = ...,
        requires_grad: _bool = ...,
        pin_memory: Any = ...,
    ) -> Any:
        """A tensor of ones, of this dtype unless another is given."""
    def new_tensor(
        self,
        data: Any,
        *,
        dtype: Any = ...,
        device: Any = ...,
        requires_grad: _bool = ...,
        pin_memory: Any = ...,
    ) -> Any:
        """A tensor of the numbers in ``data``, of this dtype unless another is given."""
    def new_zeros(
        self,
        *args: Any,
        size: Any = ...,
        dtype: Any = ...,
        layout: Any = ...,
        device: Any = ...,
        requires_grad: _bool = ...,
        pin_memory: Any = ...,
    ) -> Any:
        """A tensor of zeros, of this dtype unless another is given."""
    def nextafter(self, other: Any) -> Any:
        """For each pair of elements, the next number of the dtype that lies from a in the direction of b."""
    def nextafter_(self, other: Any) -> Any:
        """`nextafter`, in place."""
    def nonzero(self, *, as_tuple: Any = ...) -> Any:
        """The coordinates of all elements that are not zero: a row each, or with ``as_tuple`` a vector per
        dimension.
        """
    def norm(self, p: Any = ..., dim: Any = ..., keepdim: _bool = ..., dtype: Any = ...) -> Any:
        """The p-norm of all elements, or over ``dim``: (Σ \\|x\\|ᵖ)^(1/p). ``p`` may be infinite, 0 (how
        many are nonzero) or "fro" (2). Floats only.
        """
    def normal_(self, mean: Any = ..., std: Any = ..., *, generator: Any = ...) -> Any:
        """Normal numbers of the given mean and standard deviation. A negative ``std``: RuntimeError."""
    def not_equal(self, other: Any) -> Any:
        """Whether a ≠ b, for each pair of elements."""
    def not_equal_(self, other: Any) -> Any:
        """`ne`, in place."""
    def numel(self) -> _int:
        """The number of elements."""
    def numpy(self, *, force: Any = ...) -> Any:
        """A NumPy array on the tensor's memory: changes show in both."""
    def outer(self, vec2: Any) -> Any:
        """All products of an element of one vector and one of the other: (m), (n) → (m, n)."""
    output_nr: Any
    def permute(self, *args: Any, dims: Any = ...) -> Any:
        """Dimensions in another order: dimension ``i`` of the result is dimension ``dims[i]`` of the
        input.
        """
    def polygamma(self, n: Any) -> Any:
        """The n-th derivative of ψ(x) = d/dx ln Γ(x) at each element."""
    def polygamma_(self, n: Any) -> Any:
        """`polygamma`, in place."""
    def positive(self) -> Any:
        """The tensor itself. NotImplementedError for bool."""
    def pow(self, exponent: Any) -> Any:
        """aᵇ of each pair of elements. Integers stay integers."""
    def pow_(self, exponent: Any) -> Any:
        """`pow`, in place."""
    def prelu(self, weight: Any) -> Any:
        """Each element where it is positive, else w·x; ``weight`` holds one w for all, or one for each
        channel (dimension 1).
        """
    def prod(
        self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The product of all elements, or along ``dim``. Integers and bools multiply in int64."""
    def put(self, index: Any, source: Any, accumulate: Any = ...) -> Any:
        """The input with ``source`` in the elements with these numbers, counted in row-major order, or
        added to them.
        """
    def put_(self, index: Any, source: Any, accumulate: Any = ...) -> Any:
        """:func:`put` in place."""
    def quantile(self, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: Any = ...) -> Any:
        """The quantiles ``q`` of all elements, or along ``dim``: the sorted elements at rank q·(n − 1),
        between two ranks as ``interpolation`` says. float32 or float64.
        """
    def rad2deg(self) -> Any:
        """Each element, an angle in radians, in degrees: x·180/π."""
    def rad2deg_(self) -> Any:
        """`rad2deg`, in place."""
    def random_(self, *args: Any, **kwargs: Any) -> Any:
        """Integers: ``random_()`` any from 0 to the largest of the dtype, ``random_(to)`` from 0 to ``to``
        − 1, ``random_(from, to)`` from ``from`` on. An empty range, or one beyond the dtype:
        RuntimeError.
        """
    def ravel(self) -> Any:
        """The elements as a vector: a view where possible."""
    def reciprocal(self) -> Any:
        """1/x of each element; integers become floats."""
    def reciprocal_(self) -> Any:
        """`reciprocal`, in place."""
    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` whenever the gradient of this tensor is computed. A tensor that it returns
        replaces the gradient.
        """
    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call ``hook(tensor)`` after each accumulation into ``.grad`` of this leaf."""
    def relu(self) -> Any:
        """max(x, 0) of each element."""
    def relu6(self) -> Any:
        """min(max(x, 0), 6) of each element."""
    def relu6_(self) -> Any:
        """`relu6`, in place."""
    def relu_(self) -> Any:
        """`relu`, in place."""
    def remainder(self, other: Any) -> Any:
        """What is left of a/b, with the sign of b: a − b·⌊a/b⌋. Python's ``%``."""
    def remainder_(self, other: Any) -> Any:
        """`remainder`, in place."""
    def repeat(self, *args: Any, repeats: Any = ...) -> Any:
        """The tensor ``repeats[i]`` times along dimension ``i``; more repeats than dimensions make new
        leading ones.
        """
    def repeat_interleave(self, repeats: Any, dim: Any = ..., *, output_size: Any = ...) -> Any:
        """Each element ``repeats`` times in a row along ``dim`` (of the flattened tensor without it);
        ``repeats`` is an int, or a tensor with a number for each element.
        """
    requires_grad: _bool
    def requires_grad_(self, requires_grad: _bool = ...) -> Any:
        """Ask for a gradient, or no longer; returns the tensor itself. RuntimeError for integers and for
        results of operations.
        """
    def reshape(self, *args: Any, shape: Any = ...) -> Any:
        """The same elements in another shape; one size may be -1. A view where the layout allows, else a
        copy.
        """
    def reshape_as(self, other: Any) -> Any:
        """This tensor in the shape of ``other``."""
    def resize_(self, *_sizes: Any, **_options: Any) -> Any:
        """Refused with NotImplementedError: memory never grows under those who share it. Use ``reshape``,
        or ``new_empty``.
        """
    def retain_grad(self) -> Any:
        """Keep the gradient of a tensor that is not a leaf, too. RuntimeError where none will flow here."""
    retains_grad: Any
    def roll(self, shifts: Any, dims: Any = ...) -> Any:
        """Every element moved by ``shifts`` places along ``dims``; those that leave at the end come back
        at the start. Without ``dims`` the flattened input is rolled.
        """
    def rot90(self, k: Any = ..., dims: Any = ...) -> Any:
        """Turned ``k`` times by 90° in the plane of two dimensions, from the first towards the second."""
    def round(self, *, decimals: Any = ...) -> Any:
        """The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple
        of 10, 100, ….
        """
    def round_(self, *, decimals: Any = ...) -> Any:
        """`round`, in place."""
    def rsqrt(self) -> Any:
        """1/√x of each element."""
    def rsqrt_(self) -> Any:
        """`rsqrt`, in place."""
    def rsub(self, other: Any, *, alpha: Any = ...) -> Any:
        """b − alpha·a of each pair of elements."""
    def scatter(self, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ...) -> Any:
        """The input with out[index[i, j], j] = src[i, j] for ``dim=0``, and so on; ``src`` is a tensor or
        a number. With ``reduce`` the values are added or multiplied ("add", "multiply") to what is
        there.
        """
    def scatter_(self, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ...) -> Any:
        """:func:`scatter` in place."""
    def scatter_add(self, dim: Any, index: Any, src: Any) -> Any:
        """The input with src[i, j] added to out[index[i, j], j] for ``dim=0``, and so on."""
    def scatter_add_(self, dim: Any, index: Any, src: Any) -> Any:
        """:func:`scatter_add` in place."""
    def scatter_reduce(self, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = ...) -> Any:
        """The values of ``src`` that meet at a place (with the old value there, where ``include_self``),
        reduced to one by "sum", "prod", "mean", "amax" or "amin".
        """
    def select(self, dim: Any, index: Any) -> Any:
        """The slice at ``index`` along ``dim``, which disappears."""
    def selu(self) -> Any:
        """λx where an element is positive, else λα(eˣ − 1), with λ = 1.0507… and α = 1.6733…"""
    def selu_(self) -> Any:
        """`selu`, in place."""
    def sgn(self) -> Any:
        """The sign of each element: −1, 0 or 1."""
    def sgn_(self) -> Any:
        """`sgn`, in place."""
    shape: Any
    def short(self, memory_format: Any = ...) -> Any:
        """The elements as int16; fractions are cut off."""
    def sigmoid(self) -> Any:
        """The logistic function 1/(1 + e⁻ˣ) of each element."""
    def sigmoid_(self) -> Any:
        """`sigmoid`, in place."""
    def sign(self) -> Any:
        """The sign of each element: −1, 0 or 1."""
    def sign_(self) -> Any:
        """`sign`, in place."""
    def signbit(self) -> Any:
        """Whether each element has a minus sign, as −0.0 has."""
    def silu(self) -> Any:
        """x·sigmoid(x) of each element."""
    def silu_(self) -> Any:
        """`silu`, in place."""
    def sin(self) -> Any:
        """The sine of each element, in radians."""
    def sin_(self) -> Any:
        """`sin`, in place."""
    def sinc(self) -> Any:
        """sin(πx)/(πx) of each element, which is 1 at 0."""
    def sinc_(self) -> Any:
        """`sinc`, in place."""
    def sinh(self) -> Any:
        """The hyperbolic sine (eˣ − e⁻ˣ)/2 of each element."""
    def sinh_(self) -> Any:
        """`sinh`, in place."""
    def size(self, dim: Any = ...) -> Any:
        """The shape, or the size of one dimension; IndexError where there is no such dimension."""
    def softmax(self, dim: Any = ..., dtype: Any = ..., *, axis: Any = ...) -> Any:
        """Positive numbers that sum to 1 along ``dim``: yᵢ = e^xᵢ/Σⱼ e^xⱼ. Floats only, unless ``dtype``
        says which.
        """
    def softplus(self, beta: Any = ..., threshold: Any = ...) -> Any:
        """ln(1 + e^(beta·x))/beta of each element, and x itself where beta·x > threshold."""
    def softshrink(self, lambd: Any = ...) -> Any:
        """Each element moved towards 0 by lambd, and 0 where |x| ≤ lambd. RuntimeError for a negative
        lambd.
        """
    def softsign(self) -> Any:
        """x/(1 + |x|) of each element."""
    def sort(self, dim: Any = ..., descending: Any = ..., *, stable: Any = ...) -> Any:
        """The elements along ``dim`` in order and where they stood, as ``(values, indices)``. Equal
        elements keep their order; NaN counts as the largest.
        """
    def split(self, split_size_or_sections: Any, dim: Any = ...) -> Any:
        """Pieces along ``dim``: of ``split_size_or_sections`` elements each (the last may be smaller), or
        of the sizes listed.
        """
    def split_with_sizes(self, split_sizes: Any, dim: Any = ...) -> Any:
        """Pieces of the given sizes along ``dim``."""
    def sqrt(self) -> Any:
        """√x of each element; NaN below 0."""
    def sqrt_(self) -> Any:
        """`sqrt`, in place."""
    def square(self) -> Any:
        """x² of each element."""
    def square_(self) -> Any:
        """`square`, in place."""
    def squeeze(self, dim: Any = ...) -> Any:
        """The input without its dimensions of size 1, or without those of ``dim`` (an int or a tuple) that
        have size 1.
        """
    def squeeze_(self, *args: Any, **options: Any) -> Any:
        """``squeeze`` in place: this very tensor loses its dimensions of size 1, all or those named."""
    @staticmethod
    def stack(tensors: Any, dim: Any = ...) -> Any:
        """``synapgrad.stack`` under the name that SynapGrad 1 gave it."""
    def std(
        self,
        dim: Any = ...,
        unbiased: Any = ...,
        keepdim: _bool = ...,
        *,
        correction: Any = ...,
        axis: Any = ...,
        keepdims: Any = ...,
    ) -> Any:
        """The standard deviation, the root of :func:`var`."""
    def storage_offset(self) -> Any:
        """The position of the first element in the shared memory."""
    def stride(self, dim: Any = ...) -> Any:
        """Elements to skip in memory for one step along each dimension, or along one."""
    def sub(self, other: Any, *, alpha: Any = ...) -> Any:
        """a − alpha·b of each pair of elements."""
    def sub_(self, other: Any, *, alpha: Any = ...) -> Any:
        """`sub`, in place."""
    def subtract(self, other: Any, *, alpha: Any = ...) -> Any:
        """a − alpha·b of each pair of elements."""
    def subtract_(self, other: Any, *, alpha: Any = ...) -> Any:
        """`sub`, in place."""
    def sum(
        self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., axis: Any = ..., keepdims: Any = ...
    ) -> Any:
        """The sum of all elements, or over the dimensions ``dim``. Integers and bools sum in int64."""
    def swapaxes(self, axis0: Any, axis1: Any) -> Any:
        """Two dimensions exchanged."""
    def swapaxes_(self, *args: Any, **options: Any) -> Any:
        """``swapaxes`` in place: two dimensions of this very tensor change places."""
    def swapdims(self, dim0: Any, dim1: Any) -> Any:
        """Two dimensions exchanged."""
    def swapdims_(self, *args: Any, **options: Any) -> Any:
        """``swapdims`` in place: two dimensions of this very tensor change places."""
    def t(self) -> Any:
        """The transpose of a matrix; vectors and scalars stay as they are."""
    def t_(self, *args: Any, **options: Any) -> Any:
        """``t`` in place: this very matrix becomes its transpose."""
    def take(self, index: Any) -> Any:
        """The elements with these numbers, counted in row-major order, in the shape of ``index``."""
    def take_along_dim(self, indices: Any, dim: Any = ...) -> Any:
        """As :func:`gather`, with ``indices`` broadcast against the input's other dimensions; without
        ``dim``, of the flattened input. Made for the results of argsort and argmax.
        """
    def tan(self) -> Any:
        """The tangent of each element, in radians."""
    def tan_(self) -> Any:
        """`tan`, in place."""
    def tanh(self) -> Any:
        """The hyperbolic tangent sinh x / cosh x of each element."""
    def tanh_(self) -> Any:
        """`tanh`, in place."""
    def tanhshrink(self) -> Any:
        """x − tanh x of each element."""
    def tensor_split(self, indices_or_sections: Any, dim: Any = ...) -> Any:
        """A number of pieces along ``dim`` whose sizes differ by at most one, or pieces that end before
        each of the indices.
        """
    def threshold(self, threshold: Any, value: Any) -> Any:
        """Each element where it is greater than threshold, else value."""
    def threshold_(self, threshold: Any, value: Any) -> Any:
        """`threshold`, in place."""
    def tile(self, *args: Any, dims: Any = ...) -> Any:
        """As ``repeat``, with missing leading repeats taken as 1."""
    def to(
        self,
        *args: Any,
        dtype: Any = ...,
        device: Any = ...,
        other: Any = ...,
        non_blocking: Any = ...,
        copy: Any = ...,
        memory_format: Any = ...,
    ) -> Any:
        """The tensor in another dtype: ``to(dtype)``, ``to(device)``, ``to(device, dtype)``,
        ``to(other)``. Returns the tensor itself where nothing changes, unless ``copy``.
        """
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; a number for a 0-d tensor."""
    def topk(self, k: Any, dim: Any = ..., largest: Any = ..., sorted: Any = ...) -> Any:
        """The ``k`` largest (or smallest) elements along ``dim`` and their indices, as ``(values,
        indices)``.
        """
    def trace(self) -> Any:
        """The sum of the diagonal of a matrix."""
    def transpose(self, dim0: Any, dim1: Any) -> Any:
        """Two dimensions exchanged."""
    def transpose_(self, *args: Any, **options: Any) -> Any:
        """``transpose`` in place: two dimensions of this very tensor change places."""
    def tril(self, diagonal: Any = ...) -> Any:
        """The lower triangle of each matrix, up to ``diagonal``; zeros above."""
    def tril_(self, diagonal: Any = ...) -> Any:
        """Zeros above ``diagonal``, in place."""
    def triu(self, diagonal: Any = ...) -> Any:
        """The upper triangle of each matrix, from ``diagonal`` on; zeros below."""
    def triu_(self, diagonal: Any = ...) -> Any:
        """Zeros below ``diagonal``, in place."""
    def true_divide(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc"
        the quotient is rounded to an integer, and integers stay integers.
        """
    def true_divide_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def trunc(self) -> Any:
        """Each element without its fraction."""
    def trunc_(self) -> Any:
        """`trunc`, in place."""
    def type(self, dtype: Any = ..., non_blocking: Any = ...) -> Any:
        """The name of the tensor's type (``'synapgrad.FloatTensor'``), or the tensor in the dtype given."""
    def type_as(self, other: Any) -> Any:
        """The tensor in the dtype of another."""
    def unbind(self, dim: Any = ...) -> Any:
        """The slices along ``dim``, which disappears."""
    def unflatten(self, dim: Any, sizes: Any) -> Any:
        """Dimension ``dim`` split into dimensions of the given ``sizes``; one may be -1."""
    def unfold(self, dimension: Any, size: Any, step: Any) -> Any:
        """Windows of ``size`` elements every ``step`` along a dimension; a new last dimension runs through
        each.
        """
    def uniform_(self, *args: Any, **kwargs: Any) -> Any:
        """Uniform numbers from [``from``, ``to``). Bounds in the wrong order: RuntimeError."""
    def unique(
        self, sorted: Any = ..., return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...
    ) -> Any:
        """The distinct elements, or with ``dim`` the distinct slices along it, in ascending order; on
        request also, for every element, the place of its value among them, and how often each occurs.
        """
    def unique_consecutive(self, return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...) -> Any:
        """The first of each run of equal elements, or with ``dim`` of equal slices along it; on request
        also, for every element, the number of its run, and how long each run is.
        """
    def unsqueeze(self, dim: Any) -> Any:
        """The input with a new dimension of size 1 before ``dim``."""
    def unsqueeze_(self, *args: Any, **options: Any) -> Any:
        """``unsqueeze`` in place: this very tensor gets a dimension of size 1 at ``dim``."""
    def var(
        self,
        dim: Any = ...,
        unbiased: Any = ...,
        keepdim: _bool = ...,
        *,
        correction: Any = ...,
        axis: Any = ...,
        keepdims: Any = ...,
    ) -> Any:
        """The variance of all elements, or over ``dim``: Σ (x − mean)²/(n − correction).
        ``unbiased=False`` means a correction of 0. Floats only.
        """
    def vdot(self, other: Any) -> Any:
        """The inner product of two vectors."""
    def view(self, *args: Any, size: Any = ..., dtype: Any = ...) -> Any:
        """The same memory in another shape, one size of which may be -1, or read as another dtype."""
    def view_as(self, other: Any) -> Any:
        """This tensor in the shape of ``other``, as a view."""
    def vsplit(self, indices_or_sections: Any) -> Any:
        """Equal pieces along the first dimension, or pieces that end before each of the indices."""
    def where(self, condition: Any, other: Any) -> Any:
        """This tensor's elements where the condition is true, else those of `other`."""
    def xlog1py(self, other: Any) -> Any:
        """a·ln(1 + b) of each pair of elements, and 0 where a is 0, whatever the logarithm may be."""
    def xlogy(self, other: Any) -> Any:
        """a·ln b of each pair of elements, and 0 where a is 0, whatever ln b may be."""
    def xlogy_(self, other: Any) -> Any:
        """`xlogy`, in place."""
    def zero_(self) -> Any:
        """Set every element to 0."""

class _FunctionCtx:
    """What a ``Function`` is given as ``ctx``: carries things from ``forward`` to ``backward``."""
    def __new__(cls, needs_input_grad: Any) -> Self: ...
    def mark_dirty(self, *tensors: Any) -> Any:
        """Say that ``forward`` has changed these arguments in place. They must be among its results."""
    def mark_non_differentiable(self, *tensors: Any) -> Any:
        """Say that no gradients flow through these results."""
    needs_input_grad: Any
    def save_for_backward(self, *tensors: Any) -> Any:
        """Keep tensors (or None) for ``backward``, where they are ``ctx.saved_tensors``. Call it once."""
    saved_tensors: Any
    def set_materialize_grads(self, value: Any) -> Any:
        """Whether ``backward`` gets zeros (the default) or None for results that nothing depends on."""

class _Memory:
    """The memory that tensors share, as an object: `pickle` and `deepcopy` write an object once, however
    often they meet it.
    """
    def __new__(cls, bytes: Any) -> Self: ...

class _Mode:
    """What the context managers of `synapgrad.autograd` are made from: sets switches when entered, and
    when left puts them back as they were. Can be entered several times, one inside the other.
    """
    def __new__(cls, grad: Any = ..., inference: Any = ..., retain: Any = ...) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: Any) -> None: ...

class _Picture:
    """A graph, described and ready to be written."""
    def dot(self) -> Any:
        """Source for Graphviz."""
    def svg(self) -> _str:
        """An SVG document."""

class device:
    """Where a tensor lives: always ``cpu``."""
    def __new__(cls, type: Any, index: Any = ...) -> Self: ...
    def __eq__(self, value: Any, /) -> Any: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self) -> _int: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    def __str__(self) -> _str: ...
    index: Any
    type: Any

class dtype:
    """The element type of a tensor."""
    def __eq__(self, value: Any, /) -> Any: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self) -> _int: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    is_complex: Any
    is_floating_point: Any
    is_signed: Any
    itemsize: Any

class finfo:
    """The limits of a float type."""
    def __new__(cls, type: Any = ...) -> Self: ...
    def __eq__(self, value: Any, /) -> Any: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    bits: Any
    dtype: _dtype
    eps: Any
    max: Any
    min: Any
    resolution: Any
    smallest_normal: Any
    tiny: Any

class iinfo:
    """The limits of an integer type."""
    def __new__(cls, type: Any) -> Self: ...
    def __eq__(self, value: Any, /) -> Any: ...
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    bits: Any
    dtype: _dtype
    max: Any
    min: Any

_dtype = dtype

def _adadelta_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _adadelta_step(group: Any, state: Any) -> Any:
    """One step of ``AdadeltaOptions`` for a group of parameters."""

def _adagrad_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _adagrad_step(group: Any, state: Any) -> Any:
    """One step of ``AdagradOptions`` for a group of parameters."""

def _adam_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _adam_step(group: Any, state: Any) -> Any:
    """One step of ``AdamOptions`` for a group of parameters."""

def _adamax_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _adamax_step(group: Any, state: Any) -> Any:
    """One step of ``AdamaxOptions`` for a group of parameters."""

def _anneal(start: Any, end: Any, part: Any, linear: Any) -> Any:
    """From ``start`` to ``end``, ``part`` of the way, along half a cosine or, with ``linear``, a line."""

def _apply_function(*args: Any, **kwargs: Any) -> Any:
    """The work of ``Function.apply``: run ``forward`` unrecorded, then record it as one operation."""

def _asgd_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _asgd_step(group: Any, state: Any) -> Any:
    """One step of ``AsgdOptions`` for a group of parameters."""

def _backward(
    tensors: Any, gradients: Any, retain_graph: _bool | None, create_graph: _bool, inputs: Any
) -> Any:
    """The work of ``autograd.backward``."""

def _batch_norm_counted(
    input: Tensor,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    num_batches_tracked: Any,
    training: Any,
    momentum: Any,
    eps: Any,
) -> Any:
    """:func:`batch_norm` as a layer does it: in ``training`` ``num_batches_tracked`` is increased; without
    ``momentum`` the running statistics are the means over all batches; without running statistics those
    of the batch serve always.
    """

def _bilinear_init_(weight: Any, bias: Any = ...) -> Any:
    """The first values of a bilinear layer: weight, then bias, from U(-√k, √k), k = 1 / size of the first
    input.
    """

def _calculate_gain(nonlinearity: Any, param: Any = ...) -> Any:
    """By what a nonlinearity's input has to be scaled for its output to keep the variance. ValueError for
    an unknown name, and for a slope of a leaky_relu that is no number.
    """

def _clip_grad_norm_(parameters: Any, max_norm: Any, norm_type: Any, error_if_nonfinite: Any) -> Any:
    """Scale all gradients so that their norm together is at most ``max_norm``; returns what it was.
    RuntimeError where it is not finite and ``error_if_nonfinite`` asks.
    """

def _clip_grad_value_(parameters: Any, clip_value: Any) -> Any:
    """Bring each element of all gradients into [-clip_value, clip_value]."""

def _clip_grads_with_norm_(parameters: Any, max_norm: Any, total_norm: Any) -> Any:
    """Scale all gradients by ``max_norm / (total_norm + 1e-6)``, if that is less than 1."""

def _constant_lr(lr: Any, base_lr: Any, epoch: Any, factor: Any, total_iters: Any) -> Any:
    """The rate in ``epoch``, multiplied by ``factor`` before epoch ``total_iters``."""

def _cosine_annealing_lr(lr: Any, base_lr: Any, epoch: Any, t_max: Any, eta_min: Any) -> Any:
    """The rate in ``epoch``, on half a cosine of ``t_max`` epochs."""

def _cycle(epoch: Any, up: Any, down: Any) -> Any:
    """The number, from 1, of the cycle of ``up`` and ``down`` steps that ``epoch`` is in, and its height
    from 0 to 1.
    """

def _embed_bags(
    weight: Any,
    indices: Any,
    offsets: Any = ...,
    scale_grad_by_freq: Any = ...,
    mode: Any = ...,
    sparse: Any = ...,
    per_sample_weights: Any = ...,
    include_last_offset: Any = ...,
    padding_idx: Any = ...,
) -> Any:
    """The sums, means or maxima of bags of rows of the matrix ``weight``: of the rows of a matrix of
    ``indices``, or of the parts of a vector of them that begin at the ``offsets``.
    """

def _exponential_lr(lr: Any, base_lr: Any, epoch: Any, gamma: Any) -> Any:
    """The rate in ``epoch``, multiplied by ``gamma`` every epoch."""

def _from_bytes(bytes: Any, dtype: Any) -> Any:
    """The bytes as elements of a dtype: a tensor of one dimension with memory of its own."""

def _get_total_norm(tensors: Any, norm_type: Any, error_if_nonfinite: Any) -> Any:
    """The norm of all tensors together. RuntimeError where it is not finite and ``error_if_nonfinite``
    asks.
    """

def _grad(
    outputs: Any,
    inputs: Any,
    gradients: Any,
    retain_graph: _bool | None,
    create_graph: _bool,
    allow_unused: Any,
) -> Any:
    """The work of ``autograd.grad``."""

def _gradcheck(function: Any, inputs: Any, eps: Any, atol: Any, rtol: Any, nondet_tol: Any) -> Any:
    """The work of ``autograd.gradcheck``."""

def _gradgradcheck(
    function: Any, inputs: Any, gradients: Any, eps: Any, atol: Any, rtol: Any, nondet_tol: Any
) -> Any:
    """The work of ``autograd.gradgradcheck``."""

def _init_dirac_(tensor: Any, groups: Any) -> Any:
    """Make the weight of a convolution one that copies its input channels. ValueError for other than 3, 4
    or 5 dimensions and where ``groups`` does not divide the first.
    """

def _init_eye_(tensor: Any) -> Any:
    """Make a matrix the identity. ValueError for other than two dimensions."""

def _init_fans(tensor: Any) -> Any:
    """Fan in and fan out of a weight. ValueError below two dimensions."""

def _init_kaiming_normal_(tensor: Any, a: Any, mode: Any, nonlinearity: Any, generator: Any) -> Any:
    """Fill with numbers from N(0, s²), s = gain / √fan. ValueError below two dimensions, and for an
    unknown mode or nonlinearity.
    """

def _init_kaiming_uniform_(tensor: Any, a: Any, mode: Any, nonlinearity: Any, generator: Any) -> Any:
    """Fill with numbers from U(-b, b), b = gain·√(3 / fan). ValueError below two dimensions, and for an
    unknown mode or nonlinearity.
    """

def _init_normal_(tensor: Any, mean: Any, std: Any, generator: Any) -> Any:
    """Fill with numbers from N(mean, std²). RuntimeError where std < 0."""

def _init_orthogonal_(tensor: Any, gain: Any, generator: Any) -> Any:
    """Fill with a random orthogonal matrix times ``gain``. ValueError below two dimensions."""

def _init_sparse_(tensor: Any, sparsity: Any, std: Any, generator: Any) -> Any:
    """Fill a matrix with numbers from N(0, std²), a fraction ``sparsity`` of each column with 0.
    ValueError for other than two dimensions.
    """

def _init_trunc_normal_(tensor: Any, mean: Any, std: Any, a: Any, b: Any, generator: Any) -> Any:
    """Fill with numbers from N(mean, std²) between a and b. RuntimeError where a > b or std < 0."""

def _init_uniform_(tensor: Any, a: Any, b: Any, generator: Any) -> Any:
    """Fill with numbers from U(a, b). RuntimeError where a > b."""

def _init_xavier_normal_(tensor: Any, gain: Any, generator: Any) -> Any:
    """Fill with numbers from N(0, s²), s = gain·√(2 / (fan in + fan out)). ValueError below two
    dimensions.
    """

def _init_xavier_uniform_(tensor: Any, gain: Any, generator: Any) -> Any:
    """Fill with numbers from U(-a, a), a = gain·√(6 / (fan in + fan out)). ValueError below two
    dimensions.
    """

def _is_part(tensor: Any) -> Any:
    """Whether a tensor's memory holds more than the tensor shows."""

def _lbfgs_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _lbfgs_step(group: Any, state: Any, closure: Any) -> Any:
    """One step of L-BFGS for a group: up to ``max_iter`` iterations along −H·g, with H from the history in
    ``state``, a dictionary.
    """

def _linear_init_(weight: Any, bias: Any = ...) -> Any:
    """The first values of a linear layer: weight, then bias, from U(-√k, √k), k = 1 / fan in."""

def _linear_lr(
    lr: Any, base_lr: Any, epoch: Any, start_factor: Any, end_factor: Any, total_iters: Any
) -> Any:
    """The rate in ``epoch``, on a line that ends in epoch ``total_iters``."""

def _load(path: Any) -> Any:
    """What the archive in a file holds."""

def _load_bytes(bytes: Any, name: Any) -> Any:
    """What an archive holds; errors call it `name`."""

def _load_safetensors(bytes: Any, name: Any) -> Any:
    """The tensors and the metadata of a file's bytes."""

def _make_blobs(
    sizes: Any, features: Any, deviations: Any, center_box: Any, centers: Any, shuffle: Any, seed: Any
) -> Any:
    """Normal draws around centres: points, float32, their classes, int64, and the coordinates of the
    centres.
    """

def _make_circles(n_samples: Any, shuffle: Any, noise: Any, seed: Any, factor: Any) -> Any:
    """Two circles around the origin: points, float32 of shape ``(n, 2)``, and their classes, int64 of
    shape ``(n,)``.
    """

def _make_moons(n_samples: Any, shuffle: Any, noise: Any, seed: Any) -> Any:
    """Two interleaving half circles: points, float32 of shape ``(n, 2)``, and their classes, int64 of
    shape ``(n,)``.
    """

def _multi_step_lr(lr: Any, base_lr: Any, epoch: Any, milestones: Any, gamma: Any) -> Any:
    """The rate in ``epoch``, multiplied by ``gamma`` at each of the ``milestones``."""

def _nadam_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _nadam_step(group: Any, state: Any) -> Any:
    """One step of ``NAdamOptions`` for a group of parameters."""

def _norm_except_dim(v: Any, dim: Any) -> Any:
    """The lengths of a weight's parts along ``dim``, or of the whole."""

def _operations() -> Any:
    """The names of all operations, by family; see `synapgrad::ops::registry`."""

def _pack_padded_sequence(input: Tensor, lengths: Any, batch_first: Any) -> Any:
    """What belongs to sequences of descending lengths in a padded block, time by time, and how many there
    are at each time. RuntimeError for lengths that don't fit.
    """

def _pad_packed_sequence(data: Any, batch_sizes: Any, batch_first: Any, value: Any, total: Any) -> Any:
    """The block that was packed, and the lengths of its sequences. ValueError where ``total`` is less than
    the longest.
    """

def _pad_sequence(sequences: Any, batch_first: Any, value: Any, left: Any) -> Any:
    """Sequences in one tensor, the shorter ones filled up with ``value``. RuntimeError where they differ
    in more than length.
    """

def _parameters_to_vector(parameters: Any) -> Any:
    """All parameters as one vector. RuntimeError for none."""

def _picture(root: Any, rankdir: Any, data_length: Any, names: Any) -> Any:
    """The work of ``utils.graph.draw``."""

def _polynomial_lr(lr: Any, base_lr: Any, epoch: Any, total_iters: Any, power: Any) -> Any:
    """The rate in ``epoch``, base_lr·(1 − epoch/total_iters)^power."""

def _radam_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _radam_step(group: Any, state: Any) -> Any:
    """One step of ``RAdamOptions`` for a group of parameters."""

def _read_idx(path: Any) -> Any:
    """The tensor in an IDX file, packed with gzip or not."""

def _rebuild_generator(state: Any) -> Any: ...
def _rebuild_tensor(
    cls: Any, memory: Any, dtype: Any, offset: Any, shape: Any, strides: Any, requires_grad: _bool
) -> Any:
    """A tensor of class `cls` that lies so in a memory."""

def _recurrent(
    mode: Any,
    input: Tensor,
    hx: Any,
    weights: Any,
    packing: Any,
    input_size: Any,
    hidden_size: Any,
    proj_size: Any,
    num_layers: Any,
    bias: Any,
    batch_first: Any,
    dropout: Any,
    training: Any,
    bidirectional: Any,
) -> Any:
    """A recurrent layer: the output, and a list of the last states. ``packing`` is None, or what a
    PackedSequence has beside its data: batch_sizes and the two orders.
    """

def _recurrent_cell(mode: Any, input: Tensor, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """A step of a recurrent cell, batched or not: a list of the new states. ``hx`` may be empty, for
    zeros.
    """

def _recurrent_init_(parameters: Any, hidden_size: Any) -> Any:
    """The first values of a recurrent layer: each parameter in turn, from U(-√k, √k), k = 1 /
    ``hidden_size``.
    """

def _recurrent_parameters(
    mode: Any,
    input_size: Any,
    hidden_size: Any,
    proj_size: Any,
    num_layers: Any,
    bias: Any,
    batch_first: Any,
    dropout: Any,
    bidirectional: Any,
) -> Any:
    """Names and shapes of the parameters of a recurrent layer, a list for each layer in each direction.
    ValueError for sizes and options that cannot be.
    """

def _rmsprop_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _rmsprop_step(group: Any, state: Any) -> Any:
    """One step of ``RmsPropOptions`` for a group of parameters."""

def _rprop_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _rprop_step(group: Any, state: Any) -> Any:
    """One step of ``RpropOptions`` for a group of parameters."""

def _safetensors_bytes(tensors: Any, metadata: Any) -> Any: ...
def _save(obj: Any, path: Any) -> Any:
    """Write the archive of `obj` to a file."""

def _save_bytes(obj: Any) -> Any:
    """The archive of `obj`."""

def _save_safetensors(tensors: Any, path: Any, metadata: Any) -> Any: ...
def _set_grad_enabled(mode: Any) -> Any:
    """Switch recording on or off; returns what it was."""

def _sgd_check(options: Any) -> Any:
    """ValueError where an option has no meaning."""

def _sgd_step(group: Any, state: Any) -> Any:
    """One step of ``SgdOptions`` for a group of parameters."""

def _spectral_norm(weight: Any, u: Any, v: Any, dim: Any, iterations: Any, eps: Any) -> Any:
    """A weight divided by its largest singular value ``uᵀ·W·v``, after so many iterations that bring ``u``
    and ``v`` nearer to the singular vectors.
    """

def _spectral_norm_vectors(weight: Any, dim: Any, eps: Any) -> Any:
    """First vectors for ``spectral_norm``: normal numbers, of length 1."""

def _step_lr(lr: Any, base_lr: Any, epoch: Any, step_size: Any, gamma: Any) -> Any:
    """The rate in ``epoch``, multiplied by ``gamma`` every ``step_size`` epochs."""

def _swa_lr(lr: Any, base_lr: Any, epoch: Any, target: Any, anneal_epochs: Any, linear: Any) -> Any:
    """The rate in ``epoch``, on the way to ``target``, where it is after ``anneal_epochs``."""

def _weight_norm(v: Any, g: Any, dim: Any) -> Any:
    """The weight of length ``g`` and direction ``v``: ``g·v/‖v‖``, the norm taken over each part along
    ``dim``, or the whole.
    """

def _zero_grad(params: Any, set_to_none: Any = ...) -> Any:
    """Forget the gradients of ``params``, or with ``set_to_none=False`` fill them with zeros."""

def abs(input: Tensor) -> Any:
    """The absolute value |x| of each element."""

def abs_(input: Tensor) -> Any:
    """`abs`, in place."""

def absolute(input: Tensor) -> Any:
    """The absolute value |x| of each element."""

def absolute_(input: Tensor) -> Any:
    """`abs`, in place."""

def acos(input: Tensor) -> Any:
    """The arccosine of each element, in [0, π]; NaN outside [−1, 1]."""

def acos_(input: Tensor) -> Any:
    """`acos`, in place."""

def acosh(input: Tensor) -> Any:
    """The inverse hyperbolic cosine of each element; NaN below 1."""

def acosh_(input: Tensor) -> Any:
    """`acosh`, in place."""

def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Any:
    """The means of as many windows as ``output_size`` says, which divide the last dimension evenly."""

def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Any:
    """The means of as many windows as ``output_size`` says, which divide the last two dimensions evenly."""

def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Any:
    """The means of as many windows as ``output_size`` says, which divide the last three dimensions evenly."""

def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: Any = ...) -> Any:
    """The largest elements of as many windows as ``output_size`` says, which divide the last dimension
    evenly.
    """

def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: Any = ...) -> Any:
    """The largest elements of as many windows as ``output_size`` says, which divide the last two
    dimensions evenly.
    """

def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: Any = ...) -> Any:
    """The largest elements of as many windows as ``output_size`` says, which divide the last three
    dimensions evenly.
    """

def add(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a + alpha·b of each pair of elements."""

def add_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`add`, in place."""

def addbmm(input: Tensor, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta·input + alpha·Σᵢ batch1ᵢ·batch2ᵢ for stacks of matrices."""

def addbmm_(input: Tensor, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """:func:`addbmm`, in place."""

def addcdiv(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """a + value·b/c of each three elements."""

def addcdiv_(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """`addcdiv`, in place."""

def addcmul(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """a + value·b·c of each three elements."""

def addcmul_(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """`addcmul`, in place."""

def addmm(input: Tensor, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta·input + alpha·mat1·mat2 for matrices."""

def addmm_(input: Tensor, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """:func:`addmm`, in place."""

def addmv(input: Tensor, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta·input + alpha·mat·vec for a matrix and a vector."""

def addmv_(input: Tensor, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """:func:`addmv`, in place."""

def addr(input: Tensor, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta·input + alpha·vec1·vec2ᵀ for vectors."""

def addr_(input: Tensor, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """:func:`addr`, in place."""

def adjoint(input: Tensor) -> Any:
    """The last two dimensions exchanged; a tensor without dimensions stays as it is."""

def affine_grid(theta: Any, size: Any, align_corners: Any = ...) -> Any:
    """The grid with which ``grid_sample`` maps an image affinely: for matrices ``theta`` of (N, 2, 3) and
    an output of ``size`` (N, C, H, W) the places M·(x, y, 1)ᵀ as (N, H, W, 2); for (N, 3, 4) and (N, C,
    D, H, W) those of (x, y, z) as (N, D, H, W, 3).
    """

def all(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Whether all elements, or all over ``dim``, are nonzero."""

def allclose(input: Tensor, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Whether all pairs of elements are close; see `isclose`."""

def alpha_dropout(input: Tensor, p: Any, train: Any) -> Any:
    """In training: each element the lowest value of SELU with probability ``p``; then all are scaled and
    shifted so that mean 0 and variance 1 stay. Otherwise the tensor itself. RuntimeError as for
    :func:`dropout`.
    """

def alpha_dropout_(input: Tensor, p: Any, train: Any) -> Any:
    """``alpha_dropout`` in place."""

def amax(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """The largest element, or the largest over ``dim``. The gradient is shared evenly among equals."""

def amin(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """The smallest element, or the smallest over ``dim``. The gradient is shared evenly among equals."""

def aminmax(input: Tensor, *, dim: Any = ..., keepdim: _bool = ...) -> Any:
    """The smallest and the largest elements, of all or along ``dim``, as ``(min, max)``."""

def any(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Whether any element, or any over ``dim``, is nonzero."""

def arange(
    *args: Any,
    start: Any = ...,
    end: Any = ...,
    step: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """``arange(end)``, ``arange(start, end, step=1)``: ``start, start + step, …`` up to but without
    ``end``.
    """

def arccos(input: Tensor) -> Any:
    """The arccosine of each element, in [0, π]; NaN outside [−1, 1]."""

def arccos_(input: Tensor) -> Any:
    """`acos`, in place."""

def arccosh(input: Tensor) -> Any:
    """The inverse hyperbolic cosine of each element; NaN below 1."""

def arccosh_(input: Tensor) -> Any:
    """`acosh`, in place."""

def arcsin(input: Tensor) -> Any:
    """The arcsine of each element, in [−π/2, π/2]; NaN outside [−1, 1]."""

def arcsin_(input: Tensor) -> Any:
    """`asin`, in place."""

def arcsinh(input: Tensor) -> Any:
    """The inverse hyperbolic sine of each element."""

def arcsinh_(input: Tensor) -> Any:
    """`asinh`, in place."""

def arctan(input: Tensor) -> Any:
    """The arctangent of each element, in (−π/2, π/2)."""

def arctan2(input: Tensor, other: Any) -> Any:
    """The angle, in (−π, π], of the point (b, a) for each pair of elements a and b."""

def arctan2_(input: Tensor, other: Any) -> Any:
    """`atan2`, in place."""

def arctan_(input: Tensor) -> Any:
    """`atan`, in place."""

def arctanh(input: Tensor) -> Any:
    """The inverse hyperbolic tangent of each element; NaN outside [−1, 1]."""

def arctanh_(input: Tensor) -> Any:
    """`atanh`, in place."""

def argmax(
    input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...
) -> Any:
    """The index of the largest element of the flattened tensor, or along ``dim``; of equal ones the first."""

def argmin(
    input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...
) -> Any:
    """The index of the smallest element of the flattened tensor, or along ``dim``; of equal ones the
    first.
    """

def argsort(input: Tensor, dim: Any = ..., descending: Any = ..., stable: Any = ...) -> Any:
    """The indices that put the elements along ``dim`` in order."""

def argwhere(input: Tensor) -> Any:
    """The coordinates of all elements that are not zero, a row each."""

def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: Any = ...) -> Any:
    """A view with any sizes and strides over the input's memory. The gradient of an element seen several
    times is the sum.
    """

def as_tensor(data: Any, dtype: Any = ..., device: Any = ...) -> Any:
    """A tensor of ``data`` that shares its memory where it can: a tensor of the same dtype is returned as
    it is, an array of NumPy is not copied.
    """

def asarray(
    obj: Any, *, dtype: Any = ..., device: Any = ..., copy: Any = ..., requires_grad: _bool = ...
) -> Any:
    """As ``as_tensor``; ``copy=True`` always copies, ``copy=False`` refuses where sharing is impossible:
    ValueError.
    """

def asin(input: Tensor) -> Any:
    """The arcsine of each element, in [−π/2, π/2]; NaN outside [−1, 1]."""

def asin_(input: Tensor) -> Any:
    """`asin`, in place."""

def asinh(input: Tensor) -> Any:
    """The inverse hyperbolic sine of each element."""

def asinh_(input: Tensor) -> Any:
    """`asinh`, in place."""

def atan(input: Tensor) -> Any:
    """The arctangent of each element, in (−π/2, π/2)."""

def atan2(input: Tensor, other: Any) -> Any:
    """The angle, in (−π, π], of the point (b, a) for each pair of elements a and b."""

def atan2_(input: Tensor, other: Any) -> Any:
    """`atan2`, in place."""

def atan_(input: Tensor) -> Any:
    """`atan`, in place."""

def atanh(input: Tensor) -> Any:
    """The inverse hyperbolic tangent of each element; NaN outside [−1, 1]."""

def atanh_(input: Tensor) -> Any:
    """`atanh`, in place."""

def atleast_1d(*tensors: Any) -> Any:
    """Each tensor, scalars as vectors of one element."""

def atleast_2d(*tensors: Any) -> Any:
    """Each tensor, vectors as rows."""

def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least three dimensions: a vector of n elements as 1×n×1, an n×m matrix as n×m×1."""

def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: Any = ...,
    count_include_pad: Any = ...,
) -> Any:
    """The mean of every window over the last dimension."""

def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: Any = ...,
    count_include_pad: Any = ...,
    divisor_override: Any = ...,
) -> Any:
    """The mean of every window over the last two dimensions."""

def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: Any = ...,
    count_include_pad: Any = ...,
    divisor_override: Any = ...,
) -> Any:
    """The mean of every window over the last three dimensions."""

def baddbmm(input: Tensor, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta·input + alpha·batch1·batch2 for stacks of matrices."""

def baddbmm_(input: Tensor, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """:func:`baddbmm`, in place."""

def batch_norm(
    input: Tensor,
    weight: Any = ...,
    bias: Any = ...,
    running_mean: Any = ...,
    running_var: Any = ...,
    training: Any = ...,
    momentum: Any = ...,
    eps: Any = ...,
    cudnn_enabled: Any = ...,
) -> Any:
    """Each channel (dimension 1) with mean 0 and variance 1, times ``weight``, plus ``bias``: of one
    element per channel, as ``running_mean`` and ``running_var``.
    """

def bernoulli(input: Tensor, p: Any = ..., *, generator: Any = ...) -> Any:
    """1 with the probability that ``input`` holds at each place, or ``p``; else 0. No gradient flows: it
    is 0.
    """

def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = ...) -> Any:
    """``x₁ᵀ·Wₒ·x₂ + bₒ`` over the last dimensions: (…, n₁) and (…, n₂) give (…, out) for a weight of (out,
    n₁, n₂) and a bias of (out). RuntimeError where sizes or dtypes don't fit.
    """

def binary_cross_entropy(input: Tensor, target: Any, weight: Any = ..., reduction: Any = ...) -> Any:
    """``-wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))`` of probabilities x, logarithms ≥ -100; their mean or their
    sum.
    """

def binary_cross_entropy_with_logits(
    input: Tensor, target: Any, weight: Any = ..., pos_weight: Any = ..., reduction: Any = ...
) -> Any:
    """``binary_cross_entropy`` of ``σ(x)``, without overflow for large x and with a weight for the
    positive examples: ``-wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 - yᵢ)·ln(1 - σ(xᵢ)))``; their mean or their sum.
    """

def bincount(input: Tensor, weights: Any = ..., minlength: Any = ...) -> Any:
    """How often each of 0, 1, 2, … occurs in a vector of integers, or the sum of the ``weights`` at each."""

def bitwise_and(input: Tensor, other: Any) -> Any:
    """The bits that are set in both of each pair of elements."""

def bitwise_and_(input: Tensor, other: Any) -> Any:
    """`bitwise_and`, in place."""

def bitwise_left_shift(input: Tensor, other: Any) -> Any:
    """The bits of a moved up by b places, of each pair of elements: a·2ᵇ."""

def bitwise_left_shift_(input: Tensor, other: Any) -> Any:
    """`bitwise_left_shift`, in place."""

def bitwise_not(input: Tensor) -> Any:
    """Each element with all bits inverted; of bools, the opposite. NotImplementedError for floats."""

def bitwise_not_(input: Tensor) -> Any:
    """`bitwise_not`, in place."""

def bitwise_or(input: Tensor, other: Any) -> Any:
    """The bits that are set in either of each pair of elements."""

def bitwise_or_(input: Tensor, other: Any) -> Any:
    """`bitwise_or`, in place."""

def bitwise_right_shift(input: Tensor, other: Any) -> Any:
    """The bits of a moved down by b places, of each pair of elements: ⌊a/2ᵇ⌋."""

def bitwise_right_shift_(input: Tensor, other: Any) -> Any:
    """`bitwise_right_shift`, in place."""

def bitwise_xor(input: Tensor, other: Any) -> Any:
    """The bits that are set in only one of each pair of elements."""

def bitwise_xor_(input: Tensor, other: Any) -> Any:
    """`bitwise_xor`, in place."""

def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors along its diagonal and zeros elsewhere; vectors count as rows."""

def bmm(input: Tensor, mat2: Any) -> Any:
    """Products of two stacks of matrices: (b, m, k)·(b, k, n) → (b, m, n)."""

def broadcast_tensors(*tensors: Any) -> Any:
    """All tensors broadcast to their common shape."""

def broadcast_to(input: Tensor, size: Any) -> Any:
    """The input repeated along dimensions of size 1, and new leading ones, up to ``size``, without
    copying.
    """

def bucketize(input: Tensor, boundaries: Any, *, out_int32: Any = ..., right: Any = ...) -> Any:
    """In which interval between ``boundaries`` each element lies."""

def can_cast(from_: Any, to: Any) -> Any:
    """Whether a number of one dtype may be stored in the other without changing its kind: float to integer
    it may not.
    """

def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of one element of each vector, a row each."""

def cat(tensors: Any, dim: Any = ...) -> Any:
    """The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one."""

def ceil(input: Tensor) -> Any:
    """The smallest integer that is not below each element."""

def ceil_(input: Tensor) -> Any:
    """`ceil`, in place."""

def celu(input: Tensor, alpha: Any = ...) -> Any:
    """Each element where it is positive, else alpha·(e^(x/alpha) − 1)."""

def celu_(input: Tensor, alpha: Any = ...) -> Any:
    """`celu`, in place."""

def channel_shuffle(input: Tensor, groups: Any) -> Any:
    """The channels, dimension 1, dealt out among ``groups``: of g groups of k, channel (i, j) becomes (j,
    i). RuntimeError for channels that ``groups`` does not divide.
    """

def chunk(input: Tensor, chunks: Any, dim: Any = ...) -> Any:
    """At most ``chunks`` pieces of equal size along ``dim``; the last may be smaller."""

def clamp(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be
    missing.
    """

def clamp_(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """`clamp`, in place."""

def clamp_max(input: Tensor, max: Any) -> Any:
    """min(x, max) of each element."""

def clamp_max_(input: Tensor, max: Any) -> Any:
    """`clamp_max`, in place."""

def clamp_min(input: Tensor, min: Any) -> Any:
    """max(x, min) of each element."""

def clamp_min_(input: Tensor, min: Any) -> Any:
    """`clamp_min`, in place."""

def clip(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be
    missing.
    """

def clip_(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """`clamp`, in place."""

def clone(input: Tensor, *, memory_format: Any = ...) -> Any:
    """A copy, in the same memory order. Gradients flow through it."""

def col2im(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Any:
    """Columns added up where their windows lie in an image: (N, C·kh·kw, positions) gives (N, C, H, W), or
    both without N; the transpose of :func:`im2col`. ``nn.functional.fold``.
    """

def column_stack(tensors: Any) -> Any:
    """The tensors joined along the second dimension, vectors as columns."""

def combinations(input: Tensor, r: Any = ..., with_replacement: Any = ...) -> Any:
    """All ways to choose ``r`` elements of a vector, a row each."""

def concat(tensors: Any, dim: Any = ...) -> Any:
    """The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one."""

def concatenate(tensors: Any, dim: Any = ...) -> Any:
    """The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one."""

def constant_pad_nd(input: Tensor, pad: Any, value: Any = ...) -> Any:
    """``value`` added around the input: ``pad`` holds pairs of numbers for before and after, starting with
    the last dimension; negative ones cut off.
    """

def conv1d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: Any = ...,
) -> Any:
    """Convolution over one dimension: (N, C, L) with weights (O, C / groups, k) gives (N, O, L'); see
    :func:`conv2d`.
    """

def conv2d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: Any = ...,
) -> Any:
    """Convolution over two dimensions: (N, C, H, W) with weights (O, C / groups, kh, kw) gives (N, O, H',
    W'), or both without N. ``y[n, o, p] = b[o] + Σ w[o, c, t]·x[n, c, p·stride + t·dilation -
    padding]`` over channels c and taps t, where x is zero outside its image; ``H' = (H + 2·padding -
    dilation·(kh - 1) - 1) // stride + 1``.
    """

def conv3d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: Any = ...,
) -> Any:
    """Convolution over three dimensions: (N, C, D, H, W) with weights (O, C / groups, kd, kh, kw) gives
    (N, O, D', H', W'); see :func:`conv2d`.
    """

def conv_transpose1d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: Any = ...,
    dilation: Any = ...,
) -> Any:
    """Transposed convolution over one dimension: (N, C, L) with weights (C, O / groups, k) gives (N, O,
    L'); see :func:`conv_transpose2d`.
    """

def conv_transpose2d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: Any = ...,
    dilation: Any = ...,
) -> Any:
    """Transposed convolution over two dimensions: (N, C, H, W) with weights (C, O / groups, kh, kw) gives
    (N, O, H', W'), or both without N. Each element of the input adds the window of weights, times
    itself, to the result, ``stride`` apart; ``padding`` elements are taken away on both sides,
    ``output_padding`` more are there at the end: ``H' = (H - 1)·stride - 2·padding + dilation·(kh - 1)
    + output_padding + 1``. It is the derivative of :func:`conv2d` by its input (Dumoulin and Visin, "A
    guide to convolution arithmetic for deep learning", 2016).
    """

def conv_transpose3d(
    input: Tensor,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: Any = ...,
    dilation: Any = ...,
) -> Any:
    """Transposed convolution over three dimensions: (N, C, D, H, W) with weights (C, O / groups, kd, kh,
    kw) gives (N, O, D', H', W'); see :func:`conv_transpose2d`.
    """

def copysign(input: Tensor, other: Any) -> Any:
    """The size of a with the sign of b, of each pair of elements."""

def copysign_(input: Tensor, other: Any) -> Any:
    """`copysign`, in place."""

def cos(input: Tensor) -> Any:
    """The cosine of each element, in radians."""

def cos_(input: Tensor) -> Any:
    """`cos`, in place."""

def cosh(input: Tensor) -> Any:
    """The hyperbolic cosine (eˣ + e⁻ˣ)/2 of each element."""

def cosh_(input: Tensor) -> Any:
    """`cosh`, in place."""

def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: Any = ...
) -> Any:
    """``1 - cos(x, z)`` where ``y = 1``, ``max(0, cos(x, z) - margin)`` where ``y = -1``; their mean or
    sum.
    """

def cosine_similarity(x1: Any, x2: Any, dim: Any = ..., eps: Any = ...) -> Any:
    """The cosine of the angle between the vectors along ``dim``, no norm counting less than ``eps``. The
    tensors broadcast. RuntimeError for integers.
    """

def count_nonzero(input: Tensor, dim: Any = ...) -> Any:
    """How many elements, or how many over ``dim``, are not zero: int64."""

def cross(input: Tensor, other: Any, dim: Any = ...) -> Any:
    """The vector product along ``dim``, of size 3; by default the first dimension of that size."""

def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = ...,
    ignore_index: Any = ...,
    reduction: Any = ...,
    label_smoothing: Any = ...,
) -> Any:
    """Cross entropy of scores: ``nll_loss`` of ``log_softmax``, or ``-Σ_c w_c·y_c·log_softmax(x)_c`` for a
    target y of the input's shape; smoothing replaces y by ``(1 - ε)·y + ε/C``. Errors as those of
    ``nll_loss``.
    """

def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: Any = ...,
    reduction: Any = ...,
    zero_infinity: Any = ...,
) -> Any:
    """The negative log likelihood of texts under sequences of distributions, of all ways to spell them
    together.
    """

def cummax(input: Tensor, dim: Any = ..., *, axis: Any = ...) -> Any:
    """The largest elements so far along ``dim`` and their indices (of equal ones the last), as ``(values,
    indices)``.
    """

def cummin(input: Tensor, dim: Any = ..., *, axis: Any = ...) -> Any:
    """The smallest elements so far along ``dim`` and their indices (of equal ones the last), as ``(values,
    indices)``.
    """

def cumprod(input: Tensor, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
    """Cumulative products along ``dim``: yᵢ = Πⱼ≤ᵢ xⱼ. Integers and bools multiply in int64."""

def cumprod_(input: Tensor, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
    """:func:`cumprod`, in place."""

def cumsum(input: Tensor, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
    """Cumulative sums along ``dim``: yᵢ = Σⱼ≤ᵢ xⱼ. Integers and bools sum in int64."""

def cumsum_(input: Tensor, dim: Any = ..., *, dtype: Any = ..., axis: Any = ...) -> Any:
    """:func:`cumsum`, in place."""

def cumulative_trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Any:
    """The integrals by :func:`trapezoid` up to each point but the first."""

def deg2rad(input: Tensor) -> Any:
    """Each element, an angle in degrees, in radians: x·π/180."""

def deg2rad_(input: Tensor) -> Any:
    """`deg2rad`, in place."""

def detach(input: Tensor) -> Any:
    """The tensor without its history: changes show in both, gradients don't flow."""

def diag(input: Tensor, diagonal: Any = ...) -> Any:
    """A matrix with the vector on its diagonal, or a copy of the diagonal of a matrix."""

def diag_embed(input: Tensor, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Any:
    """Matrices with the input's vectors on diagonal ``offset`` over the new dimensions ``dim1`` and
    ``dim2``.
    """

def diagflat(input: Tensor, offset: Any = ...) -> Any:
    """A matrix with the elements of the input, flattened, on its diagonal."""

def diagonal(input: Tensor, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Any:
    """The diagonal over two dimensions, as a new last one; ``offset`` > 0 lies above the main diagonal."""

def diff(input: Tensor, n: Any = ..., dim: Any = ...) -> Any:
    """The ``n``-th differences of neighbours along ``dim``: yᵢ = xᵢ₊₁ − xᵢ, n times."""

def digamma(input: Tensor) -> Any:
    """ψ(x) of each element, the derivative of ln Γ(x)."""

def digamma_(input: Tensor) -> Any:
    """`digamma`, in place."""

def dist(input: Tensor, other: Any, p: Any = ...) -> Any:
    """The p-norm of ``input − other``."""

def div(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the
    quotient is rounded to an integer, and integers stay integers.
    """

def div_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""

def divide(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the
    quotient is rounded to an integer, and integers stay integers.
    """

def divide_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""

def dot(input: Tensor, tensor: Any) -> Any:
    """The inner product of two vectors."""

def dropout(input: Tensor, p: Any, train: Any) -> Any:
    """In training: each element 0 with probability ``p``, else divided by 1 − p, so that the mean stays.
    Otherwise the tensor itself. RuntimeError where ``p`` is not in [0, 1] and for integers.
    """

def dropout_(input: Tensor, p: Any, train: Any) -> Any:
    """``dropout`` in place."""

def dsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Equal pieces along the third dimension, or pieces that end before each of the indices."""

def dstack(tensors: Any) -> Any:
    """The tensors joined along the third dimension."""

def einsum(*args: Any) -> Any:
    """Sums of products in Einstein's notation: letters name dimensions, equal letters run together,
    letters that are not behind the arrow are summed over, "..." stands for dimensions without a letter.
    """

def elu(input: Tensor, alpha: Any = ...) -> Any:
    """Each element where it is positive, else alpha·(eˣ − 1)."""

def elu_(input: Tensor, alpha: Any = ...) -> Any:
    """`elu`, in place."""

def embedding(
    weight: Any, indices: Any, padding_idx: Any = ..., scale_grad_by_freq: Any = ..., sparse: Any = ...
) -> Any:
    """The rows of ``weight``, a matrix, with the numbers in ``indices``, int32 or int64 of any shape."""

def embedding_renorm_(input: Tensor, indices: Any, max_norm: Any, norm_type: Any) -> Any:
    """Shrink, in place and unrecorded, those rows of the matrix ``input`` with the numbers in ``indices``
    whose norm is above ``max_norm``, to it. IndexError for a number out of range.
    """

def empty(
    *args: Any,
    size: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of the given sizes whose elements are arbitrary."""

def empty_like(
    input: Tensor,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of arbitrary elements, of the shape, dtype and memory order of ``input``."""

def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """A tensor of arbitrary elements that lie in memory as ``stride`` says."""

def enable_grad() -> Any:
    """A mode in which everything is recorded, for the library's own use."""

def entr(input: Tensor) -> Any:
    """The entropy −x·ln x of each element, a probability; 0 at 0 and −∞ below."""

def eq(input: Tensor, other: Any) -> Any:
    """Whether a = b, for each pair of elements."""

def eq_(input: Tensor, other: Any) -> Any:
    """`eq`, in place."""

def equal(input: Tensor, other: Any) -> Any:
    """Whether both tensors have the same shape and the same elements."""

def erf(input: Tensor) -> Any:
    """The error function of each element: 2/√π ∫₀ˣ exp(−t²) dt."""

def erf_(input: Tensor) -> Any:
    """`erf`, in place."""

def erfc(input: Tensor) -> Any:
    """1 − erf x of each element, precise for large x, where erf x is rounded to 1."""

def erfc_(input: Tensor) -> Any:
    """`erfc`, in place."""

def erfinv(input: Tensor) -> Any:
    """The inverse of the error function at each element; ±∞ at ±1, NaN beyond."""

def erfinv_(input: Tensor) -> Any:
    """`erfinv`, in place."""

def exp(input: Tensor) -> Any:
    """eˣ of each element."""

def exp2(input: Tensor) -> Any:
    """2ˣ of each element."""

def exp2_(input: Tensor) -> Any:
    """`exp2`, in place."""

def exp_(input: Tensor) -> Any:
    """`exp`, in place."""

def expit(input: Tensor) -> Any:
    """The logistic function 1/(1 + e⁻ˣ) of each element."""

def expm1(input: Tensor) -> Any:
    """eˣ − 1 of each element, precise near 0, where eˣ is rounded to 1."""

def expm1_(input: Tensor) -> Any:
    """`expm1`, in place."""

def eye(
    n: Any,
    m: Any = ...,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """The n × m matrix with ones on its diagonal and zeros elsewhere; square without ``m``."""

def feature_alpha_dropout(input: Tensor, p: Any, train: Any) -> Any:
    """:func:`alpha_dropout` of whole channels: a coin for each sample and channel (dimensions 0 and 1).
    RuntimeError also below two dimensions.
    """

def feature_alpha_dropout_(input: Tensor, p: Any, train: Any) -> Any:
    """``feature_alpha_dropout`` in place."""

def feature_dropout(input: Tensor, p: Any, train: Any) -> Any:
    """:func:`dropout` of whole channels: a coin for each sample and channel (dimensions 0 and 1).
    RuntimeError also below two dimensions.
    """

def feature_dropout_(input: Tensor, p: Any, train: Any) -> Any:
    """``feature_dropout`` in place."""

def fix(input: Tensor) -> Any:
    """Each element without its fraction."""

def fix_(input: Tensor) -> Any:
    """`trunc`, in place."""

def flatten(input: Tensor, start_dim: Any = ..., end_dim: Any = ...) -> Any:
    """Dimensions ``start_dim`` to ``end_dim``, inclusive, merged into one."""

def flip(input: Tensor, dims: Any) -> Any:
    """The order of elements along the given dimensions reversed."""

def fliplr(input: Tensor) -> Any:
    """The columns in reverse order."""

def flipud(input: Tensor) -> Any:
    """The rows in reverse order."""

def float_power(input: Tensor, exponent: Any) -> Any:
    """aᵇ of each pair of elements, as float64."""

def float_power_(input: Tensor, exponent: Any) -> Any:
    """`float_power`, in place."""

def floor(input: Tensor) -> Any:
    """The largest integer that is not above each element."""

def floor_(input: Tensor) -> Any:
    """`floor`, in place."""

def floor_divide(input: Tensor, other: Any) -> Any:
    """⌊a/b⌋ of each pair of elements."""

def floor_divide_(input: Tensor, other: Any) -> Any:
    """`floor_divide`, in place."""

def fmax(input: Tensor, other: Any) -> Any:
    """The larger of each pair of elements; where one is NaN, the other."""

def fmin(input: Tensor, other: Any) -> Any:
    """The smaller of each pair of elements; where one is NaN, the other."""

def fmod(input: Tensor, other: Any) -> Any:
    """What is left of a/b, with the sign of a: a − b·trunc(a/b). C's ``%``; compare :func:`remainder`."""

def fmod_(input: Tensor, other: Any) -> Any:
    """`fmod`, in place."""

def frac(input: Tensor) -> Any:
    """The fraction of each element, x − trunc x, which has the sign of x."""

def frac_(input: Tensor) -> Any:
    """`frac`, in place."""

def from_dlpack(ext_tensor: Any, /, *, device: Any = ..., copy: Any = ...) -> Any:
    """A tensor on the memory of any object that speaks DLPack (``__dlpack__``): an array or tensor of
    another library.
    """

def from_numpy(ndarray: Any, /) -> Any:
    """A tensor on the memory of a NumPy array: changes show in both."""

def frombuffer(
    buffer: Any, *, dtype: Any, count: Any = ..., offset: Any = ..., requires_grad: _bool = ...
) -> Any:
    """A tensor on the memory of any object with Python's buffer protocol (bytes, bytearray, array, mmap,
    …): changes show in both.
    """

def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """A tensor of the shape ``size`` whose elements are all ``fill_value``; its dtype follows from the
    value unless given.
    """

def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of the shape, dtype and memory order of ``input`` whose elements are all ``fill_value``."""

def gather(input: Tensor, dim: Any, index: Any, *, sparse_grad: Any = ...) -> Any:
    """out[i, j] = input[index[i, j], j] for ``dim=0``, and so on."""

def gaussian_nll_loss(
    input: Tensor, target: Any, var: Any, full: Any = ..., eps: Any = ..., reduction: Any = ...
) -> Any:
    """``(ln vᵢ + (xᵢ - yᵢ)²/vᵢ)/2`` for variances v, not below ``eps``; with ``full`` ``(ln 2π)/2`` more;
    their mean or sum.
    """

def gcd(input: Tensor, other: Any) -> Any:
    """The greatest common divisor of each pair of elements."""

def gcd_(input: Tensor, other: Any) -> Any:
    """`gcd`, in place."""

def ge(input: Tensor, other: Any) -> Any:
    """Whether a ≥ b, for each pair of elements."""

def ge_(input: Tensor, other: Any) -> Any:
    """`ge`, in place."""

def gelu(input: Tensor, *, approximate: Any = ...) -> Any:
    """x·Φ(x) of each element, with Φ the normal distribution function; with `approximate="tanh"` by a
    formula close to it.
    """

def ger(input: Tensor, vec2: Any) -> Any:
    """The same as :func:`outer`."""

def get_default_dtype() -> Any:
    """The dtype of tensors made from Python's floats."""

def get_num_interop_threads() -> Any:
    """How many operations may run side by side; see :func:`set_num_interop_threads`."""

def get_num_threads() -> Any:
    """How many threads an operation may use: as many as the machine has processors for, or as the
    environment variable `OMP_NUM_THREADS` said when the first operation asked, or as `set_num_threads`
    did.
    """

def get_rng_state() -> Any:
    """The position of the default generator in its stream: a tensor of bytes."""

def glu(input: Tensor, dim: Any = ...) -> Any:
    """a·sigmoid(b), where a is the first half of the input along ``dim`` and b the second. RuntimeError
    for an odd size.
    """

def greater(input: Tensor, other: Any) -> Any:
    """Whether a > b, for each pair of elements."""

def greater_(input: Tensor, other: Any) -> Any:
    """`gt`, in place."""

def greater_equal(input: Tensor, other: Any) -> Any:
    """Whether a ≥ b, for each pair of elements."""

def greater_equal_(input: Tensor, other: Any) -> Any:
    """`ge`, in place."""

def grid_sample(
    input: Tensor, grid: Any, mode: Any = ..., padding_mode: Any = ..., align_corners: Any = ...
) -> Any:
    """What lies at the places of ``grid`` in images (N, C, H, W) or volumes (N, C, D, H, W): for a grid of
    (N, H', W', 2) the images (N, C, H', W'), for (N, D', H', W', 3) volumes.
    """

def group_norm(
    input: Tensor,
    num_groups: Any,
    weight: Any = ...,
    bias: Any = ...,
    eps: Any = ...,
    cudnn_enabled: Any = ...,
) -> Any:
    """The channels (dimension 1) in ``num_groups`` groups, each with mean 0 and variance 1 over its
    channels and all further dimensions of one sample, times ``weight``, plus ``bias``: of one element
    per channel. RuntimeError where sizes or dtypes don't fit.
    """

def gru(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> Any:
    """Layers of gated recurrent units: (output, last states). Arguments as in :func:`rnn_tanh`; the first
    size of all weights is 3·hidden: those of r, z and n.
    """

def gru_cell(input: Tensor, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Any:
    """One step of a gated recurrent unit, see :func:`gru`: from an input (N, in) and a state (N, hidden)
    the new state.
    """

def gt(input: Tensor, other: Any) -> Any:
    """Whether a > b, for each pair of elements."""

def gt_(input: Tensor, other: Any) -> Any:
    """`gt`, in place."""

def gumbel_softmax(logits: Any, tau: Any = ..., hard: Any = ..., dim: Any = ...) -> Any:
    """softmax((x + n)/tau) along ``dim`` with Gumbel's noise n; with ``hard`` one-hot, with the gradient
    of the soft sample.
    """

def hardshrink(input: Tensor, lambd: Any = ...) -> Any:
    """Each element, but 0 where |x| ≤ lambd."""

def hardsigmoid(input: Tensor) -> Any:
    """min(max(x + 3, 0), 6)/6 of each element."""

def hardsigmoid_(input: Tensor) -> Any:
    """`hardsigmoid`, in place."""

def hardswish(input: Tensor) -> Any:
    """x·min(max(x + 3, 0), 6)/6 of each element."""

def hardswish_(input: Tensor) -> Any:
    """`hardswish`, in place."""

def hardtanh(input: Tensor, min_val: Any = ..., max_val: Any = ...) -> Any:
    """min(max(x, min_val), max_val) of each element. ValueError where min_val > max_val."""

def hardtanh_(input: Tensor, min_val: Any = ..., max_val: Any = ...) -> Any:
    """`hardtanh`, in place."""

def heaviside(input: Tensor, values: Any) -> Any:
    """A step: 0 where a < 0, b where a is 0, 1 where a > 0, for each pair of elements."""

def heaviside_(input: Tensor, values: Any) -> Any:
    """`heaviside`, in place."""

def hinge_embedding_loss(input: Tensor, target: Any, margin: Any = ..., reduction: Any = ...) -> Any:
    """xᵢ where ``yᵢ = 1``, ``max(0, margin - xᵢ)`` where ``yᵢ = -1``; their mean or sum. The result has
    the input's dtype. ValueError for another reduction, NotImplementedError for bool.
    """

def histc(input: Tensor, bins: Any = ..., min: Any = ..., max: Any = ...) -> Any:
    """How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, by default from
    the smallest to the largest element.
    """

def hsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Equal pieces along the second dimension (of vectors: the first), or pieces that end before each of
    the indices.
    """

def hstack(tensors: Any) -> Any:
    """The tensors joined along the second dimension; vectors along their only one."""

def huber_loss(input: Tensor, target: Any, reduction: Any = ..., delta: Any = ..., weight: Any = ...) -> Any:
    """With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/2`` up to delta, ``delta·(dᵢ - delta/2)`` beyond; their mean or their
    sum, after they are multiplied by ``weight``. The result has the input's dtype. ValueError for
    another reduction and for a weight not of the input's shape, RuntimeError for a delta that is not
    positive.
    """

def hypot(input: Tensor, other: Any) -> Any:
    """√(a² + b²) of each pair of elements."""

def hypot_(input: Tensor, other: Any) -> Any:
    """`hypot`, in place."""

def i0(input: Tensor) -> Any:
    """The modified Bessel function of the first kind of order 0 of each element."""

def i0_(input: Tensor) -> Any:
    """`i0`, in place."""

def i0e(input: Tensor) -> Any:
    """e^−|x|·i0(x) of each element, which is finite where i0 is not."""

def i1(input: Tensor) -> Any:
    """The modified Bessel function of the first kind of order 1 of each element."""

def i1e(input: Tensor) -> Any:
    """e^−|x|·i1(x) of each element, which is finite where i1 is not."""

def im2col(input: Tensor, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """What a window of ``kernel_size`` sees at each of its positions, as columns: (N, C, H, W) gives (N,
    C·kh·kw, positions), or both without N. ``nn.functional.unfold``.
    """

def index_add(input: Tensor, dim: Any, index: Any, source: Any, *, alpha: Any = ...) -> Any:
    """The input with ``alpha``·``source[..., i, ...]`` added to row ``index[i]`` of dimension ``dim``."""

def index_add_(input: Tensor, dim: Any, index: Any, source: Any, *, alpha: Any = ...) -> Any:
    """:func:`index_add` in place."""

def index_copy(input: Tensor, dim: Any, index: Any, source: Any) -> Any:
    """The input with ``source[..., i, ...]`` in place of row ``index[i]`` of dimension ``dim``."""

def index_copy_(input: Tensor, dim: Any, index: Any, source: Any) -> Any:
    """:func:`index_copy` in place."""

def index_fill(input: Tensor, dim: Any, index: Any, value: Any) -> Any:
    """The input with ``value`` in the rows ``index`` of dimension ``dim``."""

def index_fill_(input: Tensor, dim: Any, index: Any, value: Any) -> Any:
    """:func:`index_fill` in place."""

def index_put(input: Tensor, indices: Any, values: Any, accumulate: Any = ...) -> Any:
    """The input with ``values`` at the places that ``indices`` names, or added to them with
    ``accumulate``.
    """

def index_put_(input: Tensor, indices: Any, values: Any, accumulate: Any = ...) -> Any:
    """:func:`index_put` in place."""

def index_select(input: Tensor, dim: Any, index: Any) -> Any:
    """Rows of dimension ``dim``: out[..., i, ...] = input[..., index[i], ...]."""

def initial_seed() -> Any:
    """The seed that the default generator's stream started from."""

def inner(input: Tensor, other: Any) -> Any:
    """Inner products over the last dimensions."""

def instance_norm(
    input: Tensor,
    weight: Any = ...,
    bias: Any = ...,
    running_mean: Any = ...,
    running_var: Any = ...,
    use_input_stats: Any = ...,
    momentum: Any = ...,
    eps: Any = ...,
    cudnn_enabled: Any = ...,
) -> Any:
    """Each sample's channels (dimension 1) with mean 0 and variance 1 over the further dimensions, times
    ``weight``, plus ``bias``. The arguments are those of :func:`batch_norm`; without
    ``use_input_stats`` by the running statistics.
    """

def interpolate(
    input: Tensor,
    size: Any = ...,
    scale_factor: Any = ...,
    mode: Any = ...,
    align_corners: Any = ...,
    recompute_scale_factor: Any = ...,
    antialias: Any = ...,
) -> Any:
    """Other sizes for the one to three dimensions behind batch and channels."""

def is_complex(input: Tensor) -> Any:
    """Always false: there are no complex types."""

def is_floating_point(input: Tensor) -> _bool:
    """Whether the dtype is a float type."""

def is_grad_enabled() -> _bool:
    """Whether operations are recorded."""

def is_inference_mode_enabled() -> _bool:
    """Whether the thread is in ``inference_mode``."""

def is_tensor(obj: Any) -> _bool:
    """Whether an object is a tensor."""

def isclose(input: Tensor, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Whether |a − b| ≤ atol + rtol·|b|, or a = b, for each pair of elements; NaN is close to NaN only
    with ``equal_nan``.
    """

def isfinite(input: Tensor) -> Any:
    """Whether each element is neither infinite nor NaN."""

def isin(elements: Any, test_elements: Any, *, assume_unique: Any = ..., invert: Any = ...) -> Any:
    """Whether each of ``elements`` occurs in ``test_elements``; with ``invert=True`` whether it does not."""

def isinf(input: Tensor) -> Any:
    """Whether each element is ∞ or −∞."""

def isnan(input: Tensor) -> Any:
    """Whether each element is not a number (NaN)."""

def isneginf(input: Tensor) -> Any:
    """Whether each element is −∞."""

def isposinf(input: Tensor) -> Any:
    """Whether each element is ∞."""

def isreal(input: Tensor) -> Any:
    """Whether each element has no imaginary part: always, as there are no complex tensors."""

def kl_div(input: Tensor, target: Any, reduction: Any = ..., log_target: Any = ...) -> Any:
    """Divergence ``yᵢ·(ln yᵢ - xᵢ)`` of logarithms x of probabilities from probabilities y, or with
    ``log_target`` from their logarithms; their mean or sum, or the sum divided by the size of the first
    dimension ('batchmean').
    """

def kron(input: Tensor, other: Any) -> Any:
    """The Kronecker product."""

def kthvalue(input: Tensor, k: Any, dim: Any = ..., keepdim: _bool = ...) -> Any:
    """The ``k``-th smallest elements along ``dim``, counted from 1, and their indices, as ``(values,
    indices)``.
    """

def l1_loss(input: Tensor, target: Any, reduction: Any = ..., weight: Any = ...) -> Any:
    """Absolute errors ``wᵢ·|xᵢ - yᵢ|``, their mean (with weights ``Σ / Σ wᵢ``) or their sum. Tensors of
    different shapes are broadcast, with a warning. ValueError for another reduction and for a weight
    not of the input's shape.
    """

def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Any = ...,
    bias: Any = ...,
    eps: Any = ...,
    cudnn_enable: Any = ...,
) -> Any:
    """The rows of ``normalized_shape``, the input's last dimensions, with mean 0 and variance 1, times
    ``weight``, plus ``bias``, which have that shape. RuntimeError where shapes or dtypes don't fit.
    """

def lcm(input: Tensor, other: Any) -> Any:
    """The least common multiple of each pair of elements."""

def lcm_(input: Tensor, other: Any) -> Any:
    """`lcm`, in place."""

def ldexp(input: Tensor, other: Any) -> Any:
    """a·2ᵇ of each pair of elements."""

def ldexp_(input: Tensor, other: Any) -> Any:
    """`ldexp`, in place."""

def le(input: Tensor, other: Any) -> Any:
    """Whether a ≤ b, for each pair of elements."""

def le_(input: Tensor, other: Any) -> Any:
    """`le`, in place."""

def leaky_relu(input: Tensor, negative_slope: Any = ...) -> Any:
    """Each element where it is positive, else negative_slope·x."""

def leaky_relu_(input: Tensor, negative_slope: Any = ...) -> Any:
    """`leaky_relu`, in place."""

def lerp(input: Tensor, end: Any, weight: Any) -> Any:
    """a + weight·(end − a) of each three elements: a where the weight is 0, end where it is 1."""

def lerp_(input: Tensor, end: Any, weight: Any) -> Any:
    """`lerp`, in place."""

def less(input: Tensor, other: Any) -> Any:
    """Whether a < b, for each pair of elements."""

def less_(input: Tensor, other: Any) -> Any:
    """`lt`, in place."""

def less_equal(input: Tensor, other: Any) -> Any:
    """Whether a ≤ b, for each pair of elements."""

def less_equal_(input: Tensor, other: Any) -> Any:
    """`le`, in place."""

def lgamma(input: Tensor) -> Any:
    """ln |Γ(x)| of each element."""

def lgamma_(input: Tensor) -> Any:
    """`lgamma`, in place."""

def linalg_vector_norm(
    x: Any, ord: Any = ..., dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ...
) -> Any:
    """The p-norm of all elements, or over ``dim``: (Σ \\|x\\|ᵖ)^(1/p). ``synapgrad.linalg.vector_norm``."""

def linear(input: Tensor, weight: Any, bias: Any = ...) -> Any:
    """``x·Wᵀ + b`` over the last dimension: ``(…, in) → (…, out)`` for a weight of shape ``(out, in)`` and
    a bias of shape ``(out)``. RuntimeError where the sizes don't fit or the dtypes differ.
    """

def linspace(
    start: Any,
    end: Any,
    steps: Any,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """``steps`` numbers evenly spaced from ``start`` to ``end``, both included."""

def local_response_norm(input: Tensor, size: Any, alpha: Any = ..., beta: Any = ..., k: Any = ...) -> Any:
    """``x·(k + alpha/size·Σ x²)^-beta``, the sum being over ``size`` neighbouring channels (dimension 1).
    ValueError below three dimensions, RuntimeError for a size that is not positive.
    """

def log(input: Tensor) -> Any:
    """The natural logarithm ln x of each element."""

def log10(input: Tensor) -> Any:
    """log₁₀ x of each element."""

def log10_(input: Tensor) -> Any:
    """`log10`, in place."""

def log1p(input: Tensor) -> Any:
    """ln(1 + x) of each element, precise near 0, where 1 + x is rounded to 1."""

def log1p_(input: Tensor) -> Any:
    """`log1p`, in place."""

def log2(input: Tensor) -> Any:
    """log₂ x of each element."""

def log2_(input: Tensor) -> Any:
    """`log2`, in place."""

def log_(input: Tensor) -> Any:
    """`log`, in place."""

def log_softmax(input: Tensor, dim: Any = ..., dtype: Any = ..., *, axis: Any = ...) -> Any:
    """The logarithm of :func:`softmax`: yᵢ = xᵢ − ln Σⱼ e^xⱼ."""

def logaddexp(input: Tensor, other: Any) -> Any:
    """ln(eᵃ + eᵇ) of each pair of elements."""

def logaddexp2(input: Tensor, other: Any) -> Any:
    """log₂(2ᵃ + 2ᵇ) of each pair of elements."""

def logcumsumexp(input: Tensor, dim: Any = ..., *, axis: Any = ...) -> Any:
    """ln Σⱼ≤ᵢ e^xⱼ along ``dim``, without overflow. Floats only."""

def logical_and(input: Tensor, other: Any) -> Any:
    """Whether both are nonzero, for each pair of elements."""

def logical_and_(input: Tensor, other: Any) -> Any:
    """`logical_and`, in place."""

def logical_not(input: Tensor) -> Any:
    """Whether each element is zero."""

def logical_not_(input: Tensor) -> Any:
    """`logical_not`, in place."""

def logical_or(input: Tensor, other: Any) -> Any:
    """Whether either is nonzero, for each pair of elements."""

def logical_or_(input: Tensor, other: Any) -> Any:
    """`logical_or`, in place."""

def logical_xor(input: Tensor, other: Any) -> Any:
    """Whether exactly one is nonzero, for each pair of elements."""

def logical_xor_(input: Tensor, other: Any) -> Any:
    """`logical_xor`, in place."""

def logit(input: Tensor, eps: Any = ...) -> Any:
    """ln(x/(1 − x)), the inverse of the sigmoid; with `eps`, x is first clamped to [eps, 1 − eps]."""

def logit_(input: Tensor, eps: Any = ...) -> Any:
    """`logit`, in place."""

def logsigmoid(input: Tensor) -> Any:
    """ln(1/(1 + e⁻ˣ)) of each element."""

def logspace(
    start: Any,
    end: Any,
    steps: Any,
    base: Any = ...,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """``base`` to the power of ``steps`` numbers evenly spaced from ``start`` to ``end``."""

def logsumexp(
    input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, axis: Any = ..., keepdims: Any = ...
) -> Any:
    """ln Σ eˣ over ``dim``, without overflow. Integers become floats."""

def lp_pool1d(
    input: Tensor, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...
) -> Any:
    """The p-norm (Σ xᵖ)^(1/p) of every window over the last dimension, p = ``norm_type``; with p = ∞ the
    largest element.
    """

def lp_pool2d(
    input: Tensor, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...
) -> Any:
    """The p-norm (Σ xᵖ)^(1/p) of every window over the last two dimensions, p = ``norm_type``; with p = ∞
    the largest element.
    """

def lp_pool3d(
    input: Tensor, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...
) -> Any:
    """The p-norm (Σ xᵖ)^(1/p) of every window over the last three dimensions, p = ``norm_type``; with p =
    ∞ the largest element.
    """

def lstm(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> Any:
    """Layers of long short-term memory: (output, last h, last c). Arguments as in :func:`rnn_tanh`, but
    ``hx`` is a pair (h, c); the first size of w_ih, w_hh and the biases is 4·hidden: those of i, f, g
    and o. Where each list of weights has one more, (out, hidden), outputs are projected by it, and h
    and w_hh have the size ``out``.
    """

def lstm_cell(input: Tensor, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Any:
    """One step of long short-term memory, see :func:`lstm`: from an input (N, in) and states (h, c) of
    shape (N, hidden) the new ones. RuntimeError where shapes or dtypes don't fit.
    """

def lt(input: Tensor, other: Any) -> Any:
    """Whether a < b, for each pair of elements."""

def lt_(input: Tensor, other: Any) -> Any:
    """`lt`, in place."""

def manual_seed(seed: Any) -> Any:
    """Start the stream of ``seed`` in the default generator, and return that."""

def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: Any = ...
) -> Any:
    """``max(0, margin - yᵢ·(xᵢ - zᵢ))``, or the mean or sum. ValueError for another reduction,
    RuntimeError where the numbers of dimensions differ.
    """

def masked_fill(input: Tensor, mask: Any, value: Any) -> Any:
    """`value` where the mask is true, else x. The value is a number or a tensor without dimensions."""

def masked_fill_(input: Tensor, mask: Any, value: Any) -> Any:
    """`masked_fill`, in place."""

def masked_scatter(input: Tensor, mask: Any, source: Any) -> Any:
    """The input with the first elements of ``source``, in order, where ``mask`` is true."""

def masked_scatter_(input: Tensor, mask: Any, source: Any) -> Any:
    """:func:`masked_scatter` in place."""

def masked_select(input: Tensor, mask: Any) -> Any:
    """The elements where ``mask`` is true, as a vector; both broadcast."""

def matmul(input: Tensor, other: Any) -> Any:
    """The matrix product: of two vectors their inner product; a vector counts as a row on the left and as
    a column on the right; leading dimensions are batches and broadcast.
    """

def matrix_power(input: Tensor, n: Any) -> Any:
    """The ``n``-th power of square matrices, for n ≥ 0."""

def max(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    other: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The largest element; with ``dim`` the largest along it and their indices, as ``(values, indices)``;
    with another tensor the larger of each pair. NaN counts as the largest.
    """

def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: Any = ...,
    return_indices: Any = ...,
) -> Any:
    """The largest element of every window over the last dimension; of equal ones the first, NaN above all."""

def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: Any = ...,
    return_indices: Any = ...,
) -> Any:
    """The largest element of every window over the last two dimensions; of equal ones the first, NaN above
    all.
    """

def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: Any = ...,
    return_indices: Any = ...,
) -> Any:
    """The largest element of every window over the last three dimensions; of equal ones the first, NaN
    above all.
    """

def max_unpool1d(
    input: Tensor,
    indices: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    output_size: Any = ...,
) -> Any:
    """Zeros with the input's elements at the places that ``indices`` name in the last dimension."""

def max_unpool2d(
    input: Tensor,
    indices: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    output_size: Any = ...,
) -> Any:
    """Zeros with the input's elements at the places that ``indices`` name in the last two dimensions."""

def max_unpool3d(
    input: Tensor,
    indices: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    output_size: Any = ...,
) -> Any:
    """Zeros with the input's elements at the places that ``indices`` name in the last three dimensions."""

def maximum(input: Tensor, other: Any) -> Any:
    """The larger of each pair of elements; NaN where either is NaN."""

def mean(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The mean of all elements, or over ``dim``: Σ x / n. Integers need a float ``dtype``."""

def median(input: Tensor, dim: Any = ..., keepdim: _bool = ...) -> Any:
    """The lower median of all elements; with ``dim`` the medians along it and their indices, as ``(values,
    indices)``.
    """

def meshgrid(*tensors: Any, indexing: Any = ...) -> Any:
    """Coordinate grids: result ``i`` has the values of vector ``i`` along dimension ``i`` and repeats them
    along the others; with ``indexing="xy"`` the first two dimensions are exchanged.
    """

def min(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    other: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The smallest element; with ``dim`` the smallest along it and their indices, as ``(values,
    indices)``; with another tensor the smaller of each pair. NaN counts as the smallest.
    """

def minimum(input: Tensor, other: Any) -> Any:
    """The smaller of each pair of elements; NaN where either is NaN."""

def mish(input: Tensor) -> Any:
    """x·tanh(ln(1 + eˣ)) of each element."""

def mish_(input: Tensor) -> Any:
    """`mish`, in place."""

def mm(input: Tensor, mat2: Any) -> Any:
    """The product of two matrices: (m, k)·(k, n) → (m, n)."""

def mode(input: Tensor, dim: Any = ..., keepdim: _bool = ...) -> Any:
    """The most frequent elements along ``dim`` (of equally frequent ones the smallest) and an index of
    each, as ``(values, indices)``.
    """

def moveaxis(input: Tensor, source: Any, destination: Any) -> Any:
    """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""

def movedim(input: Tensor, source: Any, destination: Any) -> Any:
    """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""

def mse_loss(input: Tensor, target: Any, reduction: Any = ..., weight: Any = ...) -> Any:
    """Squared errors ``wᵢ·(xᵢ - yᵢ)²``, their mean (with weights ``Σ / Σ wᵢ``) or their sum. Tensors of
    different shapes are broadcast, with a warning. ValueError for another reduction and for a weight
    not of the input's shape.
    """

def msort(input: Tensor) -> Any:
    """The elements along the first dimension in ascending order."""

def mul(input: Tensor, other: Any) -> Any:
    """a·b of each pair of elements."""

def mul_(input: Tensor, other: Any) -> Any:
    """`mul`, in place."""

def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: Any,
    num_heads: Any,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: Any,
    dropout_p: Any,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: Any = ...,
    key_padding_mask: Any = ...,
    need_weights: Any = ...,
    attn_mask: Any = ...,
    use_separate_proj_weight: Any = ...,
    q_proj_weight: Any = ...,
    k_proj_weight: Any = ...,
    v_proj_weight: Any = ...,
    static_k: Any = ...,
    static_v: Any = ...,
    average_attn_weights: Any = ...,
    is_causal: Any = ...,
    *,
    _batch_first: Any = ...,
) -> Any:
    """Attention of ``num_heads`` heads side by side, each of its own part of the projected inputs:
    concat(head₁, …)·Woᵀ + bo with headᵢ = attention(q·Wqᵢᵀ + bqᵢ, k·Wkᵢᵀ + bkᵢ, v·Wvᵢᵀ + bvᵢ). The
    output, (L, N, E), and with ``need_weights`` the weights, else None.
    """

def multi_margin_loss(
    input: Tensor, target: Any, p: Any = ..., margin: Any = ..., weight: Any = ..., reduction: Any = ...
) -> Any:
    """``(1/C)·Σ_{c ≠ t} w_t·max(0, margin - x_t + x_c)ᵖ`` of rows of scores and their classes t; the mean
    or sum.
    """

def multilabel_margin_loss(input: Tensor, target: Any, reduction: Any = ...) -> Any:
    """``(1/C)·Σ_t Σ_c max(0, 1 - (x_t - x_c))`` over the classes t that each row of the target lists, up
    to the first -1, and all others c; the mean or sum. ValueError for another reduction, RuntimeError
    for shapes, targets and dtypes that don't fit.
    """

def multilabel_soft_margin_loss(input: Tensor, target: Any, weight: Any = ..., reduction: Any = ...) -> Any:
    """``binary_cross_entropy_with_logits``, averaged over the last dimension; the mean or sum. ValueError
    for another reduction, IndexError without dimensions.
    """

def multinomial(input: Tensor, num_samples: Any, replacement: Any = ..., *, generator: Any = ...) -> Any:
    """``num_samples`` column numbers for each row of ``input``, drawn with probabilities in proportion to
    its elements.
    """

def multiply(input: Tensor, other: Any) -> Any:
    """a·b of each pair of elements."""

def multiply_(input: Tensor, other: Any) -> Any:
    """`mul`, in place."""

def mv(input: Tensor, vec: Any) -> Any:
    """A matrix times a vector: (m, k)·(k) → (m)."""

def nan_to_num(input: Tensor, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
    """`nan` for NaN, `posinf` for ∞, `neginf` for −∞; by default 0 and the dtype's largest and smallest
    number.
    """

def nan_to_num_(input: Tensor, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
    """`nan_to_num`, in place."""

def nanmean(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The mean of all elements that are not NaN, or over ``dim``."""

def nanmedian(input: Tensor, dim: Any = ..., keepdim: _bool = ...) -> Any:
    """:func:`median` of the elements that are not NaN."""

def nanquantile(
    input: Tensor, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: Any = ...
) -> Any:
    """:func:`quantile` of the elements that are not NaN."""

def nansum(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The sum of all elements that are not NaN, or over ``dim``."""

def narrow(input: Tensor, dim: Any, start: Any, length: Any) -> Any:
    """``length`` elements from ``start`` on along ``dim``."""

def narrow_copy(input: Tensor, dim: Any, start: Any, length: Any) -> Any:
    """As :func:`narrow`, but a copy."""

def ndtr(input: Tensor) -> Any:
    """How likely a standard normal number is not above each element: ½·erfc(−x/√2)."""

def ne(input: Tensor, other: Any) -> Any:
    """Whether a ≠ b, for each pair of elements."""

def ne_(input: Tensor, other: Any) -> Any:
    """`ne`, in place."""

def neg(input: Tensor) -> Any:
    """−x of each element."""

def neg_(input: Tensor) -> Any:
    """`neg`, in place."""

def negative(input: Tensor) -> Any:
    """−x of each element."""

def negative_(input: Tensor) -> Any:
    """`neg`, in place."""

def nextafter(input: Tensor, other: Any) -> Any:
    """For each pair of elements, the next number of the dtype that lies from a in the direction of b."""

def nextafter_(input: Tensor, other: Any) -> Any:
    """`nextafter`, in place."""

def nll_loss(
    input: Tensor, target: Any, weight: Any = ..., ignore_index: Any = ..., reduction: Any = ...
) -> Any:
    """Negative log likelihood ``-w_t·x_t`` of the class t at each position, the mean ``Σ loss / Σ w_t`` or
    the sum; 0 where t is ``ignore_index``.
    """

def no_grad() -> Any:
    """A mode in which nothing is recorded, for the library's own use."""

def nonzero(input: Tensor, *, as_tuple: Any = ...) -> Any:
    """The coordinates of all elements that are not zero: a row each, or with ``as_tuple`` a vector per
    dimension.
    """

def norm(input: Tensor, p: Any = ..., dim: Any = ..., keepdim: _bool = ..., dtype: Any = ...) -> Any:
    """The p-norm of all elements, or over ``dim``: (Σ \\|x\\|ᵖ)^(1/p). ``p`` may be infinite, 0 (how many
    are nonzero) or "fro" (2). Floats only.
    """

def normal(
    mean: Any,
    std: Any = ...,
    size: Any = ...,
    *,
    generator: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """Normal numbers. ``normal(mean, std)`` with tensors or numbers, of which at least one is a tensor, or
    ``normal(mean, std, size)`` with numbers. A negative ``std``: RuntimeError. No gradient flows: it is
    0.
    """

def normalize(input: Tensor, p: Any = ..., dim: Any = ..., eps: Any = ...) -> Any:
    """The vectors along ``dim``, an int or several, divided by their p-norm, or by ``eps`` where that is
    larger.
    """

def not_equal(input: Tensor, other: Any) -> Any:
    """Whether a ≠ b, for each pair of elements."""

def not_equal_(input: Tensor, other: Any) -> Any:
    """`ne`, in place."""

def numel(input: Tensor) -> _int:
    """The number of elements."""

def one_hot(input: Tensor, num_classes: Any = ...) -> Any:
    """A new last dimension of zeros with a one at each element's place. With ``num_classes=-1`` it is as
    large as needed.
    """

def ones(
    *args: Any,
    size: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of ones of the given sizes."""

def ones_like(
    input: Tensor,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of ones, of the shape, dtype and memory order of ``input``."""

def outer(input: Tensor, vec2: Any) -> Any:
    """All products of an element of one vector and one of the other: (m), (n) → (m, n)."""

def pad(input: Tensor, pad: Any, mode: Any = ..., value: Any = ...) -> Any:
    """The input with ``pad[0]`` elements more before and ``pad[1]`` after it in the last dimension,
    ``pad[2]`` and ``pad[3]`` in the one before, and so on; negative numbers take elements away.
    """

def pairwise_distance(x1: Any, x2: Any, p: Any = ..., eps: Any = ..., keepdim: _bool = ...) -> Any:
    """The p-norm of ``x1 - x2 + eps`` along the last dimension. The tensors broadcast."""

def permute(input: Tensor, dims: Any) -> Any:
    """Dimensions in another order: dimension ``i`` of the result is dimension ``dims[i]`` of the input."""

def pixel_shuffle(input: Tensor, upscale_factor: Any) -> Any:
    """Channels as pixels: (…, C·r², H, W) becomes (…, C, H·r, W·r), r = ``upscale_factor``. RuntimeError
    for channels that r² does not divide.
    """

def pixel_unshuffle(input: Tensor, downscale_factor: Any) -> Any:
    """Pixels as channels: (…, C, H·r, W·r) becomes (…, C·r², H, W), r = ``downscale_factor``; a tensor
    without elements keeps its shape. RuntimeError for a height or width that r does not divide.
    """

def poisson(input: Tensor, generator: Any = ...) -> Any:
    """Poisson's counts of events with the mean rates in ``input``. No gradient flows: it is 0."""

def poisson_nll_loss(
    input: Tensor, target: Any, log_input: Any = ..., full: Any = ..., eps: Any = ..., reduction: Any = ...
) -> Any:
    """``eˣᵢ - yᵢ·xᵢ``, without ``log_input`` ``xᵢ - yᵢ·ln(xᵢ + eps)``, with ``full`` Stirling's
    approximation of ``ln yᵢ!`` more; their mean or sum. ValueError for another reduction.
    """

def polygamma(n: Any, input: Tensor) -> Any:
    """The n-th derivative of ψ(x) = d/dx ln Γ(x) at each element."""

def positive(input: Tensor) -> Any:
    """The tensor itself. NotImplementedError for bool."""

def pow(input: Tensor, exponent: Any) -> Any:
    """aᵇ of each pair of elements; either may be a number. Integers stay integers."""

def pow_(input: Tensor, exponent: Any) -> Any:
    """`pow`, in place."""

def prelu(input: Tensor, weight: Any) -> Any:
    """Each element where it is positive, else w·x; ``weight`` holds one w for all, or one for each channel
    (dimension 1).
    """

def prod(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The product of all elements, or along ``dim``. Integers and bools multiply in int64."""

def promote_types(type1: Any, type2: Any) -> Any:
    """The dtype in which both dtypes meet."""

def psi(input: Tensor) -> Any:
    """ψ(x) of each element, the derivative of ln Γ(x)."""

def put(input: Tensor, index: Any, source: Any, accumulate: Any = ...) -> Any:
    """The input with ``source`` in the elements with these numbers, counted in row-major order, or added
    to them.
    """

def put_(input: Tensor, index: Any, source: Any, accumulate: Any = ...) -> Any:
    """:func:`put` in place."""

def quantile(input: Tensor, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: Any = ...) -> Any:
    """The quantiles ``q`` of all elements, or along ``dim``: the sorted elements at rank q·(n − 1),
    between two ranks as ``interpolation`` says. float32 or float64.
    """

def rad2deg(input: Tensor) -> Any:
    """Each element, an angle in radians, in degrees: x·180/π."""

def rad2deg_(input: Tensor) -> Any:
    """`rad2deg`, in place."""

def rand(
    *args: Any,
    size: Any = ...,
    generator: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """Uniform numbers from [0, 1)."""

def rand_like(
    input: Tensor,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """Uniform numbers from [0, 1), of the shape and dtype of ``input``."""

def randint(
    *args: Any,
    low: Any = ...,
    high: Any = ...,
    size: Any = ...,
    generator: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """``randint(high, size)``, ``randint(low, high, size)``: integers from ``low`` (0) to ``high`` − 1."""

def randint_like(
    input: Tensor,
    *args: Any,
    low: Any = ...,
    high: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    memory_format: Any = ...,
) -> Any:
    """Integers from ``low`` (0) to ``high`` − 1, of the shape and dtype of ``input``:
    ``randint_like(input, high)``, ``randint_like(input, low, high)``.
    """

def randn(
    *args: Any,
    size: Any = ...,
    generator: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """Normal numbers of mean 0 and standard deviation 1."""

def randn_like(
    input: Tensor,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """Normal numbers of mean 0 and standard deviation 1, of the shape and dtype of ``input``."""

def randperm(
    n: Any,
    *,
    generator: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
) -> Any:
    """The integers from 0 to ``n`` − 1 in random order."""

def range(
    *args: Any,
    start: Any = ...,
    end: Any = ...,
    step: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
) -> Any:
    """``start, start + step, …`` up to and with ``end``, in the default dtype."""

def ravel(input: Tensor) -> Any:
    """The elements as a vector: a view where possible."""

def reciprocal(input: Tensor) -> Any:
    """1/x of each element; integers become floats."""

def reciprocal_(input: Tensor) -> Any:
    """`reciprocal`, in place."""

def relu(input: Tensor) -> Any:
    """max(x, 0) of each element."""

def relu6(input: Tensor) -> Any:
    """min(max(x, 0), 6) of each element."""

def relu6_(input: Tensor) -> Any:
    """`relu6`, in place."""

def relu_(input: Tensor) -> Any:
    """`relu`, in place."""

def remainder(input: Tensor, other: Any) -> Any:
    """What is left of a/b, with the sign of b: a − b·⌊a/b⌋. Python's ``%``."""

def remainder_(input: Tensor, other: Any) -> Any:
    """`remainder`, in place."""

def repeat_interleave(input: Tensor, repeats: Any = ..., dim: Any = ..., *, output_size: Any = ...) -> Any:
    """Each element ``repeats`` times in a row along ``dim`` (of the flattened input without it);
    ``repeats`` is an int, or a tensor with a number for each element. With ``repeats`` alone: the
    number ``i``, ``repeats[i]`` times.
    """

def reshape(input: Tensor, shape: Any) -> Any:
    """The same elements in another shape; one size may be -1. A view where the layout allows, else a copy."""

def result_type(tensor: Any, other: Any) -> Any:
    """The dtype in which two tensors or numbers meet in an operation."""

def rms_norm(input: Tensor, normalized_shape: Any, weight: Any = ..., eps: Any = ...) -> Any:
    """The rows of ``normalized_shape``, the input's last dimensions, divided by the root of their mean
    square plus ``eps``, times ``weight``, which has that shape. RuntimeError where the shapes don't
    fit.
    """

def rnn_relu(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> Any:
    """:func:`rnn_tanh` with ``h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0)``."""

def rnn_relu_cell(input: Tensor, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Any:
    """:func:`rnn_tanh_cell` with ``h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0)``."""

def rnn_tanh(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> Any:
    """Layers of plain recurrent units, ``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)``: (output, last
    states).
    """

def rnn_tanh_cell(input: Tensor, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Any:
    """``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)``: from an input (N, in) and a state (N, hidden) the new
    state. RuntimeError where shapes or dtypes don't fit.
    """

def roll(input: Tensor, shifts: Any, dims: Any = ...) -> Any:
    """Every element moved by ``shifts`` places along ``dims``; those that leave at the end come back at
    the start. Without ``dims`` the flattened input is rolled.
    """

def rot90(input: Tensor, k: Any = ..., dims: Any = ...) -> Any:
    """Turned ``k`` times by 90° in the plane of two dimensions, from the first towards the second."""

def round(input: Tensor, *, decimals: Any = ...) -> Any:
    """The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple of
    10, 100, ….
    """

def round_(input: Tensor, *, decimals: Any = ...) -> Any:
    """`round`, in place."""

def row_stack(tensors: Any) -> Any:
    """The tensors joined along the first dimension, vectors as rows."""

def rrelu(
    input: Tensor, lower: Any = ..., upper: Any = ..., training: Any = ..., generator: Any = ...
) -> Any:
    """x where positive, else r·x, of each element: with ``training`` r is drawn from U(lower, upper) for
    each, otherwise it is their mean. RuntimeError where lower > upper.
    """

def rrelu_(
    input: Tensor, lower: Any = ..., upper: Any = ..., training: Any = ..., generator: Any = ...
) -> Any:
    """`rrelu`, in place."""

def rsqrt(input: Tensor) -> Any:
    """1/√x of each element."""

def rsqrt_(input: Tensor) -> Any:
    """`rsqrt`, in place."""

def rsub(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """b − alpha·a of each pair of elements."""

def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = ...,
    dropout_p: Any = ...,
    is_causal: Any = ...,
    scale: Any = ...,
    enable_gqa: Any = ...,
) -> Any:
    """softmax(scale·Q·Kᵀ + mask)·V for ``query`` of (…, L, E), ``key`` of (…, S, E) and ``value`` of (…,
    S, D): for each query the mean of the values by how well their keys match it, (…, L, D). Leading
    dimensions broadcast.
    """

def scatter(
    input: Tensor, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ...
) -> Any:
    """The input with out[index[i, j], j] = src[i, j] for ``dim=0``, and so on; ``src`` is a tensor or a
    number. With ``reduce`` the values are added or multiplied ("add", "multiply") to what is there.
    """

def scatter_(
    input: Tensor, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ...
) -> Any:
    """:func:`scatter` in place."""

def scatter_add(input: Tensor, dim: Any, index: Any, src: Any) -> Any:
    """The input with src[i, j] added to out[index[i, j], j] for ``dim=0``, and so on."""

def scatter_add_(input: Tensor, dim: Any, index: Any, src: Any) -> Any:
    """:func:`scatter_add` in place."""

def scatter_reduce(
    input: Tensor, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = ...
) -> Any:
    """The values of ``src`` that meet at a place (with the old value there, where ``include_self``),
    reduced to one by "sum", "prod", "mean", "amax" or "amin".
    """

def searchsorted(
    sorted_sequence: Any,
    input: Tensor,
    *,
    out_int32: Any = ...,
    right: Any = ...,
    side: Any = ...,
    sorter: Any = ...,
) -> Any:
    """For each of ``input``'s elements, where it would go into the ascending last dimension of
    ``sorted_sequence``: before its equals, or after them with ``right=True`` or ``side="right"``.
    """

def seed() -> Any:
    """Start a stream that no one can foresee in the default generator, and return its seed."""

def select(input: Tensor, dim: Any, index: Any) -> Any:
    """The slice at ``index`` along ``dim``, which disappears."""

def selu(input: Tensor) -> Any:
    """λx where an element is positive, else λα(eˣ − 1), with λ = 1.0507… and α = 1.6733…"""

def selu_(input: Tensor) -> Any:
    """`selu`, in place."""

def set_default_dtype(d: Any) -> Any:
    """Make tensors from Python's floats in this dtype. Integers are refused: TypeError."""

def set_num_interop_threads(n: Any) -> Any:
    """How many operations may run side by side. Kept for programs that set it: operations of one Python
    thread run one after the other, and those of several threads on as many. RuntimeError where ``n`` is
    not a positive int, and the second time.
    """

def set_num_threads(n: Any) -> Any:
    """Use so many threads for an operation from now on, in the whole process. What an operation computes
    does not depend on their number; 1 is the calling thread alone. RuntimeError where ``n`` is not a
    positive int.
    """

def set_printoptions(
    precision: Any = ...,
    threshold: Any = ...,
    edgeitems: Any = ...,
    linewidth: Any = ...,
    profile: Any = ...,
    sci_mode: Any = ...,
) -> Any:
    """How tensors print from now on; what is not named stays as it was."""

def set_rng_state(new_state: Any) -> Any:
    """Continue from a position of the default generator. RuntimeError where it is none."""

def sgn(input: Tensor) -> Any:
    """The sign of each element: −1, 0 or 1."""

def sgn_(input: Tensor) -> Any:
    """`sgn`, in place."""

def sigmoid(input: Tensor) -> Any:
    """The logistic function 1/(1 + e⁻ˣ) of each element."""

def sigmoid_(input: Tensor) -> Any:
    """`sigmoid`, in place."""

def sign(input: Tensor) -> Any:
    """The sign of each element: −1, 0 or 1."""

def sign_(input: Tensor) -> Any:
    """`sign`, in place."""

def signbit(input: Tensor) -> Any:
    """Whether each element has a minus sign, as −0.0 has."""

def silu(input: Tensor) -> Any:
    """x·sigmoid(x) of each element."""

def silu_(input: Tensor) -> Any:
    """`silu`, in place."""

def sin(input: Tensor) -> Any:
    """The sine of each element, in radians."""

def sin_(input: Tensor) -> Any:
    """`sin`, in place."""

def sinc(input: Tensor) -> Any:
    """sin(πx)/(πx) of each element, which is 1 at 0."""

def sinc_(input: Tensor) -> Any:
    """`sinc`, in place."""

def sinh(input: Tensor) -> Any:
    """The hyperbolic sine (eˣ − e⁻ˣ)/2 of each element."""

def sinh_(input: Tensor) -> Any:
    """`sinh`, in place."""

def smooth_l1_loss(input: Tensor, target: Any, reduction: Any = ..., beta: Any = ...) -> Any:
    """With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/(2·beta)`` below beta, ``dᵢ - beta/2`` from there; their mean or
    their sum. ValueError for another reduction, RuntimeError for a negative beta.
    """

def soft_margin_loss(input: Tensor, target: Any, reduction: Any = ...) -> Any:
    """``ln(1 + e^(-yᵢ·xᵢ))``, or the mean or sum. The result has the input's dtype. ValueError for another
    reduction, RuntimeError for an input of integers.
    """

def softmax(input: Tensor, dim: Any = ..., dtype: Any = ..., *, axis: Any = ...) -> Any:
    """Positive numbers that sum to 1 along ``dim``: yᵢ = e^xᵢ/Σⱼ e^xⱼ. Floats only, unless ``dtype`` says
    which.
    """

def softmin(input: Tensor, dim: Any, dtype: Any = ...) -> Any:
    """:func:`softmax` of −x: the smallest element gets the largest share."""

def softplus(input: Tensor, beta: Any = ..., threshold: Any = ...) -> Any:
    """ln(1 + e^(beta·x))/beta of each element, and x itself where beta·x > threshold."""

def softshrink(input: Tensor, lambd: Any = ...) -> Any:
    """Each element moved towards 0 by lambd, and 0 where |x| ≤ lambd. RuntimeError for a negative lambd."""

def softsign(input: Tensor) -> Any:
    """x/(1 + |x|) of each element."""

def sort(input: Tensor, dim: Any = ..., descending: Any = ..., *, stable: Any = ...) -> Any:
    """The elements along ``dim`` in order and where they stood, as ``(values, indices)``. Equal elements
    keep their order; NaN counts as the largest.
    """

def split(input: Tensor, split_size_or_sections: Any, dim: Any = ...) -> Any:
    """Pieces along ``dim``: of ``split_size_or_sections`` elements each (the last may be smaller), or of
    the sizes listed.
    """

def split_with_sizes(input: Tensor, split_sizes: Any, dim: Any = ...) -> Any:
    """Pieces of the given sizes along ``dim``."""

def sqrt(input: Tensor) -> Any:
    """√x of each element; NaN below 0."""

def sqrt_(input: Tensor) -> Any:
    """`sqrt`, in place."""

def square(input: Tensor) -> Any:
    """x² of each element."""

def square_(input: Tensor) -> Any:
    """`square`, in place."""

def squeeze(input: Tensor, dim: Any = ...) -> Any:
    """The input without its dimensions of size 1, or without those of ``dim`` (an int or a tuple) that
    have size 1.
    """

def stack(tensors: Any, dim: Any = ...) -> Any:
    """The tensors, all of one shape, side by side along a new dimension ``dim``."""

def std(
    input: Tensor,
    dim: Any = ...,
    unbiased: Any = ...,
    keepdim: _bool = ...,
    *,
    correction: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The standard deviation, the root of :func:`var`."""

def std_mean(
    input: Tensor,
    dim: Any = ...,
    unbiased: Any = ...,
    keepdim: _bool = ...,
    *,
    correction: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The standard deviation and the mean of all elements, or over ``dim``: see :func:`std`."""

def sub(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a − alpha·b of each pair of elements."""

def sub_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`sub`, in place."""

def subtract(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a − alpha·b of each pair of elements."""

def subtract_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`sub`, in place."""

def sum(
    input: Tensor,
    dim: Any = ...,
    keepdim: _bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The sum of all elements, or over the dimensions ``dim``. Integers and bools sum in int64."""

def swapaxes(input: Tensor, axis0: Any, axis1: Any) -> Any:
    """Two dimensions exchanged."""

def swapdims(input: Tensor, dim0: Any, dim1: Any) -> Any:
    """Two dimensions exchanged."""

def t(input: Tensor) -> Any:
    """The transpose of a matrix; vectors and scalars stay as they are."""

def take(input: Tensor, index: Any) -> Any:
    """The elements with these numbers, counted in row-major order, in the shape of ``index``."""

def take_along_dim(input: Tensor, indices: Any, dim: Any = ...) -> Any:
    """As :func:`gather`, with ``indices`` broadcast against the input's other dimensions; without ``dim``,
    of the flattened input. Made for the results of argsort and argmax.
    """

def tan(input: Tensor) -> Any:
    """The tangent of each element, in radians."""

def tan_(input: Tensor) -> Any:
    """`tan`, in place."""

def tanh(input: Tensor) -> Any:
    """The hyperbolic tangent sinh x / cosh x of each element."""

def tanh_(input: Tensor) -> Any:
    """`tanh`, in place."""

def tanhshrink(input: Tensor) -> Any:
    """x − tanh x of each element."""

def tensor(
    data: Any, *, dtype: Any = ..., device: Any = ..., requires_grad: _bool = ..., pin_memory: Any = ...
) -> Tensor:
    """A tensor of the numbers in ``data``: a number, nested lists or tuples, an array, a tensor. The
    elements are copied.
    """

def tensor_split(input: Tensor, indices_or_sections: Any, dim: Any = ...) -> Any:
    """A number of pieces along ``dim`` whose sizes differ by at most one, or pieces that end before each
    of the indices.
    """

def tensordot(a: Any, b: Any, dims: Any = ...) -> Any:
    """The sum over pairs of dimensions of the product: over the last ``dims`` of ``a`` and the first of
    ``b``, or over the dimensions that two lists name.
    """

def threshold(input: Tensor, threshold: Any, value: Any) -> Any:
    """Each element where it is greater than threshold, else value."""

def threshold_(input: Tensor, threshold: Any, value: Any) -> Any:
    """`threshold`, in place."""

def tile(input: Tensor, dims: Any) -> Any:
    """The input ``dims[i]`` times along dimension ``i``; missing leading numbers count as 1."""

def topk(input: Tensor, k: Any, dim: Any = ..., largest: Any = ..., sorted: Any = ...) -> Any:
    """The ``k`` largest (or smallest) elements along ``dim`` and their indices, as ``(values, indices)``."""

def trace(input: Tensor) -> Any:
    """The sum of the diagonal of a matrix."""

def transpose(input: Tensor, dim0: Any, dim1: Any) -> Any:
    """Two dimensions exchanged."""

def trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Any:
    """The integral along ``dim`` by the trapezoidal rule: Σᵢ (xᵢ₊₁ − xᵢ)·(yᵢ + yᵢ₊₁)/2, for points ``x``
    (a vector along ``dim``, or broadcast to y) or at equal distances ``dx``, 1 by default. Integers
    become floats.
    """

def tril(input: Tensor, diagonal: Any = ...) -> Any:
    """The lower triangle of each matrix, up to ``diagonal``; zeros above."""

def tril_(input: Tensor, diagonal: Any = ...) -> Any:
    """Zeros above ``diagonal``, in place."""

def tril_indices(row: Any, col: Any, offset: Any = ..., *, dtype: Any = ...) -> Any:
    """The indices of the lower triangle of a matrix, up to the diagonal that lies ``offset`` above the
    main one: (2, n).
    """

def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: Any = ...,
    p: Any = ...,
    eps: Any = ...,
    swap: Any = ...,
    reduction: Any = ...,
) -> Any:
    """``max(0, d(a, p) - d(a, n) + margin)`` with ``d(x, z) = ‖x - z + eps‖ₚ`` along the last dimension,
    and with ``swap`` ``min(d(a, n), d(p, n))``; the mean or sum.
    """

def triplet_margin_of_distances(near: Any, far: Any, margin: Any = ..., reduction: Any = ...) -> Any:
    """``max(0, near - far + margin)`` of known distances; the mean or sum. ValueError for another
    reduction.
    """

def triu(input: Tensor, diagonal: Any = ...) -> Any:
    """The upper triangle of each matrix, from ``diagonal`` on; zeros below."""

def triu_(input: Tensor, diagonal: Any = ...) -> Any:
    """Zeros below ``diagonal``, in place."""

def triu_indices(row: Any, col: Any, offset: Any = ..., *, dtype: Any = ...) -> Any:
    """The indices of the upper triangle of a matrix, from the diagonal that lies ``offset`` above the main
    one: (2, n).
    """

def true_divide(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the
    quotient is rounded to an integer, and integers stay integers.
    """

def true_divide_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""

def trunc(input: Tensor) -> Any:
    """Each element without its fraction."""

def trunc_(input: Tensor) -> Any:
    """`trunc`, in place."""

def unbind(input: Tensor, dim: Any = ...) -> Any:
    """The slices along ``dim``, which disappears."""

def unflatten(input: Tensor, dim: Any, sizes: Any) -> Any:
    """Dimension ``dim`` split into dimensions of the given ``sizes``; one may be -1."""

def unique(
    input: Tensor, sorted: Any = ..., return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...
) -> Any:
    """The distinct elements, or with ``dim`` the distinct slices along it, in ascending order; on request
    also, for every element, the place of its value among them, and how often each occurs.
    """

def unique_consecutive(
    input: Tensor, return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...
) -> Any:
    """The first of each run of equal elements, or with ``dim`` of equal slices along it; on request also,
    for every element, the number of its run, and how long each run is.
    """

def unsqueeze(input: Tensor, dim: Any) -> Any:
    """The input with a new dimension of size 1 before ``dim``."""

def var(
    input: Tensor,
    dim: Any = ...,
    unbiased: Any = ...,
    keepdim: _bool = ...,
    *,
    correction: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The variance of all elements, or over ``dim``: Σ (x − mean)²/(n − correction). ``unbiased=False``
    means a correction of 0. Floats only.
    """

def var_mean(
    input: Tensor,
    dim: Any = ...,
    unbiased: Any = ...,
    keepdim: _bool = ...,
    *,
    correction: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
) -> Any:
    """The variance and the mean of all elements, or over ``dim``: see :func:`var`."""

def vdot(input: Tensor, other: Any) -> Any:
    """The inner product of two vectors."""

def vsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Equal pieces along the first dimension, or pieces that end before each of the indices."""

def vstack(tensors: Any) -> Any:
    """The tensors joined along the first dimension, vectors as rows."""

def where(condition: Any, input: Tensor, other: Any) -> Any:
    """`input` where the condition is true, else `other`; both are tensors or numbers."""

def xlog1py(input: Tensor, other: Any) -> Any:
    """a·ln(1 + b) of each pair of elements, and 0 where a is 0, whatever the logarithm may be."""

def xlogy(input: Tensor, other: Any) -> Any:
    """a·ln b of each pair of elements, and 0 where a is 0, whatever ln b may be."""

def xlogy_(input: Tensor, other: Any) -> Any:
    """`xlogy`, in place."""

def zeros(
    *args: Any,
    size: Any = ...,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of zeros of the given sizes."""

def zeros_like(
    input: Tensor,
    *,
    dtype: Any = ...,
    layout: Any = ...,
    device: Any = ...,
    requires_grad: _bool = ...,
    pin_memory: Any = ...,
    memory_format: Any = ...,
) -> Any:
    """A tensor of zeros, of the shape, dtype and memory order of ``input``."""
