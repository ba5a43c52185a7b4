"""The extension module. Written by tools/stubs.py; changes are lost."""

# The module has dtypes that are called bool, int and float, and the class an attribute that is called dtype.
from builtins import bool as _bool, float as _float, int as _int, str as _str
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
        """The position in the stream: a tensor of 5056 bytes, which PyTorch's ``set_state`` understands, too."""
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
        """Call ``hook(grad_inputs, grad_outputs)`` after the node has run. What it returns replaces the ``grad_inputs``."""
    def register_prehook(self, hook: Any) -> Any:
        """Call ``hook(grad_outputs)`` before the node runs. What it returns replaces the ``grad_outputs``."""
    saved_tensors: Any
    variable: Any

class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away. As a context manager it does so at the end."""
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
    def __new__(cls, data: Any = ..., requires_grad: _bool = ..., *, dtype: Any = ..., device: Any = ...) -> Self: ...
    def __abs__(self) -> Any: ...
    def __add__(self, value: Any, /) -> Any: ...
    def __and__(self, value: Any, /) -> Any: ...
    def __array__(self, dtype: Any = ..., copy: Any = ...) -> Any: ...
    def __array_wrap__(self, array: Any, context: Any = ..., return_scalar: Any = ...) -> Any: ...
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> Any: ...
    def __contains__(self, key: Any, /) -> _bool: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> Any: ...
    def __eq__(self, value: Any, /) -> Any: ...
    def __float__(self) -> _float: ...
    def __floordiv__(self, value: Any, /) -> Any: ...
    def __format__(self, spec: Any) -> _str: ...
    def __ge__(self, value: Any, /) -> Any: ...
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
    def __pow__(self, value: Any, mod: Any = ..., /) -> Any: ...
    def __radd__(self, value: Any, /) -> Any: ...
    def __rand__(self, value: Any, /) -> Any: ...
    def __repr__(self) -> _str: ...
    def __rfloordiv__(self, value: Any, /) -> Any: ...
    def __rlshift__(self, value: Any, /) -> Any: ...
    def __rmatmul__(self, value: Any, /) -> Any: ...
    def __rmod__(self, value: Any, /) -> Any: ...
    def __rmul__(self, value: Any, /) -> Any: ...
    def __ror__(self, value: Any, /) -> Any: ...
    def __rpow__(self, value: Any, mod: Any = ..., /) -> Any: ...
    def __rrshift__(self, value: Any, /) -> Any: ...
    def __rshift__(self, value: Any, /) -> Any: ...
    def __rsub__(self, value: Any, /) -> Any: ...
    def __rtruediv__(self, value: Any, /) -> Any: ...
    def __rxor__(self, value: Any, /) -> Any: ...
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
        """arccos x, in [0, π]; NaN outside [−1, 1] of each element."""
    def acos_(self) -> Any:
        """`acos`, in place."""
    def acosh(self) -> Any:
        """The inverse of cosh; NaN below 1 of each element."""
    def acosh_(self) -> Any:
        """`acosh`, in place."""
    def add(self, other: Any, *, alpha: Any = ...) -> Any:
        """a + alpha·b of each pair of elements."""
    def add_(self, other: Any, *, alpha: Any = ...) -> Any:
        """`add`, in place."""
    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """a + value·b/c of each three elements."""
    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """`addcdiv`, in place."""
    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """a + value·b·c of each three elements."""
    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
        """`addcmul`, in place."""
    def allclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
        """Whether all pairs of elements are close; see `isclose`."""
    def arccos(self) -> Any:
        """arccos x, in [0, π]; NaN outside [−1, 1] of each element."""
    def arccos_(self) -> Any:
        """`acos`, in place."""
    def arccosh(self) -> Any:
        """The inverse of cosh; NaN below 1 of each element."""
    def arccosh_(self) -> Any:
        """`acosh`, in place."""
    def arcsin(self) -> Any:
        """arcsin x, in [−π/2, π/2]; NaN outside [−1, 1] of each element."""
    def arcsin_(self) -> Any:
        """`asin`, in place."""
    def arcsinh(self) -> Any:
        """The inverse of sinh of each element."""
    def arcsinh_(self) -> Any:
        """`asinh`, in place."""
    def arctan(self) -> Any:
        """arctan x, in (−π/2, π/2) of each element."""
    def arctan2(self, other: Any) -> Any:
        """The angle of the point (b, a), in (−π, π] of each pair of elements."""
    def arctan2_(self, other: Any) -> Any:
        """`atan2`, in place."""
    def arctan_(self) -> Any:
        """`atan`, in place."""
    def arctanh(self) -> Any:
        """The inverse of tanh; NaN outside [−1, 1] of each element."""
    def arctanh_(self) -> Any:
        """`atanh`, in place."""
    def asin(self) -> Any:
        """arcsin x, in [−π/2, π/2]; NaN outside [−1, 1] of each element."""
    def asin_(self) -> Any:
        """`asin`, in place."""
    def asinh(self) -> Any:
        """The inverse of sinh of each element."""
    def asinh_(self) -> Any:
        """`asinh`, in place."""
    def atan(self) -> Any:
        """arctan x, in (−π/2, π/2) of each element."""
    def atan2(self, other: Any) -> Any:
        """The angle of the point (b, a), in (−π, π] of each pair of elements."""
    def atan2_(self, other: Any) -> Any:
        """`atan2`, in place."""
    def atan_(self) -> Any:
        """`atan`, in place."""
    def atanh(self) -> Any:
        """The inverse of tanh; NaN outside [−1, 1] of each element."""
    def atanh_(self) -> Any:
        """`atanh`, in place."""
    def backward(self, gradient: Any = ..., retain_graph: _bool | None = ..., create_graph: _bool = ..., inputs: Any = ...) -> None:
        """Compute the gradients of the leaves this tensor depends on and add them to their ``.grad``."""
    def bfloat16(self, memory_format: Any = ...) -> Any:
        """The elements as bfloat16."""
    def bitwise_and(self, other: Any) -> Any:
        """The bits set in both of each pair of elements."""
    def bitwise_and_(self, other: Any) -> Any:
        """`bitwise_and`, in place."""
    def bitwise_left_shift(self, other: Any) -> Any:
        """a·2ᵇ, by moving bits of each pair of elements."""
    def bitwise_left_shift_(self, other: Any) -> Any:
        """`bitwise_left_shift`, in place."""
    def bitwise_not(self) -> Any:
        """All bits inverted; for bool, the opposite of each element."""
    def bitwise_not_(self) -> Any:
        """`bitwise_not`, in place."""
    def bitwise_or(self, other: Any) -> Any:
        """The bits set in either of each pair of elements."""
    def bitwise_or_(self, other: Any) -> Any:
        """`bitwise_or`, in place."""
    def bitwise_right_shift(self, other: Any) -> Any:
        """⌊a/2ᵇ⌋, by moving bits of each pair of elements."""
    def bitwise_right_shift_(self, other: Any) -> Any:
        """`bitwise_right_shift`, in place."""
    def bitwise_xor(self, other: Any) -> Any:
        """The bits set in one of them only of each pair of elements."""
    def bitwise_xor_(self, other: Any) -> Any:
        """`bitwise_xor`, in place."""
    def bool(self, memory_format: Any = ...) -> Any:
        """Whether each element is not zero."""
    def byte(self, memory_format: Any = ...) -> Any:
        """The elements as uint8; fractions are cut off."""
    def ceil(self) -> Any:
        """The smallest integer ≥ x of each element."""
    def ceil_(self) -> Any:
        """`ceil`, in place."""
    def celu(self, alpha: Any = ...) -> Any:
        """x where positive, else alpha·(e^(x/alpha) − 1), of each element."""
    def celu_(self, alpha: Any = ...) -> Any:
        """`celu`, in place."""
    def char(self, memory_format: Any = ...) -> Any:
        """The elements as int8; fractions are cut off."""
    def clamp(self, min: Any = ..., max: Any = ...) -> Any:
        """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be missing."""
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
        """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be missing."""
    def clip_(self, min: Any = ..., max: Any = ...) -> Any:
        """`clamp`, in place."""
    def clone(self, *, memory_format: Any = ...) -> Any:
        """A copy, in the same memory order. Gradients flow through it."""
    def copy_(self, src: Any, non_blocking: Any = ...) -> Any:
        """Write the elements of ``src``, broadcast and converted, over this tensor. RuntimeError where the shapes don't broadcast."""
    def copysign(self, other: Any) -> Any:
        """|a| with the sign of b of each pair of elements."""
    def copysign_(self, other: Any) -> Any:
        """`copysign`, in place."""
    def cos(self) -> Any:
        """cos x, of radians of each element."""
    def cos_(self) -> Any:
        """`cos`, in place."""
    def cosh(self) -> Any:
        """The hyperbolic cosine (eˣ + e⁻ˣ)/2 of each element."""
    def cosh_(self) -> Any:
        """`cosh`, in place."""
    def cpu(self, memory_format: Any = ...) -> Any:
        """The tensor itself: it is on the CPU."""
    def cuda(self, *_args: Any, **_options: Any) -> Any:
        """RuntimeError: SynapGrad computes on the CPU."""
    data: Any
    def data_ptr(self) -> Any:
        """The address of the first element; 0 for a tensor without elements."""
    def deg2rad(self) -> Any:
        """Degrees as radians: x·π/180 of each element."""
    def deg2rad_(self) -> Any:
        """`deg2rad`, in place."""
    def detach(self) -> Any:
        """The tensor without its history: changes show in both, gradients don't flow."""
    def detach_(self) -> Any:
        """Cut this tensor itself out of the graph: it becomes a leaf that requires no gradient."""
    device: Any
    def digamma(self) -> Any:
        """ψ(x), the derivative of ln Γ(x) of each element."""
    def digamma_(self) -> Any:
        """`digamma`, in place."""
    def dim(self) -> _int:
        """The number of dimensions."""
    def div(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
    def div_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def divide(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
    def divide_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def double(self, memory_format: Any = ...) -> Any:
        """The elements as float64."""
    def draw_graph(self, format: Any = ..., rankdir: Any = ..., data_length: Any = ..., params: Any = ...) -> Any:
        """Draw the graph that computed this tensor, see ``synapgrad.utils.graph.draw``."""
    dtype: _dtype
    def element_size(self) -> Any:
        """Bytes per element."""
    def elu(self, alpha: Any = ...) -> Any:
        """x where positive, else alpha·(eˣ − 1), of each element."""
    def elu_(self, alpha: Any = ...) -> Any:
        """`elu`, in place."""
    def entr(self) -> Any:
        """The entropy −x·ln x; 0 at 0, −∞ below of each element."""
    def eq(self, other: Any) -> Any:
        """a = b of each pair of elements."""
    def eq_(self, other: Any) -> Any:
        """`eq`, in place."""
    def equal(self, other: Any) -> Any:
        """Whether both tensors have the same shape and the same elements."""
    def erf(self) -> Any:
        """The error function 2/√π ∫₀ˣ exp(−t²) dt of each element."""
    def erf_(self) -> Any:
        """`erf`, in place."""
    def erfc(self) -> Any:
        """1 − erf x, precise for large x of each element."""
    def erfc_(self) -> Any:
        """`erfc`, in place."""
    def erfinv(self) -> Any:
        """The inverse of erf on (−1, 1) of each element."""
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
    def expm1(self) -> Any:
        """eˣ − 1, precise near 0 of each element."""
    def expm1_(self) -> Any:
        """`expm1`, in place."""
    def fill_(self, value: Any) -> Any:
        """Set every element to ``value``, a number or a 0-d tensor."""
    def fix(self) -> Any:
        """x without its fraction of each element."""
    def fix_(self) -> Any:
        """`trunc`, in place."""
    def float(self, memory_format: Any = ...) -> Any:
        """The elements as float32."""
    def float_power(self, exponent: Any) -> Any:
        """aᵇ of each pair of elements, as float64."""
    def float_power_(self, exponent: Any) -> Any:
        """`float_power`, in place."""
    def floor(self) -> Any:
        """The largest integer ≤ x of each element."""
    def floor_(self) -> Any:
        """`floor`, in place."""
    def floor_divide(self, other: Any) -> Any:
        """⌊a/b⌋ of each pair of elements."""
    def floor_divide_(self, other: Any) -> Any:
        """`floor_divide`, in place."""
    def fmax(self, other: Any) -> Any:
        """The larger; where one is NaN, the other of each pair of elements."""
    def fmin(self, other: Any) -> Any:
        """The smaller; where one is NaN, the other of each pair of elements."""
    def fmod(self, other: Any) -> Any:
        """What is left of a/b, with the sign of a: a − b·trunc(a/b) of each pair of elements."""
    def fmod_(self, other: Any) -> Any:
        """`fmod`, in place."""
    def frac(self) -> Any:
        """The fraction x − trunc x of each element."""
    def frac_(self) -> Any:
        """`frac`, in place."""
    def gcd(self, other: Any) -> Any:
        """The greatest common divisor of each pair of elements."""
    def gcd_(self, other: Any) -> Any:
        """`gcd`, in place."""
    def ge(self, other: Any) -> Any:
        """a ≥ b of each pair of elements."""
    def ge_(self, other: Any) -> Any:
        """`ge`, in place."""
    def gelu(self, *, approximate: Any = ...) -> Any:
        """x·Φ(x) of each element, with Φ the normal distribution function; with `approximate="tanh"` by a formula close to it."""
    grad: Tensor | None
    grad_fn: Node | None
    def greater(self, other: Any) -> Any:
        """a > b of each pair of elements."""
    def greater_(self, other: Any) -> Any:
        """`gt`, in place."""
    def greater_equal(self, other: Any) -> Any:
        """a ≥ b of each pair of elements."""
    def greater_equal_(self, other: Any) -> Any:
        """`ge`, in place."""
    def gt(self, other: Any) -> Any:
        """a > b of each pair of elements."""
    def gt_(self, other: Any) -> Any:
        """`gt`, in place."""
    def half(self, memory_format: Any = ...) -> Any:
        """The elements as float16."""
    def hardshrink(self, lambd: Any = ...) -> Any:
        """x, and 0 where |x| ≤ lambd, of each element."""
    def hardsigmoid(self) -> Any:
        """min(max(x + 3, 0), 6)/6 of each element."""
    def hardsigmoid_(self) -> Any:
        """`hardsigmoid`, in place."""
    def hardswish(self) -> Any:
        """x·min(max(x + 3, 0), 6)/6 of each element."""
    def hardswish_(self) -> Any:
        """`hardswish`, in place."""
    def hardtanh(self, min_val: Any = ..., max_val: Any = ...) -> Any:
        """min(max(x, min_val), max_val), of each element."""
    def hardtanh_(self, min_val: Any = ..., max_val: Any = ...) -> Any:
        """`hardtanh`, in place."""
    def heaviside(self, values: Any) -> Any:
        """0 where a < 0, b where a is 0, 1 where a > 0, of each pair of elements."""
    def heaviside_(self, values: Any) -> Any:
        """`heaviside`, in place."""
    def hypot(self, other: Any) -> Any:
        """√(a² + b²) of each pair of elements."""
    def hypot_(self, other: Any) -> Any:
        """`hypot`, in place."""
    def i0(self) -> Any:
        """The modified Bessel function of the first kind of order 0 of each element."""
    def i0_(self) -> Any:
        """`i0`, in place."""
    def i1(self) -> Any:
        """The modified Bessel function of the first kind of order 1 of each element."""
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
        """|a − b| ≤ atol + rtol·|b|, or a = b, for each pair of elements; NaN is close to NaN only with `equal_nan`."""
    def isfinite(self) -> Any:
        """Whether x is neither infinite nor NaN, for each element."""
    def isinf(self) -> Any:
        """Whether x is ∞ or −∞, for each element."""
    def isnan(self) -> Any:
        """Whether x is not a number, for each element."""
    def isneginf(self) -> Any:
        """Whether x is −∞, for each element."""
    def isposinf(self) -> Any:
        """Whether x is ∞, for each element."""
    def isreal(self) -> Any:
        """Whether x has no imaginary part: always, as there are no complex tensors, for each element."""
    def item(self) -> Any:
        """The value of a tensor of one element, as a Python number. RuntimeError where there are more, or none."""
    itemsize: Any
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
        """a ≤ b of each pair of elements."""
    def le_(self, other: Any) -> Any:
        """`le`, in place."""
    def leaky_relu(self, negative_slope: Any = ...) -> Any:
        """x where positive, else negative_slope·x, of each element."""
    def leaky_relu_(self, negative_slope: Any = ...) -> Any:
        """`leaky_relu`, in place."""
    def lerp(self, end: Any, weight: Any) -> Any:
        """a + weight·(end − a) of each three elements."""
    def lerp_(self, end: Any, weight: Any) -> Any:
        """`lerp`, in place."""
    def less(self, other: Any) -> Any:
        """a < b of each pair of elements."""
    def less_(self, other: Any) -> Any:
        """`lt`, in place."""
    def less_equal(self, other: Any) -> Any:
        """a ≤ b of each pair of elements."""
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
        """ln(1 + x), precise near 0 of each element."""
    def log1p_(self) -> Any:
        """`log1p`, in place."""
    def log2(self) -> Any:
        """log₂ x of each element."""
    def log2_(self) -> Any:
        """`log2`, in place."""
    def log_(self) -> Any:
        """`log`, in place."""
    def logaddexp(self, other: Any) -> Any:
        """ln(eᵃ + eᵇ) of each pair of elements."""
    def logaddexp2(self, other: Any) -> Any:
        """log₂(2ᵃ + 2ᵇ) of each pair of elements."""
    def logical_and(self, other: Any) -> Any:
        """Whether both are nonzero, for each pair of elements."""
    def logical_and_(self, other: Any) -> Any:
        """`logical_and`, in place."""
    def logical_not(self) -> Any:
        """Whether x is zero, for each element."""
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
    def long(self, memory_format: Any = ...) -> Any:
        """The elements as int64; fractions are cut off."""
    def lt(self, other: Any) -> Any:
        """a < b of each pair of elements."""
    def lt_(self, other: Any) -> Any:
        """`lt`, in place."""
    def masked_fill(self, mask: Any, value: Any) -> Any:
        """`value` where the mask is true, else x. The value is a number or a tensor without dimensions."""
    def masked_fill_(self, mask: Any, value: Any) -> Any:
        """`masked_fill`, in place."""
    def maximum(self, other: Any) -> Any:
        """The larger; NaN where either is of each pair of elements."""
    def minimum(self, other: Any) -> Any:
        """The smaller; NaN where either is of each pair of elements."""
    def mish(self) -> Any:
        """x·tanh(ln(1 + eˣ)) of each element."""
    def mish_(self) -> Any:
        """`mish`, in place."""
    def mul(self, other: Any) -> Any:
        """a·b of each pair of elements."""
    def mul_(self, other: Any) -> Any:
        """`mul`, in place."""
    def multiply(self, other: Any) -> Any:
        """a·b of each pair of elements."""
    def multiply_(self, other: Any) -> Any:
        """`mul`, in place."""
    def nan_to_num(self, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
        """`nan` for NaN, `posinf` for ∞, `neginf` for −∞; by default 0 and the dtype's largest and smallest number."""
    def nan_to_num_(self, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
        """`nan_to_num`, in place."""
    nbytes: Any
    ndim: _int
    def ndimension(self) -> Any:
        """The number of dimensions."""
    def ndtr(self) -> Any:
        """The distribution function of the normal distribution, ½·erfc(−x/√2) of each element."""
    def ne(self, other: Any) -> Any:
        """a ≠ b of each pair of elements."""
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
    def nextafter(self, other: Any) -> Any:
        """The number next to a in the direction of b of each pair of elements."""
    def nextafter_(self, other: Any) -> Any:
        """`nextafter`, in place."""
    def not_equal(self, other: Any) -> Any:
        """a ≠ b of each pair of elements."""
    def not_equal_(self, other: Any) -> Any:
        """`ne`, in place."""
    def numel(self) -> _int:
        """The number of elements."""
    def numpy(self, *, force: Any = ...) -> Any:
        """A NumPy array on the tensor's memory: changes show in both."""
    output_nr: Any
    def polygamma(self, n: Any) -> Any:
        """The n-th derivative of ψ(x) = d/dx ln Γ(x), of each element."""
    def polygamma_(self, n: Any) -> Any:
        """`polygamma`, in place."""
    def positive(self) -> Any:
        """x itself of each element."""
    def pow(self, exponent: Any) -> Any:
        """aᵇ of each pair of elements. Integers stay integers."""
    def pow_(self, exponent: Any) -> Any:
        """`pow`, in place."""
    def prelu(self, weight: Any) -> Any:
        """x where positive, else w·x, of each element; `weight` is one number, or one for each channel (dimension 1)."""
    def rad2deg(self) -> Any:
        """Radians as degrees: x·180/π of each element."""
    def rad2deg_(self) -> Any:
        """`rad2deg`, in place."""
    def reciprocal(self) -> Any:
        """1/x; integers become floats of each element."""
    def reciprocal_(self) -> Any:
        """`reciprocal`, in place."""
    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` whenever the gradient of this tensor is computed. A tensor that it returns replaces the gradient."""
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
        """What is left of a/b, with the sign of b: a − b·⌊a/b⌋ of each pair of elements."""
    def remainder_(self, other: Any) -> Any:
        """`remainder`, in place."""
    requires_grad: _bool
    def requires_grad_(self, requires_grad: _bool = ...) -> Any:
        """Ask for a gradient, or no longer; returns the tensor itself. RuntimeError for integers and for results of operations."""
    def retain_grad(self) -> Any:
        """Keep the gradient of a tensor that is not a leaf, too. RuntimeError where none will flow here."""
    retains_grad: Any
    def round(self, *, decimals: Any = ...) -> Any:
        """The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple of 10, 100, …."""
    def round_(self, *, decimals: Any = ...) -> Any:
        """`round`, in place."""
    def rsqrt(self) -> Any:
        """1/√x of each element."""
    def rsqrt_(self) -> Any:
        """`rsqrt`, in place."""
    def rsub(self, other: Any, *, alpha: Any = ...) -> Any:
        """b − alpha·a of each pair of elements."""
    def selu(self) -> Any:
        """λx where positive, else λα(eˣ − 1), with λ = 1.0507… and α = 1.6733… of each element."""
    def selu_(self) -> Any:
        """`selu`, in place."""
    def sgn(self) -> Any:
        """−1, 0 or 1 as x is negative, zero or positive of each element."""
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
        """−1, 0 or 1 as x is negative, zero or positive of each element."""
    def sign_(self) -> Any:
        """`sign`, in place."""
    def signbit(self) -> Any:
        """Whether x has a minus sign, as −0.0 has, for each element."""
    def silu(self) -> Any:
        """x·sigmoid(x) of each element."""
    def silu_(self) -> Any:
        """`silu`, in place."""
    def sin(self) -> Any:
        """sin x, of radians of each element."""
    def sin_(self) -> Any:
        """`sin`, in place."""
    def sinc(self) -> Any:
        """sin(πx)/(πx), and 1 at 0 of each element."""
    def sinc_(self) -> Any:
        """`sinc`, in place."""
    def sinh(self) -> Any:
        """The hyperbolic sine (eˣ − e⁻ˣ)/2 of each element."""
    def sinh_(self) -> Any:
        """`sinh`, in place."""
    def size(self, dim: Any = ...) -> Any:
        """The shape, or the size of one dimension; IndexError where there is no such dimension."""
    def softplus(self, beta: Any = ..., threshold: Any = ...) -> Any:
        """ln(1 + e^(beta·x))/beta, and x itself where beta·x > threshold, of each element."""
    def softshrink(self, lambd: Any = ...) -> Any:
        """x moved towards 0 by lambd, and 0 where |x| ≤ lambd, of each element."""
    def softsign(self) -> Any:
        """x/(1 + |x|) of each element."""
    def sqrt(self) -> Any:
        """√x; NaN below 0 of each element."""
    def sqrt_(self) -> Any:
        """`sqrt`, in place."""
    def square(self) -> Any:
        """x² of each element."""
    def square_(self) -> Any:
        """`square`, in place."""
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
    def tan(self) -> Any:
        """tan x, of radians of each element."""
    def tan_(self) -> Any:
        """`tan`, in place."""
    def tanh(self) -> Any:
        """The hyperbolic tangent sinh x / cosh x of each element."""
    def tanh_(self) -> Any:
        """`tanh`, in place."""
    def tanhshrink(self) -> Any:
        """x − tanh x of each element."""
    def threshold(self, threshold: Any, value: Any) -> Any:
        """x where x > threshold, else value, of each element."""
    def threshold_(self, threshold: Any, value: Any) -> Any:
        """`threshold`, in place."""
    def to(self, *args: Any, dtype: Any = ..., device: Any = ..., other: Any = ..., non_blocking: Any = ..., copy: Any = ..., memory_format: Any = ...) -> Any:
        """The tensor in another dtype: ``to(dtype)``, ``to(device)``, ``to(device, dtype)``, ``to(other)``. Returns the tensor itself where nothing changes, unless ``copy``."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; a number for a 0-d tensor."""
    def true_divide(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
    def true_divide_(self, other: Any, *, rounding_mode: Any = ...) -> Any:
        """`div`, in place."""
    def trunc(self) -> Any:
        """x without its fraction of each element."""
    def trunc_(self) -> Any:
        """`trunc`, in place."""
    def type(self, dtype: Any = ..., non_blocking: Any = ...) -> Any:
        """The name of the tensor's type (``'synapgrad.FloatTensor'``), or the tensor in the dtype given."""
    def type_as(self, other: Any) -> Any:
        """The tensor in the dtype of another."""
    def view(self, *shape: Any) -> Any: ...
    def where(self, condition: Any, other: Any) -> Any:
        """This tensor's elements where the condition is true, else those of `other`."""
    def xlog1py(self, other: Any) -> Any:
        """a·ln(1 + b), and 0 where a is 0 of each pair of elements."""
    def xlogy(self, other: Any) -> Any:
        """a·ln b, and 0 where a is 0 of each pair of elements."""
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

class _Mode:
    """What the context managers of `synapgrad.autograd` are made from: sets switches when entered, and when left puts them back as they were. Can be entered several times, one inside the other."""
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

def _apply_function(*args: Any, **kwargs: Any) -> Any:
    """The work of ``Function.apply``: run ``forward`` unrecorded, then record it as one operation."""
def _backward(tensors: Any, gradients: Any, retain_graph: _bool | None, create_graph: _bool, inputs: Any) -> Any:
    """The work of ``autograd.backward``."""
def _from_memory(elements: Any, dtype: Any, shape: Any, strides: Any, offset: Any) -> Any:
    """A tensor laid out as `shape`, `strides` and `offset` say in a memory of the given elements."""
def _grad(outputs: Any, inputs: Any, gradients: Any, retain_graph: _bool | None, create_graph: _bool, allow_unused: Any) -> Any:
    """The work of ``autograd.grad``."""
def _gradcheck(function: Any, inputs: Any, eps: Any, atol: Any, rtol: Any, nondet_tol: Any) -> Any:
    """The work of ``autograd.gradcheck``."""
def _gradgradcheck(function: Any, inputs: Any, gradients: Any, eps: Any, atol: Any, rtol: Any, nondet_tol: Any) -> Any:
    """The work of ``autograd.gradgradcheck``."""
def _picture(root: Any, rankdir: Any, data_length: Any, names: Any) -> Any:
    """The work of ``utils.graph.draw``."""
def _rebuild_generator(state: Any) -> Any: ...
def _set_grad_enabled(mode: Any) -> Any:
    """Switch recording on or off; returns what it was."""
def _to_elements(x: Any) -> Any:
    """The elements in row-major order, the shape, and the name of the dtype."""
def _version_of(x: Any) -> Any:
    """How often the memory was changed in place."""
def abs(input: Tensor) -> Any:
    """The absolute value |x| of each element."""
def abs_(input: Tensor) -> Any:
    """`abs`, in place."""
def absolute(input: Tensor) -> Any:
    """The absolute value |x| of each element."""
def absolute_(input: Tensor) -> Any:
    """`abs`, in place."""
def acos(input: Tensor) -> Any:
    """arccos x, in [0, π]; NaN outside [−1, 1] of each element."""
def acos_(input: Tensor) -> Any:
    """`acos`, in place."""
def acosh(input: Tensor) -> Any:
    """The inverse of cosh; NaN below 1 of each element."""
def acosh_(input: Tensor) -> Any:
    """`acosh`, in place."""
def add(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a + alpha·b of each pair of elements."""
def add_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`add`, in place."""
def addcdiv(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """a + value·b/c of each three elements."""
def addcdiv_(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """`addcdiv`, in place."""
def addcmul(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """a + value·b·c of each three elements."""
def addcmul_(input: Tensor, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Any:
    """`addcmul`, in place."""
def allclose(input: Tensor, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Whether all pairs of elements are close; see `isclose`."""
def arccos(input: Tensor) -> Any:
    """arccos x, in [0, π]; NaN outside [−1, 1] of each element."""
def arccos_(input: Tensor) -> Any:
    """`acos`, in place."""
def arccosh(input: Tensor) -> Any:
    """The inverse of cosh; NaN below 1 of each element."""
def arccosh_(input: Tensor) -> Any:
    """`acosh`, in place."""
def arcsin(input: Tensor) -> Any:
    """arcsin x, in [−π/2, π/2]; NaN outside [−1, 1] of each element."""
def arcsin_(input: Tensor) -> Any:
    """`asin`, in place."""
def arcsinh(input: Tensor) -> Any:
    """The inverse of sinh of each element."""
def arcsinh_(input: Tensor) -> Any:
    """`asinh`, in place."""
def arctan(input: Tensor) -> Any:
    """arctan x, in (−π/2, π/2) of each element."""
def arctan2(input: Tensor, other: Any) -> Any:
    """The angle of the point (b, a), in (−π, π] of each pair of elements."""
def arctan2_(input: Tensor, other: Any) -> Any:
    """`atan2`, in place."""
def arctan_(input: Tensor) -> Any:
    """`atan`, in place."""
def arctanh(input: Tensor) -> Any:
    """The inverse of tanh; NaN outside [−1, 1] of each element."""
def arctanh_(input: Tensor) -> Any:
    """`atanh`, in place."""
def as_tensor(data: Any, dtype: Any = ..., device: Any = ...) -> Any:
    """A tensor of ``data`` that shares its memory where it can: a tensor of the same dtype is returned as it is, an array of NumPy is not copied."""
def asarray(obj: Any, *, dtype: Any = ..., device: Any = ..., copy: Any = ..., requires_grad: _bool = ...) -> Any:
    """As ``as_tensor``; ``copy=True`` always copies, ``copy=False`` refuses where sharing is impossible: ValueError."""
def asin(input: Tensor) -> Any:
    """arcsin x, in [−π/2, π/2]; NaN outside [−1, 1] of each element."""
def asin_(input: Tensor) -> Any:
    """`asin`, in place."""
def asinh(input: Tensor) -> Any:
    """The inverse of sinh of each element."""
def asinh_(input: Tensor) -> Any:
    """`asinh`, in place."""
def atan(input: Tensor) -> Any:
    """arctan x, in (−π/2, π/2) of each element."""
def atan2(input: Tensor, other: Any) -> Any:
    """The angle of the point (b, a), in (−π, π] of each pair of elements."""
def atan2_(input: Tensor, other: Any) -> Any:
    """`atan2`, in place."""
def atan_(input: Tensor) -> Any:
    """`atan`, in place."""
def atanh(input: Tensor) -> Any:
    """The inverse of tanh; NaN outside [−1, 1] of each element."""
def atanh_(input: Tensor) -> Any:
    """`atanh`, in place."""
def binary_cross_entropy(input: Tensor, target: Any, weight: Any = ..., reduction: Any = ...) -> Any:
    """``-wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))`` of probabilities x, logarithms ≥ -100; their mean or their sum."""
def binary_cross_entropy_with_logits(input: Tensor, target: Any, weight: Any = ..., pos_weight: Any = ..., reduction: Any = ...) -> Any:
    """``binary_cross_entropy`` of ``σ(x)``, without overflow for large x and with a weight for the positive examples: ``-wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 - yᵢ)·ln(1 - σ(xᵢ)))``; their mean or their sum."""
def bitwise_and(input: Tensor, other: Any) -> Any:
    """The bits set in both of each pair of elements."""
def bitwise_and_(input: Tensor, other: Any) -> Any:
    """`bitwise_and`, in place."""
def bitwise_left_shift(input: Tensor, other: Any) -> Any:
    """a·2ᵇ, by moving bits of each pair of elements."""
def bitwise_left_shift_(input: Tensor, other: Any) -> Any:
    """`bitwise_left_shift`, in place."""
def bitwise_not(input: Tensor) -> Any:
    """All bits inverted; for bool, the opposite of each element."""
def bitwise_not_(input: Tensor) -> Any:
    """`bitwise_not`, in place."""
def bitwise_or(input: Tensor, other: Any) -> Any:
    """The bits set in either of each pair of elements."""
def bitwise_or_(input: Tensor, other: Any) -> Any:
    """`bitwise_or`, in place."""
def bitwise_right_shift(input: Tensor, other: Any) -> Any:
    """⌊a/2ᵇ⌋, by moving bits of each pair of elements."""
def bitwise_right_shift_(input: Tensor, other: Any) -> Any:
    """`bitwise_right_shift`, in place."""
def bitwise_xor(input: Tensor, other: Any) -> Any:
    """The bits set in one of them only of each pair of elements."""
def bitwise_xor_(input: Tensor, other: Any) -> Any:
    """`bitwise_xor`, in place."""
def calculate_gain(nonlinearity: Any, param: Any = ...) -> Any:
    """By what a nonlinearity's input has to be scaled for its output to keep the variance. ValueError for an unknown name, and for a slope of a leaky_relu that is no number."""
def can_cast(from_: Any, to: Any) -> Any:
    """Whether a number of one dtype may be stored in the other without changing its kind: float to integer it may not."""
def ceil(input: Tensor) -> Any:
    """The smallest integer ≥ x of each element."""
def ceil_(input: Tensor) -> Any:
    """`ceil`, in place."""
def celu(input: Tensor, alpha: Any = ...) -> Any:
    """x where positive, else alpha·(e^(x/alpha) − 1), of each element."""
def celu_(input: Tensor, alpha: Any = ...) -> Any:
    """`celu`, in place."""
def clamp(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be missing."""
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
    """min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be missing."""
def clip_(input: Tensor, min: Any = ..., max: Any = ...) -> Any:
    """`clamp`, in place."""
def clone(input: Tensor, *, memory_format: Any = ...) -> Any:
    """A copy, in the same memory order. Gradients flow through it."""
def copysign(input: Tensor, other: Any) -> Any:
    """|a| with the sign of b of each pair of elements."""
def copysign_(input: Tensor, other: Any) -> Any:
    """`copysign`, in place."""
def cos(input: Tensor) -> Any:
    """cos x, of radians of each element."""
def cos_(input: Tensor) -> Any:
    """`cos`, in place."""
def cosh(input: Tensor) -> Any:
    """The hyperbolic cosine (eˣ + e⁻ˣ)/2 of each element."""
def cosh_(input: Tensor) -> Any:
    """`cosh`, in place."""
def deg2rad(input: Tensor) -> Any:
    """Degrees as radians: x·π/180 of each element."""
def deg2rad_(input: Tensor) -> Any:
    """`deg2rad`, in place."""
def detach(input: Tensor) -> Any:
    """The tensor without its history: changes show in both, gradients don't flow."""
def digamma(input: Tensor) -> Any:
    """ψ(x), the derivative of ln Γ(x) of each element."""
def digamma_(input: Tensor) -> Any:
    """`digamma`, in place."""
def div(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
def div_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""
def divide(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
def divide_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""
def elu(input: Tensor, alpha: Any = ...) -> Any:
    """x where positive, else alpha·(eˣ − 1), of each element."""
def elu_(input: Tensor, alpha: Any = ...) -> Any:
    """`elu`, in place."""
def entr(input: Tensor) -> Any:
    """The entropy −x·ln x; 0 at 0, −∞ below of each element."""
def eq(input: Tensor, other: Any) -> Any:
    """a = b of each pair of elements."""
def eq_(input: Tensor, other: Any) -> Any:
    """`eq`, in place."""
def equal(input: Tensor, other: Any) -> Any:
    """Whether both tensors have the same shape and the same elements."""
def erf(input: Tensor) -> Any:
    """The error function 2/√π ∫₀ˣ exp(−t²) dt of each element."""
def erf_(input: Tensor) -> Any:
    """`erf`, in place."""
def erfc(input: Tensor) -> Any:
    """1 − erf x, precise for large x of each element."""
def erfc_(input: Tensor) -> Any:
    """`erfc`, in place."""
def erfinv(input: Tensor) -> Any:
    """The inverse of erf on (−1, 1) of each element."""
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
    """eˣ − 1, precise near 0 of each element."""
def expm1_(input: Tensor) -> Any:
    """`expm1`, in place."""
def fix(input: Tensor) -> Any:
    """x without its fraction of each element."""
def fix_(input: Tensor) -> Any:
    """`trunc`, in place."""
def float_power(input: Tensor, exponent: Any) -> Any:
    """aᵇ of each pair of elements, as float64."""
def float_power_(input: Tensor, exponent: Any) -> Any:
    """`float_power`, in place."""
def floor(input: Tensor) -> Any:
    """The largest integer ≤ x of each element."""
def floor_(input: Tensor) -> Any:
    """`floor`, in place."""
def floor_divide(input: Tensor, other: Any) -> Any:
    """⌊a/b⌋ of each pair of elements."""
def floor_divide_(input: Tensor, other: Any) -> Any:
    """`floor_divide`, in place."""
def fmax(input: Tensor, other: Any) -> Any:
    """The larger; where one is NaN, the other of each pair of elements."""
def fmin(input: Tensor, other: Any) -> Any:
    """The smaller; where one is NaN, the other of each pair of elements."""
def fmod(input: Tensor, other: Any) -> Any:
    """What is left of a/b, with the sign of a: a − b·trunc(a/b) of each pair of elements."""
def fmod_(input: Tensor, other: Any) -> Any:
    """`fmod`, in place."""
def frac(input: Tensor) -> Any:
    """The fraction x − trunc x of each element."""
def frac_(input: Tensor) -> Any:
    """`frac`, in place."""
def from_dlpack(ext_tensor: Any, /, *, device: Any = ..., copy: Any = ...) -> Any:
    """A tensor on the memory of any object that speaks DLPack (`__dlpack__`): an array or tensor of another library."""
def from_numpy(ndarray: Any, /) -> Any:
    """A tensor on the memory of a NumPy array: changes show in both."""
def gcd(input: Tensor, other: Any) -> Any:
    """The greatest common divisor of each pair of elements."""
def gcd_(input: Tensor, other: Any) -> Any:
    """`gcd`, in place."""
def ge(input: Tensor, other: Any) -> Any:
    """a ≥ b of each pair of elements."""
def ge_(input: Tensor, other: Any) -> Any:
    """`ge`, in place."""
def gelu(input: Tensor, *, approximate: Any = ...) -> Any:
    """x·Φ(x) of each element, with Φ the normal distribution function; with `approximate="tanh"` by a formula close to it."""
def get_default_dtype() -> Any:
    """The dtype of tensors made from Python's floats."""
def get_num_threads() -> Any:
    """How many threads an operation may use."""
def get_rng_state() -> Any:
    """The position of the default generator in its stream: a tensor of bytes."""
def greater(input: Tensor, other: Any) -> Any:
    """a > b of each pair of elements."""
def greater_(input: Tensor, other: Any) -> Any:
    """`gt`, in place."""
def greater_equal(input: Tensor, other: Any) -> Any:
    """a ≥ b of each pair of elements."""
def greater_equal_(input: Tensor, other: Any) -> Any:
    """`ge`, in place."""
def gt(input: Tensor, other: Any) -> Any:
    """a > b of each pair of elements."""
def gt_(input: Tensor, other: Any) -> Any:
    """`gt`, in place."""
def hardshrink(input: Tensor, lambd: Any = ...) -> Any:
    """x, and 0 where |x| ≤ lambd, of each element."""
def hardsigmoid(input: Tensor) -> Any:
    """min(max(x + 3, 0), 6)/6 of each element."""
def hardsigmoid_(input: Tensor) -> Any:
    """`hardsigmoid`, in place."""
def hardswish(input: Tensor) -> Any:
    """x·min(max(x + 3, 0), 6)/6 of each element."""
def hardswish_(input: Tensor) -> Any:
    """`hardswish`, in place."""
def hardtanh(input: Tensor, min_val: Any = ..., max_val: Any = ...) -> Any:
    """min(max(x, min_val), max_val), of each element."""
def hardtanh_(input: Tensor, min_val: Any = ..., max_val: Any = ...) -> Any:
    """`hardtanh`, in place."""
def heaviside(input: Tensor, values: Any) -> Any:
    """0 where a < 0, b where a is 0, 1 where a > 0, of each pair of elements."""
def heaviside_(input: Tensor, values: Any) -> Any:
    """`heaviside`, in place."""
def huber_loss(input: Tensor, target: Any, reduction: Any = ..., delta: Any = ...) -> Any:
    """With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/2`` up to delta, ``delta·(dᵢ - delta/2)`` beyond; their mean or their sum. ValueError for another reduction, RuntimeError for a delta that is not positive."""
def hypot(input: Tensor, other: Any) -> Any:
    """√(a² + b²) of each pair of elements."""
def hypot_(input: Tensor, other: Any) -> Any:
    """`hypot`, in place."""
def i0(input: Tensor) -> Any:
    """The modified Bessel function of the first kind of order 0 of each element."""
def i0_(input: Tensor) -> Any:
    """`i0`, in place."""
def i1(input: Tensor) -> Any:
    """The modified Bessel function of the first kind of order 1 of each element."""
def init_fans(tensor: Any) -> Any:
    """Fan in and fan out of a weight. ValueError below two dimensions."""
def init_kaiming_normal_(tensor: Any, a: Any, mode: Any, nonlinearity: Any, generator: Any) -> Any:
    """Fill with numbers from N(0, s²), s = gain / √fan. ValueError below two dimensions, and for an unknown mode or nonlinearity."""
def init_kaiming_uniform_(tensor: Any, a: Any, mode: Any, nonlinearity: Any, generator: Any) -> Any:
    """Fill with numbers from U(-b, b), b = gain·√(3 / fan). ValueError below two dimensions, and for an unknown mode or nonlinearity."""
def init_normal_(tensor: Any, mean: Any, std: Any, generator: Any) -> Any:
    """Fill with numbers from N(mean, std²). RuntimeError where std < 0."""
def init_uniform_(tensor: Any, a: Any, b: Any, generator: Any) -> Any:
    """Fill with numbers from U(a, b). RuntimeError where a > b."""
def init_xavier_normal_(tensor: Any, gain: Any, generator: Any) -> Any:
    """Fill with numbers from N(0, s²), s = gain·√(2 / (fan in + fan out)). ValueError below two dimensions."""
def init_xavier_uniform_(tensor: Any, gain: Any, generator: Any) -> Any:
    """Fill with numbers from U(-a, a), a = gain·√(6 / (fan in + fan out)). ValueError below two dimensions."""
def initial_seed() -> Any:
    """The seed that the default generator's stream started from."""
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
    """|a − b| ≤ atol + rtol·|b|, or a = b, for each pair of elements; NaN is close to NaN only with `equal_nan`."""
def isfinite(input: Tensor) -> Any:
    """Whether x is neither infinite nor NaN, for each element."""
def isinf(input: Tensor) -> Any:
    """Whether x is ∞ or −∞, for each element."""
def isnan(input: Tensor) -> Any:
    """Whether x is not a number, for each element."""
def isneginf(input: Tensor) -> Any:
    """Whether x is −∞, for each element."""
def isposinf(input: Tensor) -> Any:
    """Whether x is ∞, for each element."""
def isreal(input: Tensor) -> Any:
    """Whether x has no imaginary part: always, as there are no complex tensors, for each element."""
def l1_loss(input: Tensor, target: Any, reduction: Any = ...) -> Any:
    """Absolute errors ``|xᵢ - yᵢ|``, their mean or their sum. Tensors of different shapes are broadcast, with a warning. ValueError for another reduction."""
def lcm(input: Tensor, other: Any) -> Any:
    """The least common multiple of each pair of elements."""
def lcm_(input: Tensor, other: Any) -> Any:
    """`lcm`, in place."""
def ldexp(input: Tensor, other: Any) -> Any:
    """a·2ᵇ of each pair of elements."""
def ldexp_(input: Tensor, other: Any) -> Any:
    """`ldexp`, in place."""
def le(input: Tensor, other: Any) -> Any:
    """a ≤ b of each pair of elements."""
def le_(input: Tensor, other: Any) -> Any:
    """`le`, in place."""
def leaky_relu(input: Tensor, negative_slope: Any = ...) -> Any:
    """x where positive, else negative_slope·x, of each element."""
def leaky_relu_(input: Tensor, negative_slope: Any = ...) -> Any:
    """`leaky_relu`, in place."""
def lerp(input: Tensor, end: Any, weight: Any) -> Any:
    """a + weight·(end − a) of each three elements."""
def lerp_(input: Tensor, end: Any, weight: Any) -> Any:
    """`lerp`, in place."""
def less(input: Tensor, other: Any) -> Any:
    """a < b of each pair of elements."""
def less_(input: Tensor, other: Any) -> Any:
    """`lt`, in place."""
def less_equal(input: Tensor, other: Any) -> Any:
    """a ≤ b of each pair of elements."""
def less_equal_(input: Tensor, other: Any) -> Any:
    """`le`, in place."""
def lgamma(input: Tensor) -> Any:
    """ln |Γ(x)| of each element."""
def lgamma_(input: Tensor) -> Any:
    """`lgamma`, in place."""
def linear(input: Tensor, weight: Any, bias: Any = ...) -> Any:
    """``x·Wᵀ + b`` over the last dimension: ``(…, in) → (…, out)`` for a weight of shape ``(out, in)`` and a bias of shape ``(out)``. RuntimeError where the sizes don't fit or the dtypes differ."""
def linear_init_(weight: Any, bias: Any = ...) -> Any:
    """The first values of a linear layer: weight, then bias, from U(-√k, √k), k = 1 / fan in."""
def log(input: Tensor) -> Any:
    """The natural logarithm ln x of each element."""
def log10(input: Tensor) -> Any:
    """log₁₀ x of each element."""
def log10_(input: Tensor) -> Any:
    """`log10`, in place."""
def log1p(input: Tensor) -> Any:
    """ln(1 + x), precise near 0 of each element."""
def log1p_(input: Tensor) -> Any:
    """`log1p`, in place."""
def log2(input: Tensor) -> Any:
    """log₂ x of each element."""
def log2_(input: Tensor) -> Any:
    """`log2`, in place."""
def log_(input: Tensor) -> Any:
    """`log`, in place."""
def logaddexp(input: Tensor, other: Any) -> Any:
    """ln(eᵃ + eᵇ) of each pair of elements."""
def logaddexp2(input: Tensor, other: Any) -> Any:
    """log₂(2ᵃ + 2ᵇ) of each pair of elements."""
def logical_and(input: Tensor, other: Any) -> Any:
    """Whether both are nonzero, for each pair of elements."""
def logical_and_(input: Tensor, other: Any) -> Any:
    """`logical_and`, in place."""
def logical_not(input: Tensor) -> Any:
    """Whether x is zero, for each element."""
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
def lt(input: Tensor, other: Any) -> Any:
    """a < b of each pair of elements."""
def lt_(input: Tensor, other: Any) -> Any:
    """`lt`, in place."""
def make_moons(n_samples: Any, shuffle: Any, noise: Any, seed: Any) -> Any:
    """Two interleaving half circles: points, float32 of shape ``(n, 2)``, and their classes, int64 of shape ``(n,)``."""
def manual_seed(seed: Any) -> Any:
    """Start the stream of ``seed`` in the default generator, and return that."""
def masked_fill(input: Tensor, mask: Any, value: Any) -> Any:
    """`value` where the mask is true, else x. The value is a number or a tensor without dimensions."""
def masked_fill_(input: Tensor, mask: Any, value: Any) -> Any:
    """`masked_fill`, in place."""
def maximum(input: Tensor, other: Any) -> Any:
    """The larger; NaN where either is of each pair of elements."""
def minimum(input: Tensor, other: Any) -> Any:
    """The smaller; NaN where either is of each pair of elements."""
def mish(input: Tensor) -> Any:
    """x·tanh(ln(1 + eˣ)) of each element."""
def mish_(input: Tensor) -> Any:
    """`mish`, in place."""
def mse_loss(input: Tensor, target: Any, reduction: Any = ..., weight: Any = ...) -> Any:
    """Squared errors ``wᵢ·(xᵢ - yᵢ)²``, their mean (with weights ``Σ / Σ wᵢ``) or their sum. Tensors of different shapes are broadcast, with a warning. ValueError for another reduction and for a weight not of the input's shape."""
def mul(input: Tensor, other: Any) -> Any:
    """a·b of each pair of elements."""
def mul_(input: Tensor, other: Any) -> Any:
    """`mul`, in place."""
def multiply(input: Tensor, other: Any) -> Any:
    """a·b of each pair of elements."""
def multiply_(input: Tensor, other: Any) -> Any:
    """`mul`, in place."""
def nan_to_num(input: Tensor, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
    """`nan` for NaN, `posinf` for ∞, `neginf` for −∞; by default 0 and the dtype's largest and smallest number."""
def nan_to_num_(input: Tensor, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
    """`nan_to_num`, in place."""
def ndtr(input: Tensor) -> Any:
    """The distribution function of the normal distribution, ½·erfc(−x/√2) of each element."""
def ne(input: Tensor, other: Any) -> Any:
    """a ≠ b of each pair of elements."""
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
    """The number next to a in the direction of b of each pair of elements."""
def nextafter_(input: Tensor, other: Any) -> Any:
    """`nextafter`, in place."""
def no_grad() -> Any:
    """A mode in which nothing is recorded, for the library's own use."""
def not_equal(input: Tensor, other: Any) -> Any:
    """a ≠ b of each pair of elements."""
def not_equal_(input: Tensor, other: Any) -> Any:
    """`ne`, in place."""
def numel(input: Tensor) -> _int:
    """The number of elements."""
def polygamma(n: Any, input: Tensor) -> Any:
    """The n-th derivative of ψ(x) = d/dx ln Γ(x), of each element."""
def positive(input: Tensor) -> Any:
    """x itself of each element."""
def pow(input: Tensor, exponent: Any) -> Any:
    """aᵇ of each pair of elements; either may be a number. Integers stay integers."""
def pow_(input: Tensor, exponent: Any) -> Any:
    """`pow`, in place."""
def prelu(input: Tensor, weight: Any) -> Any:
    """x where positive, else w·x, of each element; `weight` is one number, or one for each channel (dimension 1)."""
def promote_types(type1: Any, type2: Any) -> Any:
    """The dtype in which both dtypes meet."""
def psi(input: Tensor) -> Any:
    """ψ(x), the derivative of ln Γ(x) of each element."""
def rad2deg(input: Tensor) -> Any:
    """Radians as degrees: x·180/π of each element."""
def rad2deg_(input: Tensor) -> Any:
    """`rad2deg`, in place."""
def reciprocal(input: Tensor) -> Any:
    """1/x; integers become floats of each element."""
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
    """What is left of a/b, with the sign of b: a − b·⌊a/b⌋ of each pair of elements."""
def remainder_(input: Tensor, other: Any) -> Any:
    """`remainder`, in place."""
def result_type(tensor: Any, other: Any) -> Any:
    """The dtype in which two tensors or numbers meet in an operation."""
def round(input: Tensor, *, decimals: Any = ...) -> Any:
    """The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple of 10, 100, …."""
def round_(input: Tensor, *, decimals: Any = ...) -> Any:
    """`round`, in place."""
def rsqrt(input: Tensor) -> Any:
    """1/√x of each element."""
def rsqrt_(input: Tensor) -> Any:
    """`rsqrt`, in place."""
def rsub(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """b − alpha·a of each pair of elements."""
def seed() -> Any:
    """Start a stream that no one can foresee in the default generator, and return its seed."""
def selu(input: Tensor) -> Any:
    """λx where positive, else λα(eˣ − 1), with λ = 1.0507… and α = 1.6733… of each element."""
def selu_(input: Tensor) -> Any:
    """`selu`, in place."""
def set_default_dtype(d: Any) -> Any:
    """Make tensors from Python's floats in this dtype. Integers are refused: TypeError."""
def set_printoptions(precision: Any = ..., threshold: Any = ..., edgeitems: Any = ..., linewidth: Any = ..., profile: Any = ..., sci_mode: Any = ...) -> Any:
    """How tensors print from now on; what is not named stays as it was."""
def set_rng_state(new_state: Any) -> Any:
    """Continue from a position of the default generator. RuntimeError where it is none."""
def sgd_step(params: Any, buffers: Any, lr: Any, momentum: Any, dampening: Any, weight_decay: Any, nesterov: Any, maximize: Any) -> Any:
    """One step of stochastic gradient descent for each of ``params`` that has a gradient. With momentum ``buffers`` is a list as long, of what it remembers of each, None at first; the step fills it in."""
def sgn(input: Tensor) -> Any:
    """−1, 0 or 1 as x is negative, zero or positive of each element."""
def sgn_(input: Tensor) -> Any:
    """`sgn`, in place."""
def sigmoid(input: Tensor) -> Any:
    """The logistic function 1/(1 + e⁻ˣ) of each element."""
def sigmoid_(input: Tensor) -> Any:
    """`sigmoid`, in place."""
def sign(input: Tensor) -> Any:
    """−1, 0 or 1 as x is negative, zero or positive of each element."""
def sign_(input: Tensor) -> Any:
    """`sign`, in place."""
def signbit(input: Tensor) -> Any:
    """Whether x has a minus sign, as −0.0 has, for each element."""
def silu(input: Tensor) -> Any:
    """x·sigmoid(x) of each element."""
def silu_(input: Tensor) -> Any:
    """`silu`, in place."""
def sin(input: Tensor) -> Any:
    """sin x, of radians of each element."""
def sin_(input: Tensor) -> Any:
    """`sin`, in place."""
def sinc(input: Tensor) -> Any:
    """sin(πx)/(πx), and 1 at 0 of each element."""
def sinc_(input: Tensor) -> Any:
    """`sinc`, in place."""
def sinh(input: Tensor) -> Any:
    """The hyperbolic sine (eˣ − e⁻ˣ)/2 of each element."""
def sinh_(input: Tensor) -> Any:
    """`sinh`, in place."""
def smooth_l1_loss(input: Tensor, target: Any, reduction: Any = ..., beta: Any = ...) -> Any:
    """With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/(2·beta)`` below beta, ``dᵢ - beta/2`` from there; their mean or their sum. ValueError for another reduction, RuntimeError for a negative beta."""
def softplus(input: Tensor, beta: Any = ..., threshold: Any = ...) -> Any:
    """ln(1 + e^(beta·x))/beta, and x itself where beta·x > threshold, of each element."""
def softshrink(input: Tensor, lambd: Any = ...) -> Any:
    """x moved towards 0 by lambd, and 0 where |x| ≤ lambd, of each element."""
def softsign(input: Tensor) -> Any:
    """x/(1 + |x|) of each element."""
def sqrt(input: Tensor) -> Any:
    """√x; NaN below 0 of each element."""
def sqrt_(input: Tensor) -> Any:
    """`sqrt`, in place."""
def square(input: Tensor) -> Any:
    """x² of each element."""
def square_(input: Tensor) -> Any:
    """`square`, in place."""
def sub(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a − alpha·b of each pair of elements."""
def sub_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`sub`, in place."""
def subtract(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """a − alpha·b of each pair of elements."""
def subtract_(input: Tensor, other: Any, *, alpha: Any = ...) -> Any:
    """`sub`, in place."""
def tan(input: Tensor) -> Any:
    """tan x, of radians of each element."""
def tan_(input: Tensor) -> Any:
    """`tan`, in place."""
def tanh(input: Tensor) -> Any:
    """The hyperbolic tangent sinh x / cosh x of each element."""
def tanh_(input: Tensor) -> Any:
    """`tanh`, in place."""
def tanhshrink(input: Tensor) -> Any:
    """x − tanh x of each element."""
def tensor(data: Any, *, dtype: Any = ..., device: Any = ..., requires_grad: _bool = ..., pin_memory: Any = ...) -> Tensor:
    """A tensor of the numbers in ``data``: a number, nested lists or tuples, an array, a tensor. The elements are copied."""
def threshold(input: Tensor, threshold: Any, value: Any) -> Any:
    """x where x > threshold, else value, of each element."""
def threshold_(input: Tensor, threshold: Any, value: Any) -> Any:
    """`threshold`, in place."""
def true_divide(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded to an integer, and integers stay integers."""
def true_divide_(input: Tensor, other: Any, *, rounding_mode: Any = ...) -> Any:
    """`div`, in place."""
def trunc(input: Tensor) -> Any:
    """x without its fraction of each element."""
def trunc_(input: Tensor) -> Any:
    """`trunc`, in place."""
def where(condition: Any, input: Tensor, other: Any) -> Any:
    """`input` where the condition is true, else `other`; both are tensors or numbers."""
def xlog1py(input: Tensor, other: Any) -> Any:
    """a·ln(1 + b), and 0 where a is 0 of each pair of elements."""
def xlogy(input: Tensor, other: Any) -> Any:
    """a·ln b, and 0 where a is 0 of each pair of elements."""
def xlogy_(input: Tensor, other: Any) -> Any:
    """`xlogy`, in place."""
def zero_grad(params: Any, set_to_none: Any = ...) -> Any:
    """Forget the gradients of ``params``, or with ``set_to_none=False`` fill them with zeros."""
