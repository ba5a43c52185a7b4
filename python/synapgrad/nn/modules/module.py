"""Module: a function with parameters, made of other such functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synapgrad import _C
from synapgrad._C import Tensor

from ..parameter import Buffer, Parameter
from . import _hooks
from ._convert import Conversions
from ._hooks import (
    HookTable,
    RemovableHandle,
    announce,
    call_with_hooks,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from ._registry import KINDS, forget, registry
from ._state import StateDict

__all__ = [
    "Module",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]


def _call_hooks(kind: str) -> property:
    """``module._forward_hooks`` and its like: the dictionary of one kind of hook, made when it is first asked
    for.
    """
    return property(
        lambda module: getattr(module._hook_table(), kind),
        lambda module, hooks: setattr(module._hook_table(), kind, _hooks.OrderedDict(hooks)),
    )


def indented(text: str, spaces: int) -> str:
    """``text`` with every line but the first moved to the right."""
    return text.replace("\n", "\n" + " " * spaces)


class Module(Conversions, StateDict):
    """Base class of everything with parameters: layers, losses, networks.

    A subclass makes its parts in ``__init__``, after ``super().__init__()``, and computes in ``forward``.
    Parameters, buffers and modules that it assigns to its attributes are registered: they are found by
    ``parameters()``, saved by ``state_dict()`` and converted by ``to()``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = nn.Parameter(synapgrad.tensor(2.0))
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> line = Line()
    >>> line(synapgrad.tensor([1.0, 3.0])).tolist()
    [2.0, 6.0]
    >>> [name for name, _ in line.named_parameters()]
    ['slope']
    """

    # How members are stored. ``module.weight`` is read at every step and assigned almost never, so a member
    # is an ordinary attribute, found by Python's own lookup in ``__dict__``; there is no ``__getattr__``,
    # whose mere presence would slow every attribute of every module. (A subclass may have one, and
    # ``super().__getattr__(name)`` in it raises the AttributeError that it expects, for want of the method.)
    # What registration adds is a name in one of three ordered sets (dicts without values),
    # ``_parameter_names``, ``_buffer_names`` and ``_module_names``. ``_parameters``, ``_buffers`` and
    # ``_modules`` are views that read and write the names and the attributes together (see _registry.py); as
    # nothing is stored twice, nothing can get out of step. A name that is registered always has an attribute
    # (which may be None) and is in one set only.

    #: Whether the module is in training mode; set by ``train()`` and ``eval()``.
    training: bool
    _hooks: HookTable | None
    _parameter_names: dict[str, None]
    _buffer_names: dict[str, None]
    _module_names: dict[str, None]
    #: For multiple inheritance: whether ``Module.__init__`` hands its arguments to the next class's
    #: ``__init__``.
    call_super_init: bool = False
    dump_patches: bool = False

    _parameters = registry("_parameter_names", "The module's own parameters by name, live.")
    _buffers = registry("_buffer_names", "The module's own buffers by name, live.")
    _modules = registry("_module_names", "The module's children by name, live.")

    _forward_pre_hooks = _call_hooks("forward_pre")
    _forward_hooks = _call_hooks("forward")
    _backward_pre_hooks = _call_hooks("backward_pre")
    _backward_hooks = _call_hooks("backward")

    def __init__(self, *args, **kwargs):
        if not self.call_super_init:
            cls = type(self).__name__
            if kwargs:
                name = next(iter(kwargs))
                raise TypeError(f"{cls}.__init__() got an unexpected keyword argument '{name}'")
            if args:
                raise TypeError(
                    f"{cls}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        # Straight into __dict__: __setattr__ would look each name up in sets that are only now being made.
        self.__dict__.update(
            training=True,
            _hooks=None,
            _state_hooks=None,
            _parameter_names={},
            _buffer_names={},
            _module_names={},
            _non_persistent_buffers_set=set(),
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # Calling

    def forward(self, *input):
        """The computation of each call; every subclass defines it. Call the module, not this: hooks run
        around it.
        """
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, /, *args, **kwargs):
        if self._hooks is None and _hooks.GLOBAL is None:
            return self.forward(*args, **kwargs) if kwargs else self.forward(*args)
        return call_with_hooks(self, args, kwargs)

    def _hook_table(self) -> HookTable:
        table = self._hooks
        if table is None:
            self.__dict__["_hooks"] = table = HookTable()
        return table

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False) -> RemovableHandle:
        """Call ``hook(module, args)`` before each forward; a result that is not None replaces the arguments.

        With ``with_kwargs`` it is ``hook(module, args, kwargs)``, and the result ``(args, kwargs)``.
        ``prepend`` puts the hook before those already registered. ``remove()`` of the returned handle takes
        it away.

        >>> from synapgrad import nn
        >>> layer = nn.Identity()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
        >>> layer(1)
        2
        """
        return self._hook_table().add("forward_pre", hook, prepend, with_kwargs)

    def register_forward_hook(
        self, hook, *, prepend=False, with_kwargs=False, always_call=False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after each forward; a result that is not None replaces the
        output.

        With ``with_kwargs`` it is ``hook(module, args, kwargs, output)``. With ``always_call`` the hook is
        called also where forward raises, with the output None.

        >>> from synapgrad import nn
        >>> layer = nn.Identity()
        >>> handle = layer.register_forward_hook(lambda module, args, output: output * 10)
        >>> layer(1)
        10
        """
        return self._hook_table().add("forward", hook, prepend, with_kwargs, always_call)

    def register_full_backward_pre_hook(self, hook, prepend=False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the module's outputs are known.

        ``grad_output`` is a tuple with an entry per output, None for what is no tensor or needs no gradient.
        A result that is not None takes its place in the rest of the backward pass.
        """
        return self._hook_table().add("backward_pre", hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the module's inputs are known.

        Both are tuples with an entry per positional argument and per output, None for what is no tensor or
        needs no gradient. A result that is not None takes the place of ``grad_input`` in the rest of the
        backward pass.

        >>> import synapgrad
        >>> from synapgrad import nn
        >>> layer = nn.Identity()
        >>> handle = layer.register_full_backward_hook(lambda module, inputs, outputs: (inputs[0] * 2,))
        >>> x = synapgrad.tensor([1.0], requires_grad=True)
        >>> layer(x).sum().backward()
        >>> x.grad
        tensor([2.])
        """
        return self._hook_table().add("backward", hook, prepend)

    def register_backward_hook(self, hook):
        """Refused. This older kind of hook sees the gradients of the last operation in forward, not the
        module's.
        """
        raise NotImplementedError("register_backward_hook is not supported; use register_full_backward_hook")

    # Members

    def __setattr__(self, name, value):
        attributes = self.__dict__
        if isinstance(value, Parameter):
            if "_parameter_names" not in attributes:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._check_name("parameter", "_parameter_names", name, assigned=True)
            self._put_parameter(name, value)
        elif name in attributes.get("_parameter_names", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as parameter '{name}' "
                    "(nn.Parameter or None expected)"
                )
            self._put_parameter(name, None)
        elif isinstance(value, Module) or name in attributes.get("_module_names", ()):
            if "_module_names" not in attributes:
                raise AttributeError("cannot assign module before Module.__init__() call")
            if not isinstance(value, Module) and value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as child module '{name}' "
                    "(nn.Module or None expected)"
                )
            self._modules[name] = announce(_hooks.ON_MODULE, self, name, value)
        elif isinstance(value, Buffer):
            if "_buffer_names" not in attributes:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            self._check_name("buffer", "_buffer_names", name, assigned=True)
            self._put_buffer(name, value, value.persistent)
        elif name in attributes.get("_buffer_names", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as buffer '{name}' "
                    "(nn.Buffer, Tensor or None expected)"
                )
            self._put_buffer(name, value, name not in self._non_persistent_buffers_set)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name):
        object.__delattr__(self, name)
        if "_parameter_names" in self.__dict__:
            forget(self.__dict__, name)

    def __dir__(self):
        # Names that are no identifiers, as the children of a Sequential have, cannot be typed after a dot.
        return sorted(name for name in super().__dir__() if not name[:1].isdigit())

    def __setstate__(self, state):
        self.__dict__.update(state)
        # A shallow copy gets sets of names of its own, or registering with one module would register with the
        # other.
        for kind in KINDS:
            self.__dict__[kind] = dict(self.__dict__[kind])
        self.__dict__["_non_persistent_buffers_set"] = set(self._non_persistent_buffers_set)

    def _check_name(self, what: str, kind: str, name, *, assigned=False) -> None:
        """Refuse a name that no member can have, or that something else has.

        ``assigned``: the name was assigned to, so that an attribute of the instance gives way; one of the
        class does not.
        """
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {_typename(name)}")
        taken = (
            hasattr(self, name)
            and name not in self.__dict__[kind]
            and not (assigned and name in self.__dict__)
        )
        if taken:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')

    def _put_parameter(self, name: str, param) -> None:
        if param is not None:
            if param.grad_fn is not None:
                raise ValueError(
                    f"cannot assign non-leaf Tensor to parameter '{name}': a parameter is not "
                    f"computed from other tensors. To express '{name}' as "
                    "a function of another Tensor, compute it in forward()."
                )
            param = announce(_hooks.ON_PARAMETER, self, name, param)
        self._parameters[name] = param

    def _put_buffer(self, name: str, tensor, persistent: bool) -> None:
        self._buffers[name] = announce(_hooks.ON_BUFFER, self, name, tensor)
        (set.discard if persistent else set.add)(self._non_persistent_buffers_set, name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Make ``param`` a parameter of this module under ``name``; ``None`` keeps the place of an optional
        one.

        Raises:
            AttributeError: before ``super().__init__()``.
            KeyError: the name is empty, has a dot, or is taken by another attribute.
            TypeError: the name is no string or ``param`` no Parameter.
            ValueError: ``param`` is the result of an operation.

        >>> from synapgrad import nn
        >>> layer = nn.Identity()
        >>> layer.register_parameter("bias", None)
        >>> layer.bias is None
        True
        """
        if "_parameter_names" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", "_parameter_names", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' "
                "(nn.Parameter or None required)"
            )
        self._put_parameter(name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make ``tensor`` a buffer: part of the module's state that is not learned.

        Args:
            persistent: whether ``state_dict()`` has it.

        Raises:
            AttributeError, KeyError, TypeError: as for :meth:`register_parameter`.

        >>> import synapgrad
        >>> from synapgrad import nn
        >>> layer = nn.Identity()
        >>> layer.register_buffer("mean", synapgrad.tensor([0.5]))
        >>> layer.state_dict()
        OrderedDict([('mean', tensor([0.5000]))])
        """
        if "_buffer_names" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", "_buffer_names", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' (Tensor or None required)"
            )
        self._put_buffer(name, tensor, persistent)

    def add_module(self, name: str, module: Module | None) -> None:
        """Make ``module`` a child of this one, as ``self.<name> = module`` does, for names that are computed.

        Raises:
            KeyError: the name is empty, has a dot, or is taken by another attribute.
            TypeError: the name is no string or ``module`` no Module.
        """
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        self._check_name("module", "_module_names", name)
        self._modules[name] = announce(_hooks.ON_MODULE, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as :meth:`add_module`."""
        self.add_module(name, module)

    def get_submodule(self, target: str) -> Module:
        """The submodule of the dotted name ``target``; the empty name is this module. AttributeError if there
        is none.

        >>> from synapgrad import nn
        >>> nn.Sequential(nn.Sequential(nn.Linear(2, 1))).get_submodule("0.0")
        Linear(in_features=2, out_features=1, bias=True)
        """
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put ``module`` in the place of the submodule of the dotted name ``target``.

        Args:
            strict: refuse to make a submodule that was not there.

        Raises:
            ValueError: ``target`` is empty, or ``module`` no Module.
            AttributeError: there is no such place.

        >>> from synapgrad import nn
        >>> net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
        >>> net.set_submodule("1", nn.Tanh())
        >>> net[1]
        Tanh()
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of the dotted name ``target``. AttributeError if there is none."""
        param = self._get_member(target)
        if not isinstance(param, Parameter):
            raise AttributeError(f"`{target.rpartition('.')[2]}` is not an nn.Parameter")
        return param

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of the dotted name ``target``. AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        buffer = self._get_member(target)
        if name not in self.get_submodule(path)._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer

    def _get_member(self, target: str):
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        return getattr(module, name)

    # Iterators

    def _named_members(self, get_members_fn, prefix="", recurse=True, remove_duplicate=True):
        """Pairs (dotted name, member) of what ``get_members_fn`` gives of each module."""
        seen: set[int] = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for path, module in modules:
            for name, member in get_members_fn(module):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield (f"{path}.{name}" if path else name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Pairs (dotted name, parameter), this module's first, then its submodules'.

        Args:
            prefix: put before each name.
            recurse: whether submodules are included.
            remove_duplicate: whether a parameter that is in two places appears once.

        >>> from synapgrad import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 1)).named_parameters(prefix="net")]
        ['net.0.weight', 'net.0.bias']
        """
        return self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, in the order of :meth:`named_parameters`, each once: what an optimizer takes."""
        for _, param in self.named_parameters(recurse=recurse):
            yield param

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Pairs (dotted name, buffer); the arguments are those of :meth:`named_parameters`."""
        return self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, in the order of :meth:`named_buffers`, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Pairs (name, module) of the modules directly below this one, each module once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Pairs (dotted name, module): this module under ``prefix``, then all below it, depth first.

        Args:
            memo: modules to leave out; those that appear are added to it.
            remove_duplicate: whether a module that is in two places appears once.

        >>> from synapgrad import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 1), nn.Sequential(nn.ReLU())).named_modules()]
        ['', '0', '1', '1.0']
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, path, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, in the order of :meth:`named_modules`."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    # Changing all of it

    def apply(self, fn: Callable[[Module], None]) -> Module:
        """Call ``fn`` with every submodule, children before parents and this module last; returns this
        module.

        >>> from synapgrad import nn
        >>> def init(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.ones_(module.weight)
        >>> nn.Sequential(nn.Linear(2, 1), nn.ReLU()).apply(init)[0].weight.tolist()
        [[1.0, 1.0]]
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Module:
        """Put this module and all below it into training mode, or with ``False`` into evaluation mode.

        Raises:
            ValueError: ``mode`` is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"train: training mode is expected to be boolean, but got {_typename(mode)}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Module:
        """Put this module and all below it into evaluation mode: ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Say of every parameter whether it is to be learned; ``False`` freezes the module."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or with ``set_to_none=False`` fill them with zeros."""
        _C._zero_grad(list(self.parameters()), set_to_none)

    def compile(self, *args, **kwargs) -> None:
        """Accepted, and without effect: operations are compiled already."""

    # Text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What a subclass wants to have printed between the brackets of its repr."""
        return ""

    def __repr__(self):
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(module), 2)}" for name, module in self._modules.items()]
        if len(lines) == 1 and not children:
            return f"{self._get_name()}({extra})"
        if not lines and not children:
            return f"{self._get_name()}()"
        return "\n  ".join([f"{self._get_name()}(", *lines, *children]) + "\n)"


def _typename(value) -> str:
    """The class of a value by its full name, without the module for Python's own."""
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
