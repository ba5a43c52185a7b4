//! Products of matrices and tensors.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use synapgrad::Tensor;

use super::{door, door_in_place};
use crate::convert::{Dims, In, Number, given};
use crate::dtype::Dtype;
use crate::error::Ret;

const ONE: Number = Number(synapgrad::Scalar::Int(1));

door! {
    /// The matrix product: of two vectors their inner product; a vector counts as a row on the left and as a column on the
    /// right; leading dimensions are batches and broadcast.
    matmul(other) |x, other: In| x.matmul(&other);
    /// The product of two matrices: (m, k)·(k, n) → (m, n).
    mm(mat2) |x, mat2: In| x.mm(&mat2);
    /// Products of two stacks of matrices: (b, m, k)·(b, k, n) → (b, m, n).
    bmm(mat2) |x, mat2: In| x.bmm(&mat2);
    /// A matrix times a vector: (m, k)·(k) → (m).
    mv(vec) |x, vec: In| x.mv(&vec);
    /// The inner product of two vectors.
    dot(tensor) |x, tensor: In| x.dot(&tensor);
    /// The inner product of two vectors.
    vdot(other) |x, other: In| x.vdot(&other);
    /// All products of an element of one vector and one of the other: (m), (n) → (m, n).
    outer(vec2) |x, vec2: In| x.outer(&vec2);
    /// The same as :func:`outer`.
    ger(vec2) |x, vec2: In| x.outer(&vec2);
    /// Inner products over the last dimensions.
    inner(other) |x, other: In| x.inner(&other);
    /// The Kronecker product.
    kron(other) |x, other: In| x.kron(&other);
    /// beta·input + alpha·mat1·mat2 for matrices.
    addmm(mat1, mat2, *, beta=ONE, alpha=ONE) |x, mat1: In, mat2: In, beta: Number, alpha: Number|
        x.addmm(&mat1, &mat2, beta.0, alpha.0);
    /// beta·input + alpha·mat·vec for a matrix and a vector.
    addmv(mat, vec, *, beta=ONE, alpha=ONE) |x, mat: In, vec: In, beta: Number, alpha: Number|
        x.addmv(&mat, &vec, beta.0, alpha.0);
    /// beta·input + alpha·vec1·vec2ᵀ for vectors.
    addr(vec1, vec2, *, beta=ONE, alpha=ONE) |x, vec1: In, vec2: In, beta: Number, alpha: Number|
        x.addr(&vec1, &vec2, beta.0, alpha.0);
    /// beta·input + alpha·batch1·batch2 for stacks of matrices.
    baddbmm(batch1, batch2, *, beta=ONE, alpha=ONE) |x, batch1: In, batch2: In, beta: Number, alpha: Number|
        x.baddbmm(&batch1, &batch2, beta.0, alpha.0);
    /// beta·input + alpha·Σᵢ batch1ᵢ·batch2ᵢ for stacks of matrices.
    addbmm(batch1, batch2, *, beta=ONE, alpha=ONE) |x, batch1: In, batch2: In, beta: Number, alpha: Number|
        x.addbmm(&batch1, &batch2, beta.0, alpha.0);
    /// The vector product along ``dim``, of size 3; by default the first dimension of that size.
    cross(other, dim=None) |x, other: In, dim: Option<isize>| {
        let dim = match dim {
            Some(dim) => dim,
            None => x.shape().iter().position(|&n| n == 3).map(|d| d as isize).ok_or_else(|| {
                PyRuntimeError::new_err(format!("cross: no dimension of size 3 in input of shape {:?}", x.shape()))
            })?,
        };
        x.cross(&other, dim)
    };
    /// The ``n``-th power of square matrices, for n ≥ 0.
    matrix_power(n) |x, n: isize| {
        let n = usize::try_from(n).map_err(|_| {
            pyo3::exceptions::PyNotImplementedError::new_err(format!("matrix_power: negative powers such as {n} need inv"))
        })?;
        x.matrix_power(n)
    };
}

