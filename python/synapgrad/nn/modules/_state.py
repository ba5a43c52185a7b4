"""state_dict and load_state_dict: a module's parameters and buffers as one flat dictionary, out and in."""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

from ..parameter import Parameter, is_lazy
from ._hooks import RemovableHandle, register

#: The key, below a module's prefix, of what ``get_extra_state`` returns.
EXTRA_STATE = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` returns: the keys it wanted and did not find, and those it found and did not
    want.
    """

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"

    __str__ = __repr__


class StateHookTable:
    """The hooks around saving and loading of one module, by handle number."""

    __slots__ = ("in_place", "load_post", "load_pre", "save", "save_pre", "with_module")

    def __init__(self):
        self.in_place: OrderedDict = OrderedDict()
        self.load_post: OrderedDict = OrderedDict()
        self.load_pre: OrderedDict = OrderedDict()
        self.save: OrderedDict = OrderedDict()
        self.save_pre: OrderedDict = OrderedDict()
        self.with_module: OrderedDict = OrderedDict()


class StateDict:
    """The part of :class:`Module` that saves and loads."""

    #: Written into the metadata of a state_dict; a subclass that changes its layout raises it and tells old
    #: from new in its ``_load_from_state_dict``.
    _version: int = 1

    # Made by Module.
    _parameters: Any
    _buffers: Any
    _modules: Any
    _non_persistent_buffers_set: set[str]
    _state_hooks: StateHookTable | None

    def _state_table(self) -> StateHookTable:
        table = self._state_hooks
        if table is None:
            self._state_hooks = table = StateHookTable()
        return table

    # Hooks

    def register_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before this module's part of a state_dict is written."""
        return register(self._state_table().save_pre, hook)

    def register_state_dict_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after this module and its children are
        written.

        The hook changes ``state_dict`` in place; a hook that returns anything but None is a RuntimeError.
        """
        table = self._state_table()
        return register(table.save, hook, flags=[table.in_place])

    def _register_state_dict_hook(self, hook) -> RemovableHandle:
        """As ``register_state_dict_post_hook``, but a result that is not None takes the place of the
        state_dict.
        """
        return register(self._state_table().save, hook)

    def register_load_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs)`` before this module's part is loaded; it may change ``state_dict`` in place, to rename
        old keys for example.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook, with_module=False) -> RemovableHandle:
        table = self._state_table()
        return register(table.load_pre, hook, flags=[table.with_module] * with_module)

    def register_load_state_dict_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after this module and its children are loaded.

        The hook may change the two lists in place, which decides what a strict load complains about.
        """
        return register(self._state_table().load_post, hook)

    # Saving

    def get_extra_state(self):
        """What else to save; override together with ``set_extra_state``. It is found under
        ``<prefix>_extra_state``.
        """
        raise RuntimeError(f"{type(self).__name__} overrides set_extra_state but not get_extra_state")

    def set_extra_state(self, state) -> None:
        """Take back what ``get_extra_state`` returned."""
        raise RuntimeError(f"{type(self).__name__} overrides get_extra_state but not set_extra_state")

    def _overrides(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(StateDict, method)

    def _save_to_state_dict(self, destination, prefix, keep_vars) -> None:
        """Write this module's own parameters and persistent buffers, without its children, into
        ``destination``.
        """
        for name, param in self._parameters.items():
            if param is not None:
                destination[prefix + name] = param if keep_vars or is_lazy(param) else param.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars or is_lazy(buffer) else buffer.detach()
        if self._overrides("get_extra_state"):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        """Every parameter and persistent buffer of this module and its submodules, by dotted name.

        The tensors share storage with the module; save or copy the dictionary to keep a state while training
        goes on.

        Args:
            destination: a dictionary to write into; by default a new ``OrderedDict``, whose ``_metadata``
                attribute has the ``_version`` of each submodule.
            prefix: put before each name.
            keep_vars: give the parameters themselves and not detached tensors.

        >>> from synapgrad import nn
        >>> list(nn.Sequential(nn.Linear(2, 1), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        if args:
            warnings.warn(
                "state_dict: positional arguments are deprecated; pass them by name",
                FutureWarning,
                stacklevel=2,
            )
            options = [destination, prefix, keep_vars]
            options[: len(args)] = args
            destination, prefix, keep_vars = options
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata

        hooks = self._state_hooks
        if hooks is not None:
            for hook in tuple(hooks.save_pre.values()):
                hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        if hooks is not None:
            for key, hook in tuple(hooks.save.items()):
                result = hook(self, destination, prefix, local_metadata)
                if result is None:
                    continue
                if key in hooks.in_place:
                    raise RuntimeError(
                        f"state_dict post-hook must return None, but got {type(result).__name__}"
                    )
                destination = result
        return destination

    # Loading

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ) -> None:
        """Load this module's own parameters and buffers, without its children.

        Nothing is raised here: what is wrong is appended to ``missing_keys``, ``unexpected_keys`` and
        ``error_msgs``, so that a program learns of all of it at once. ``state_dict`` may be changed, the
        tensors in it may not.
        """
        hooks = self._state_hooks
        if hooks is not None:
            for key, hook in tuple(hooks.load_pre.items()):
                module = (self,) if key in hooks.with_module else ()
                hook(
                    *module,
                    state_dict,
                    prefix,
                    local_metadata,
                    strict,
                    missing_keys,
                    unexpected_keys,
                    error_msgs,
                )

        own = {name: param for name, param in self._parameters.items() if param is not None}
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                own[name] = buffer
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, current in own.items():
            key = prefix + name
            if key in state_dict:
                error = self._load_tensor(name, key, current, state_dict[key], assign)
                if error is not None:
                    error_msgs.append(error)
            elif strict:
                missing_keys.append(key)

        extra = prefix + EXTRA_STATE
        if self._overrides("set_extra_state"):
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)

        if strict:
            modules = self._modules
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, dot, _ = key[len(prefix) :].partition(".")
                    if first not in (modules if dot else own):
                        unexpected_keys.append(key)

    def _load_tensor(self, name, key, current, loaded, assign) -> str | None:
        """Load one tensor; returns what was wrong with it."""
        if not isinstance(loaded, Tensor):
            return (
                f'While copying the parameter named "{key}", expected a Tensor from checkpoint but received '
                f"{type(loaded)}"
            )
        if is_lazy(current):
            if is_lazy(loaded):
                return None
            current.materialize(loaded.shape)
        if not assign and current.dim() == 0 and tuple(loaded.shape) == (1,):
            loaded = loaded[0]  # a scalar saved as a vector of one element
        if tuple(loaded.shape) != tuple(current.shape):
            return (
                f"size mismatch for {key}: copying a param with shape {tuple(loaded.shape)} from checkpoint, "
                f"the shape in current model is {tuple(current.shape)}."
            )
        try:
            if not assign:
                with _C.no_grad():
                    current.copy_(loaded)
            elif not isinstance(current, Parameter):
                setattr(self, name, loaded)
            elif isinstance(loaded, Parameter):
                setattr(self, name, loaded.requires_grad_(current.requires_grad))
            else:
                setattr(self, name, Parameter(loaded, requires_grad=current.requires_grad))
        except Exception as error:
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are '
                f"{tuple(current.shape)} and whose dimensions in the checkpoint are {tuple(loaded.shape)}, "
                f"an exception occurred : {error.args}."
            )
        return None

    def load_state_dict(self, state_dict, strict: bool = True, assign: bool = False):
        """Copy what ``state_dict`` holds into this module and its submodules.

        Args:
            state_dict: a mapping from the names that ``state_dict()`` gives to tensors of the same shapes;
                each is converted to the dtype of the parameter that it is copied into.
            strict: refuse missing and unexpected keys. Otherwise they are only reported.
            assign: put the tensors themselves in place of the parameters and buffers, keeping their dtype.
                An optimizer made before has then to be made again.

        Returns:
            a named tuple ``(missing_keys, unexpected_keys)``.

        Raises:
            TypeError: ``state_dict`` is no mapping.
            RuntimeError: keys missing or unexpected and ``strict``, or a shape that differs; all of them are
                named. What could be loaded has been loaded.

        >>> from synapgrad import nn
        >>> a, b = nn.Linear(2, 1), nn.Linear(2, 1)
        >>> a.load_state_dict(b.state_dict())
        <All keys matched successfully>
        >>> bool((a.weight == b.weight).all())
        True
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)  # hooks may change it
        if metadata is not None:
            state_dict._metadata = metadata
        missing_keys: list[str] = []
        unexpected_keys: list[str] = []
        error_msgs: list[str] = []
        incompatible = _IncompatibleKeys(missing_keys, unexpected_keys)

        def load(module, local_state_dict, prefix):
            local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
            if assign:
                local_metadata["assign_to_params_buffers"] = assign
            # Always strict: the lists are part of the result.
            module._load_from_state_dict(
                local_state_dict, prefix, local_metadata, True, missing_keys, unexpected_keys, error_msgs
            )
            for name, child in module._modules.items():
                if child is not None:
                    child_prefix = f"{prefix}{name}."
                    part = {
                        key: value for key, value in local_state_dict.items() if key.startswith(child_prefix)
                    }
                    load(child, part, child_prefix)
            if module._state_hooks is not None:
                for hook in tuple(module._state_hooks.load_post.values()):
                    if hook(module, incompatible) is not None:
                        raise AssertionError(
                            "a hook registered with register_load_state_dict_post_hook must return None; "
                            "it may change incompatible_keys in place"
                        )

        load(self, state_dict, "")
        if strict:
            for kind, keys in (("Unexpected", unexpected_keys), ("Missing", missing_keys)):
                if keys:
                    quoted = ", ".join(f'"{key}"' for key in keys)
                    error_msgs.insert(0, f"{kind} key(s) in state_dict: {quoted}. ")
        if error_msgs:
            listed = "\n\t".join(error_msgs)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return incompatible
