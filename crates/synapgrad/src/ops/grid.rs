//! Images read at places that a grid says, and the grids of affine maps.
//!
//! Places are numbers from −1, one edge of the image, to 1, the other. All is made of recorded operations: an output is a sum
//! over the elements around its place, each times a weight that is differentiable in the place.

use std::str::FromStr;

use synapgrad_kernels::{DType, Dims};

use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

/// How [`Tensor::grid_sample`] computes what lies between elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GridMode {
    /// Straight lines between neighbours, over two or three dimensions.
    #[default]
    Bilinear,
    /// The nearest element.
    Nearest,
    /// Cubic polynomials, over two dimensions (Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981).
    Bicubic,
}

impl FromStr for GridMode {
    type Err = Error;

    /// # Errors
    /// ValueError for texts that are no mode.
    fn from_str(text: &str) -> Result<GridMode> {
        Ok(match text {
            "bilinear" => GridMode::Bilinear,
            "nearest" => GridMode::Nearest,
            "bicubic" => GridMode::Bicubic,
            _ => bail!(Value, "grid_sample: expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: {text:?}"),
        })
    }
}

/// What [`Tensor::grid_sample`] finds outside of the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GridPadding {
    #[default]
    Zeros,
    /// The nearest element of the edge.
    Border,
    /// The image again, mirrored at its edges.
    Reflection,
}

impl FromStr for GridPadding {
    type Err = Error;

    /// # Errors
    /// ValueError for texts that are no padding mode.
    fn from_str(text: &str) -> Result<GridPadding> {
        Ok(match text {
            "zeros" => GridPadding::Zeros,
            "border" => GridPadding::Border,
            "reflection" => GridPadding::Reflection,
            _ => bail!(
                Value,
                "grid_sample: expected padding_mode to be 'zeros', 'border', or 'reflection', but got: {text:?}"
            ),
        })
    }
}

/// One dimension of an image: `n` elements.
#[derive(Clone, Copy)]
struct Axis {
    n: usize,
    padding: GridPadding,
    /// Whether −1 and 1 are the middles of the outermost elements, rather than their outer edges.
    align_corners: bool,
}

/// For each place of the grid, elements of one dimension and their weights.
type Taps = Vec<(Tensor, Tensor)>;

impl Axis {
    fn last(self) -> f64 {
        self.n as f64 - 1.0
    }

    /// Places in [−1, 1] as positions, counted in elements.
    fn positions(self, places: &Tensor) -> Result<Tensor> {
        if self.align_corners {
            places.add(1.0)?.mul(self.last() / 2.0)
        } else {
            places.add(1.0)?.mul(self.n as f64 / 2.0)?.sub(0.5)
        }
    }

    /// Positions that lie inside the image, except where zeros surround it.
    fn padded(self, x: &Tensor) -> Result<Tensor> {
        match self.padding {
            GridPadding::Zeros => Ok(x.clone()),
            GridPadding::Border => self.clipped(x),
            GridPadding::Reflection => {
                let (low, span) = if self.align_corners { (0.0, self.last()) } else { (-0.5, self.n as f64) };
                if span == 0.0 {
                    return x.mul(0.0);
                }
                let distance = x.sub(low)?.abs()?;
                let (rest, turned) = (distance.fmod(span)?, distance.detach().div(span)?.floor()?.remainder(2.0)?);
                let back = rest.neg()?.add(span)?;
                self.clipped(&Tensor::where_(&turned.eq(0.0)?, &rest, &back)?.add(low)?)
            }
        }
    }

    /// The nearest position inside; no gradient flows where that is the first or the last.
    fn clipped(self, x: &Tensor) -> Result<Tensor> {
        let edge = x.detach().clamp(Some(0.0.into()), Some(self.last().into()))?;
        let inside = x.gt(0.0)?.logical_and(&x.lt(self.last())?)?;
        Tensor::where_(&inside, x, &edge)
    }

    /// Elements as indices, and their weights, which are 0 outside of the image.
    fn tap(self, element: &Tensor, weight: Tensor) -> Result<(Tensor, Tensor)> {
        let inside = element.ge(0.0)?.logical_and(&element.le(self.last())?)?;
        let index = element.clamp(Some(0.0.into()), Some(self.last().into()))?.to_dtype(DType::I64)?;
        Ok((index, Tensor::where_(&inside, &weight, 0.0)?))
    }

