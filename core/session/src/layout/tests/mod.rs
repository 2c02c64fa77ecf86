//! Tests of layouts.

mod bad;
mod legacy;
mod tosc;

use super::tosc::{Kind, Node, Property, Setting, Tosc};

/// A control with a name.
fn named(kind: Kind, name: &str, children: Vec<Node>) -> Node {
    let name = Property { key: "name".into(), setting: Setting::Text(name.into()) };
    Node { id: format!("id-{kind:?}"), kind, properties: vec![name], values: vec![], messages: vec![], children }
}

/// Packs XML as a `.tosc` is packed.
fn packed(xml: &str) -> Vec<u8> {
    super::pack::pack_tosc(xml)
}

/// Reads XML as a `.tosc`.
fn read(xml: &str) -> Result<Tosc, super::LayoutError> {
    Tosc::read(&packed(xml))
}

/// A zip with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
