//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, Result};

/// Have `write` write the file at `path`.
///
/// It writes to a file of another name in the same directory, which takes the place of `path` when all of it has reached
/// the disk: whoever opens `path` finds the old file or the new one, also when the process is killed or the disk is full.
/// Where `path` is no ordinary file (a pipe, a terminal) it is written to as it is.
///
/// # Errors
/// OSError where the system refuses; the old file is untouched then.
pub fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(&target).map_err(Error::os)?);
        write(&mut out)?;
        return out.flush().map_err(Error::os);
    }
    if old.as_ref().is_some_and(|old| old.is_dir()) {
        return Err(Error::os(ErrorKind::IsADirectory.into()));
    }
    let (temporary, file) = create_beside(&target)?;
    let result = (|| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        write(&mut out)?;
        let file = out.into_inner().map_err(|e| Error::os(e.into_error()))?;
        if let Some(old) = old {
            // Best effort: on a file system without permissions there are none to keep.
            let _ = file.set_permissions(old.permissions());
        }
        file.sync_all().map_err(Error::os)?;
        fs::rename(&temporary, &target).map_err(Error::os)
    })();
    match result {
        // The new name reaches the disk with its directory. Where a directory cannot be synced, it does so in its own time.
        Ok(()) => drop(target.parent().and_then(|directory| File::open(directory).ok()).map(|d| d.sync_all())),
        Err(_) => drop(fs::remove_file(&temporary)),
    }
    result
}

/// A new file in the directory of `target`, and its name.
fn create_beside(target: &Path) -> Result<(PathBuf, File)> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let name = target.file_name().ok_or_else(|| Error::os(ErrorKind::InvalidInput.into()))?;
    loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = target.with_file_name(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // Left behind by a process that had this number before.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::os(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let directory = std::env::temp_dir().join(format!("synapgrad-atomic-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("file");
        write_file(&path, |out| out.write_all(b"old").map_err(Error::os)).unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(b"half of the new").map_err(Error::os)?;
            Err(Error::os(ErrorKind::StorageFull.into()))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        write_file(&path, |out| out.write_all(b"new").map_err(Error::os)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::remove_dir_all(directory).unwrap();
    }
}
