//! The loss of connectionist temporal classification.

use synapgrad_kernels::loss::ctc::{self, Sequence};

use super::{Reduction, reduce, with_blocks};
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{DType, Error, ErrorKind, Result, Tensor};

/// Where the sequences of a batch lie: `times[b]` distributions over `classes` each, in a block (T, N, C).
#[derive(Clone)]
struct Batch {
    times: Vec<usize>,
    texts: Vec<Vec<i64>>,
    classes: usize,
    blank: i64,
}

impl Batch {
    /// `work` on each sequence and its number.
    fn map<R: Send>(&self, x: &Tensor, work: impl Fn(usize, Sequence) -> R + Sync) -> Result<Vec<R>> {
        let x = x.detach().to_dtype(DType::F64)?.contiguous()?;
        let stride = self.times.len() * self.classes;
        let results = with_blocks([Some(&x)], |[x]| {
            let log_probs = x.map_or(&[][..], |(data, offset)| &data.as_slice::<f64>()[offset..]);
            ctc::for_each(self.times.len(), |b| {
                let log_probs = log_probs.get(b * self.classes..).unwrap_or_default();
                let (times, text) = (self.times[b], &self.texts[b]);
                work(b, Sequence { log_probs, stride, times, text, blank: self.blank })
            })
        });
        results.map_err(|_| Error::new(ErrorKind::Interrupted, "ctc_loss: interrupted"))
    }
}

