"""Hooks: functions that a module calls before and after its forward and its backward pass.

Hooks are the exception, so they live beside the module and not in it: ``module._hooks`` is ``None`` until the
first hook is registered, and ``Module.__call__`` tests that before anything else.
"""

from __future__ import annotations

import itertools
import warnings
import weakref
from collections import OrderedDict

from synapgrad import _C
from synapgrad._C import Tensor


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away again; so does leaving a ``with``
    block.

    >>> from synapgrad import nn
    >>> layer = nn.Identity()
    >>> handle = layer.register_forward_hook(lambda module, args, output: print("called"))
    >>> layer(1)
    called
    1
    >>> handle.remove()
    >>> layer(1)
    1
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: OrderedDict, *, extra_dict=None):
        # Weak, so that a handle that is kept does not keep the module's hooks, and what they hold, alive.
        extras = (
            extra_dict
            if isinstance(extra_dict, (list, tuple))
            else []
            if extra_dict is None
            else [extra_dict]
        )
        self.id = next(RemovableHandle._ids)
        self._dicts = [weakref.ref(each) for each in (hooks_dict, *extras)]

    def remove(self) -> None:
        """Take the hook away. A second call does nothing."""
        for reference in self._dicts:
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.remove()

    def __getstate__(self):
        return [reference() for reference in self._dicts], self.id

    def __setstate__(self, state):
        dicts, self.id = state
        self._dicts = [weakref.ref(OrderedDict() if each is None else each) for each in dicts]


def register(hooks: OrderedDict, hook, *, prepend: bool = False, flags=()) -> RemovableHandle:
    """Put ``hook`` at the end (or the start) of ``hooks`` and its number into each of ``flags``."""
    handle = RemovableHandle(hooks, extra_dict=list(flags))
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for flag in flags:
        flag[handle.id] = True
    return handle


class HookTable:
    """The hooks around a call, of one module or of all modules; each dictionary maps a handle's number to a
    function.
    """

    __slots__ = ("always_call", "backward", "backward_pre", "forward", "forward_pre", "with_kwargs")

    def __init__(self):
        self.always_call: OrderedDict = OrderedDict()
        self.backward: OrderedDict = OrderedDict()
        self.backward_pre: OrderedDict = OrderedDict()
        self.forward: OrderedDict = OrderedDict()
        self.forward_pre: OrderedDict = OrderedDict()
        self.with_kwargs: OrderedDict = OrderedDict()

    def __bool__(self):
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)

    def add(self, kind: str, hook, prepend=False, with_kwargs=False, always_call=False) -> RemovableHandle:
        """Register ``hook`` under ``kind`` (the name of a dictionary of this table)."""
        flags = [self.with_kwargs] * bool(with_kwargs) + [self.always_call] * bool(always_call)
        return register(getattr(self, kind), hook, prepend=prepend, flags=flags)


#: Hooks of every module, or None while there have been none; they run before a module's own.
GLOBAL: HookTable | None = None

#: Called with (module, name, member) at each registration; a result that is not None takes the member's
#: place.
ON_BUFFER: OrderedDict = OrderedDict()
ON_MODULE: OrderedDict = OrderedDict()
ON_PARAMETER: OrderedDict = OrderedDict()


def announce(hooks: OrderedDict, module, name: str, member):
    """Show a member about to be registered to the registration hooks; returns what is to be registered."""
    for hook in tuple(hooks.values()):
        other = hook(module, name, member)
        if other is not None:
            member = other
    return member


def _global_table() -> HookTable:
    global GLOBAL
    if GLOBAL is None:
        GLOBAL = HookTable()
    return GLOBAL


def register_module_forward_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(module, args) -> None | new args`` before the forward of **every** module.

    >>> from synapgrad import nn
    >>> from synapgrad.nn.modules.module import register_module_forward_pre_hook
    >>> with register_module_forward_pre_hook(lambda module, args: print(type(module).__name__)):
    ...     y = nn.Sequential(nn.Identity())(1)
    Sequential
    Identity
    """
    return _global_table().add("forward_pre", hook)


def register_module_forward_hook(hook, *, with_kwargs=False, always_call=False) -> RemovableHandle:
    """Call ``hook(module, args, output) -> None | new output`` after the forward of **every** module.

    With ``with_kwargs`` the hook is called with ``(module, args, kwargs, output)``; with ``always_call`` also
    where forward raises.
    """
    return _global_table().add("forward", hook, with_kwargs=with_kwargs, always_call=always_call)


def register_module_full_backward_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(module, grad_output) -> None | grad_output`` before the backward of **every** module."""
    return _global_table().add("backward_pre", hook)


