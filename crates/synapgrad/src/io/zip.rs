//! Archives in the zip format, as `torch.save` writes them: every entry stored, none compressed.
//!
//! An entry that is stored is as long in the file as in memory, so no archive can unpack to more than its own size:
//! the sum over the entries is checked when the archive is opened, before any memory is asked for.
//!
//! The layout, from the end: an *end record* says where the *directory* lies and how many entries it has; the directory
//! has a row per entry with name, length, checksum and the place of the entry's *local header*, behind which the bytes
//! are. Numbers that do not fit into 32 bits are all ones there, and stand in an extra field ("zip64").

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};

use crate::error::{bail, ensure};
use crate::{Error, ErrorKind, Result};

const LOCAL: u32 = 0x0403_4b50;
const ROW: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;
/// Extra field with 64-bit numbers, and the one with which PyTorch pads.
const EXTRA64: u16 = 0x0001;
const PADDING: u16 = 0x4246;
/// Where the bytes of an entry start: at a multiple of this, so that a mapped file can be used in place.
const ALIGN: u64 = 64;

/// The checksum of zip files: CRC-32 with the reflected polynomial 0xEDB88320, eight bytes at a time.
pub fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: [[u32; 256]; 8] = tables();
    let mut crc = !0u32;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let low = crc ^ u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        crc = 0;
        for (i, &byte) in low.to_le_bytes().iter().chain(&chunk[4..]).enumerate() {
            crc ^= TABLES[7 - i][byte as usize];
        }
    }
    for &byte in chunks.remainder() {
        crc = (crc >> 8) ^ TABLES[0][(crc as u8 ^ byte) as usize];
    }
    !crc
}

/// `TABLES[k][b]`: the checksum of byte `b` with `k` zero bytes behind it.
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut k) = (byte as u32, 0);
        while k < 64 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            if k % 8 == 7 {
                tables[k / 8][byte] = crc;
            }
            k += 1;
        }
        byte += 1;
    }
    tables
}

struct Entry {
    name: String,
    at: u64,
    len: u64,
    crc: u32,
}

