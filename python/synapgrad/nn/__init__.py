"""Neural networks: modules, their parameters, the functions they compute and how they start."""

from . import functional, init, modules, utils
from .modules import *
from .modules import __all__ as _modules
from .parameter import Buffer, Parameter

__all__ = ["Buffer", "Parameter", "functional", "init", "modules", "utils", *_modules]
