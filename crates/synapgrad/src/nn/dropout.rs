//! Dropout as layers. They do nothing in evaluation.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Module;
use crate::error::ensure;
use crate::{Result, Tensor};

/// The probability that an element is dropped, and whether it is now.
struct Dropping {
    p: f64,
    training: AtomicBool,
}

impl Dropping {
    fn new(p: f64) -> Result<Dropping> {
        ensure!((0.0..=1.0).contains(&p), Value, "dropout probability has to be between 0 and 1, but got {p}");
        Ok(Dropping { p, training: AtomicBool::new(true) })
    }

    /// `drop` of the input, which gets a dimension for the batch if it has `unbatched` dimensions.
    fn forward(
        &self,
        input: &Tensor,
        unbatched: Option<usize>,
        drop: impl Fn(&Tensor, f64, bool) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let training = self.training.load(Ordering::Relaxed);
        if Some(input.rank()) == unbatched {
            return drop(&input.unsqueeze(0)?, self.p, training)?.squeeze_dim(0);
        }
        drop(input, self.p, training)
    }
}

macro_rules! dropouts {
    ($($(#[$doc:meta])* $name:ident, $operation:ident, $unbatched:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name(Dropping);

        impl $name {
            /// A layer that drops with probability `p`.
            ///
            /// # Errors
            /// ValueError where `p` is not in [0, 1].
            pub fn new(p: f64) -> Result<$name> {
                Dropping::new(p).map($name)
            }
        }

        impl Module for $name {
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                self.0.forward(input, $unbatched, |x, p, training| x.$operation(p, training, None))
            }

            fn train(&self, mode: bool) {
                self.0.training.store(mode, Ordering::Relaxed);
            }

            fn label(&self) -> String {
                format!("{}(p={})", stringify!($name), self.0.p)
            }
        }
    )*};
}

dropouts! {
    /// In training each element is 0 with a given probability, else scaled so that the mean stays; see [`Tensor::dropout`].
    ///
    /// ```
    /// use synapgrad::{Tensor, nn::{Dropout, Module}};
    /// # fn main() -> synapgrad::Result<()> {
    /// let layer = Dropout::new(0.5)?;
    /// layer.eval();
    /// assert_eq!(layer.forward(&Tensor::from([1f32, 2.0]))?.to_vec::<f32>()?, [1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    Dropout, dropout, None;
    /// [`Dropout`] of whole channels of (N, C, L) or (C, L); see [`Tensor::feature_dropout`].
    Dropout1d, feature_dropout, Some(2);
    /// [`Dropout`] of whole channels of (N, C, H, W).
    Dropout2d, feature_dropout, None;
    /// [`Dropout`] of whole channels of (N, C, D, H, W) or (C, D, H, W).
    Dropout3d, feature_dropout, Some(4);
    /// Dropout for networks of SELUs: mean 0 and variance 1 stay; see [`Tensor::alpha_dropout`].
    AlphaDropout, alpha_dropout, None;
    /// [`AlphaDropout`] of whole channels; see [`Tensor::feature_alpha_dropout`].
    FeatureAlphaDropout, feature_alpha_dropout, None;
}
