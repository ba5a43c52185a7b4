"""Conversions of a module: all its parameters and buffers to another dtype, in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from synapgrad import _C
from synapgrad._C import Tensor

if TYPE_CHECKING:
    from typing_extensions import Self


class Conversions:
    """The part of a Module that converts it. Each method returns the module."""

    _parameters: Any
    _buffers: Any
    children: Callable[[], Iterable[Any]]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the values of all parameters, of their gradients and of all buffers by ``fn`` of them.

        Parameters stay the same objects, so that an optimizer that has them goes on working.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        with _C.no_grad():
            for param in self._parameters.values():
                if param is not None:
                    grad = param.grad
                    param.grad = None
                    param.data = fn(param.data)
                    if grad is not None:
                        grad.data = fn(grad.data)
                        param.grad = grad
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, **kwargs) -> Self:
        """Convert all floating-point parameters and buffers, in place; returns this module.

        ``to(dtype)``, ``to(device)``, ``to(device, dtype)`` and ``to(tensor)``, which stands for its device
        and dtype. ``non_blocking`` and ``memory_format`` are accepted and change nothing: there is one
        device, the CPU.

        Raises:
            TypeError: a dtype that is not floating-point.
            RuntimeError: a device other than the CPU.

        >>> import synapgrad
        >>> from synapgrad import nn
        >>> nn.Linear(2, 1).to(synapgrad.float64).weight.dtype == synapgrad.float64
        True
        """
        dtype = _parse_to(*args, **kwargs)
        if dtype is None:
            return self
        # Any name of a dtype that the engine knows becomes its dtype here.
        dtype = _C.empty(0, dtype=dtype).dtype
        if not dtype.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={dtype}")
        return self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def to_empty(self, *, device, recurse: bool = True) -> Self:
        """Give all parameters and buffers new storage whose content is undefined."""
        _require_cpu("to_empty", device)
        return self._apply(_C.empty_like, recurse=recurse)

    def type(self, dst_type) -> Self:
        """Convert **all** parameters and buffers, those of integers too, to the dtype ``dst_type``."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self) -> Self:
        """Convert all floating-point parameters and buffers to float32."""
        return self._apply(lambda tensor: tensor.float() if tensor.is_floating_point() else tensor)

    def double(self) -> Self:
        """Convert all floating-point parameters and buffers to float64."""
        return self._apply(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)

    def half(self) -> Self:
        """Convert all floating-point parameters and buffers to float16."""
        return self._apply(lambda tensor: tensor.half() if tensor.is_floating_point() else tensor)

    def bfloat16(self) -> Self:
        """Convert all floating-point parameters and buffers to bfloat16."""
        return self._apply(lambda tensor: tensor.bfloat16() if tensor.is_floating_point() else tensor)

    def cpu(self) -> Self:
        """This module: everything is on the CPU."""
        return self

    def cuda(self, device=None) -> Self:
        """Refused: there is no device but the CPU. RuntimeError. So are ``ipu``, ``mtia`` and ``xpu``."""
        raise RuntimeError("Module.cuda, ipu, mtia and xpu: SynapGrad computes on the CPU only")

    ipu = mtia = xpu = cuda

    def share_memory(self) -> Self:
        """Refused: tensors cannot be shared between processes. NotImplementedError."""
        raise NotImplementedError("Module.share_memory: tensors cannot be shared between processes")


def _require_cpu(function: str, device) -> None:
    """Refuse a device that is not the CPU, given as a string, a number or a device object."""
    if device is not None and str(getattr(device, "type", device)).partition(":")[0] != "cpu":
        raise RuntimeError(
            f"Module.{function}: SynapGrad computes on the CPU only, but got the device {device!r}"
        )


def _parse_to(*arguments, device=None, dtype=None, tensor=None, non_blocking=False, memory_format=None):
    """The dtype that the arguments of ``Module.to`` ask for, or None."""
    args = list(arguments)
    if args and isinstance(args[0], Tensor):
        tensor, *args = args
    elif args and (args[0] is None or isinstance(args[0], (str, int)) or hasattr(args[0], "index")):
        device, *args = args
        if args and not isinstance(args[0], bool):
            dtype, *args = args
    elif args:
        dtype, *args = args
    if len(args) > 2:
        raise TypeError(f"Module.to: received an invalid combination of arguments, {len(args)} too many")
    _require_cpu("to", device)
    return dtype if tensor is None else tensor.dtype
