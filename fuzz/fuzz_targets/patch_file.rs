//! Any bytes as a patch file: no panic, kept byte for byte, and any patch can be written into what can be read.
//!
//! `cargo +nightly fuzz run patch_file fuzz/corpus/patch_file fuzz/seeds/patch_file`

#![no_main]

use bf_patch::{Patch, TextPatch, diff, merge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else { return };
    // The second half, if there is one, is what the first is to become.
    let (first, second) = text.split_once("\n---\n").unwrap_or((text, ""));
    let Ok(mut read) = TextPatch::parse(first, "fuzz.toml") else { return };
    assert_eq!(read.text(), first);
    assert!(read.patch().check().is_ok());
    let old = read.patch().clone();
    read.update(&old);
    assert_eq!(read.text(), first);
    let new = TextPatch::parse(second, "fuzz.toml").map_or_else(|_| Patch::default(), |read| read.patch().clone());
    // Both sides have changed; the file alone has; what plays alone has.
    for base in [&Patch::default(), &old, &new] {
        let merged = merge(base, &old, &new);
        let mut now = old.clone();
        for edit in merged.edits {
            assert!(now.apply(&edit).is_ok());
        }
        assert!(now.check().is_ok());
        assert!(diff(&now, &now).is_empty());
    }
    read.update(&new);
    assert!(*read.patch() == new);
});