/// Writes an archive front to back.
pub struct Writer<W> {
    out: W,
    at: u64,
    entries: Vec<Entry>,
    /// Numbers from here on go into 64-bit fields.
    wide: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Writer<W> {
        Writer { out, at: 0, entries: Vec::new(), wide: u32::MAX as u64 }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes).map_err(Error::os)
    }

    /// `n` as the 32-bit fields have it.
    fn narrow(&self, n: u64) -> u32 {
        if n >= self.wide { u32::MAX } else { n as u32 }
    }

    /// What local header and directory row have in common: from "version needed" to the length of the name.
    fn common(&self, entry: &Entry) -> Vec<u8> {
        let len = self.narrow(entry.len).to_le_bytes();
        let version: u16 = if entry.len.max(entry.at) >= self.wide { 45 } else { 20 };
        let mut row = Vec::new();
        // Version, flags, method 0 (stored), time and date (1980-01-01), checksum, length twice, length of the name.
        for field in [version, UTF8, 0, 0, 0x21] {
            row.extend(field.to_le_bytes());
        }
        row.extend(entry.crc.to_le_bytes());
        row.extend(len);
        row.extend(len);
        row.extend((entry.name.len() as u16).to_le_bytes());
        row
    }

    /// Add an entry. Names are short and plain: the caller makes them.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let entry = Entry { name: name.into(), at: self.at, len: bytes.len() as u64, crc: crc32(bytes) };
        let mut extra = Vec::new();
        if entry.len >= self.wide {
            field(&mut extra, EXTRA64, &[entry.len, entry.len]);
        }
        let start = self.at + 30 + name.len() as u64 + extra.len() as u64 + 4;
        let padding = start.next_multiple_of(ALIGN) - start;
        extra.extend(PADDING.to_le_bytes());
        extra.extend((padding as u16).to_le_bytes());
        extra.resize(extra.len() + padding as usize, b'Z');

        let common = self.common(&entry);
        self.put(&LOCAL.to_le_bytes())?;
        self.put(&common)?;
        self.put(&(extra.len() as u16).to_le_bytes())?;
        self.put(name.as_bytes())?;
        self.put(&extra)?;
        self.put(bytes)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Write the directory and return what was written to.
    pub fn finish(mut self) -> Result<W> {
        let start = self.at;
        for entry in std::mem::take(&mut self.entries) {
            let mut extra = Vec::new();
            let mut wide = Vec::new();
            if entry.len >= self.wide {
                wide.extend([entry.len, entry.len]);
            }
            if entry.at >= self.wide {
                wide.push(entry.at);
            }
            if !wide.is_empty() {
                field(&mut extra, EXTRA64, &wide);
            }
            let mut row = ROW.to_le_bytes().to_vec();
            row.extend(45u16.to_le_bytes());
            row.extend(self.common(&entry));
            row.extend((extra.len() as u16).to_le_bytes());
            // Length of a comment, disk, attributes: all none.
            row.extend([0; 10]);
            row.extend(self.narrow(entry.at).to_le_bytes());
            row.extend(entry.name.as_bytes());
            row.extend(extra);
            self.put(&row)?;
            self.entries.push(entry);
        }
        let (count, len, end) = (self.entries.len() as u64, self.at - start, self.at);
        let mut tail = Vec::new();
        if start >= self.wide || count >= u16::MAX as u64 {
            tail.extend(END64.to_le_bytes());
            tail.extend(44u64.to_le_bytes());
            tail.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [count, count, len, start] {
                tail.extend(number.to_le_bytes());
            }
            tail.extend(LOCATOR64.to_le_bytes());
            tail.extend(0u32.to_le_bytes());
            tail.extend(end.to_le_bytes());
            tail.extend(1u32.to_le_bytes());
        }
        let short = (count.min(u16::MAX as u64) as u16).to_le_bytes();
        tail.extend(END.to_le_bytes());
        tail.extend([0; 4]);
        tail.extend(short);
        tail.extend(short);
        tail.extend(self.narrow(len).to_le_bytes());
        tail.extend(self.narrow(start).to_le_bytes());
        tail.extend([0; 2]);
        self.put(&tail)?;
        Ok(self.out)
    }
}

/// Append an extra field of 64-bit numbers.
fn field(extra: &mut Vec<u8>, id: u16, numbers: &[u64]) {
    extra.extend(id.to_le_bytes());
    extra.extend((numbers.len() as u16 * 8).to_le_bytes());
    extra.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
}

/// Numbers from bytes, front to back. None beyond the end.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.bytes(2)?.try_into().ok()?))
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }
    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }
}

