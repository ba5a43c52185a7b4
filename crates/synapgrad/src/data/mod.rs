//! Data sets that are made rather than downloaded.

pub mod make;
