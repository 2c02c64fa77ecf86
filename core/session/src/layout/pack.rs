//! What layouts are packed in: a zlib stream, or a zip with one file. How far they unpack is bounded.

use super::LayoutError;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Cursor, Read, Write};

/// Bytes of the largest file that is looked at. Large layouts of real sets have a few hundred thousand.
pub(super) const MOST_FILE: usize = 8 << 20;
/// Bytes of the largest layout, unpacked. A control takes about 4,000.
pub(super) const MOST_XML: usize = 32 << 20;
/// Files in the zip of an old layout. It has one, and sometimes what a system puts beside it.
const MOST_FILES: usize = 64;
/// Bytes that say that it may be XML without any packing, as the editor exports it.
const XML_STARTS: [&[u8]; 2] = [b"<?xml", b"<lexml"];

/// Whether a file begins as a zip does.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The XML of a `.tosc` file, packed or exported.
pub(super) fn unpack_tosc(bytes: &[u8]) -> Result<String, LayoutError> {
    check_len(bytes)?;
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if XML_STARTS.iter().any(|start| plain.starts_with(start)) {
        return text(plain.to_vec());
    }
    text(read_bounded(ZlibDecoder::new(bytes))?)
}

/// The XML of an old `.touchosc` file.
pub(super) fn unpack_legacy(bytes: &[u8]) -> Result<String, LayoutError> {
    check_len(bytes)?;
    let packed = |e: zip::result::ZipError| LayoutError::Packed { why: e.to_string() };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(packed)?;
    if archive.len() > MOST_FILES {
        return Err(LayoutError::Files { files: archive.len(), most: MOST_FILES });
    }
    let index = archive.by_name("index.xml").map_err(|e| match e {
        zip::result::ZipError::FileNotFound => LayoutError::NoIndex,
        other => packed(other),
    })?;
    text(read_bounded(index)?)
}

/// XML as a `.tosc` file.
pub(super) fn pack_tosc(xml: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    encoder.write_all(xml.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn check_len(bytes: &[u8]) -> Result<(), LayoutError> {
    match bytes.len() {
        bytes if bytes > MOST_FILE => Err(LayoutError::Long { bytes, most: MOST_FILE }),
        _ => Ok(()),
    }
}

/// Unpacks until the bound, whatever the file says of its own length.
fn read_bounded(packed: impl Read) -> Result<Vec<u8>, LayoutError> {
    let mut bytes = Vec::new();
    let mut bounded = packed.take(MOST_XML as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(|e| LayoutError::Packed { why: e.to_string() })?;
    if bytes.len() > MOST_XML { Err(LayoutError::Bomb { most: MOST_XML }) } else { Ok(bytes) }
}

fn text(bytes: Vec<u8>) -> Result<String, LayoutError> {
    let text = String::from_utf8(bytes).map_err(|e| LayoutError::Text { at: e.utf8_error().valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
