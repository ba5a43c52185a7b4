"""Parametrizations of weights: by length and direction, and by the largest singular value."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    """``g·v/‖v‖`` of the originals g and v."""

    def __init__(self, dim: int | None = 0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    @property
    def _dim(self) -> int | None:
        return None if self.dim == -1 else self.dim

    def forward(self, weight_g, weight_v):
        return _C._weight_norm(weight_v, weight_g, self._dim)

    def right_inverse(self, weight):
        return _C._norm_except_dim(weight, self._dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn a parameter's length and direction apart: ``g·v/‖v‖`` (T. Salimans and D. P. Kingma, "Weight
    Normalization", 2016).

    Args:
        module: has the parameter; returned.
        name: the parameter's.
        dim: a length for each part along this dimension; one for all with None.

    The lengths are ``module.parametrizations.weight.original0``, the directions ``original1``. A state_dict
    with ``weight_g`` and ``weight_v``, as the hook :func:`synapgrad.nn.utils.weight_norm` makes them, can be
    loaded, too. ValueError where there is no such parameter.

    >>> from synapgrad import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> layer
    ParametrizedLinear(
      in_features=2, out_features=3, bias=True
      (parametrizations): ModuleDict(
        (weight): ParametrizationList(
          (0): _WeightNorm()
        )
      )
    )
    >>> {name: tuple(p.shape) for name, p in layer.parametrizations.weight.named_parameters()}
    {'original0': (3, 1), 'original1': (3, 2)}
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict, prefix, *rest) -> None:
        old = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    """A weight over ``uᵀ·W·v``, with vectors that power iteration brings nearer to the singular ones."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12):
        super().__init__()
        dims = weight.dim()
        if not -dims <= dim < dims:
            raise IndexError(
                f"spectral_norm: Dimension out of range (expected to be in range of [-{dims}, {dims - 1}], but "
                f"got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: Expected n_power_iterations to be positive, but got {n_power_iterations}"
            )
        self.dim = dim % dims
        self.eps = eps
        if dims > 1:  # the singular value of a vector is its length
            self.n_power_iterations = n_power_iterations
            u, v = _C._spectral_norm_vectors(weight, self.dim, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            self._iterate(self._matrix(weight), 15)

    def _matrix(self, weight: Tensor) -> Tensor:
        """The weight with a row for each output."""
        return weight.movedim(self.dim, 0).flatten(1)

    def _iterate(self, matrix: Tensor, times: int) -> None:
        """``u = W·v/‖W·v‖`` and ``v = Wᵀ·u/‖Wᵀ·u‖``, so many times."""
        with _C.no_grad():
            for _ in range(times):
                self._u.copy_(_C.normalize(matrix.mv(self._v), 2, 0, self.eps))
                self._v.copy_(_C.normalize(matrix.t().mv(self._u), 2, 0, self.eps))

    def forward(self, weight):
        if weight.dim() == 1:
            return _C.normalize(weight, 2, 0, self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        # Copies, as the next call changes the vectors and there may have been no backward pass until then.
        u, v = self._u.clone(), self._v.clone()
        return weight / u.vdot(matrix.mv(v))

    def right_inverse(self, value):
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value, which power iteration follows as the weight learns (T.
    Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018).

    Args:
        module: has the parameter; returned.
        name: the parameter's.
        n_power_iterations: whenever the weight is read in training; ValueError unless positive.
        eps: the least length that vectors are divided by.
        dim: which dimension is that of the outputs; 1 for transposed convolutions, otherwise 0. IndexError if
            there is no such dimension.

    What is learned is ``module.parametrizations.weight.original``; the singular vectors are buffers. ValueError
    where there is no such parameter.

    >>> from synapgrad import nn
    >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 3))
    >>> for name in layer.state_dict():
    ...     print(name)
    bias
    parametrizations.weight.original
    parametrizations.weight.0._u
    parametrizations.weight.0._v
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Refused: the decompositions that orthogonal matrices are made with are not there. NotImplementedError."""
    raise NotImplementedError(
        "parametrizations.orthogonal is not supported: it needs the matrix exponential, linear systems or "
        "Householder products"
    )
