//! The names of all operations: what the tests go by, so that none is forgotten.

use super::formula::Pointwise;

/// An operation family: its name, its pointwise tables, and the names of what is in none.
struct Family(&'static str, &'static [&'static [&'static Pointwise]], &'static [&'static str]);

/// A line for each file that has operations.
static FAMILIES: &[Family] = {
    use super::*;
    &[
        Family("activation", &[activation::table::ALL, activation::variants::ALL], activation::NAMES),
        Family("attention", &[], attention::NAMES),
        Family("binary", &[binary::table::ALL, binary::variants::ALL], binary::NAMES),
        Family("compare", &[compare::table::ALL, compare::variants::ALL], compare::NAMES),
        Family("conv", &[], conv::NAMES),
        Family("create", &[], create::NAMES),
        Family("cumulative", &[], cumulative::NAMES),
        Family("distance", &[], distance::NAMES),
        Family("dropout", &[], dropout::NAMES),
        Family("embedding", &[], embedding::NAMES),
        Family("grid", &[], grid::NAMES),
        Family("index", &[], index::NAMES),
        Family("inplace", &[], inplace::NAMES),
        Family("linalg", &[], linalg::NAMES),
        Family("loss", &[], loss::classification::NAMES),
        Family("loss", &[], loss::ctc::NAMES),
        Family("loss", &[], loss::elementwise::NAMES),
        Family("loss", &[], loss::margin::NAMES),
        Family("matmul", &[], matmul::NAMES),
        Family("movement", &[], movement::NAMES),
        Family("norm", &[], norm::NAMES),
        Family("padding", &[], padding::NAMES),
        Family("pool", &[], pool::NAMES),
        Family("random", &[], random::NAMES),
        Family("recurrent", &[], recurrent::NAMES),
        Family("reduce", &[], reduce::NAMES),
        Family("resample", &[], resample::NAMES),
        Family("softmax", &[], softmax::NAMES),
        Family("sort", &[], sort::NAMES),
        Family("ternary", &[ternary::table::ALL, ternary::variants::ALL], &[]),
        Family("unary", &[unary::table::ALL, unary::variants::ALL], unary::NAMES),
        Family("view", &[], view::NAMES),
    ]
};

/// The names of all operations, by family. A name that ends in `_` is an operation that exists only in place; other twins in
/// place, and second names, are not listed.
///
/// ```
/// let (family, _) = synapgrad::ops::registry().into_iter().find(|(_, names)| names.contains(&"exp")).unwrap();
/// assert_eq!(family, "unary");
/// ```
pub fn registry() -> Vec<(&'static str, Vec<&'static str>)> {
    let operations = |Family(name, tables, others): &Family| {
        let mut names: Vec<&str> = Vec::new();
        // Several rows may be ways to compute one operation.
        for row in tables.iter().copied().flatten() {
            if !names.contains(&row.name) {
                names.push(row.name);
            }
        }
        names.extend_from_slice(others);
        (*name, names)
    };
    FAMILIES.iter().map(operations).collect()
}
