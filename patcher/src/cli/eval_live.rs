//! `beatforge eval --live`: a script, or a part of it, to the set that plays.

use super::{End, live};
use bf_session::remote::{Evaluate, Part, Quant, Request};
use std::path::Path;

/// Where a script is evaluated, and which part of it.
#[derive(clap::Args)]
pub(crate) struct Live {
    /// Evaluate it in the set that plays.
    #[arg(long, conflicts_with_all = ["events", "json", "cycles"])]
    live: bool,
    /// Only the block with this line, from 1.
    #[arg(long, requires = "live", conflicts_with = "line", value_name = "LINE")]
    block: Option<usize>,
    /// Only this line, from 1.
    #[arg(long, requires = "live", value_name = "LINE")]
    line: Option<usize>,
    /// When it is heard: now, beat, cycle, or a number of cycles.
    #[arg(long, requires = "live")]
    quant: Option<Quant>,
}

impl Live {
    /// Evaluates in the set that plays; none where that is not asked for.
    pub(crate) fn run(&self, file: &Path, text: &str) -> Option<End> {
        self.live.then(|| self.send(file, text))
    }

    fn send(&self, file: &Path, text: &str) -> End {
        let part = match (self.block, self.line) {
            (Some(line), _) => line_of(text, line).map(|(at, _)| Part::Block { at }),
            (_, Some(line)) => line_of(text, line).map(|(start, end)| Part::Range { start, end }),
            _ => Some(Part::Whole),
        };
        let Some(part) = part else {
            eprintln!("{} has {} lines", file.display(), text.lines().count());
            return End::Failed;
        };
        let path = file.canonicalize().or_else(|_| std::path::absolute(file)).unwrap_or_else(|_| file.to_owned());
        let (file, text) = (path.display().to_string(), text.to_owned());
        let request = Request::Evaluate(Evaluate { file, text, part, quant: self.quant });
        live::show(live::connect(&path).and_then(|mut caller| live::ask(&mut caller, request)))
    }
}

/// The bytes of a line, without its end; lines are counted from 1.
fn line_of(text: &str, line: usize) -> Option<(usize, usize)> {
    let mut start = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            return Some((start, start + content.trim_end_matches(['\r', '\n']).len()));
        }
        start += content.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn lines_are_counted_from_one() {
        let text = "ä\r\nbc\n\nd";
        assert_eq!(
            [1, 2, 3, 4, 5].map(|n| line_of(text, n)),
            [Some((0, 2)), Some((4, 6)), Some((7, 7)), Some((8, 9)), None]
        );
        assert_eq!(line_of(text, 0), None);
    }
}
