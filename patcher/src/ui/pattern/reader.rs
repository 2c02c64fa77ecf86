//! Reads the part of mini-notation that is a grid: steps, rests, ties, groups, and what may follow them.

use super::grid::{Cell, Grid, Hit, Lane, MOST, euclid};
use super::layout::{Piece, flat, steady, too_many};

/// How deep groups may lie in one another.
const DEEP: usize = 8;

/// Reads lanes with commas between.
pub(super) fn read(text: &str) -> Result<Grid, String> {
    let mut reader = Reader { text, at: 0, deep: 0 };
    let mut lanes = Vec::new();
    loop {
        lanes.push(reader.lane()?);
        if !reader.take(',') {
            break;
        }
    }
    match reader.peek() {
        None => Ok(Grid { lanes }),
        Some(c) => Err(more(c)),
    }
}

/// What a sign is that no grid can say.
fn more(c: char) -> String {
    match c {
        '<' | '>' => "`<…>`: something else each cycle".to_owned(),
        '|' => "`|`: one of several by chance".to_owned(),
        '/' => "`/`: slower than the cycle".to_owned(),
        '.' => "`.`: groups by dots or a range".to_owned(),
        '^' => "`^`: steps that count".to_owned(),
        c => format!("`{c}`"),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    deep: usize,
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '#' | '_' | '-' | '.')
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// What comes next, behind spaces.
    fn peek(&mut self) -> Option<char> {
        self.space();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn run(&mut self, what: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let len = rest.find(|c: char| !what(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn count(&mut self, after: char) -> Result<usize, String> {
        let digits = self.run(|c| c.is_ascii_digit()).to_owned();
        let whole = !matches!(self.text[self.at..].chars().next(), Some(c) if is_letter(c));
        digits
            .parse()
            .ok()
            .filter(|n| whole && (1..=MOST).contains(n))
            .ok_or_else(|| format!("`{after}` with more than a whole number"))
    }

    fn share(&mut self) -> Result<f64, String> {
        let digits = self.run(|c| c.is_ascii_digit() || c == '.').to_owned();
        if digits.is_empty() {
            return Ok(0.5);
        }
        digits.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| format!("`?{digits}`"))
    }

    fn lane(&mut self) -> Result<Lane, String> {
        if self.take('{') {
            let pieces = self.pieces('}')?;
            let (cells, each) = steady(pieces)?;
            let pace = if self.text[self.at..].starts_with('%') {
                self.at += 1;
                self.count('%')? * each
            } else {
                cells.len()
            };
            let left_out = if self.take('?') { Some(self.share()?) } else { None };
            return Ok(Lane { cells, pace, left_out });
        }
        let mut pieces = self.pieces(',')?;
        if let [only] = pieces.as_mut_slice() {
            let left_out = only.left_out.take();
            let cells = flat(vec![pieces.remove(0)])?;
            return Ok(Lane { pace: cells.len(), cells, left_out });
        }
        let cells = flat(pieces)?;
        Ok(Lane { pace: cells.len(), cells, left_out: None })
    }

    /// Steps up to a closing sign, which is taken; `,` is not, and there the end of the text closes, too.
    fn pieces(&mut self, close: char) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        loop {
            match self.peek() {
                Some(c) if c == close => {
                    self.at += if close == ',' { 0 } else { c.len_utf8() };
                    break;
                }
                None if close == ',' => break,
                None => return Err("a bracket that is open".to_owned()),
                Some('!') => return Err("`!` by itself".to_owned()),
                Some(_) => self.step(&mut pieces)?,
            }
        }
        // A single atom that is repeated is a row of its own.
        if let [only] = pieces.as_mut_slice()
            && close == ','
            && only.is_atom
            && let [Cell::Hits(hits)] = only.cells.as_slice()
            && let [hit] = hits.as_slice()
            && hit.strokes > 1
        {
            let (each, count) = (Hit::plain(&hit.word), hit.strokes as usize);
            only.left_out = hit.left_out;
            only.cells = vec![Cell::Hits(vec![each]); count];
        }
        if pieces.is_empty() { Err("nothing between brackets or commas".to_owned()) } else { Ok(pieces) }
    }

    /// A step with what follows it.
    fn step(&mut self, pieces: &mut Vec<Piece>) -> Result<(), String> {
        let mut piece = self.shape()?;
        let mut times = 1;
        loop {
            let before = self.at;
            let spaced = {
                self.space();
                self.at > before
            };
            let mut rest = self.text[self.at..].chars();
            let (next, after) = (rest.next(), rest.next());
            match next {
                // A lone `_` makes what stands before it longer.
                Some('_') if !after.is_some_and(|c| is_letter(c) || c == '~') => {
                    self.at += 1;
                    piece.weight += 1;
                }
                Some('@') if !spaced => {
                    self.at += 1;
                    piece.weight += self.count('@')? - 1;
                }
                Some('!') if !spaced && times == 1 => {
                    self.at += 1;
                    times = self.count('!')?;
                }
                Some('*') if !spaced => {
                    self.at += 1;
                    let factor = self.count('*')?;
                    self.faster(&mut piece, factor)?;
                }
                Some('?') if !spaced => {
                    self.at += 1;
                    let share = self.share()?;
                    doubt(&mut piece, share)?;
                }
                Some('(') if !spaced => {
                    self.at += 1;
                    self.rhythm(&mut piece)?;
                }
                _ => {
                    self.at = before;
                    break;
                }
            }
        }
        if times > 1 && piece.weight > 1 {
            return Err("`!` beside `@`".to_owned());
        }
        if piece.left_out.is_some() && (times > 1 || !pieces.is_empty() || self.goes_on()) {
            return Err("`?` behind a group".to_owned());
        }
        for _ in 0..times {
            pieces.push(Piece { cells: piece.cells.clone(), ..piece });
        }
        Ok(())
    }

    /// Whether more steps follow.
    fn goes_on(&mut self) -> bool {
        self.deep > 0 || !matches!(self.peek(), None | Some(',' | '}'))
    }

    fn shape(&mut self) -> Result<Piece, String> {
        let next = self.peek();
        if self.take('[') {
            self.deep += 1;
            if self.deep > DEEP {
                return Err("groups in groups".to_owned());
            }
            let cells = self.group()?;
            self.deep -= 1;
            return Ok(Piece { weight: 1, cells, is_atom: false, left_out: None });
        }
        if self.take('~') {
            return Ok(Piece { weight: 1, cells: vec![Cell::Rest], is_atom: false, left_out: None });
        }
        let word = self.word()?;
        if word.is_empty() {
            return Err(next.map_or_else(String::new, more));
        }
        let cell = if word == "-" { Cell::Rest } else { Cell::Hits(vec![Hit::plain(&word)]) };
        Ok(Piece { weight: 1, is_atom: cell != Cell::Rest, cells: vec![cell], left_out: None })
    }

    /// A word with the number behind its colon.
    fn word(&mut self) -> Result<String, String> {
        let mut word = self.run(is_letter).to_owned();
        if word.starts_with('.') || word.ends_with('.') || word.contains("..") || word == "_" {
            return Err(more('.'));
        }
        if !word.is_empty() && self.text[self.at..].starts_with(':') {
            self.at += 1;
            let tail = self.run(is_letter);
            if tail.is_empty() {
                return Err("`:` with more than a number".to_owned());
            }
            word = format!("{word}:{tail}");
        }
        Ok(word)
    }

    /// What stands in `[ ]`: steps, or atoms at once.
    fn group(&mut self) -> Result<Vec<Cell>, String> {
        let mut lanes = Vec::new();
        let mut pieces = Vec::new();
        loop {
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    lanes.push(flat(core::mem::take(&mut pieces))?);
                    break;
                }
                Some(',') => {
                    self.at += 1;
                    lanes.push(flat(core::mem::take(&mut pieces))?);
                }
                None => return Err("a bracket that is open".to_owned()),
                Some(_) => self.step(&mut pieces)?,
            }
        }
        if lanes.len() == 1 {
            return Ok(lanes.remove(0));
        }
        let mut all = Vec::new();
        for lane in lanes {
            match lane.as_slice() {
                [Cell::Hits(hits)] => all.extend(hits.iter().cloned()),
                _ => return Err("rows at once within a step".to_owned()),
            }
        }
        Ok(vec![Cell::Hits(all)])
    }

    fn faster(&mut self, piece: &mut Piece, factor: usize) -> Result<(), String> {
        if let ([Cell::Hits(hits)], true) = (piece.cells.as_mut_slice(), piece.is_atom) {
            hits.iter_mut().for_each(|hit| hit.strokes *= factor as u32);
            return Ok(());
        }
        if piece.cells.len() * factor > MOST {
            return Err(too_many());
        }
        piece.cells = core::iter::repeat_n(piece.cells.as_slice(), factor).flatten().cloned().collect();
        Ok(())
    }

    /// `(3,8)` or `(3,8,2)` behind an atom.
    fn rhythm(&mut self, piece: &mut Piece) -> Result<(), String> {
        let mut numbers = Vec::new();
        loop {
            self.space();
            let digits = self.run(|c| c.is_ascii_digit() || c == '-').to_owned();
            numbers.push(digits.parse::<i32>().map_err(|_| "`( )` with more than whole numbers".to_owned())?);
            if !self.take(',') {
                break;
            }
        }
        if !self.take(')') {
            return Err("`( )` with more than whole numbers".to_owned());
        }
        let [Cell::Hits(hits)] = piece.cells.as_slice() else { return Err("`( )` behind a group".to_owned()) };
        let (pulses, steps, rotation) = match numbers.as_slice() {
            [pulses, steps] => (*pulses, *steps, 0),
            [pulses, steps, rotation] => (*pulses, *steps, *rotation),
            _ => return Err("`( )`".to_owned()),
        };
        let steps = usize::try_from(steps).ok().filter(|n| (1..=MOST).contains(n)).ok_or("`( )`")?;
        let hit = Cell::Hits(hits.clone());
        let rhythm = euclid(pulses, steps, rotation);
        piece.cells = rhythm.into_iter().map(|on| if on { hit.clone() } else { Cell::Rest }).collect();
        piece.is_atom = false;
        Ok(())
    }
}

/// Chance behind a step: of its one hit, or of all of them together.
fn doubt(piece: &mut Piece, share: f64) -> Result<(), String> {
    if let [Cell::Hits(hits)] = piece.cells.as_mut_slice()
        && let [hit] = hits.as_mut_slice()
        && hit.left_out.is_none()
    {
        hit.left_out = Some(share);
        return Ok(());
    }
    if piece.left_out.is_some() {
        return Err("`?` twice".to_owned());
    }
    piece.left_out = Some(share);
    Ok(())
}