door_in_place! {
    /// :func:`addmm`, in place.
    addmm_(mat1, mat2, *, beta=ONE, alpha=ONE) |x, mat1: In, mat2: In, beta: Number, alpha: Number|
        x.addmm_(&mat1, &mat2, beta.0, alpha.0);
    /// :func:`addmv`, in place.
    addmv_(mat, vec, *, beta=ONE, alpha=ONE) |x, mat: In, vec: In, beta: Number, alpha: Number|
        x.addmv_(&mat, &vec, beta.0, alpha.0);
    /// :func:`addr`, in place.
    addr_(vec1, vec2, *, beta=ONE, alpha=ONE) |x, vec1: In, vec2: In, beta: Number, alpha: Number|
        x.addr_(&vec1, &vec2, beta.0, alpha.0);
    /// :func:`baddbmm`, in place.
    baddbmm_(batch1, batch2, *, beta=ONE, alpha=ONE) |x, batch1: In, batch2: In, beta: Number, alpha: Number|
        x.baddbmm_(&batch1, &batch2, beta.0, alpha.0);
    /// :func:`addbmm`, in place.
    addbmm_(batch1, batch2, *, beta=ONE, alpha=ONE) |x, batch1: In, batch2: In, beta: Number, alpha: Number|
        x.addbmm_(&batch1, &batch2, beta.0, alpha.0);
}

/// The letters of a list of indices 0..52 as einsum's lists write them; `...` stands for itself.
fn letters(indices: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut text = String::new();
    for index in indices.try_iter()? {
        let index = index?;
        if index.is(index.py().Ellipsis()) {
            text.push_str("...");
            continue;
        }
        let number: usize = index.extract()?;
        let letter = ('A'..='Z').chain('a'..='z').nth(number);
        text.push(letter.ok_or_else(|| {
            PyRuntimeError::new_err(format!("einsum: index {number} of a list is not within the valid range [0, 52)"))
        })?);
    }
    Ok(text)
}

/// Sums of products in Einstein's notation: letters name dimensions, equal letters run together, letters that are not behind
/// the arrow are summed over, "..." stands for dimensions without a letter.
///
/// ``einsum("ij,jk->ik", a, b)`` is the matrix product; ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` says the same.
///
/// >>> import synapgrad as sg
/// >>> sg.einsum("ii", sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
/// tensor(5.)
#[pyfunction]
#[pyo3(signature = (*args))]
fn einsum(args: &Bound<'_, PyTuple>) -> Ret {
    let Ok(first) = args.get_item(0) else {
        return Err(PyTypeError::new_err("einsum() missing 1 required positional argument: 'equation'").into());
    };
    let mut operands: Vec<In> = Vec::new();
    let equation = if let Ok(equation) = first.cast::<PyString>() {
        let rest = args.get_slice(1, args.len());
        match rest.get_item(0) {
            Ok(list) if list.is_instance_of::<PyList>() || list.is_instance_of::<PyTuple>() => {
                operands = list.extract()?;
            }
            _ => operands = rest.iter().map(|x| x.extract()).collect::<PyResult<_>>()?,
        }
        equation.to_string()
    } else {
        let (mut terms, mut output) = (Vec::new(), None);
        for pair in args.iter().collect::<Vec<_>>().chunks(2) {
            match pair {
                [x, indices] => {
                    operands.push(x.extract()?);
                    terms.push(letters(indices)?);
                }
                [last] => output = Some(letters(last)?),
                _ => {}
            }
        }
        let inputs = terms.join(",");
        output.map_or(inputs.clone(), |output| format!("{inputs}->{output}"))
    };
    let operands: Vec<&Tensor> = operands.iter().map(|x| &x.0).collect();
    Ok(Tensor::einsum(&equation, &operands)?.into())
}

