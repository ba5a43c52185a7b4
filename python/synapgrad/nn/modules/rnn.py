"""Recurrent layers and cells: networks that read a sequence element by element, and remember."""

from __future__ import annotations

import numbers
import warnings

from synapgrad import _C

from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from ._convert import _require_cpu
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


class RNNBase(Module):
    """What :class:`RNN`, :class:`LSTM` and :class:`GRU` have in common: their parameters and options.

    Args:
        mode: 'RNN_TANH', 'RNN_RELU', 'LSTM' or 'GRU'.
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype: see :class:`LSTM`.

    ValueError for sizes below 1, a projection not smaller than the hidden state, a dropout that is no
    probability; TypeError for sizes that are no ints and flags that are no bools.
    """

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    _all_weights: list[list[str]]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _require_cpu(type(self).__name__, device)
        if not isinstance(dropout, numbers.Real) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being "
                f"zeroed, got {dropout!r}"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        for name, value, kind in (
            ("bias", bias, bool),
            ("batch_first", batch_first, bool),
            ("input_size", input_size, int),
            ("hidden_size", hidden_size, int),
        ):
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        layers = _C._recurrent_parameters(
            mode,
            max(0, input_size),
            max(0, hidden_size),
            proj_size,
            max(0, num_layers),
            bias,
            batch_first,
            self.dropout,
            bidirectional,
        )
        self._all_weights = [[name for name, _ in layer] for layer in layers]
        for layer in layers:
            for name, shape in layer:
                setattr(self, name, Parameter(_C.empty(shape, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        _C._recurrent_init_(list(self.parameters()), self.hidden_size)

    def flatten_parameters(self) -> None:
        """Does nothing: it is for the sake of a GPU that PyTorch brings all parameters into one block."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer in each direction."""
        return [[getattr(self, name) for name in layer] for layer in self._all_weights]

    def _run(self, input, hx: tuple):
        """The output, packed if the input is, and the list of the last states."""
        packing = None
        if isinstance(input, PackedSequence):
            input, *packing = input
        output, states = _C._recurrent(
            self.mode,
            input,
            hx,
            [getattr(self, name) for layer in self._all_weights for name in layer],
            packing and tuple(packing),
            self.input_size,
            self.hidden_size,
            self.proj_size,
            self.num_layers,
            self.bias,
            self.batch_first,
            self.dropout,
            self.training,
            self.bidirectional,
        )
        return output if packing is None else PackedSequence(output, *packing), states

    def forward(self, input, hx=None):
        output, states = self._run(input, () if hx is None else (hx,))
        return output, states[0]

    def extra_repr(self) -> str:
        plain = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        options = (f", {name}={getattr(self, name)}" for name in plain if getattr(self, name) != plain[name])
        return f"{self.input_size}, {self.hidden_size}{''.join(options)}"


class RNN(RNNBase):
    """Layers of plain recurrent units: ``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)`` for each element ``x`` of
    a sequence, where ``h`` is the state before.

    Args:
        nonlinearity: 'tanh', or 'relu' for ``max(…, 0)``; ValueError otherwise.
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: see
            :class:`LSTM`.

    Shapes: as :class:`LSTM`, without ``c`` and projections: the states are one tensor.

    Elman, "Finding Structure in Time" (1990).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> output, state = nn.RNN(10, 20, num_layers=2)(synapgrad.randn(5, 3, 10))
    >>> tuple(output.shape), tuple(state.shape)
    ((5, 3, 20), (2, 3, 20))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int | None = None,
        device=None,
        dtype=None,
    ):
        _no_projection(proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            mode,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory. For each element ``x`` of a sequence, with the states ``h`` and ``c``
    before, ``·`` between gates elementwise, and ``σ`` the sigmoid::

        i = σ(W_ii·x + b_ii + W_hi·h + b_hi)       what is let in
        f = σ(W_if·x + b_if + W_hf·h + b_hf)       what is kept
        g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)    what there is to remember
        o = σ(W_io·x + b_io + W_ho·h + b_ho)       what is shown
        c' = f·c + i·g
        h' = o·tanh(c')                            or W_hr·(o·tanh(c')) with a projection

    Args:
        input_size: the size of each element.
        hidden_size: the number of units.
        num_layers: each layer reads the outputs of the one before.
        bias: whether there are biases.
        batch_first: the batch comes first in the input and in the output, not in the states.
        dropout: the probability with which outputs of all layers but the last are dropped in training.
        bidirectional: beside each layer another reads the sequence backwards; their outputs are joined.
        proj_size: outputs are projected to this size; 0 for no projection.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters; float32 by default.

    Shapes, with D = 2 if ``bidirectional`` else 1, and H = proj_size or hidden_size: input (T, N,
    input_size), or (N, T, input_size) with ``batch_first``, or (T, input_size) of a single sequence; output
    (T, N, D·H), (N, T, D·H) or (T, D·H). States ``(h, c)``, zeros where not given: (D·num_layers, N, H) and
    (D·num_layers, N, hidden_size), without N for a single sequence. A
    :class:`~synapgrad.nn.utils.rnn.PackedSequence` as input gives one as output. ValueError for an input of
    other dimensions or dtype, RuntimeError where sizes don't fit.

    Attributes, for each layer k, of the backward ones with ``_reverse`` at the end; all drawn from U(-√k, √k)
    with k = 1 / hidden_size:
        weight_ih_l[k]: (4·hidden_size, input_size or D·H): W_ii, W_if, W_ig and W_io.
        weight_hh_l[k]: (4·hidden_size, H): W_hi, W_hf, W_hg and W_ho.
        bias_ih_l[k], bias_hh_l[k]: (4·hidden_size).
        weight_hr_l[k]: (proj_size, hidden_size).

    Hochreiter, Schmidhuber, "Long Short-Term Memory" (1997). For the projection: Sak, Senior, Beaufays, "Long
    Short-Term Memory Based Recurrent Neural Network Architectures for Large Vocabulary Speech Recognition"
    (2014). For the two directions: Schuster, Paliwal, "Bidirectional Recurrent Neural Networks" (1997).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.LSTM(10, 20, num_layers=2, bidirectional=True)
    >>> layer
    LSTM(10, 20, num_layers=2, bidirectional=True)
    >>> output, (h, c) = layer(synapgrad.randn(5, 3, 10))
    >>> tuple(output.shape), tuple(h.shape), tuple(c.shape)
    ((5, 3, 40), (4, 3, 20), (4, 3, 20))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    def forward(self, input, hx=None):
        output, states = self._run(input, () if hx is None else (hx[0], hx[1]))
        return output, tuple(states)


class GRU(RNNBase):
    """Layers of gated recurrent units. For each element ``x`` of a sequence, with the state ``h`` before,
    ``·`` between gates elementwise, and ``σ`` the sigmoid::

        r = σ(W_ir·x + b_ir + W_hr·h + b_hr)           what is looked back at
        z = σ(W_iz·x + b_iz + W_hz·h + b_hz)           what is kept
        n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn))    what is new
        h' = (1 - z)·n + z·h

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: see
            :class:`LSTM`.

    Shapes: as :class:`LSTM`, without ``c`` and projections: the states are one tensor. The first size of the
    parameters is 3·hidden_size: those of r, z and n.

    Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
    Translation" (2014).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> output, state = nn.GRU(10, 20, batch_first=True)(synapgrad.randn(3, 5, 10))
    >>> tuple(output.shape), tuple(state.shape)
    ((3, 5, 20), (1, 3, 20))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int | None = None,
        device=None,
        dtype=None,
    ):
        _no_projection(proj_size)
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )


