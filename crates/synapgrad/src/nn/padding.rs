//! Layers that add elements around the last dimensions. Negative paddings take elements away.

use super::Module;
use crate::{PadMode, Result, Tensor};

/// As Python writes a tuple.
fn tuple(padding: &[isize]) -> String {
    let numbers: Vec<String> = padding.iter().map(isize::to_string).collect();
    format!("({})", numbers.join(", "))
}

/// Padding with a number. `N` is twice the number of dimensions that are padded, from the last one on; `padding` holds a
/// number for before and after each.
///
/// ```
/// use synapgrad::{Tensor, nn::{ConstantPad1d, Module}};
/// # fn main() -> synapgrad::Result<()> {
/// let layer = ConstantPad1d { padding: [2, 1], value: 9.0 };
/// assert_eq!(layer.forward(&Tensor::from([1f32]))?.to_vec::<f32>()?, [9.0, 9.0, 1.0, 9.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConstantPad<const N: usize> {
    pub padding: [isize; N],
    pub value: f64,
}

impl<const N: usize> Module for ConstantPad<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.pad(&self.padding, PadMode::Constant, self.value)
    }

    fn label(&self) -> String {
        format!("ConstantPad{}d(padding={}, value={})", N / 2, tuple(&self.padding), self.value)
    }
}

pub type ConstantPad1d = ConstantPad<2>;
pub type ConstantPad2d = ConstantPad<4>;
pub type ConstantPad3d = ConstantPad<6>;

macro_rules! pads {
    ($($(#[$doc:meta])* $name:ident: $mode:ident, $one:ident $two:ident $three:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<const N: usize> {
            pub padding: [isize; N],
        }

        impl<const N: usize> Module for $name<N> {
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                input.pad(&self.padding, PadMode::$mode, 0.0)
            }

            fn label(&self) -> String {
                format!("{}{}d({})", stringify!($name), N / 2, tuple(&self.padding))
            }
        }

        pub type $one = $name<2>;
        pub type $two = $name<4>;
        pub type $three = $name<6>;
    )*};
}

pads! {
    /// Padding with zeros: [`ConstantPad`] with 0.
    ZeroPad: Constant, ZeroPad1d ZeroPad2d ZeroPad3d;
    /// Padding with the input mirrored at its outermost elements; see [`ConstantPad`] for `padding`.
    ReflectionPad: Reflect, ReflectionPad1d ReflectionPad2d ReflectionPad3d;
    /// Padding with the outermost elements again; see [`ConstantPad`] for `padding`.
    ReplicationPad: Replicate, ReplicationPad1d ReplicationPad2d ReplicationPad3d;
    /// Padding with the input continued periodically; see [`ConstantPad`] for `padding`.
    CircularPad: Circular, CircularPad1d CircularPad2d CircularPad3d;
}