def register_module_full_backward_hook(hook) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output) -> None | new grad_input`` after the backward of **every**
    module.
    """
    return _global_table().add("backward", hook)


def register_module_buffer_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, buffer) -> None | other buffer`` whenever a module registers a buffer."""
    return register(ON_BUFFER, hook)


def register_module_module_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, submodule) -> None | other submodule`` whenever a module registers a
    submodule.
    """
    return register(ON_MODULE, hook)


def register_module_parameter_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, param) -> None | other`` whenever a module registers a parameter."""
    return register(ON_PARAMETER, hook)


def call_with_hooks(module, args: tuple, kwargs: dict):
    """``module.forward(*args, **kwargs)`` with every hook that applies. The order:

    forward pre-hooks, forward, forward hooks; in the backward pass, backward pre-hooks, backward, backward
    hooks. Of each kind the global ones run first, then the module's, in the order in which they were
    registered.
    """
    global GLOBAL
    if GLOBAL is not None and not GLOBAL:
        GLOBAL = None  # the last global hook has been removed: calls may be fast again
    tables = [table for table in (GLOBAL, module._hooks) if table]
    if not tables:
        return module.forward(*args, **kwargs)
    result, called = None, set()
    try:
        for table in tables:
            for key, hook in tuple(table.forward_pre.items()):
                if key in table.with_kwargs:
                    changed = hook(module, args, kwargs)
                    if changed is not None:
                        if not (isinstance(changed, tuple) and len(changed) == 2):
                            raise RuntimeError(
                                f"{type(module).__name__}: a forward pre-hook with with_kwargs=True must "
                                f"return None or a tuple of (new_args, new_kwargs), but got {changed}."
                            )
                        args, kwargs = changed
                else:
                    changed = hook(module, args)
                    if changed is not None:
                        args = changed if isinstance(changed, tuple) else (changed,)

        before = [hook for table in tables for hook in table.backward_pre.values()]
        after = [hook for table in tables for hook in table.backward.values()]
        taps = BackwardTaps(module, before, after) if before or after else None
        if taps is not None:
            args = taps.tap_inputs(args)
        result = module.forward(*args, **kwargs)
        for table in tables:
            for key, hook in tuple(table.forward.items()):
                called.add(key)
                result = _forward_hook(table, key, hook, module, args, kwargs, result)
        if taps is not None:
            result = taps.tap_outputs(result)
        return result
    except Exception:
        for table in tables:
            for key, hook in tuple(table.forward.items()):
                if key in table.always_call and key not in called:
                    try:
                        result = _forward_hook(table, key, hook, module, args, kwargs, result)
                    except Exception as error:  # the first error is the one to report
                        warnings.warn(
                            f"{type(module).__name__}: a forward hook with always_call=True raised an "
                            f"exception that was silenced as another error was raised in forward: {error}",
                            stacklevel=3,
                        )
        raise


def _forward_hook(table, key, hook, module, args, kwargs, result):
    changed = hook(module, args, kwargs, result) if key in table.with_kwargs else hook(module, args, result)
    return result if changed is None else changed


_tap_function = None


def _tap(on_gradients, tensors):
    """The tensors unchanged; in the backward pass ``on_gradients(gradients) -> gradients`` stands in their
    way.
    """
    global _tap_function
    if _tap_function is None:
        # At the first backward hook and not at import: synapgrad.autograd may itself be importing this
        # package.
        from synapgrad.autograd import Function

        class BackwardHookFunction(Function):
            @staticmethod
            def forward(ctx, on_gradients, *tensors):
                ctx.on_gradients = on_gradients
                ctx.set_materialize_grads(False)  # a hook is to see which gradients there are
                return tuple(tensor.view_as(tensor) for tensor in tensors)

            @staticmethod
            def backward(ctx, *gradients):
                return (None, *ctx.on_gradients(gradients))

        _tap_function = BackwardHookFunction
    return _tap_function.apply(on_gradients, *tensors)