def _no_projection(proj_size) -> None:
    if proj_size is not None:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNNCellBase(Module):
    """What :class:`RNNCell`, :class:`LSTMCell` and :class:`GRUCell` have in common: their parameters.

    Args:
        num_chunks: the number of gates.
        input_size, hidden_size, bias, device, dtype: see :class:`LSTMCell`.
    """

    #: The kind of cell, as :class:`RNNBase` names it.
    _mode = ""
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None
    ):
        super().__init__()
        _require_cpu(type(self).__name__, device)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(_C.empty(gates, input_size, dtype=dtype))
        self.weight_hh = Parameter(_C.empty(gates, hidden_size, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(_C.empty(gates, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        _C._recurrent_init_(list(self.parameters()), self.hidden_size)

    def _run(self, mode: str, input, hx: tuple) -> list:
        """The new states."""
        return _C._recurrent_cell(mode, input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def forward(self, input, hx=None):
        return self._run(self._mode, input, () if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}{'' if self.bias is True else f', bias={self.bias}'}"


class RNNCell(RNNCellBase):
    """One step of a plain recurrent unit: ``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)``.

    Args:
        nonlinearity: 'tanh', or 'relu' for ``max(…, 0)``; others are a RuntimeError when called.
        input_size, hidden_size, bias, device, dtype: see :class:`LSTMCell`.

    Shapes: input (N, input_size) and state (N, hidden_size), zeros where not given, to (N, hidden_size); all
    without N for a single element.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.RNNCell(10, 20)(synapgrad.randn(3, 10)).shape)
    (3, 20)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device=None,
        dtype=None,
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        mode = f"RNN_{self.nonlinearity.upper()}"
        return self._run(mode, input, () if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        shown = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + shown


class LSTMCell(RNNCellBase):
    """One step of long short-term memory; the formulas are those of :class:`LSTM`.

    Args:
        input_size: the size of each element.
        hidden_size: the number of units.
        bias: whether there are biases.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters; float32 by default.

    Shapes: input (N, input_size) and states ``(h, c)`` of (N, hidden_size), zeros where not given, to new
    states ``(h, c)``; all without N for a single element. ValueError for other dimensions, RuntimeError where
    sizes don't fit.

    Attributes, all drawn from U(-√k, √k) with k = 1 / hidden_size:
        weight_ih: (4·hidden_size, input_size): those of i, f, g and o.
        weight_hh: (4·hidden_size, hidden_size).
        bias_ih, bias_hh: (4·hidden_size), or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> cell, state = nn.LSTMCell(10, 20), None
    >>> for x in synapgrad.randn(5, 3, 10):
    ...     state = cell(x, state)
    >>> tuple(state[0].shape)
    (3, 20)
    """

    _mode = "LSTM"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        return tuple(self._run(self._mode, input, () if hx is None else tuple(hx)))


class GRUCell(RNNCellBase):
    """One step of a gated recurrent unit; the formulas are those of :class:`GRU`.

    Args:
        input_size, hidden_size, bias, device, dtype: see :class:`LSTMCell`.

    Shapes: input (N, input_size) and state (N, hidden_size), zeros where not given, to (N, hidden_size); all
    without N for a single element.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.GRUCell(10, 20)(synapgrad.randn(3, 10)).shape)
    (3, 20)
    """

    _mode = "GRU"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)