    fn taps(self, places: &Tensor, mode: GridMode) -> Result<Taps> {
        let positions = self.positions(places)?;
        if mode == GridMode::Bicubic {
            let low = positions.detach().floor()?;
            let t = positions.sub(&low)?;
            // At distance d: (A + 2)d³ − (A + 3)d² + 1 up to 1, Ad³ − 5Ad² + 8Ad − 4A up to 2, with A = −3/4.
            let near = |d: &Tensor| d.mul(1.25)?.sub(2.25)?.mul(&d.mul(d)?)?.add(1.0);
            let far = |d: &Tensor| d.mul(-0.75)?.add(3.75)?.mul(d)?.sub(6.0)?.mul(d)?.add(3.0);
            let rest = t.neg()?.add(1.0)?;
            let weights = [far(&t.add(1.0)?)?, near(&t)?, near(&rest)?, far(&rest.add(1.0)?)?];
            let elements = [-1.0, 0.0, 1.0, 2.0].map(|step| self.padded(&low.add(step)?));
            return elements.into_iter().zip(weights).map(|(element, weight)| self.tap(&element?, weight)).collect();
        }
        let positions = self.padded(&positions)?;
        if mode == GridMode::Nearest {
            let element = positions.detach().round(0)?;
            return Ok(vec![self.tap(&element, element.ones_like()?)?]);
        }
        let low = positions.detach().floor()?;
        let share = positions.sub(&low)?;
        Ok(vec![self.tap(&low, share.neg()?.add(1.0)?)?, self.tap(&low.add(1.0)?, share)?])
    }
}

impl Tensor {
    /// What lies at the places of `grid` in images (N, C, H, W) or volumes (N, C, D, H, W): for a grid of (N, H', W', 2) the
    /// images (N, C, H', W'), for (N, D', H', W', 3) volumes. A place is x, y (and z), each from −1 to 1: with
    /// `align_corners` the middles of the outermost elements, else their outer edges.
    ///
    /// Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks" (2015).
    ///
    /// ```
    /// use synapgrad::Tensor;
    /// use synapgrad::ops::grid::{GridMode, GridPadding};
    /// # fn main() -> synapgrad::Result<()> {
    /// let image = Tensor::from([[1f32, 2.0], [3.0, 4.0]]).reshape(&[1, 1, 2, 2])?;
    /// let grid = Tensor::from([[0f32, 0.0], [1.0, -1.0]]).reshape(&[1, 1, 2, 2])?;
    /// let y = image.grid_sample(&grid, GridMode::Bilinear, GridPadding::Zeros, true)?;
    /// assert_eq!(y.to_vec::<f32>()?, [2.5, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit, and for cubic polynomials over three dimensions; NotImplementedError
    /// for integers.
    pub fn grid_sample(
        &self,
        grid: &Tensor,
        mode: GridMode,
        padding: GridPadding,
        align_corners: bool,
    ) -> Result<Tensor> {
        let name = "grid_sample";
        let (shape, rank) = (self.shape(), self.rank());
        ensure!(
            matches!(rank, 4 | 5) && grid.rank() == rank,
            Runtime,
            "{name}: expected 4D or 5D input and grid with same number of dimensions, but got input with sizes {shape:?} and \
             grid with sizes {:?}",
            grid.shape()
        );
        let axes = rank - 2;
        ensure!(
            grid.shape()[0] == shape[0] && grid.shape()[rank - 1] == axes,
            Runtime,
            "{name}: expected grid to have the input's batch size and size {axes} in last dimension, but got input with sizes \
             {shape:?} and grid with sizes {:?}",
            grid.shape()
        );
        ensure!(
            shape[2..].iter().all(|&n| n > 0),
            Runtime,
            "{name}: expected input to have non-empty spatial dimensions, but input has sizes {shape:?}"
        );
        ensure!(
            mode != GridMode::Bicubic || axes == 2,
            Runtime,
            "{name}: bicubic interpolation only supports 4D input, got sizes {shape:?}"
        );
        let dtype = self.dtype();
        ensure!(
            dtype == grid.dtype(),
            Runtime,
            "{name}: expected input and grid to have same dtype, but input has {} and grid has {}",
            dtype.name(),
            grid.dtype().name()
        );
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        if !matches!(dtype, DType::F32 | DType::F64) {
            let (x, grid) = (self.to_dtype(DType::F32)?, grid.to_dtype(DType::F32)?);
            return x.grid_sample(&grid, mode, padding, align_corners)?.to_dtype(dtype);
        }
        let (batch, channels) = (shape[0], shape[1]);
        let places: usize = grid.shape()[1..rank - 1].iter().product();
        // Sums over the elements of one dimension after the other: all combinations of an index and a weight.
        let mut taps: Taps = Vec::new();
        for (i, &n) in shape[2..].iter().enumerate() {
            let axis = Axis { n, padding, align_corners };
            let own = axis.taps(&grid.select(-1, (axes - 1 - i) as isize)?, mode)?;
            taps = match taps.is_empty() {
                true => own,
                false => {
                    let pairs = taps.iter().flat_map(|a| own.iter().map(move |b| (a, b)));
                    let join = |((i, v), (j, w)): (&(Tensor, Tensor), &(Tensor, Tensor))| {
                        Ok((i.mul(n as i64)?.add(j)?, v.mul(w)?))
                    };
                    pairs.map(join).collect::<Result<Taps>>()?
                }
            };
        }
        let elements = self.reshape(&[batch, channels, shape[2..].iter().product()])?;
        let mut total: Option<Tensor> = None;
        for (index, weight) in taps {
            let index = index.reshape(&[batch, 1, places])?.expand(&[batch, channels, places])?;
            let part = elements.gather(2, &index)?.mul(&weight.reshape(&[batch, 1, places])?)?;
            total = Some(match total {
                Some(total) => total.add(&part)?,
                None => part,
            });
        }
        let Some(total) = total else { unreachable!("there are at least two dimensions") };
        let mut result = Dims::from_slice(&[batch, channels]);
        result.extend_from_slice(&grid.shape()[1..rank - 1]);
        let total = total.reshape(&result)?;
        if mode != GridMode::Nearest {
            return Ok(total);
        }
        // The nearest element stays the same when its place moves a little: the grid's gradient is known, and 0.
        let value = total.detach();
        Ok(record(
            if axes == 2 { "GridSampler2DBackward0" } else { "GridSampler3DBackward0" },
            &[&total, grid],
            value,
            &[],
            |cx| grads![cx; cx.g.clone(), Tensor::zeros(cx.shape(1), cx.g.dtype())?],
        ))
    }

