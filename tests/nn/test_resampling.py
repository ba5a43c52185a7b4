"""The layers that change sizes, beside torch's."""

import warnings

import pytest
from helpers import same

LAYERS = [
    (lambda nn: nn.Upsample(3), (1, 2, 4)),
    (lambda nn: nn.Upsample(scale_factor=2), (1, 2, 2, 3)),
    (lambda nn: nn.Upsample(scale_factor=(2, 3)), (1, 2, 2, 3)),
    (lambda nn: nn.Upsample(scale_factor=1.5, mode="bilinear", align_corners=True), (1, 2, 4, 3)),
    (lambda nn: nn.Upsample(scale_factor=1.3, mode="bicubic", recompute_scale_factor=True), (1, 2, 4, 3)),
    (lambda nn: nn.UpsamplingNearest2d(4), (1, 2, 3, 3)),
    (lambda nn: nn.UpsamplingBilinear2d(scale_factor=3), (1, 2, 3, 3)),
    (lambda nn: nn.PixelShuffle(2), (2, 4, 3, 3)),
    (lambda nn: nn.PixelUnshuffle(2), (2, 4, 4, 2)),
    (lambda nn: nn.ChannelShuffle(2), (2, 4, 4, 2)),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_layers(make, shape):
    def program(lib, nn, _):
        layer = make(nn)
        options = {key: value for key, value in vars(layer).items() if not key.startswith("_")}
        x = lib.randn(shape).requires_grad_()
        y = layer(x * 1)
        (y * lib.rand(tuple(y.shape))).sum().backward()
        return [layer, options, y, x.grad]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(program, approximately=True)
