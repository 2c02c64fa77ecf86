//! Any bytes as a `.tosc` layout, packed or as XML: no panic, and what is read is written and read again.
//!
//! `cargo +nightly fuzz run tosc fuzz/corpus/tosc fuzz/seeds/tosc`

#![no_main]

use bf_session::layout::{Layout, LayoutError, Tosc};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(layout) = Layout::read(data) {
        layout.offers();
        let Layout::Tosc(tosc) = layout else { return };
        // What is not read, such as messages for game pads, is not written: the text is compared, not the value.
        match Tosc::read(&tosc.write()) {
            Ok(again) => assert_eq!(again.xml(), tosc.xml()),
            // Written, a control has its properties, though it has none: one more level.
            Err(LayoutError::Deep { .. }) => {}
            Err(error) => panic!("what was written is read: {error}"),
        }
    }
});
