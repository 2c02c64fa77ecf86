//! The field of a number: dragged, or typed and then heard once, when it is written.

use egui::{DragValue, emath::Numeric};

/// A field for a number. What is typed counts when it is done, with Enter or by going elsewhere: on the way to 128, 1
/// and 12 are never heard.
pub(crate) fn number_field<Num: Numeric>(value: &mut Num) -> DragValue<'_> {
    DragValue::new(value).update_while_editing(false)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn walk(folder: &Path, wrong: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, wrong);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("ui/number.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().enumerate().filter(|(_, line)| line.contains("DragValue::new"));
                wrong.extend(lines.map(|(i, _)| format!("{}:{}", path.display(), i + 1)));
            }
        }
    }

    #[test]
    fn no_field_acts_at_every_key_that_is_pressed() {
        let mut wrong = Vec::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut wrong);
        assert!(wrong.is_empty(), "use number_field: {wrong:?}");
    }
}
