//! Activation functions as layers. All but the softmaxes work element by element, on any shape.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Member, Module};
use crate::error::ensure;
use crate::ops::activation::Gelu;
use crate::{Result, Tensor, default_dtype};

/// y = max(0, x)
#[derive(Clone, Copy, Debug, Default)]
pub struct ReLU {
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Module for ReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace { input.relu_().cloned() } else { input.relu() }
    }
}

/// y = x where x > 0, else negative_slope·x
#[derive(Clone, Copy, Debug)]
pub struct LeakyReLU {
    pub negative_slope: f64,
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Default for LeakyReLU {
    fn default() -> LeakyReLU {
        LeakyReLU { negative_slope: 0.01, inplace: false }
    }
}

impl Module for LeakyReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace {
            input.leaky_relu_(self.negative_slope).cloned()
        } else {
            input.leaky_relu(self.negative_slope)
        }
    }

    fn label(&self) -> String {
        format!("LeakyReLU(negative_slope={})", self.negative_slope)
    }
}

/// y = s·x where x > 0, else s·α·(eˣ − 1), with s ≈ 1.0507 and α ≈ 1.6733, which keep mean 0 and variance 1 from layer to
/// layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SELU {
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Module for SELU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace { input.selu_().cloned() } else { input.selu() }
    }
}

/// y = tanh x
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Module for Tanh {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.tanh()
    }
}

/// y = 1/(1 + e⁻ˣ)
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl Module for Sigmoid {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.sigmoid()
    }
}

/// yᵢ = e^xᵢ / Σⱼ e^xⱼ along a dimension: positive numbers that sum to 1.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    pub dim: isize,
}

impl Module for Softmax {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.softmax(self.dim, None)
    }

    fn label(&self) -> String {
        format!("Softmax(dim={})", self.dim)
    }
}

/// yᵢ = xᵢ − ln Σⱼ e^xⱼ along a dimension: the logarithm of [`Softmax`], without its loss of precision.
#[derive(Clone, Copy, Debug)]
pub struct LogSoftmax {
    pub dim: isize,
}

impl Module for LogSoftmax {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.log_softmax(self.dim, None)
    }

    fn label(&self) -> String {
        format!("LogSoftmax(dim={})", self.dim)
    }
}

/// Layers of one operation, with its parameters as fields: `Name { field: type = default } |layer, input| call`.
macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $default:expr),* } |$this:ident, $x:ident| $call:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $(pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default),* }
            }
        }

        impl Module for $name {
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let $this = self;
                $call
            }

            fn label(&self) -> String {
                let fields: Vec<String> = vec![$(format!("{}={:?}", stringify!($field), self.$field)),*];
                format!("{}({})", stringify!($name), fields.join(", "))
            }
        }
    )*};
}

/// The same of layers without parameters.
macro_rules! plain_activations {
    ($($(#[$doc:meta])* $name:ident, $operation:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl Module for $name {
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                input.$operation()
            }
        }
    )*};
}

plain_activations! {
    /// y = min(max(0, x), 6)
    ReLU6, relu6;
    /// y = min(max(x + 3, 0), 6)/6
    Hardsigmoid, hardsigmoid;
    /// y = x·min(max(x + 3, 0), 6)/6
    Hardswish, hardswish;
    /// y = x·σ(x)
    SiLU, silu;
    /// y = x·tanh(ln(1 + eˣ))
    Mish, mish;
    /// y = ln(1/(1 + e⁻ˣ))
    LogSigmoid, logsigmoid;
    /// y = x/(1 + |x|)
    Softsign, softsign;
    /// y = x − tanh x
    Tanhshrink, tanhshrink;
}

activations! {
    /// y = x where x > threshold, else value
    Threshold { threshold: f64 = 0.0, value: f64 = 0.0 } |this, x| x.threshold(this.threshold, this.value);
    /// y = min(max(x, min_val), max_val)
    Hardtanh { min_val: f64 = -1.0, max_val: f64 = 1.0 } |this, x| x.hardtanh(this.min_val, this.max_val);
    /// y = x where x > 0, else alpha·(eˣ − 1)
    ELU { alpha: f64 = 1.0 } |this, x| x.elu(this.alpha);
    /// y = x where x > 0, else alpha·(e^(x/alpha) − 1)
    CELU { alpha: f64 = 1.0 } |this, x| x.celu(this.alpha);
    /// y = x·Φ(x) with Φ the normal distribution function
    GELU { approximate: Gelu = Gelu::Exact } |this, x| x.gelu(this.approximate);
    /// y = a·σ(b), where a is the first half of the input along `dim` and b the second
    GLU { dim: isize = -1 } |this, x| x.glu(this.dim);
    /// y = x, and 0 where |x| ≤ lambd
    Hardshrink { lambd: f64 = 0.5 } |this, x| x.hardshrink(this.lambd);
    /// y = x moved towards 0 by lambd, and 0 where |x| ≤ lambd
    Softshrink { lambd: f64 = 0.5 } |this, x| x.softshrink(this.lambd);
    /// y = ln(1 + e^(beta·x))/beta, and x itself where beta·x > threshold
    Softplus { beta: f64 = 1.0, threshold: f64 = 20.0 } |this, x| x.softplus(this.beta, this.threshold);
    /// [`Softmax`] of −x
    Softmin { dim: isize = -1 } |this, x| x.softmin(this.dim, None);
}

/// [`Softmax`] over the channels of (N, C, H, W) or (C, H, W).
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax2d;

impl Module for Softmax2d {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let rank = input.rank();
        ensure!((3..=4).contains(&rank), Value, "Softmax2d: expected input to be 3D or 4D, got {rank}D instead");
        input.softmax(-3, None)
    }
}

/// y = x where x > 0, else r·x, with a random r in training; see [`Tensor::rrelu`].
pub struct RReLU {
    pub lower: f64,
    pub upper: f64,
    training: AtomicBool,
}

impl RReLU {
    /// With r from U(lower, upper).
    #[must_use]
    pub fn new(lower: f64, upper: f64) -> RReLU {
        RReLU { lower, upper, training: AtomicBool::new(true) }
    }
}

impl Default for RReLU {
    fn default() -> RReLU {
        RReLU::new(1.0 / 8.0, 1.0 / 3.0)
    }
}

impl Module for RReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.rrelu(self.lower, self.upper, self.training.load(Ordering::Relaxed), None)
    }

    fn train(&self, mode: bool) {
        self.training.store(mode, Ordering::Relaxed);
    }

    fn label(&self) -> String {
        format!("RReLU(lower={}, upper={})", self.lower, self.upper)
    }
}

/// y = x where x > 0, else w·x with a w to be learned; see [`Tensor::prelu`].
pub struct PReLU {
    /// One number, or one for each channel.
    pub weight: Tensor,
}

impl PReLU {
    /// With `num_parameters` numbers w that start as `init`.
    pub fn new(num_parameters: usize, init: f64) -> Result<PReLU> {
        Ok(PReLU { weight: Tensor::full(&[num_parameters], init, default_dtype())?.requires_grad_(true)? })
    }
}

impl Module for PReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.prelu(&self.weight)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        vec![("weight".into(), Member::Parameter(&self.weight))]
    }

    fn label(&self) -> String {
        format!("PReLU(num_parameters={})", self.weight.numel())
    }
}