impl Tensor {
    /// Connectionist temporal classification: −ln of the probability that each sequence of distributions spells its text,
    /// summed over all the ways in which it can: at each time it emits a letter or a blank; repetitions are merged, then
    /// blanks dropped. Or the sum over the batch, or the mean, for which each loss is divided by the length of its text.
    ///
    /// `self` holds logarithms of probabilities, of shape (T, N, C), or (T, C) without a batch; float32 or float64. The
    /// texts are rows of `targets` (N, S), or one after the other in one dimension. Loss and gradient of impossible texts are
    /// infinite and NaN, or 0 with `zero_infinity`. The gradient is that by scores whose log softmax the input is: the
    /// probability of each class, less the share of the ways that pass there.
    ///
    /// "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural Networks",
    /// A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, 2006.
    ///
    /// # Errors
    /// RuntimeError for lengths, targets or a blank that don't fit; NotImplementedError for other dtypes.
    pub fn ctc_loss(
        &self,
        targets: &Tensor,
        input_lengths: &[i64],
        target_lengths: &[i64],
        blank: i64,
        reduction: Reduction,
        zero_infinity: bool,
    ) -> Result<Tensor> {
        let name = "ctc_loss";
        if self.rank() == 2 {
            let batch = self.unsqueeze(1)?;
            let loss = batch.ctc_loss(targets, input_lengths, target_lengths, blank, reduction, zero_infinity)?;
            return if reduction == Reduction::None { loss.squeeze_dim(0) } else { Ok(loss) };
        }
        let [times, batch, classes] = *self.shape() else {
            bail!(Runtime, "{name}: Expected 3-dimensional tensor, but got shape {:?} for log_probs", self.shape());
        };
        ensure!(
            matches!(self.dtype(), DType::F32 | DType::F64),
            NotImplemented,
            "{name}: not implemented for '{}'",
            self.dtype().title()
        );
        ensure!(self.numel() > 0, Runtime, "{name}: log_probs tensor must not be empty, got shape {:?}", self.shape());
        ensure!(
            blank >= 0 && blank < classes as i64,
            Runtime,
            "{name}: blank must be in label range, got {blank} for {classes} classes"
        );
        let lengths = |what: &str, lengths: &[i64], most: usize| {
            ensure!(
                lengths.len() == batch,
                Runtime,
                "{name}: {what} must be of size batch_size, got {} for {batch}",
                lengths.len()
            );
            lengths
                .iter()
                .map(|&length| match usize::try_from(length) {
                    Ok(length) if length <= most => Ok(length),
                    _ => bail!(Runtime, "{name}: Expected {what} between 0 and {most}, but got value {length}"),
                })
                .collect::<Result<Vec<usize>>>()
        };
        let times = lengths("input_lengths", input_lengths, times)?;
        let longest = if targets.rank() == 2 { targets.shape()[1] } else { targets.numel() };
        let sizes = lengths("target_lengths", target_lengths, longest)?;
        let total: usize = sizes.iter().sum();
        ensure!(
            match *targets.shape() {
                [all] => all == total,
                [rows, _] => rows == batch,
                _ => false,
            },
            Runtime,
            "{name}: Expected targets of size ({batch}, S) or ({total}), but got {:?}",
            targets.shape()
        );
        ensure!(
            !targets.dtype().is_float() && targets.dtype() != DType::Bool,
            Runtime,
            "{name}: Expected targets of integers, but got {}",
            targets.dtype().title()
        );
        let labels = targets.detach().to_dtype(DType::I64)?.to_vec::<i64>()?;
        let mut start = 0;
        let texts: Vec<Vec<i64>> = sizes
            .iter()
            .map(|&size| {
                let text = labels[start..start + size].to_vec();
                start += if targets.rank() == 2 { longest } else { size };
                text
            })
            .collect();
        let outside = texts.iter().flatten().find(|&&t| t < 0 || t >= classes as i64);
        ensure!(
            outside.is_none(),
            Runtime,
            "{name}: Expected targets between 0 and {}, but got value {}",
            classes - 1,
            outside.copied().unwrap_or(0)
        );
        let batch = Batch { times, texts, classes, blank };
        let (alphas, losses): (Vec<Vec<f64>>, Vec<f64>) =
            batch.map(self, |_, sequence| sequence.forward())?.into_iter().unzip();
        let raw = Tensor::from_slice(&losses, &[losses.len()])?;
        let shown: Vec<f64> = losses.iter().map(|&l| if zero_infinity && l.is_infinite() { 0.0 } else { l }).collect();
        let value = Tensor::from_slice(&shown, &[shown.len()])?.to_dtype(self.dtype())?;
        let ways: Vec<f64> = alphas.concat();
        let ways = Tensor::from_slice(&ways, &[ways.len()])?;
        let saved = [self.into(), (&ways).into(), (&raw).into()];
        let kept = batch.clone();
        let losses = record("CtcLossBackward0", &[self], value, &saved, move |cx| {
            let [x, ways, raw] = cx.saved()?;
            let slopes = kept.slopes(&x, &ways.to_vec()?, &raw.to_vec()?, zero_infinity)?;
            let slopes = slopes.mul(&cx.g.detach().view(&[1, kept.times.len(), 1])?)?;
            // To ask for more than this gradient must fail, not give zeros.
            grads![cx; record("ctc_loss_backward", &[&x, cx.g], slopes, &[], |_| {
                bail!(Runtime, "ctc_loss: derivative for aten::_ctc_loss_backward is not implemented")
            })]
        });
        match reduction {
            Reduction::Mean => {
                let sizes: Vec<f64> = batch.texts.iter().map(|text| text.len().max(1) as f64).collect();
                losses.div(&Tensor::from_slice(&sizes, &[sizes.len()])?.to_dtype(self.dtype())?)?.mean()
            }
            _ => reduce(losses, reduction),
        }
    }
}

impl Batch {
    /// The gradient of each sequence's loss by its scores, of shape (T, N, C); 0 beyond a sequence's end.
    fn slopes(&self, x: &Tensor, ways: &[f64], losses: &[f64], zero_infinity: bool) -> Result<Tensor> {
        let mut start = 0;
        let starts: Vec<usize> = self
            .times
            .iter()
            .zip(&self.texts)
            .map(|(times, text)| {
                start += times * (2 * text.len() + 1);
                start - times * (2 * text.len() + 1)
            })
            .collect();
        let rows = self.map(x, |b, sequence| match losses[b] {
            loss if zero_infinity && loss.is_infinite() => Vec::new(),
            loss => sequence.backward(&ways[starts[b]..], loss, self.classes),
        })?;
        let mut all = vec![0.0; x.numel()];
        for (b, rows) in rows.iter().enumerate() {
            for (t, row) in rows.chunks(self.classes).enumerate() {
                all[(t * self.times.len() + b) * self.classes..][..self.classes].copy_from_slice(row);
            }
        }
        Tensor::from_slice(&all, x.shape())?.to_dtype(x.dtype())
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["ctc_loss"];
