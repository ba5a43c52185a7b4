//! The list of all operations is complete and without repetition, and the derivatives in its tables are right.

use std::collections::HashSet;
use std::path::Path;

use synapgrad::autograd::{GradCheck, gradcheck, gradgradcheck};
use synapgrad::ops::formula::{Domain, Pointwise, Slope};
use synapgrad::ops::{activation, binary, registry, ternary, unary};
use synapgrad::{Operand, Result, Tensor};

#[test]
fn no_name_is_listed_twice() {
    let mut seen = HashSet::new();
    for (family, names) in registry() {
        assert!(!names.is_empty(), "{family} has no operations");
        for name in names {
            assert!(seen.insert(name), "{name} is listed twice, the second time in {family}");
        }
    }
}

#[test]
fn every_list_of_names_is_in_the_registry() {
    let families = registry();
    let listed: HashSet<&str> = families.iter().flat_map(|(_, names)| names).copied().collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let names = source.split("pub const NAMES").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or("");
            for name in names.split('"').skip(1).step_by(2) {
                assert!(listed.contains(name), "{name} of {} is not in ops/registry.rs", path.display());
            }
            let family = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
            let table = source.lines().any(|line| line.starts_with("pointwise! {"));
            assert!(!table || families.iter().any(|(name, _)| *name == family), "{family} is not in ops/registry.rs");
        }
    }
}

/// First and second derivatives of every row against difference quotients, where the formula has values.
#[test]
fn the_derivatives_of_the_tables_are_right() -> Result<()> {
    let tables = [
        ("unary", unary::table::ALL, unary::variants::ALL),
        ("activation", activation::table::ALL, activation::variants::ALL),
        ("binary", binary::table::ALL, binary::variants::ALL),
        ("ternary", ternary::table::ALL, ternary::variants::ALL),
    ];
    let (mut wanted, mut checked) = (HashSet::new(), HashSet::new());
    for (family, rows, variants) in tables {
        for row in rows.iter().chain(variants) {
            // A row with fewer derivatives than inputs takes numbers for the others.
            let derived = row.slopes.len() == row.inputs && !row.slopes.iter().any(|s| matches!(s, Slope::Missing));
            if derived && row.value.f64.is_some() && !matches!(row.domain, Domain::test) {
                wanted.insert((family, row.name));
                if check(row)? {
                    checked.insert((family, row.name));
                }
            }
        }
    }
    let missed: Vec<_> = wanted.difference(&checked).collect();
    assert!(missed.is_empty(), "these have values at none of the points: {missed:?}");
    Ok(())
}

/// Inputs inside the domain of every formula, away from kinks and jumps: for functions around 0, and for those from 1 on.
const POINTS: [[[f64; 2]; 3]; 2] =
    [[[0.31, 0.77], [0.64, 0.42], [0.15, 0.86]], [[1.37, 2.61], [1.92, 1.18], [1.55, 3.3]]];

/// Check the derivatives at the points at which the row has values, and say whether there is one.
fn check(row: &'static Pointwise) -> Result<bool> {
    let mut checked = false;
    for points in POINTS {
        let inputs: Vec<Tensor> = points[..row.inputs]
            .iter()
            .map(|point| Tensor::from(*point).requires_grad_(true))
            .collect::<Result<_>>()?;
        // Parameters in ascending order, as limits are.
        let parameters = [1.25, 2.0, 2.75];
        let f = |inputs: &[Tensor]| -> Result<Vec<Tensor>> {
            let numbers = parameters[..row.operands - row.inputs].iter().map(|&p| Operand::from(p));
            let operands: Vec<Operand> = inputs.iter().map(Operand::from).chain(numbers).collect();
            Ok(vec![row.apply(&operands)?])
        };
        let finite = |t: &Tensor| -> Result<bool> { Ok(t.detach().to_vec::<f64>()?.iter().all(|x| x.is_finite())) };
        let value = f(&inputs)?.remove(0);
        if !finite(&value)? || !value.requires_grad() {
            continue;
        }
        let check = GradCheck::default();
        let named = |error: synapgrad::Error| panic!("{}: {error}", row.name);
        gradcheck(&f, &inputs, check).unwrap_or_else(named);
        if row.slopes.iter().any(|slope| matches!(slope, Slope::Formula { .. })) {
            gradgradcheck(&f, &inputs, &[], check).unwrap_or_else(named);
        }
        checked = true;
    }
    Ok(checked)
}