/// Reads entries of an archive by their names.
pub struct Reader<R> {
    source: R,
    entries: HashMap<String, Entry>,
    /// Entries end before the directory.
    directory: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// # Errors
    /// RuntimeError for what is no archive, for a damaged one, and for entries that are compressed, encrypted, have the
    /// same name or lie over one another.
    pub fn open(mut source: R) -> Result<Reader<R>> {
        let len = source.seek(SeekFrom::End(0)).map_err(Error::os)?;
        // The end record has 22 bytes and a comment of at most 65535.
        let tail = read_at(&mut source, len.saturating_sub(22 + 65535), len)?;
        let found = (0..tail.len().saturating_sub(21)).rev().find(|&i| {
            tail[i..i + 4] == END.to_le_bytes()
                && u16::from_le_bytes([tail[i + 20], tail[i + 21]]) as usize == tail.len() - i - 22
        });
        let Some(found) = found else {
            bail!(Runtime, "not a zip archive, or its end is missing: the file is truncated or of another kind");
        };
        let end = len - (tail.len() - found) as u64;
        let damaged = || Error::new(ErrorKind::Runtime, "the directory of the zip archive is damaged");

        let mut fields = Fields(&tail[found + 8..]);
        let (_, count) = (fields.u16(), fields.u16().ok_or_else(damaged)? as u64);
        let size = fields.u32().ok_or_else(damaged)? as u64;
        let start = fields.u32().ok_or_else(damaged)? as u64;
        let (mut count, mut size, mut start, mut behind) = (count, size, start, end);
        if count == u16::MAX as u64 || size == u32::MAX as u64 || start == u32::MAX as u64 {
            let locator = read_at(&mut source, end.checked_sub(20).ok_or_else(damaged)?, end)?;
            let mut fields = Fields(&locator);
            ensure!(fields.u32() == Some(LOCATOR64), Runtime, "{}", damaged());
            let at = (fields.u32(), fields.u64()).1.ok_or_else(damaged)?;
            let record = read_at(&mut source, at, at.checked_add(56).filter(|&e| e <= end).ok_or_else(damaged)?)?;
            let mut fields = Fields(&record);
            ensure!(fields.u32() == Some(END64), Runtime, "{}", damaged());
            let numbers = (fields.bytes(20), fields.u64(), fields.u64(), fields.u64(), fields.u64());
            let (_, _, Some(n), Some(s), Some(o)) = numbers else { return Err(damaged()) };
            (count, size, start, behind) = (n, s, o, at);
        }
        let inside = start.checked_add(size).is_some_and(|e| e <= behind) && count <= size / 46;
        ensure!(inside, Runtime, "{}", damaged());

        let rows = read_at(&mut source, start, start + size)?;
        let mut fields = Fields(&rows);
        let mut entries = HashMap::new();
        let mut total = 0u64;
        for _ in 0..count {
            let entry = row(&mut fields)?.ok_or_else(damaged)?;
            total = total.saturating_add(entry.len);
            ensure!(total <= start, Runtime, "entries of the zip archive lie over one another, or outside the file");
            let name = entry.name.clone();
            let double = entries.insert(name, entry);
            ensure!(
                double.is_none(),
                Runtime,
                "the zip archive has two entries of one name: {:?}",
                double.map(|e| e.name)
            );
        }
        Ok(Reader { source, entries, directory: start })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(|name| &**name)
    }

    /// The length of an entry.
    pub fn len(&self, name: &str) -> Option<u64> {
        self.entries.get(name).map(|entry| entry.len)
    }

    /// Fill `out`, which is as long as the entry, with its bytes.
    ///
    /// # Errors
    /// RuntimeError where there is no such entry, it lies outside the file or its checksum differs.
    pub fn read_into(&mut self, name: &str, out: &mut [u8]) -> Result<()> {
        let Some(entry) = self.entries.get(name).filter(|e| e.len == out.len() as u64) else {
            bail!(Runtime, "the zip archive has no entry {name:?} of {} bytes", out.len());
        };
        let outside = || {
            let text = format!("entry {name:?} of the zip archive lies outside the file");
            Error::new(ErrorKind::Runtime, text)
        };
        let head = entry.at.checked_add(30).filter(|&e| e <= self.directory).ok_or_else(outside)?;
        let header = read_at(&mut self.source, entry.at, head)?;
        let mut fields = Fields(&header);
        let (signature, _) = (fields.u32(), fields.bytes(22));
        let (Some(LOCAL), Some(name_len), Some(extra)) = (signature, fields.u16(), fields.u16()) else {
            return Err(outside());
        };
        let start = head + name_len as u64 + extra as u64;
        ensure!(start.saturating_add(entry.len) <= self.directory, Runtime, "{}", outside());
        self.source.seek(SeekFrom::Start(start)).map_err(Error::os)?;
        self.source.read_exact(out).map_err(Error::os)?;
        // PyTorch can be told not to compute checksums; it then writes zeros.
        ensure!(
            entry.crc == 0 || crc32(out) == entry.crc,
            Runtime,
            "entry {name:?} of the zip archive is damaged: its checksum is wrong"
        );
        Ok(())
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// See [`Reader::read_into`].
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        let Some(len) = self.len(name) else { bail!(Runtime, "the zip archive has no entry {name:?}") };
        // Not longer than the file, see `open`.
        let mut bytes = vec![0; len as usize];
        self.read_into(name, &mut bytes)?;
        Ok(bytes)
    }
}

