//! Data sets, loaders and files: PyTorch's orders, and what is written is read again.

use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset, mnist, random_split};
use synapgrad::io::{self, Value};
use synapgrad::random::{self, Generator};
use synapgrad::{DType, ErrorKind, Result, Tensor};

fn numbers(n: usize) -> Result<TensorDataset> {
    TensorDataset::new(vec![Tensor::arange(0, n as i64, 1, None)?])
}

fn epoch(loader: &DataLoader) -> Result<Vec<Vec<i64>>> {
    loader.iter()?.map(|batch| batch?[0].to_vec()).collect()
}

/// One test for all that draws from the default generator, which tests share.
#[test]
fn orders_are_pytorchs() -> Result<()> {
    random::manual_seed(0);
    let options = DataLoaderOptions { batch_size: 4, shuffle: true, ..Default::default() };
    let loader = DataLoader::new(numbers(10)?, options.clone())?;
    assert_eq!(epoch(&loader)?, [vec![6, 7, 1, 4], vec![2, 0, 9, 8], vec![3, 5]]);
    assert_eq!(epoch(&loader)?, [vec![2, 4, 7, 0], vec![8, 9, 5, 3], vec![6, 1]]);
    assert_eq!(Tensor::rand(&[1], DType::F32, None)?.to_vec::<f32>()?, [0.455_627_98]);

    let generator = Some(Generator::new(1));
    let loader = DataLoader::new(numbers(10)?, DataLoaderOptions { drop_last: true, generator, ..options })?;
    assert_eq!(epoch(&loader)?, [[4, 6, 9, 2], [3, 1, 0, 7]]);
    assert_eq!(epoch(&loader)?, [[6, 8, 5, 1], [3, 7, 2, 4]]);

    random::manual_seed(2);
    let parts = random_split(&numbers(10)?, &[7, 3], None)?;
    let in_order = |part: &TensorDataset| epoch(&DataLoader::new(part.clone(), DataLoaderOptions::default())?);
    assert_eq!(in_order(&parts[0])?.concat(), [8, 7, 1, 5, 6, 9, 0]);
    assert_eq!(in_order(&parts[1])?.concat(), [4, 2, 3]);
    let again = parts[0].subset(&Tensor::from([6i64, 0]))?;
    assert_eq!(in_order(&again)?.concat(), [0, 8]);
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let kind = |result: Result<()>| result.unwrap_err().kind();
    let (a, b) = (Tensor::zeros(&[2], DType::F32)?, Tensor::zeros(&[3], DType::F32)?);
    assert_eq!(kind(TensorDataset::new(vec![a, b]).map(drop)), ErrorKind::Runtime);
    assert_eq!(kind(TensorDataset::new(vec![]).map(drop)), ErrorKind::Runtime);
    assert_eq!(kind(random_split(&numbers(4)?, &[1, 2], None).map(drop)), ErrorKind::Value);
    assert_eq!(kind(random_split(&numbers(4)?, &[usize::MAX, 5], None).map(drop)), ErrorKind::Value);
    let options = DataLoaderOptions { batch_size: 0, ..Default::default() };
    assert_eq!(kind(DataLoader::new(numbers(4)?, options).map(drop)), ErrorKind::Value);
    assert_eq!(kind(numbers(4)?.subset(&Tensor::from([4i64])).map(drop)), ErrorKind::Index);
    Ok(())
}

#[test]
fn the_mnist_of_the_repository() -> Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/mnist");
    let (images, labels) = mnist(root, false)?;
    assert_eq!((images.shape(), images.dtype()), (&[10_000, 28, 28][..], DType::U8));
    assert_eq!(labels.narrow(0, 0, 4)?.to_vec::<i64>()?, [7, 2, 1, 0]);
    let error = mnist("nowhere", true).unwrap_err();
    assert!(error.message().contains("train-images-idx3-ubyte"), "{error}");
    Ok(())
}

#[test]
fn files_hold_what_was_saved() -> Result<()> {
    let path = std::env::temp_dir().join(format!("synapgrad-test-{}.pt", std::process::id()));
    let x = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    let state = vec![
        ("x".to_string(), x.clone()),
        ("t".to_string(), x.t()?),
        ("n".to_string(), Tensor::full(&[], 7, DType::I64)?),
    ];
    io::save(&path, &state)?;
    let loaded = io::load(&path)?;
    assert_eq!(loaded.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["x", "t", "n"]);
    assert_eq!(loaded[1].1.to_vec::<f32>()?, [1.0, 3.0, 2.0, 4.0]);
    assert!(loaded[0].1.storage().same(loaded[1].1.storage()), "views share memory after loading");

    let checkpoint = Value::Dict(std::sync::Arc::new(vec![
        (Value::Str("epoch".into()), Value::Int(3)),
        (Value::Str("model".into()), Value::from_tensors(&state)),
    ]));
    io::save_value(&path, &checkpoint)?;
    let loaded = io::load_value(&path)?;
    assert!(matches!(loaded.get("epoch"), Some(Value::Int(3))));
    assert_eq!(loaded.get("model").unwrap().tensors()?.len(), 3);
    let error = io::load(&path).unwrap_err();
    assert!(error.kind() == ErrorKind::Type && error.message().contains("epoch"), "{error}");

    let bytes = std::fs::read(&path).unwrap();
    for end in [0, 1, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..end]).unwrap();
        assert_eq!(io::load_value(&path).unwrap_err().kind(), ErrorKind::Runtime, "{end}");
    }
    std::fs::remove_file(&path).unwrap();
    let error = io::load(&path).unwrap_err();
    assert!(error.kind() == ErrorKind::Os && error.message().contains("synapgrad-test"), "{error}");
    Ok(())
}
