//! Sharing memory with other libraries by DLPack, whose structures and capsules are the crate `dlpark`'s matter.

use std::ptr;

use dlpark::ffi::{DLDataType, DLDevice, DLManagedTensor, DLManagedTensorVersioned};
use dlpark::metadata::Dynamic;
use dlpark::python::{self, DlpackExporter, ExportRequest};
use dlpark::{DlpackFlags, Managed, ManagedTensorBase};
use pyo3::exceptions::{PyBufferError, PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use synapgrad::{DType, Layout, Storage, Tensor};
use synapgrad_kernels::foreign;

use crate::error::{Fail, Ret};
use crate::interop::address;
use crate::tensor::PyTensor;

const TYPES: [(DType, DLDataType); 10] = [
    (DType::F32, DLDataType::F32),
    (DType::F64, DLDataType::F64),
    (DType::F16, DLDataType::F16),
    (DType::BF16, DLDataType::BF16),
    (DType::I64, DLDataType::I64),
    (DType::I32, DLDataType::I32),
    (DType::I16, DLDataType::I16),
    (DType::I8, DLDataType::I8),
    (DType::U8, DLDataType::U8),
    (DType::Bool, DLDataType::BOOL),
];

/// A tensor whose memory goes to another library, which keeps this handle, and so the memory.
struct Exported(Tensor);

impl Exported {
    fn managed<M: ManagedTensorBase>(&self) -> PyResult<Managed<M>> {
        let Exported(tensor) = self;
        let Some((_, dtype)) = TYPES.iter().find(|(ours, _)| *ours == tensor.dtype()) else {
            return Err(PyBufferError::new_err(format!("__dlpack__: {} cannot be exported", tensor.dtype().title())));
        };
        let mut described = Dynamic::new(tensor.shape().to_vec(), tensor.strides().to_vec())
            .initialize_as::<M>(Box::new(tensor.clone()))
            .map_err(|error| PyBufferError::new_err(format!("__dlpack__: {error}")))?;
        described.set_data(ptr::with_exposed_provenance_mut(address(tensor)));
        described.set_dtype(*dtype).set_device(DLDevice::CPU);
        // SAFETY: the data begins at the tensor's first element and has its shape, strides and element type; the tensor in
        // the box holds the storage until the receiver gives it back.
        Ok(unsafe { described.finish() })
    }
}

impl DlpackExporter for Exported {
    fn device(&self) -> DLDevice {
        DLDevice::CPU
    }

    fn flags(&self) -> DlpackFlags {
        DlpackFlags::empty()
    }

    fn prepare_export(&self, _: Python<'_>, _: &ExportRequest<'_>) -> PyResult<()> {
        Ok(())
    }

    fn export_legacy(&self, _: Python<'_>) -> PyResult<Managed<DLManagedTensor>> {
        self.managed()
    }

    fn export_versioned(&self, _: Python<'_>) -> PyResult<Managed<DLManagedTensorVersioned>> {
        self.managed()
    }
}

#[pymethods]
impl PyTensor {
    /// A capsule for ``from_dlpack`` of another library, which then shares the tensor's memory.
    ///
    /// A tensor that requires grad must be detached first, and there is no other device than the CPU: BufferError.
    #[pyo3(signature = (*, stream=None, max_version=None, dl_device=None, copy=None))]
    fn __dlpack__(
        &self,
        py: Python<'_>,
        stream: Option<&Bound<'_, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(u32, i32)>,
        copy: Option<bool>,
    ) -> Ret<Py<PyAny>> {
        let tensor = self.tensor();
        if tensor.requires_grad() {
            return Err(PyBufferError::new_err(
                "__dlpack__: Can't export tensors that require gradient, use tensor.detach()",
            )
            .into());
        }
        let tensor = if copy == Some(true) { tensor.deep_clone()? } else { tensor.detach() };
        let request = ExportRequest::parse(stream, max_version, dl_device, None)?;
        Ok(python::export_dlpack(&Exported(tensor), py, request)?)
    }

    /// ``(1, 0)``: the CPU.
    fn __dlpack_device__(&self) -> (i32, i32) {
        (1, 0)
    }
}

/// A tensor on the memory of any object that speaks DLPack (``__dlpack__``): an array or tensor of another library.
///
/// Memory of another device and element types that no tensor has are refused with a BufferError, negative strides with a
/// ValueError. ``copy=True`` copies.
///
/// >>> import synapgrad as sg
/// >>> x = sg.arange(3)
/// >>> y = sg.from_dlpack(x)
/// >>> y[0] = 7
/// >>> x
/// tensor([7, 1, 2])
#[pyfunction]
#[pyo3(signature = (ext_tensor, /, *, device=None, copy=None))]
fn from_dlpack(ext_tensor: &Bound<'_, PyAny>, device: Option<&Bound<'_, PyAny>>, copy: Option<bool>) -> Ret {
    crate::info::check_device("from_dlpack", device)?;
    if !ext_tensor.hasattr("__dlpack__")? {
        let name = ext_tensor.get_type().name()?;
        return Err(PyTypeError::new_err(format!("from_dlpack: expected an object with __dlpack__, got {name}")).into());
    }
    let tensor = match ext_tensor.cast::<PyTensor>() {
        Ok(own) => own.get().tensor().detach(),
        Err(_) => import(ext_tensor)?,
    };
    Ok(if copy == Some(true) { tensor.deep_clone()? } else { tensor }.into())
}

fn import(object: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let refused = |why: String| PyBufferError::new_err(format!("from_dlpack: {why}"));
    let imported = python::from_dlpack(object.as_borrowed(), None, None)?;
    let described = imported.validate().map_err(|error| refused(error.to_string()))?;
    if described.device() != DLDevice::CPU {
        return Err(refused(format!(
            "the memory is on the device {:?}, and only the CPU's can be used",
            described.device()
        )));
    }
    let Some(&(dtype, _)) = TYPES.iter().find(|(_, theirs)| *theirs == described.dtype()) else {
        return Err(refused(format!("no tensor has elements of the type {:?}", described.dtype())));
    };
    let strides = described.strides_or_compact().map_err(|error| refused(error.to_string()))?;
    let sizes = |numbers: &[i64]| numbers.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<Vec<_>>>();
    let (Some(shape), Some(strides)) = (sizes(described.shape()), sizes(&strides)) else {
        return Err(PyValueError::new_err("from_dlpack: sizes and strides must not be negative; copy the array first"));
    };
    let mut layout = Layout::dense(&shape);
    layout.strides.copy_from_slice(&strides);
    if layout.numel() == 0 {
        return Ok(Tensor::empty(&shape, dtype).map_err(Fail::from)?);
    }
    let start = usize::try_from(described.byte_offset())
        .ok()
        .and_then(|offset| described.data_ptr().expose_provenance().checked_add(offset))
        .ok_or_else(|| refused("the address is beyond any memory".to_owned()))?;
    let span = layout.end().checked_mul(dtype.size());
    if imported.flags().contains(DlpackFlags::READ_ONLY) {
        let text =
            c"The memory is not writable, and a tensor does not know of that: writing to the tensor changes it. \
                     Copy the array, or don't write.";
        PyErr::warn(object.py(), &object.py().get_type::<PyUserWarning>(), text, 1)?;
    }
    let owner = Box::new(imported.into_deleter());
    let Some(buffer) = span.and_then(|bytes| foreign::adopt(start, bytes, dtype, owner)) else {
        return Err(refused("the elements are not aligned, or beyond any memory; copy the array first".to_owned()));
    };
    Ok(Tensor::over(&Storage::new(buffer), layout, dtype).map_err(Fail::from)?)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(from_dlpack, module)?)
}
