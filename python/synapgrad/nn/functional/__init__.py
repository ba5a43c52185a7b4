"""The layers' computations as functions, with the layers' parameters as arguments. All arithmetic is the
engine's.

>>> import synapgrad
>>> import synapgrad.nn.functional as F
>>> F.relu(synapgrad.tensor([-1.0, 2.0]))
tensor([0., 2.])
"""

from .activation import *
from .activation import __all__ as _activation
from .attention import *
from .attention import __all__ as _attention
from .conv import *
from .conv import __all__ as _conv
from .distance import *
from .distance import __all__ as _distance
from .dropout import *
from .dropout import __all__ as _dropout
from .linear import *
from .linear import __all__ as _linear
from .linear_loss import *
from .linear_loss import __all__ as _linear_loss
from .loss import *
from .loss import __all__ as _loss
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
from .vision import *
from .vision import __all__ as _vision

__all__ = [
    *_activation,
    *_attention,
    *_conv,
    *_distance,
    *_dropout,
    *_linear,
    *_linear_loss,
    *_loss,
    *_normalization,
    *_padding,
    *_pooling,
    *_resampling,
    *_sparse,
    *_vision,
]
