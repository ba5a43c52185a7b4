//! Lists where the functions stand that Python calls, so that an error that crosses the door without a name can be given
//! the name of the function that it left by; see `src/error.rs`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A line on which something begins, and what Python calls it; nothing for what Python does not call.
struct Begin {
    line: usize,
    name: String,
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let short = file.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        for Begin { line, name } in begins(&fs::read_to_string(&file)?) {
            writeln!(table, "    ({short:?}, {line}, {name:?}),").map_err(io::Error::other)?;
        }
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("functions.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Functions under `#[pyfunction]` and in `#[pymethods]` have names, and rows `name(signature) |…| …;` of a table. Other
/// functions have none; nor has the table itself, where all errors lie that its macro lets through.
fn begins(source: &str) -> Vec<Begin> {
    let mut begins = Vec::new();
    let (mut in_methods, mut in_table, mut is_function, mut renamed) = (false, false, false, None);
    for (i, text) in source.lines().enumerate() {
        let trimmed = text.trim_start();
        let top = trimmed.len() == text.len();
        if top && trimmed.starts_with("#[pymethods]") {
            in_methods = true;
        } else if top && trimmed.starts_with('}') {
            (in_methods, in_table) = (false, false);
        }
        is_function |= trimmed.starts_with("#[pyfunction");
        let renamed_here =
            ["#[pyfunction(name = \"", "#[pyo3(name = \""].iter().find_map(|start| trimmed.strip_prefix(start));
        if let Some(name) = renamed_here {
            renamed = name.split('"').next().map(String::from);
        }
        if let Some(name) = function(trimmed) {
            let named = (is_function || in_methods) && !name.starts_with('$');
            let plain = name.trim_start_matches("r#").trim_start_matches("__").trim_end_matches("__");
            let name = renamed.take().unwrap_or_else(|| plain.to_string());
            begins.push(Begin { line: i + 1, name: if named { name } else { String::new() } });
            is_function = false;
        } else if top && text.split_once("! {").is_some_and(|(name, _)| is_name(name)) {
            in_table = true;
            begins.push(Begin { line: i + 1, name: String::new() });
        } else if in_table
            && text.len() == trimmed.len() + 4
            && let Some((name, _)) = trimmed.split_once('(').filter(|(name, _)| is_name(name.trim_end()))
        {
            begins.push(Begin { line: i + 1, name: name.trim_end().to_string() });
        }
    }
    begins
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The name in `pub fn name<…>(…`.
fn function(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix("pub").map_or(text, |rest| match rest.split_once(") ") {
        Some((scope, rest)) if scope.starts_with('(') => rest,
        _ => rest,
    });
    rest = rest.trim_start();
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}
