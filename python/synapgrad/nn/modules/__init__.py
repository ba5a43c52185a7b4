"""The layers, losses and containers, by family."""

from .activation import *
from .activation import __all__ as _activation
from .adaptive import *
from .adaptive import __all__ as _adaptive
from .attention import *
from .attention import __all__ as _attention
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
from .lazy import *
from .lazy import __all__ as _lazy
from .linear import *
from .linear import __all__ as _linear
from .linear_loss import *
from .linear_loss import __all__ as _linear_loss
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
from .rnn import *
from .rnn import __all__ as _rnn
from .sparse import *
from .sparse import __all__ as _sparse
from .transformer import *
from .transformer import __all__ as _transformer

__all__ = [
    "Module",
    *_activation,
    *_adaptive,
    *_attention,
    *_batchnorm,
    *_container,
    *_conv,
    *_distance,
    *_dropout,
    *_flatten,
    *_fold,
    *_instancenorm,
    *_lazy,
    *_linear,
    *_linear_loss,
    *_loss,
    *_normalization,
    *_padding,
    *_pooling,
    *_resampling,
    *_rnn,
    *_sparse,
    *_transformer,
]
