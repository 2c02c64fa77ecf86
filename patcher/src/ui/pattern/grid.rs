//! Mini-notation as a grid: lanes of equal steps, written back as a text that plays the same.

use bf_pattern::{Query, Span, Value, mini};

/// The most steps of a lane that a grid shows.
pub(crate) const MOST: usize = 128;
/// Cycles over which two texts must play the same.
const CYCLES: i64 = 8;

/// What sounds at once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    pub lanes: Vec<Lane>,
}

/// Steps side by side.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane {
    pub cells: Vec<Cell>,
    /// How many of them a cycle has; another number than there are makes a polymeter.
    pub pace: usize,
    /// The share of its hits that chance leaves out.
    pub left_out: Option<f64>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Rest,
    /// What stands before goes on.
    Tie,
    /// What begins here, all at once.
    Hits(Vec<Hit>),
}

/// What begins at a step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// The word, with its number: `bd:3`.
    pub word: String,
    /// How often it sounds within its step.
    pub strokes: u32,
    /// The share that chance leaves out.
    pub left_out: Option<f64>,
}

impl Hit {
    pub(crate) fn plain(word: &str) -> Hit {
        Hit { word: word.to_owned(), strokes: 1, left_out: None }
    }

    /// How likely it sounds, 0 to 1.
    pub(crate) fn chance(&self) -> f64 {
        1.0 - self.left_out.unwrap_or(0.0)
    }

    fn write(&self) -> String {
        let strokes = if self.strokes > 1 { format!("*{}", self.strokes) } else { String::new() };
        format!("{}{strokes}{}", self.word, share(self.left_out))
    }
}

/// The operator of chance, where there is one.
fn share(left_out: Option<f64>) -> String {
    match left_out {
        None => String::new(),
        Some(0.5) => "?".to_owned(),
        Some(share) => format!("?{share}"),
    }
}

impl Grid {
    /// Reads a text, if a grid says all that it says.
    ///
    /// # Errors
    /// What of it is more than a grid.
    pub(crate) fn read(text: &str) -> Result<Grid, String> {
        if text.trim().is_empty() {
            return Err("nothing stands there".to_owned());
        }
        let grid = super::reader::read(text)?;
        // The proof of the pudding: what would be written plays the same.
        if same(text, &grid.write()) { Ok(grid) } else { Err("chance or time that a grid cannot say".to_owned()) }
    }

    /// The text that plays it.
    pub(crate) fn write(&self) -> String {
        let lanes: Vec<String> = self.lanes.iter().map(Lane::write).collect();
        lanes.join(", ")
    }

    /// What stands in it, each once, in the order in which it first stands: the rows of the grid.
    pub(crate) fn words(&self) -> Vec<(usize, String)> {
        let mut words: Vec<(usize, String)> = Vec::new();
        for (i, lane) in self.lanes.iter().enumerate() {
            for hit in lane.hits() {
                if !words.iter().any(|(lane, word)| *lane == i && *word == hit.word) {
                    words.push((i, hit.word.clone()));
                }
            }
        }
        words
    }
}

impl Lane {
    /// All that begins in it.
    pub(crate) fn hits(&self) -> impl Iterator<Item = &Hit> {
        self.cells.iter().flat_map(|cell| if let Cell::Hits(hits) = cell { hits.as_slice() } else { &[] })
    }

    /// What begins with a word at a step.
    pub(crate) fn hit(&self, at: usize, word: &str) -> Option<&Hit> {
        let Some(Cell::Hits(hits)) = self.cells.get(at) else { return None };
        hits.iter().find(|hit| hit.word == word)
    }

    /// As [`Lane::hit`], to change it.
    pub(crate) fn hit_mut(&mut self, at: usize, word: &str) -> Option<&mut Hit> {
        let Some(Cell::Hits(hits)) = self.cells.get_mut(at) else { return None };
        hits.iter_mut().find(|hit| hit.word == word)
    }

    /// Whether a word's hit goes on through a step.
    pub(crate) fn is_tied(&self, at: usize, word: &str) -> bool {
        if self.cells.get(at) != Some(&Cell::Tie) {
            return false;
        }
        let begins = (0..at).rev().find(|i| self.cells[*i] != Cell::Tie);
        begins.is_some_and(|i| self.hit(i, word).is_some())
    }

