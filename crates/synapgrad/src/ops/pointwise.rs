//! The pointwise table: all rows in one place. They are written by family in [`unary`](super::unary),
//! [`activation`](super::activation), [`binary`](super::binary), [`ternary`](super::ternary) and [`compare`](super::compare).

/// Every pointwise operation by its name.
// Each family also has a list `ALL`; these are reached through their families.
#[allow(ambiguous_glob_reexports)]
pub mod table {
    pub use crate::ops::activation::table::*;
    pub use crate::ops::binary::table::*;
    pub use crate::ops::binary::variants::floor_quotient;
    pub use crate::ops::compare::table::*;
    pub use crate::ops::ternary::table::*;
    pub use crate::ops::ternary::variants::select;
    pub use crate::ops::unary::table::*;
    pub use crate::ops::unary::variants::{polygamma, round};
    pub(super) use {
        crate::ops::activation::table::ALL as ACTIVATION, crate::ops::binary::table::ALL as BINARY,
        crate::ops::compare::table::ALL as COMPARE, crate::ops::ternary::table::ALL as TERNARY,
        crate::ops::unary::table::ALL as UNARY,
    };
}

use super::formula::Pointwise;

/// All rows.
pub fn all() -> impl Iterator<Item = &'static Pointwise> {
    [table::UNARY, table::ACTIVATION, table::BINARY, table::TERNARY, table::COMPARE].into_iter().flatten().copied()
}