/// The next row of the directory; `None` where it is damaged.
fn row(fields: &mut Fields) -> Result<Option<Entry>> {
    let mut read = || {
        let signature = fields.u32()?;
        let _versions = fields.u32()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _time = fields.u32()?;
        let (crc, packed, len) = (fields.u32()?, fields.u32()? as u64, fields.u32()? as u64);
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let _disk_and_attributes = fields.bytes(8)?;
        let at = fields.u32()? as u64;
        let name = std::str::from_utf8(fields.bytes(name.into())?).ok()?.to_string();
        let mut extra = Fields(fields.bytes(extra.into())?);
        fields.bytes(comment.into())?;
        let mut entry = Entry { name, at, len, crc };
        let mut packed = packed;
        while let (Some(id), Some(size)) = (extra.u16(), extra.u16()) {
            let mut wide = Fields(extra.bytes(size.into())?);
            if id == EXTRA64 {
                for number in [&mut entry.len, &mut packed, &mut entry.at] {
                    if *number == u32::MAX as u64 {
                        *number = wide.u64()?;
                    }
                }
            }
        }
        (signature == ROW).then_some((entry, flags, method, packed))
    };
    let Some((entry, flags, method, packed)) = read() else { return Ok(None) };
    let name = &entry.name;
    ensure!(flags & 1 == 0, Runtime, "entry {name:?} of the zip archive is encrypted");
    ensure!(
        method == 0 && packed == entry.len,
        Runtime,
        "entry {name:?} of the zip archive is compressed (method {method}); torch.save stores entries as they are"
    );
    Ok(Some(entry))
}

/// Bytes `start..end` of the source, which the caller knows to be in it.
fn read_at<R: Read + Seek>(source: &mut R, start: u64, end: u64) -> Result<Vec<u8>> {
    source.seek(SeekFrom::Start(start)).map_err(Error::os)?;
    let mut bytes = vec![0; (end - start) as usize];
    source.read_exact(&mut bytes).map_err(Error::os)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn archive(wide: u64, entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer { wide, ..Writer::new(Vec::new()) };
        entries.iter().for_each(|(name, bytes)| writer.add(name, bytes).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414F_A339);
    }

    #[test]
    fn what_was_written_is_read_with_narrow_and_with_wide_numbers() {
        let long = vec![7u8; 1000];
        for wide in [u32::MAX as u64, 0, 100] {
            let bytes = archive(wide, &[("a/1", b"one"), ("a/empty", b""), ("a/long", &long)]);
            let mut reader = Reader::open(Cursor::new(&bytes)).unwrap();
            assert_eq!(reader.read("a/1").unwrap(), b"one");
            assert_eq!(reader.read("a/empty").unwrap(), b"");
            assert_eq!(reader.read("a/long").unwrap(), long);
            assert!(reader.read("b").is_err());
        }
    }

    #[test]
    fn entries_start_at_multiples_of_64() {
        let bytes = archive(u32::MAX as u64, &[("a", &[1; 5]), ("bcd", &[2; 100])]);
        let starts = [[1u8; 5].as_slice(), &[2; 100]]
            .map(|entry| bytes.windows(entry.len()).position(|window| window == entry).unwrap());
        assert_eq!(starts.map(|s| s % 64), [0, 0]);
    }

    #[test]
    fn truncated_and_damaged_archives_are_refused() {
        let bytes = archive(u32::MAX as u64, &[("a", b"some bytes"), ("b", b"others")]);
        for end in 0..bytes.len() {
            assert!(Reader::open(Cursor::new(&bytes[..end])).is_err(), "{end}");
        }
        let at = bytes.windows(4).position(|w| w == b"some").unwrap();
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let error = Reader::open(Cursor::new(&damaged)).unwrap().read("a").unwrap_err();
        assert!(error.message().contains("checksum"), "{error}");
    }

    #[test]
    fn two_entries_of_one_name_are_refused() {
        let bytes = archive(u32::MAX as u64, &[("a", b"1"), ("a", b"2")]);
        let error = Reader::open(Cursor::new(&bytes)).err().unwrap();
        assert!(error.message().contains("two entries"), "{error}");
    }
}
