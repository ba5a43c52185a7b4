"""Optimizer: groups of parameters, their options, a state per parameter. Update rules are its subclasses."""

from __future__ import annotations

import copy
import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from synapgrad import _C
from synapgrad._C import Tensor

from ..nn.modules._hooks import RemovableHandle, register

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]


class _Required:
    """Stands for an option without a default: every group has to give it."""

    def __repr__(self):
        return "<required parameter>"


required = _Required()

_global_step_pre_hooks: OrderedDict = OrderedDict()
_global_step_post_hooks: OrderedDict = OrderedDict()


def register_optimizer_step_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs) -> None | (args, kwargs)`` before the step of **every** optimizer.

    ``args`` begins with the optimizer, as those that a hook returns have to.
    """
    return register(_global_step_pre_hooks, hook)


def register_optimizer_step_post_hook(hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after the step of **every** optimizer."""
    return register(_global_step_post_hooks, hook)


def _with_step_hooks(step):
    """``step`` with the step hooks around it, for which it looks only where there are any."""

    @functools.wraps(step)
    def hooked(self, *args, **kwargs):
        self._stepped = True
        pre, post = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (pre or post or _global_step_pre_hooks or _global_step_post_hooks):
            return step(self, *args, **kwargs)
        if type(self).step is not hooked:  # called by an override, around which the hooks already run
            return step(self, *args, **kwargs)
        args = (self, *args)
        for hook in [*_global_step_pre_hooks.values(), *pre.values()]:
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{type(self).__name__}.step: a pre-hook must return None or a tuple of "
                        f"(new_args, new_kwargs), but got {changed}."
                    )
                args, kwargs = changed
        result = step(*args, **kwargs)
        for hook in [*post.values(), *_global_step_post_hooks.values()]:
            hook(self, args, kwargs)
        return result

    return hooked