/// How many dimensions tensordot contracts, or which.
enum Pairs {
    Count(isize),
    Lists(Vec<isize>, Vec<isize>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Pairs {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Pairs> {
        if let Ok(count) = object.extract::<isize>() {
            return Ok(Pairs::Count(count));
        }
        let (a, b): (Dims, Dims) = match object.extract() {
            Ok(pair) => pair,
            Err(_) => {
                let lists: Vec<Dims> = object.extract()?;
                let [a, b] = <[Dims; 2]>::try_from(lists)
                    .map_err(|_| PyRuntimeError::new_err("tensordot: dims must be an int or a pair of lists"))?;
                (a, b)
            }
        };
        Ok(Pairs::Lists(a.0, b.0))
    }
}

/// The sum over pairs of dimensions of the product: over the last ``dims`` of ``a`` and the first of ``b``, or over the
/// dimensions that two lists name.
#[pyfunction]
#[pyo3(signature = (a, b, dims=Pairs::Count(2)))]
fn tensordot(a: In, b: In, dims: Pairs) -> Ret {
    let (of_a, of_b) = match dims {
        Pairs::Lists(of_a, of_b) => (of_a, of_b),
        Pairs::Count(n) => {
            let most = a.rank().min(b.rank()) as isize;
            if n < 0 || n > most {
                return Err(PyRuntimeError::new_err(format!(
                    "tensordot: expects dims between 0 and the number of dimensions, {most}, but got dims={n}"
                ))
                .into());
            }
            ((-n..0).collect(), (0..n).collect())
        }
    };
    Ok(a.tensordot(&b, &of_a, &of_b)?.into())
}

fn sizes(name: &str, row: isize, col: isize) -> PyResult<(usize, usize)> {
    let size = |n: isize| {
        usize::try_from(n)
            .map_err(|_| PyRuntimeError::new_err(format!("{name}: row and col must be non-negative, got {n}")))
    };
    Ok((size(row)?, size(col)?))
}

/// The indices of the lower triangle of a matrix, up to the diagonal that lies ``offset`` above the main one: (2, n).
#[pyfunction]
#[pyo3(signature = (row, col, offset=0, *, dtype=None))]
fn tril_indices(row: isize, col: isize, offset: isize, dtype: Option<Dtype>) -> Ret {
    let (rows, cols) = sizes("tril_indices", row, col)?;
    let found = Tensor::tril_indices(rows, cols, offset)?;
    Ok(found.to_dtype(dtype.map_or(found.dtype(), |d| d.0))?.into())
}

/// The indices of the upper triangle of a matrix, from the diagonal that lies ``offset`` above the main one: (2, n).
#[pyfunction]
#[pyo3(signature = (row, col, offset=0, *, dtype=None))]
fn triu_indices(row: isize, col: isize, offset: isize, dtype: Option<Dtype>) -> Ret {
    let (rows, cols) = sizes("triu_indices", row, col)?;
    let found = Tensor::triu_indices(rows, cols, offset)?;
    Ok(found.to_dtype(dtype.map_or(found.dtype(), |d| d.0))?.into())
}

/// ``x·Wᵀ + b`` over the last dimension: ``(…, in) → (…, out)`` for a weight of shape ``(out, in)`` and a bias of shape
/// ``(out)``. RuntimeError where the sizes don't fit or the dtypes differ.
///
/// >>> import synapgrad as sg
/// >>> sg.nn.functional.linear(sg.tensor([1.0, 2.0]), sg.tensor([[1.0, 1.0], [0.0, 1.0]]), sg.tensor([0.5, 0.0]))
/// tensor([3.5000, 2.0000])
#[pyfunction]
#[pyo3(signature = (input, weight, bias=None))]
fn linear(input: In, weight: In, bias: Option<In>) -> Ret {
    Ok(input.linear(&weight, given(&bias))?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(linear, module)?)?;
    module.add_function(wrap_pyfunction!(einsum, module)?)?;
    module.add_function(wrap_pyfunction!(tensordot, module)?)?;
    module.add_function(wrap_pyfunction!(tril_indices, module)?)?;
    module.add_function(wrap_pyfunction!(triu_indices, module)?)
}