    /// The grid with which [`grid_sample`](Tensor::grid_sample) maps an image affinely: for matrices of (N, 2, 3), this
    /// tensor, and an output of `size` (N, C, H, W) the places M·(x, y, 1)ᵀ as (N, H, W, 2); for (N, 3, 4) and (N, C, D, H, W)
    /// those of (x, y, z) as (N, D, H, W, 3).
    ///
    /// Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks" (2015).
    ///
    /// # Errors
    /// ValueError for integers, for matrices of another shape and for an empty output; NotImplementedError for another number
    /// of sizes; RuntimeError where the batches differ.
    pub fn affine_grid(&self, size: &[usize], align_corners: bool) -> Result<Tensor> {
        let name = "affine_grid";
        let dtype = self.dtype();
        ensure!(
            dtype.is_float(),
            Value,
            "{name}: expected theta to have floating point type, but got {}",
            dtype.name()
        );
        ensure!(
            matches!(size.len(), 4 | 5),
            NotImplemented,
            "{name}: only supports 4D and 5D sizes, for 2D and 3D affine transforms, got size {size:?}"
        );
        let axes = size.len() - 2;
        ensure!(
            self.rank() == 3 && self.shape()[1..] == [axes, axes + 1],
            Value,
            "{name}: expected a batch of affine matrices of shape [N, {axes}, {}] for size {size:?}, got {:?}",
            axes + 1,
            self.shape()
        );
        ensure!(size.iter().all(|&n| n > 0), Value, "{name}: expected non-zero, positive output size, got {size:?}");
        ensure!(
            self.shape()[0] == size[0],
            Runtime,
            "{name}: expected as many matrices as images, got {:?} and size {size:?}",
            self.shape()
        );
        if !matches!(dtype, DType::F32 | DType::F64) {
            return self.to_dtype(DType::F32)?.affine_grid(size, align_corners)?.to_dtype(dtype);
        }
        let spatial = &size[2..];
        let mut shape = Dims::from_slice(spatial);
        shape.push(1);
        let mut columns = Vec::new();
        for (i, &n) in spatial.iter().enumerate().rev() {
            let edge = if n == 1 {
                0.0
            } else if align_corners {
                1.0
            } else {
                (n as f64 - 1.0) / n as f64
            };
            let mut along = vec![1; axes + 1];
            along[i] = n;
            let line = Tensor::linspace(-edge, edge, n, dtype)?;
            columns.push(line.reshape(&along)?.expand(&shape)?);
        }
        columns.push(Tensor::ones(&shape, dtype)?);
        let places: usize = spatial.iter().product();
        let base = Tensor::cat(&columns.iter().collect::<Vec<_>>(), -1)?.reshape(&[places, axes + 1])?;
        shape[axes] = axes;
        base.matmul(&self.mt()?)?.reshape(&[&[size[0]], &shape[..]].concat())
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["grid_sample", "affine_grid"];
