//! Data sets, made or read from files, and their batches.

mod idx;
mod loader;
pub mod make;

pub use idx::{mnist, read_idx};
pub use loader::{Batches, DataLoader, DataLoaderOptions, TensorDataset, random_split};
