"""The layers, losses and containers, by family."""

from .activation import *
from .activation import __all__ as _activation
from .batchnorm import *
from .batchnorm import __all__ as _batchnorm
from .container import *
from .container import __all__ as _container
from .conv import *
from .conv import __all__ as _conv
from .distance import *
from .distance import __all__ as _distance
from .dropout import *
from .dropout import __all__ as _dropout
from .flatten import *
from .flatten import __all__ as _flatten
from .fold import *
from .fold import __all__ as _fold
from .instancenorm import *
from .instancenorm import __all__ as _instancenorm
from .linear import *
from .linear import __all__ as _linear
from .loss import *
from .loss import __all__ as _loss
from .module import Module
from .normalization import *
from .normalization import __all__ as _normalization
from .padding import *
from .padding import __all__ as _padding
from .pooling import *
from .pooling import __all__ as _pooling
from .resampling import *
from .resampling import __all__ as _resampling
from .sparse import *
from .sparse import __all__ as _sparse

__all__ = [
    "Module",
    *_activation,
    *_batchnorm,
    *_container,
    *_conv,
    *_distance,
    *_dropout,
    *_flatten,
    *_fold,
    *_instancenorm,
    *_linear,
    *_loss,
    *_normalization,
    *_padding,
    *_pooling,
    *_resampling,
    *_sparse,
]