class Optimizer:
    """Base class of all optimizers.

    Args:
        params: tensors, or pairs (name, tensor), or dictionaries, one per group, with a key "params" and
            options of the group's own. In an order that stays the same, so no set.
        defaults: the options of groups that do not give their own.

    Attributes:
        param_groups: a list of dictionaries: "params" and the options. Change an option there and the next
            step follows it.
        state: a dictionary from each parameter to what the update rule remembers of it.

    Raises:
        TypeError: ``params`` is a single tensor or holds what is no tensor.
        ValueError: no parameters; one that is the result of an operation; one in two groups; a required
            option missing.

    A subclass defines ``step``, whose arithmetic is one call into the engine per group.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> class SignDescent(optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...     @synapgrad.no_grad()
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for param in group["params"]:
    ...                 param -= group["lr"] * param.grad.sign()
    >>> x = synapgrad.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = SignDescent([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [2.5, -1.5]
    """

    _stepped = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _with_step_hooks(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params, defaults: dict):
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict = defaultdict(dict)
        self.param_groups: list[dict] = []
        self._make_hook_tables()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _make_hook_tables(self) -> None:
        self._optimizer_step_pre_hooks: OrderedDict = OrderedDict()
        self._optimizer_step_post_hooks: OrderedDict = OrderedDict()
        self._optimizer_state_dict_pre_hooks: OrderedDict = OrderedDict()
        self._optimizer_state_dict_post_hooks: OrderedDict = OrderedDict()
        self._optimizer_load_state_dict_pre_hooks: OrderedDict = OrderedDict()
        self._optimizer_load_state_dict_post_hooks: OrderedDict = OrderedDict()

    # Hooks belong to a running program: a copy or a pickle starts without them.

    def __getstate__(self) -> dict:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._make_hook_tables()

    def __repr__(self):
        lines = []
        for number, group in enumerate(self.param_groups):
            options = sorted(key for key in group if key != "params")
            lines += ["", f"Parameter Group {number}", *(f"    {key}: {group[key]}" for key in options)]
        return f"{type(self).__name__} (" + "\n".join(lines) + "\n)"

    # Groups

    def add_param_group(self, param_group: dict) -> None:
        """Add a group: a dictionary with "params" and whatever options differ from the defaults.

        To train layers that were frozen at first, for example. It raises what the constructor raises, and
        then changes nothing.

        >>> from synapgrad import nn, optim
        >>> first, second = nn.Linear(2, 2), nn.Linear(2, 1)
        >>> optimizer = optim.SGD(first.parameters(), lr=0.1)
        >>> optimizer.add_param_group({"params": second.parameters(), "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, such as a list: "
                "the order of a set differs from run to run"
            )
        params = list(params)

        names = param_group.get("param_names")
        if any(isinstance(param, tuple) for param in params):
            if not all(isinstance(param, tuple) for param in params):
                raise ValueError(
                    "all optimizer params should be with/without names. Some param names are missing"
                )
            names = [name for name, _ in params]
            params = [param for _, param in params]

        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}"
                )
            if not (param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )

        own = {id(param) for param in params}
        if len(own) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        if any(id(param) in own for group in self.param_groups for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in self.param_groups[0]) != (names is not None):
            which = "without names" if names is None else "with names"
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group {which} to the optimizer"
            )

        param_group["params"] = params
        if names is not None:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    # Training

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or with ``set_to_none=False`` fill them with zeros.

        The difference: without a gradient a step leaves a parameter alone, with zeros momentum still moves
        it.
        """
        for group in self.param_groups:
            _C._zero_grad(group["params"], set_to_none)

    def step(self, closure=None):
        """Update the parameters once; every subclass defines it.

        Args:
            closure: a function that computes the loss and its gradients anew and returns the loss.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define step")

    def _expect_step(self) -> None:
        """Count steps from now, the first time that a schedule asks."""
        if "_scheduled" not in self.__dict__:
            self._scheduled = True
            self._stepped = False

    def _has_stepped(self) -> bool:
        """Whether there was a step since; yes where ``step`` has been replaced, as nobody knows then."""
        return self._stepped or "step" in self.__dict__

    def register_step_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs) -> None | (args, kwargs)`` before each step.

        ``args`` begins with the optimizer, as those that a hook returns have to.

        >>> import synapgrad
        >>> from synapgrad import optim
        >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=0.1)
        >>> handle = optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: print("stepping"))
        >>> optimizer.step()
        stepping
        """
        return register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return register(self._optimizer_step_post_hooks, hook)

    # State

    def register_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before ``state_dict`` is computed."""
        return register(self._optimizer_state_dict_pre_hooks, hook, prepend=prepend)

    def register_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict) -> None | other state_dict`` before ``state_dict`` returns."""
        return register(self._optimizer_state_dict_post_hooks, hook, prepend=prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict) -> None | other state_dict`` before a state_dict is loaded."""
        return register(self._optimizer_load_state_dict_pre_hooks, hook, prepend=prepend)

    def register_load_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after a state_dict is loaded."""
        return register(self._optimizer_load_state_dict_post_hooks, hook, prepend=prepend)

    def state_dict(self) -> dict:
        """The options and the state, without the parameters: these appear as numbers, in order through all
        groups.

        ``{"state": {number: state of the parameter}, "param_groups": [{options, "params": [number, …]}]}``.
        The tensors in it are the optimizer's own.

        >>> from synapgrad import nn, optim
        >>> optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1).state_dict()["param_groups"][0]["params"]
        [0, 1]
        """
        for hook in tuple(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        count = 0
        for group in self.param_groups:
            numbers.update((id(param), number) for number, param in enumerate(group["params"], count))
            count += len(group["params"])
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()
        }
        state_dict = {"state": state, "param_groups": groups}
        for hook in tuple(self._optimizer_state_dict_post_hooks.values()):
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        return state_dict

    def load_state_dict(self, state_dict: dict) -> None:
        """Take options and state from what another optimizer's ``state_dict`` gave.

        Parameters are matched by their order. State tensors get the dtype of their parameter; those that have
        it already are taken as they are, so hand over a ``copy.deepcopy`` where both optimizers go on.

        Raises:
            ValueError: the number of groups, or of parameters in a group, differs. Nothing has changed then.
        """
        state_dict = state_dict.copy()  # hooks may change it
        for hook in tuple(self._optimizer_load_state_dict_pre_hooks.values()):
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed

        groups, saved_groups = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"got {len(saved_groups)}, wanted {len(groups)}"
            )
        if any(len(group["params"]) != len(saved["params"]) for group, saved in zip(groups, saved_groups)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match "
                "the size of optimizer's group"
            )

        params = {
            number: param
            for group, saved in zip(groups, saved_groups)
            for number, param in zip(saved["params"], group["params"])
        }
        state: defaultdict = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                state[params[key]] = _fitted(value, params[key])
            else:
                state[key] = value
        for group, saved in zip(groups, saved_groups):
            saved["params"] = group["params"]
            if "param_names" in group and "param_names" not in saved:
                saved["param_names"] = group["param_names"]
        self.__setstate__({"state": state, "param_groups": saved_groups})
        for hook in tuple(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)


def _fitted(value, param: Tensor, key=None):
    """A parameter's loaded state with its tensors in the parameter's dtype; a step counter keeps its own."""
    if isinstance(value, Tensor):
        return value.to(param.dtype) if key != "step" and param.is_floating_point() else value
    if isinstance(value, dict):
        return {name: _fitted(item, param, name) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return type(value)(_fitted(item, param) for item in value)  # type: ignore[call-arg]
    return value
