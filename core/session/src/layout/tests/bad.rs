//! Layouts that mean harm: refused early, with one clear sentence.

use super::{packed, read, zipped};
use crate::layout::{Layout, LayoutError};

fn refused(bytes: &[u8]) -> LayoutError {
    Layout::read(bytes).unwrap_err()
}

/// A control around each of so many.
fn nested(deep: usize) -> String {
    let (open, close) = ("<node ID='a' type='GROUP'><children>", "</children></node>");
    format!("<lexml version='5'>{}{}</lexml>", open.repeat(deep), close.repeat(deep))
}

#[test]
fn what_unpacks_without_end_is_stopped() {
    // 64 MiB in 64 KiB.
    let zeros = "0".repeat(64 << 20);
    let bomb = packed(&zeros);
    assert!(bomb.len() < 80_000, "{}", bomb.len());
    assert_eq!(refused(&bomb), LayoutError::Bomb { most: 32 << 20 });
    let zip = zipped(&[("index.xml", zeros.as_bytes())]);
    assert!(zip.len() < 80_000, "{}", zip.len());
    assert_eq!(refused(&zip), LayoutError::Bomb { most: 32 << 20 });
}

#[test]
fn a_zip_that_lies_of_its_size_is_stopped_all_the_same() {
    let mut zip = zipped(&[("index.xml", "0".repeat(64 << 20).as_bytes())]);
    // The size before packing, in the head and in the directory.
    let size = u32::to_le_bytes(64 << 20);
    let places: Vec<usize> = (0..zip.len() - 4).filter(|at| zip[*at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        zip[at..at + 4].copy_from_slice(&u32::to_le_bytes(10));
    }
    assert!(matches!(refused(&zip), LayoutError::Bomb { .. } | LayoutError::Packed { .. } | LayoutError::Form { .. }));
}

#[test]
fn a_zip_of_many_files_is_refused() {
    let names: Vec<String> = (0..65).map(|n| format!("{n}.xml")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(refused(&zipped(&files)), LayoutError::Files { files: 65, most: 64 });
}

#[test]
fn entities_are_refused_before_they_are_used() {
    let laughs =
        "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><lexml>&c;</lexml>";
    assert_eq!(read(laughs), Err(LayoutError::Doctype { at: 0 }));
    let outside = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><lexml>&x;</lexml>";
    assert!(matches!(read(outside), Err(LayoutError::Doctype { .. })));
    let zip = zipped(&[("index.xml", laughs.replace("lexml", "layout").as_bytes())]);
    assert!(matches!(refused(&zip), LayoutError::Doctype { .. }));
    assert_eq!(read("<lexml>&c;</lexml>"), Err(LayoutError::Entity { at: 7, name: "c".into() }));
    assert!(matches!(read("<lexml version='&c;'></lexml>"), Err(LayoutError::Xml { .. })));
}

#[test]
fn nesting_is_bounded_and_as_deep_as_layouts_go() {
    assert!(read(&nested(63)).is_ok());
    assert!(matches!(read(&nested(64)), Err(LayoutError::Deep { most: 128, .. })));
    assert!(matches!(read(&nested(100_000)), Err(LayoutError::Deep { .. })));
    // No element closes.
    assert!(matches!(read(&"<a>".repeat(1_000_000)), Err(LayoutError::Deep { .. })));
}

#[test]
fn elements_and_attributes_are_bounded() {
    let many = format!("<lexml>{}</lexml>", "<a/>".repeat(600_000));
    assert!(matches!(read(&many), Err(LayoutError::Many { what: "elements", .. })));
    let attributes: String = (0..100).map(|n| format!(" a{n}='1'")).collect();
    assert!(matches!(read(&format!("<lexml{attributes}/>")), Err(LayoutError::Many { .. })));
}

#[test]
fn files_that_are_something_else_say_what_is_wrong() {
    let said = |bytes: &[u8]| refused(bytes).to_string();
    for (bytes, expected) in [
        (&b""[..], "this is no TouchOSC layout: "),
        (b"hello, this is no layout at all", "this is no TouchOSC layout: "),
        (b"PK\x03\x04 no zip", "this is no TouchOSC layout: "),
        (&packed("<lexml version='5'>")[..10], "this is no TouchOSC layout: "),
        (&packed(""), "byte 0: the layout is empty"),
        (&packed("<html></html>"), "byte 0: a TouchOSC layout begins with `<lexml>`, this file with `<html>`"),
        (&packed("<layout></layout>"), "byte 0: this is the XML of an old layout; "),
        (&packed("<lexml></lexml>"), "byte 0: the layout holds no control"),
        (&packed("<lexml><a></lexml>"), "byte 10: the layout's XML is broken: "),
        (&packed("<lexml><a>"), "byte 10: the layout ends inside of `<a>`"),
        (&packed("<lexml/>x"), "byte 8: there is text outside of the layout"),
        (&packed("<lexml/><lexml/>"), "byte 8: something follows the end of the layout"),
        (&packed("<lexml><node type='KNOB'/></lexml>"), "byte 7: a control is of the type `KNOB`, which is not known"),
        (&packed("<lexml><node type='BOX'/><node type='BOX'/></lexml>"), "byte 25: a layout holds one control"),
        (b"<lexml>\xff</lexml>", "byte 7: the layout is not UTF-8"),
    ] {
        let said = said(bytes);
        assert!(said.starts_with(expected), "{said:?} should begin with {expected:?}");
    }
    assert_eq!(refused(&vec![0; (8 << 20) + 1]), LayoutError::Long { bytes: (8 << 20) + 1, most: 8 << 20 });
}

#[test]
fn messages_do_not_repeat_what_a_layout_says_without_end() {
    let long = "x".repeat(100_000);
    for xml in
        [format!("<{long}/>"), format!("<lexml>&{long};</lexml>"), format!("<lexml><node type='{long}'/></lexml>")]
    {
        assert!(read(&xml).unwrap_err().to_string().len() < 400);
    }
}
