//! Texts as grids and back: what is written plays the same.

use super::grid::{Cell, Grid, Hit, same};
use bf_pattern::{Query, Span, mini};

/// What begins in the first cycle: the place in it and the value.
fn events(text: &str) -> Vec<(String, String)> {
    let events = mini(text).unwrap().query(Span::new(0, 1), &Query::default()).unwrap();
    let mut all: Vec<(String, String)> =
        events.iter().map(|e| (e.part.begin.to_string(), e.value.to_string())).collect();
    all.sort();
    all
}

#[test]
fn what_a_grid_says_is_written_and_plays_the_same() {
    for (text, written) in [
        ("bd", "bd"),
        ("bd*4", "bd*4"),
        ("bd ~ sd ~", "bd ~ sd ~"),
        ("bd - sd -", "bd ~ sd ~"),
        ("bd*4, ~ cp, hh*8?0.2", "bd*4, ~ cp, hh*8?0.2"),
        ("bd:3 sd:1*2 ~ hh?", "bd:3 sd:1*2 ~ hh?"),
        ("bd@3 sd", "bd _ _ sd"),
        ("bd _ sd", "bd _ sd"),
        ("bd!3 sd", "bd bd bd sd"),
        ("bd [sd hh]", "bd _ sd hh"),
        ("[~ hh]*4", "~ hh ~ hh ~ hh ~ hh"),
        ("bd(3,8)", "bd ~ ~ bd ~ ~ bd ~"),
        ("bd(3,8,2)", "bd ~ bd ~ ~ bd ~ ~"),
        ("[bd,hh] ~ hh ~", "[bd,hh] ~ hh ~"),
        ("{bd ~ sd}%4", "{bd ~ sd}%4"),
        ("[bd ~ sd]?0.3", "[bd ~ sd]?0.3"),
        ("0 3 -2 c#4", "0 3 -2 c#4"),
        ("0.9 0.5", "0.9 0.5"),
        ("~ ~ ~ ~", "~ ~ ~ ~"),
        ("[bd bd] [sd [hh hh]]", "bd _ bd _ sd _ hh hh"),
    ] {
        let grid = Grid::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(grid.write(), written, "{text}");
        assert!(same(text, written), "{text}");
        assert_eq!(Grid::read(written).unwrap(), grid, "{written} is read as it was meant");
    }
}

#[test]
fn what_is_more_than_a_grid_says_why() {
    for (text, why) in [
        ("bd <sd cp>", "<"),
        ("bd | sd", "|"),
        ("bd/2", "/"),
        ("0 .. 3", "."),
        ("bd*<2 3>", "*"),
        ("bd(<3 5>,8)", "( )"),
        ("bd [hh hh]?", "?"),
        ("bd [", "bracket"),
        ("bd*2.5", "*"),
        ("", "nothing"),
        ("hh*999", "*"),
    ] {
        let said = Grid::read(text).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn a_hand_on_the_grid_makes_what_it_shows() {
    let mut grid = Grid::read("bd*4, ~ cp").unwrap();
    assert_eq!(grid.words(), [(0, "bd".to_owned()), (1, "cp".to_owned())]);
    grid.lanes[0].set(1, "bd", false);
    assert_eq!(grid.write(), "bd ~ bd bd, ~ cp");
    grid.lanes[0].set(1, "hh", true);
    grid.lanes[0].set(0, "hh", true);
    assert_eq!(grid.write(), "[bd,hh] hh bd bd, ~ cp");
    let lane = &mut grid.lanes[0];
    lane.hit_mut(1, "hh").unwrap().left_out = Some(0.25);
    lane.hit_mut(2, "bd").unwrap().strokes = 3;
    assert_eq!(grid.write(), "[bd,hh] hh?0.25 bd*3 bd, ~ cp");
    let places = events("[bd,hh] hh bd*3 bd, ~ cp");
    assert_eq!(places.iter().filter(|(_, value)| value == "bd").count(), 5);
    grid.lanes[1].resize(3);
    assert_eq!(grid.lanes[1].pace, 2, "it goes on at its pace, so that it shifts against the others");
    assert_eq!(grid.write(), "[bd,hh] hh?0.25 bd*3 bd, {~ cp ~}%2");
    grid.lanes[1].rotate(-1);
    grid.lanes[1].clear("cp");
    assert_eq!(grid.write(), "[bd,hh] hh?0.25 bd*3 bd, {~ ~ ~}%2");
    let mut row = Grid::read("~ ~ ~ ~ ~ ~ ~ ~").unwrap();
    row.lanes[0].fill("rim", 5);
    assert_eq!(row.write(), "rim ~ rim rim ~ rim rim ~");
    assert!(same(&row.write(), "rim(5,8)"));
}

#[test]
fn what_went_on_is_silent_when_its_hit_goes() {
    let mut grid = Grid::read("bd@3 sd").unwrap();
    let lane = &mut grid.lanes[0];
    assert!(lane.is_tied(2, "bd") && !lane.is_tied(2, "sd"));
    lane.set(0, "bd", false);
    assert_eq!(grid.write(), "~ ~ ~ sd");
}

#[test]
fn grids_at_random_are_written_and_read_again() {
    // A small generator with a fixed seed: words, rests, ties, chance and strokes.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for round in 0..300 {
        let lanes = (0..=next(3))
            .map(|_| {
                let count = 1 + next(9) as usize;
                let mut cells: Vec<Cell> = Vec::new();
                for _ in 0..count {
                    let can_tie = matches!(cells.last(), Some(Cell::Hits(_) | Cell::Tie));
                    cells.push(match next(6) {
                        0 | 1 => Cell::Rest,
                        2 if can_tie => Cell::Tie,
                        _ => {
                            let word = ["bd", "sd:2", "hh", "c#4", "0.5"][next(5) as usize];
                            let strokes = if next(4) == 0 { 2 + next(3) as u32 } else { 1 };
                            // What is alone in its lane and has chance says so of all of it.
                            let left_out = (count > 1 && next(5) == 0).then_some(0.25);
                            Cell::Hits(vec![Hit { word: word.to_owned(), strokes, left_out }])
                        }
                    });
                }
                let pace = if next(4) == 0 { 1 + next(8) as usize } else { count };
                super::grid::Lane { cells, pace, left_out: None }
            })
            .collect();
        let grid = Grid { lanes };
        let text = grid.write();
        let again = Grid::read(&text).unwrap_or_else(|why| panic!("round {round}: {text}: {why}"));
        assert!(same(&text, &again.write()), "round {round}: {text} became {}", again.write());
    }
}
