//! Any bytes as the XML in a layout of the old TouchOSC, and as the archive around it: no panic.
//!
//! `cargo +nightly fuzz run touchosc fuzz/corpus/touchosc fuzz/seeds/touchosc`

#![no_main]

use bf_session::layout::{Layout, Legacy};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

fuzz_target!(|data: &[u8]| {
    let _ = Legacy::read(data);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("index.xml", stored).expect("memory takes it");
    zip.write_all(data).expect("memory takes it");
    let bytes = zip.finish().expect("memory takes it").into_inner();
    if let Ok(layout) = Layout::read(&bytes) {
        layout.offers();
    }
});
