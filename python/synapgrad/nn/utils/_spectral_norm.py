"""Spectral normalisation as a hook: the weight is divided by its largest singular value before each call."""

from __future__ import annotations

from synapgrad import _C

from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..parameter import Parameter

__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]


class SpectralNorm:
    """The hook of :func:`spectral_norm`."""

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12):
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: Expected n_power_iterations to be positive, but got {n_power_iterations}"
            )
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module, do_power_iteration: bool):
        """The weight over its largest singular value."""
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in ("orig", "u", "v"))
        iterations = self.n_power_iterations if do_power_iteration else 0
        return _C._spectral_norm(weight, u, v, self.dim, iterations, self.eps)

    @staticmethod
    def apply(module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(f"spectral_norm: the parameter {name} is normalised already")
        hook = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"spectral_norm: the parameter {name} is None")
        u, v = _C._spectral_norm_vectors(weight, dim, eps)
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        # Not a parameter, but what initialisers and readers of the weight expect to find.
        setattr(module, name, weight.data)
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(hook)
        module._register_state_dict_hook(_StateDictHook(hook))
        return hook

    def remove(self, module) -> None:
        with _C.no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module, inputs) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))


class _StateDictHook:
    """Says in the metadata of a state_dict which form the vectors have."""

    def __init__(self, hook: SpectralNorm):
        self.hook = hook

    def __call__(self, module, state_dict, prefix, local_metadata) -> None:
        local_metadata.setdefault("spectral_norm", {})[f"{self.hook.name}.version"] = self.hook._version


def spectral_norm(
    module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
):
    """Divide a weight by its largest singular value, which power iteration follows as the weight learns (T.
    Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018).

    The parameter becomes ``weight_orig``; the singular vectors are the buffers ``weight_u`` and ``weight_v``.

    Args:
        module: has the parameter.
        name: the parameter's.
        n_power_iterations: at each call in training; ValueError unless positive.
        eps: the least length that vectors are divided by.
        dim: which dimension is that of the outputs; 1 for transposed convolutions, otherwise 0.

    RuntimeError where it is done already.

    >>> from synapgrad import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(2, 3))
    >>> sorted(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    SpectralNorm.apply(module, name, n_power_iterations, dim, eps)
    return module


def remove_spectral_norm(module, name: str = "weight"):
    """Make the normalised weight the parameter. ValueError where it was not normalised.

    >>> from synapgrad import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(2, 3))
    >>> sorted(nn.utils.remove_spectral_norm(layer).state_dict())
    ['bias', 'weight']
    """
    for key, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            break
    else:
        raise ValueError(f"remove_spectral_norm: spectral_norm of '{name}' not found in {module}")
    hooks = module._state_table().save
    for key, hook in list(hooks.items()):
        if isinstance(hook, _StateDictHook) and hook.hook.name == name:
            del hooks[key]
    return module