    /// Puts a word at a step, or takes it away; what else stands there stays.
    pub(crate) fn set(&mut self, at: usize, word: &str, on: bool) {
        let Some(cell) = self.cells.get_mut(at) else { return };
        match (cell, on) {
            (Cell::Hits(hits), true) if !hits.iter().any(|hit| hit.word == word) => hits.push(Hit::plain(word)),
            (Cell::Hits(_), true) => {}
            (cell, true) => *cell = Cell::Hits(vec![Hit::plain(word)]),
            (Cell::Hits(hits), false) => {
                hits.retain(|hit| hit.word != word);
                if hits.is_empty() {
                    self.cells[at] = Cell::Rest;
                    self.free(at + 1);
                }
            }
            (_, false) => {}
        }
    }

    /// What went on from a step that is gone is silent.
    fn free(&mut self, from: usize) {
        let ties = self.cells[from..].iter_mut().take_while(|cell| **cell == Cell::Tie);
        ties.for_each(|cell| *cell = Cell::Rest);
    }

    /// Has so many steps, at the pace at which they are played; new ones are silent.
    pub(crate) fn resize(&mut self, count: usize) {
        self.cells.resize(count.clamp(1, MOST), Cell::Rest);
    }

    /// Moves all a step later, or earlier where it is negative.
    pub(crate) fn rotate(&mut self, by: isize) {
        let count = self.cells.len() as isize;
        self.cells.rotate_right(by.rem_euclid(count.max(1)) as usize);
        self.free(0);
    }

    /// Takes everything of a word away.
    pub(crate) fn clear(&mut self, word: &str) {
        (0..self.cells.len()).for_each(|at| self.set(at, word, false));
    }

    /// Puts a word at as many steps as are said, as evenly as can be, and nowhere else.
    pub(crate) fn fill(&mut self, word: &str, pulses: usize) {
        self.clear(word);
        let rhythm = euclid(pulses as i32, self.cells.len(), 0);
        (0..self.cells.len()).filter(|at| rhythm.get(*at) == Some(&true)).for_each(|at| self.set(at, word, true));
    }

    fn write(&self) -> String {
        let chance = share(self.left_out);
        let plain = self.pace == self.cells.len();
        let only = self.hits().next().filter(|hit| plain && hit.strokes == 1 && hit.left_out.is_none());
        if let Some(hit) = only
            && self.cells.iter().all(|cell| matches!(cell, Cell::Hits(hits) if hits.as_slice() == [hit.clone()]))
        {
            let times = if self.cells.len() > 1 { format!("*{}", self.cells.len()) } else { String::new() };
            return format!("{}{times}{chance}", hit.word);
        }
        let mut text = String::new();
        let mut sounds = false;
        for (i, cell) in self.cells.iter().enumerate() {
            if i > 0 {
                text.push(' ');
            }
            match cell {
                Cell::Tie if sounds => text.push('_'),
                Cell::Rest | Cell::Tie => text.push('~'),
                Cell::Hits(hits) => match hits.as_slice() {
                    [hit] => text.push_str(&hit.write()),
                    hits => {
                        let all: Vec<String> = hits.iter().map(Hit::write).collect();
                        text.push_str(&format!("[{}]", all.join(",")));
                    }
                },
            }
            sounds = matches!(cell, Cell::Hits(_)) || (sounds && *cell == Cell::Tie);
        }
        match (plain, self.left_out) {
            (true, None) => text,
            (true, Some(_)) => format!("[{text}]{chance}"),
            (false, _) => format!("{{{text}}}%{}{chance}", self.pace),
        }
    }
}

/// The steps of `(pulses,steps,rotation)` that are hits.
pub(crate) fn euclid(pulses: i32, steps: usize, rotation: i32) -> Vec<bool> {
    let mut hits = vec![false; steps];
    let Ok(pattern) = mini(&format!("x({pulses},{steps},{rotation})")) else { return hits };
    let events = pattern.query(Span::new(0, 1), &Query::default()).unwrap_or_default();
    for whole in events.iter().filter_map(|event| event.whole) {
        let at = (whole.begin.to_f64() * steps as f64).round();
        if let Some(hit) = hits.get_mut(at.max(0.0) as usize) {
            *hit = true;
        }
    }
    hits
}

/// Whether two texts play the same, wherever in the text it comes from.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (played(a), played(b)) else { return false };
    a == b
}

/// Part, whole and value of all that a text plays, in order.
fn played(text: &str) -> Option<Vec<(Span, Option<Span>, Value)>> {
    let pattern = mini(text).ok()?;
    let events = pattern.query(Span::new(0, CYCLES), &Query::default()).ok()?;
    let mut all: Vec<_> = events.into_iter().map(|event| (event.part, event.whole, event.value)).collect();
    all.sort_by(|a, b| {
        (a.0.begin, a.0.end).cmp(&(b.0.begin, b.0.end)).then_with(|| a.2.to_string().cmp(&b.2.to_string()))
    });
    Some(all)
}
