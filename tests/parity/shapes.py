"""Layers without parameters: activations, pooling, padding, and those that change the shape."""

from synapgrad import nn

from .cases import layer, normal, passed, settled


def unpooled():
    x = normal(2, 3, 4, 6)
    values, places = nn.MaxPool2d(2, return_indices=True)(x)
    return passed(nn.Identity(), [x], nn.MaxUnpool2d(2)(values, places))


def of_two(module):
    x, z = normal(4, 3), normal(4, 3)
    return passed(nn.Identity(), [x, z], module(x, z))


CASES = {
    # Activations
    "Identity": lambda: layer(nn.Identity(), (4, 3)),
    "ReLU": lambda: layer(nn.ReLU(), (4, 3)),
    "LeakyReLU": lambda: layer(nn.LeakyReLU(0.2), (4, 3)),
    "SELU": lambda: layer(nn.SELU(), (4, 3)),
    "Tanh": lambda: layer(nn.Tanh(), (4, 3)),
    "Sigmoid": lambda: layer(nn.Sigmoid(), (4, 3)),
    "Softmax": lambda: layer(nn.Softmax(1), (4, 3)),
    "LogSoftmax": lambda: layer(nn.LogSoftmax(0), (4, 3)),
    "Softmin": lambda: layer(nn.Softmin(1), (4, 3)),
    "Softmax2d": lambda: layer(nn.Softmax2d(), (2, 3, 2, 2)),
    "ReLU6": lambda: layer(nn.ReLU6(), (4, 3)),
    "Threshold": lambda: layer(nn.Threshold(0.1, 20.0), (4, 3)),
    "RReLU": lambda: layer(nn.RReLU(0.1, 0.3), (4, 3)),
    "RReLU, evaluation": lambda: settled(nn.RReLU(), (4, 3)),
    "Hardtanh": lambda: layer(nn.Hardtanh(-0.5, 1.5), (4, 3)),
    "Hardsigmoid": lambda: layer(nn.Hardsigmoid(), (4, 3)),
    "Hardswish": lambda: layer(nn.Hardswish(), (4, 3)),
    "SiLU": lambda: layer(nn.SiLU(), (4, 3)),
    "Mish": lambda: layer(nn.Mish(), (4, 3)),
    "ELU": lambda: layer(nn.ELU(0.7), (4, 3)),
    "CELU": lambda: layer(nn.CELU(1.3), (4, 3)),
    "GELU": lambda: layer(nn.GELU(), (4, 3)),
    "GELU, tanh": lambda: layer(nn.GELU("tanh"), (4, 3)),
    "GLU": lambda: layer(nn.GLU(1), (4, 6)),
    "Hardshrink": lambda: layer(nn.Hardshrink(0.3), (4, 3)),
    "Softshrink": lambda: layer(nn.Softshrink(), (4, 3)),
    "Tanhshrink": lambda: layer(nn.Tanhshrink(), (4, 3)),
    "LogSigmoid": lambda: layer(nn.LogSigmoid(), (4, 3)),
    "Softplus": lambda: layer(nn.Softplus(2.0, 1.0), (4, 3)),
    "Softsign": lambda: layer(nn.Softsign(), (4, 3)),
    # Pooling
    "MaxPool1d": lambda: layer(nn.MaxPool1d(2), (2, 3, 7)),
    "MaxPool2d": lambda: layer(
        nn.MaxPool2d((3, 2), (2, 1), 1, dilation=(2, 1), ceil_mode=True), (2, 3, 8, 7)
    ),
    "MaxPool3d": lambda: layer(nn.MaxPool3d((2, 2, 1)), (2, 4, 5, 3)),
    "MaxUnpool2d": unpooled,
    "AvgPool1d": lambda: layer(nn.AvgPool1d(3), (2, 3, 7)),
    "AvgPool2d": lambda: layer(
        nn.AvgPool2d((3, 2), (2, 1), (1, 0), ceil_mode=True, count_include_pad=False), (2, 3, 6, 5)
    ),
    "AvgPool3d": lambda: layer(nn.AvgPool3d(2, divisor_override=3), (2, 4, 5, 4)),
    "LPPool1d": lambda: layer(nn.LPPool1d(2.0, 3), (2, 3, 7)),
    "LPPool2d": lambda: layer(nn.LPPool2d(2.0, (3, 2), (1, 2), ceil_mode=True), (2, 3, 6, 5)),
    "LPPool3d": lambda: layer(nn.LPPool3d(2.0, 2), (1, 2, 4, 5, 4)),
    "AdaptiveMaxPool1d": lambda: layer(nn.AdaptiveMaxPool1d(3), (2, 3, 7)),
    "AdaptiveMaxPool2d": lambda: layer(nn.AdaptiveMaxPool2d((2, None)), (2, 3, 5, 4)),
    "AdaptiveMaxPool3d": lambda: layer(nn.AdaptiveMaxPool3d(2), (1, 2, 4, 5, 3)),
    "AdaptiveAvgPool1d": lambda: layer(nn.AdaptiveAvgPool1d(3), (2, 3, 7)),
    "AdaptiveAvgPool2d": lambda: layer(nn.AdaptiveAvgPool2d((2, None)), (2, 3, 5, 4)),
    "AdaptiveAvgPool3d": lambda: layer(nn.AdaptiveAvgPool3d(2), (1, 2, 4, 5, 3)),
    # Padding
    "ConstantPad1d": lambda: layer(nn.ConstantPad1d((1, 2), 0.5), (2, 3, 4)),
    "ConstantPad2d": lambda: layer(nn.ConstantPad2d((1, 0, -1, 2), -1.0), (2, 3, 4)),
    "ConstantPad3d": lambda: layer(nn.ConstantPad3d(1, 2.0), (2, 2, 3, 2)),
    "ZeroPad1d": lambda: layer(nn.ZeroPad1d((1, 2)), (2, 3, 4)),
    "ZeroPad2d": lambda: layer(nn.ZeroPad2d((1, 2, 0, 1)), (2, 3, 4)),
    "ZeroPad3d": lambda: layer(nn.ZeroPad3d((1, 0, 0, 1, 2, 0)), (2, 2, 3, 2)),
    "ReflectionPad1d": lambda: layer(nn.ReflectionPad1d((1, 2)), (2, 3, 4)),
    "ReflectionPad2d": lambda: layer(nn.ReflectionPad2d((1, 2, 0, 1)), (2, 3, 4)),
    "ReflectionPad3d": lambda: layer(nn.ReflectionPad3d((1, 0, 0, 1, 2, 0)), (2, 3, 3, 2)),
    "ReplicationPad1d": lambda: layer(nn.ReplicationPad1d((1, 2)), (2, 3, 4)),
    "ReplicationPad2d": lambda: layer(nn.ReplicationPad2d((1, 2, 0, 1)), (2, 3, 4)),
    "ReplicationPad3d": lambda: layer(nn.ReplicationPad3d((1, 0, 0, 1, 2, 0)), (2, 2, 3, 2)),
    "CircularPad1d": lambda: layer(nn.CircularPad1d((1, 2)), (2, 3, 4)),
    "CircularPad2d": lambda: layer(nn.CircularPad2d((1, 2, 0, 1)), (2, 3, 4)),
    "CircularPad3d": lambda: layer(nn.CircularPad3d((1, 0, 0, 1, 2, 0)), (2, 2, 3, 2)),
    # Shapes
    "Flatten": lambda: layer(nn.Flatten(), (2, 3, 4)),
    "Unflatten": lambda: layer(nn.Unflatten(1, (2, -1)), (3, 6)),
    "Unfold": lambda: layer(nn.Unfold((2, 3), dilation=(1, 2), padding=1, stride=2), (2, 3, 6, 7)),
    "Fold": lambda: layer(nn.Fold((4, 5), 2), (2, 12, 12)),
    "PixelShuffle": lambda: layer(nn.PixelShuffle(2), (2, 8, 2, 3)),
    "PixelUnshuffle": lambda: layer(nn.PixelUnshuffle(2), (2, 2, 4, 6)),
    "ChannelShuffle": lambda: layer(nn.ChannelShuffle(2), (2, 6, 3)),
    # Resampling
    "Upsample, nearest": lambda: layer(nn.Upsample(scale_factor=2), (2, 3, 4)),
    "Upsample, nearest-exact": lambda: layer(
        nn.Upsample(scale_factor=1.5, mode="nearest-exact"), (2, 3, 4, 5)
    ),
    "Upsample, linear": lambda: layer(nn.Upsample(scale_factor=1.5, mode="linear"), (2, 3, 5)),
    "Upsample, bilinear": lambda: layer(nn.Upsample(scale_factor=1.7, mode="bilinear"), (2, 3, 4, 5)),
    "Upsample, bilinear, aligned corners": lambda: layer(
        nn.Upsample((7, 3), mode="bilinear", align_corners=True), (2, 3, 4, 5)
    ),
    "Upsample, bicubic": lambda: layer(nn.Upsample(scale_factor=2, mode="bicubic"), (2, 3, 4, 5)),
    "Upsample, trilinear": lambda: layer(nn.Upsample(scale_factor=2, mode="trilinear"), (1, 2, 2, 3, 2)),
    # Distances
    "CosineSimilarity": lambda: of_two(nn.CosineSimilarity(eps=1e-6)),
    "PairwiseDistance": lambda: of_two(nn.PairwiseDistance(3.0, keepdim=True)),
}
