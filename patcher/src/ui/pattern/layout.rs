//! Steps of any length as steps of one length.

use super::grid::{Cell, MOST};

/// A step with its length; what is in it fills it in equal parts.
pub(super) struct Piece {
    pub weight: usize,
    pub cells: Vec<Cell>,
    /// Whether it is one atom that `*` may make many of.
    pub is_atom: bool,
    /// What `?` behind several cells says of all of them.
    pub left_out: Option<f64>,
}

/// Pieces of any length as steps of one length, as few as can be.
pub(super) fn flat(pieces: Vec<Piece>) -> Result<Vec<Cell>, String> {
    let parts = parts(&pieces)?;
    let lengths = pieces.iter().map(|piece| piece.weight * parts / piece.cells.len());
    let whole = lengths.reduce(gcd).unwrap_or(1);
    laid(pieces, parts, whole)
}

/// Pieces of any length as steps of one length, and how many of them a step of the text has.
pub(super) fn steady(pieces: Vec<Piece>) -> Result<(Vec<Cell>, usize), String> {
    let parts = parts(&pieces)?;
    Ok((laid(pieces, parts, 1)?, parts))
}

/// How many parts a step of weight 1 has, so that all that begins does so on one.
fn parts(pieces: &[Piece]) -> Result<usize, String> {
    if pieces.is_empty() {
        return Err("nothing between brackets or commas".to_owned());
    }
    let mut parts = 1;
    for piece in pieces {
        let count = piece.cells.len() / gcd(piece.cells.len(), piece.weight);
        parts = parts / gcd(parts, count) * count;
        if parts > MOST * MOST {
            return Err(too_many());
        }
    }
    Ok(parts)
}

/// Steps of `whole` parts.
fn laid(pieces: Vec<Piece>, parts: usize, whole: usize) -> Result<Vec<Cell>, String> {
    if pieces.iter().map(|piece| piece.weight * parts / whole).sum::<usize>() > MOST {
        return Err(too_many());
    }
    let mut cells = Vec::new();
    for piece in pieces {
        let length = piece.weight * parts / piece.cells.len() / whole;
        for cell in piece.cells {
            let goes_on = if cell == Cell::Rest { Cell::Rest } else { Cell::Tie };
            cells.push(cell);
            cells.extend(core::iter::repeat_n(goes_on, length - 1));
        }
    }
    Ok(cells)
}

pub(super) fn too_many() -> String {
    format!("more than {MOST} steps")
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
