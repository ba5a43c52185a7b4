"""Helpers around modules and their parameters. Each is loaded when it is first asked for.

>>> from synapgrad import nn
>>> nn.utils.clip_grad_norm_(nn.Linear(2, 1).parameters(), 1.0)
tensor(0.)
"""

from __future__ import annotations

from synapgrad._loading import lazily

#: What can be had from here, by the file that it is in.
_FILES = {
    "clip_grad": [
        "clip_grad_norm",
        "clip_grad_norm_",
        "clip_grad_value_",
        "clip_grads_with_norm_",
        "get_total_norm",
    ],
    "convert_parameters": ["parameters_to_vector", "vector_to_parameters"],
    "_weight_norm": ["remove_weight_norm", "weight_norm"],
    "data": ["DataLoader", "DataLoaderCallback", "one_hot_encode", "split_dataset"],
    "train": ["Evaluator", "Trainer"],
    "_spectral_norm": ["remove_spectral_norm", "spectral_norm"],
    "init": ["skip_init"],
    "memory_format": ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"],
    "fusion": ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"],
}
_MODULES = [
    "clip_grad",
    "convert_parameters",
    "data",
    "fusion",
    "init",
    "memory_format",
    "parametrizations",
    "parametrize",
    "rnn",
    "stateless",
    "train",
]

__all__ = [*(name for names in _FILES.values() for name in names), *_MODULES]

__getattr__, __dir__ = lazily(globals(), _FILES, _MODULES)