class BackwardTaps:
    """Backward hooks of one call of one module: an identity before its forward and one after it, whose
    derivatives are the hooks.

    The gradients pass the output's tap first, which is when ``grad_output`` is known and the pre-hooks run,
    and the input's tap last, when ``grad_input`` is complete and the hooks run. A tensor that no gradient
    reached has None in ``grad_output`` and zeros in ``grad_input``, and so has an input that requires none.
    Where no input requires a gradient there is no second tap, and the hooks run at the first one with a
    ``grad_input`` of Nones.
    """

    def __init__(self, module, before, after):
        self.module = module
        self.before = before
        self.after = after
        self.grad_output = None
        self.inputs = None
        self.n_inputs = 0

    def tap_inputs(self, args: tuple) -> tuple:
        self.n_inputs = len(args)
        self.input_kinds = _kinds(args)
        args, self.inputs = self._tap_tensors(args, self._on_grad_input)
        return args

    def tap_outputs(self, result):
        if not isinstance(result, (Tensor, tuple)):
            warnings.warn(
                f"{type(self.module).__name__}: for backward hooks to be called, the module's output "
                f"should be a Tensor or a tuple of Tensors but received {type(result)}",
                stacklevel=4,
            )
            return result
        outputs = result if isinstance(result, tuple) else (result,)
        self.n_outputs = len(outputs)
        outputs, self.outputs = self._tap_tensors(outputs, self._on_grad_output)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _tap_tensors(self, values: tuple, on_gradients):
        """The values with those that require a gradient tapped, and the places of these (None if there are
        none).
        """
        if not _C.is_grad_enabled():
            return values, None
        places = [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]
        if not places:
            return values, None
        tapped = list(values)
        for place, tensor in zip(places, _tap(on_gradients, [values[i] for i in places])):
            tapped[place] = tensor
        # A named tuple is built from its fields, a tuple from one sequence.
        rebuilt = type(values)(*tapped) if hasattr(values, "_fields") else tuple(tapped)
        return rebuilt, places

    def _on_grad_output(self, gradients):
        module = self.module
        self.grad_output = _spread(gradients, self.outputs, self.n_outputs)
        for hook in self.before:
            changed = hook(module, self.grad_output)
            if changed is not None:
                self.grad_output = _as_many(changed, self.grad_output, "pre hook", "grad_output")
        grad_output = self.grad_output
        if self.inputs is None:
            for hook in self.after:
                changed = hook(module, (None,) * self.n_inputs, grad_output)
                if changed is not None and not (
                    isinstance(changed, tuple) and all(g is None for g in changed)
                ):
                    raise RuntimeError(
                        f"Backward hook of {type(module).__name__}: where no input requires gradient "
                        f"it should always return None or None for all gradients, "
                        f"but got {type(changed).__name__}"
                    )
            self.grad_output = None
        return _select(grad_output, self.outputs)

    def _on_grad_input(self, gradients):
        if self.grad_output is None:  # this gradient did not come through the module's output
            return gradients
        module = self.module
        grad_input = _filled(_spread(gradients, self.inputs, self.n_inputs), self.input_kinds)
        for hook in self.after:
            changed = hook(module, grad_input, self.grad_output)
            if changed is not None:
                grad_input = _as_many(changed, grad_input, "hook", "grad_input")
        self.grad_output = None
        return _select(grad_input, self.inputs)


def _spread(gradients, places, length) -> tuple:
    spread = [None] * length
    for place, gradient in zip(places, gradients):
        spread[place] = gradient
    return tuple(spread)


def _select(gradients, places) -> tuple:
    return tuple(gradients[place] for place in places)


def _kinds(values) -> dict[int, tuple]:
    """Shape and dtype of each tensor among the values, by place: what it takes to make zeros like it."""
    return {
        i: (tuple(value.shape), value.dtype) for i, value in enumerate(values) if isinstance(value, Tensor)
    }


def _filled(gradients: tuple, kinds: dict[int, tuple]) -> tuple:
    """The gradients with zeros in the places of tensors that have none."""
    return tuple(
        _C.zeros(kinds[i][0], dtype=kinds[i][1]) if gradient is None and i in kinds else gradient
        for i, gradient in enumerate(gradients)
    )


def _as_many(changed, expected, kind, name) -> tuple:
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(expected):
        raise RuntimeError(
            f"Backward {kind} returned an invalid number of {name}, got {len(changed)}, "
            f"but expected {len(expected)}"
        )
    return changed
