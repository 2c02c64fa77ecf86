//! Where nodes lie that have no place of their own: in columns along the flow of the signal, with few crossings.

use super::tile::GRID;
use bf_patch::Name;
use egui::{Pos2, Vec2, pos2};
use std::collections::{BTreeMap, BTreeSet};

/// Between two columns, and between two nodes of one.
const ACROSS: f32 = 72.0;
const DOWN: f32 = 24.0;
/// How often columns are put in the order of their neighbours, to and fro.
const SWEEPS: usize = 6;

/// The place of each node, with the left upper corner of all at a point. What hangs together lies together; what does
/// not lies beside or below.
pub(crate) fn lay_out<'a>(
    nodes: &[(&'a Name, Vec2)],
    cables: impl Iterator<Item = (&'a Name, &'a Name)>,
    corner: Pos2,
) -> BTreeMap<Name, Pos2> {
    let index: BTreeMap<&Name, usize> = nodes.iter().enumerate().map(|(i, (name, _))| (*name, i)).collect();
    let pairs = cables.filter_map(|(from, to)| Some((*index.get(from)?, *index.get(to)?)));
    let pairs: BTreeSet<(usize, usize)> = pairs.filter(|(from, to)| from != to).collect();
    let mut parts: Vec<(Vec2, Vec<(usize, Pos2)>)> = Vec::new();
    for part in components(nodes.len(), &pairs) {
        let mut flow = Flow::default();
        let local: BTreeMap<usize, usize> = part.iter().enumerate().map(|(i, node)| (*node, i)).collect();
        flow.sizes = part.iter().map(|node| nodes[*node].1).collect();
        (flow.before, flow.after) = (vec![Vec::new(); part.len()], vec![Vec::new(); part.len()]);
        for node in &part {
            for (from, to) in pairs.range((*node, 0)..(*node + 1, 0)) {
                flow.before[local[to]].push(local[from]);
                flow.after[local[from]].push(local[to]);
            }
        }
        let places = flow.places();
        let ends = places.iter().zip(&flow.sizes).map(|(at, size)| (*at + *size).to_vec2());
        let size = ends.fold(Vec2::ZERO, Vec2::max);
        parts.push((size, part.into_iter().zip(places).collect()));
    }
    parts.sort_by(|a, b| (b.0.x * b.0.y).total_cmp(&(a.0.x * a.0.y)));
    // Rows of about the shape of a screen.
    let area: f32 = parts.iter().map(|(size, _)| (size.x + ACROSS) * (size.y + DOWN)).sum();
    let widest = parts.iter().map(|(size, _)| size.x).fold((area * 1.6).sqrt(), f32::max);
    let (mut places, mut at, mut tallest) = (BTreeMap::new(), Vec2::ZERO, 0.0_f32);
    for (size, part) in parts {
        if at.x > 0.0 && at.x + size.x > widest {
            at = Vec2::new(0.0, grid(at.y + tallest + 2.0 * DOWN));
            tallest = 0.0;
        }
        places.extend(part.into_iter().map(|(node, place)| (nodes[node].0.clone(), corner + at + place.to_vec2())));
        at.x = grid(at.x + size.x + ACROSS);
        tallest = tallest.max(size.y);
    }
    places
}

/// What hangs together, in the order of its first node.
fn components(count: usize, pairs: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..count).collect();
    fn find(root: &mut [usize], mut node: usize) -> usize {
        while root[node] != node {
            root[node] = root[root[node]];
            node = root[node];
        }
        node
    }
    for (a, b) in pairs {
        let (a, b) = (find(&mut root, *a), find(&mut root, *b));
        root[a.max(b)] = a.min(b);
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in 0..count {
        parts.entry(find(&mut root, node)).or_default().push(node);
    }
    parts.into_values().collect()
}

/// Nodes that hang together.
#[derive(Default)]
struct Flow {
    sizes: Vec<Vec2>,
    /// For each node, those that it hears and those that hear it.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Flow {
    /// The place of each node; the left upper corner of all is the origin.
    fn places(&self) -> Vec<Pos2> {
        let columns = self.ordered(self.columns());
        let tops = self.tops(&columns);
        let least = tops.iter().copied().fold(f32::MAX, f32::min);
        let (mut places, mut x) = (vec![Pos2::ZERO; self.sizes.len()], 0.0_f32);
        for column in &columns {
            for node in column {
                places[*node] = pos2(x, tops[*node] - least);
            }
            x = grid(x + column.iter().map(|node| self.sizes[*node].x).fold(0.0, f32::max) + ACROSS);
        }
        places
    }

    /// From the top of a node to that of the next, on the grid.
    fn step(&self, node: usize) -> f32 {
        grid(self.sizes[node].y) + DOWN
    }

    /// The nodes of each column: one behind the last of what it hears, a source right before what it feeds. A cable
    /// that closes a loop counts for nothing.
    fn columns(&self) -> Vec<Vec<usize>> {
        let order = self.order();
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, node)| rank[*node] = at);
        let mut depth = vec![0_usize; order.len()];
        for node in &order {
            let heard = self.before[*node].iter().filter(|from| rank[**from] < rank[*node]);
            depth[*node] = heard.map(|from| depth[*from] + 1).max().unwrap_or(0);
        }
        for node in order.iter().rev() {
            let fed = self.after[*node].iter().filter(|to| rank[**to] > rank[*node]);
            if let Some(nearest) = fed.map(|to| depth[*to]).min().filter(|_| {
                // What hears more than it feeds stays by what it hears.
                self.before[*node].len() < self.after[*node].len() || self.before[*node].is_empty()
            }) {
                depth[*node] = depth[*node].max(nearest.saturating_sub(1));
            }
        }
        let mut columns = vec![Vec::new(); depth.iter().max().map_or(0, |most| most + 1)];
        // In the order in which they are met along the flow, so that chains begin side by side.
        order.iter().for_each(|node| columns[depth[*node]].push(*node));
        columns
    }

    /// Each node behind all that it hears, save where they go in circles.
    fn order(&self) -> Vec<usize> {
        let mut state = vec![0_u8; self.sizes.len()];
        let mut done = Vec::with_capacity(self.sizes.len());
        // From the ends backwards, so that what leads to one end stays together.
        let ends = (0..self.sizes.len()).filter(|node| self.after[*node].is_empty());
        for start in ends.chain(0..self.sizes.len()) {
            let mut stack = vec![(start, 0)];
            while let Some((node, next)) = stack.pop() {
                if next == 0 {
                    if state[node] != 0 {
                        continue;
                    }
                    state[node] = 1;
                }
                match self.before[node].get(next) {
                    Some(from) => {
                        stack.push((node, next + 1));
                        if state[*from] == 0 {
                            stack.push((*from, 0));
                        }
                    }
                    None => done.push(node),
                }
            }
        }
        done
    }

    /// The columns with each node near the middle of its neighbours.
    fn ordered(&self, mut columns: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        let mut at = vec![0.0_f32; self.sizes.len()];
        let note = |column: &[usize], at: &mut Vec<f32>| {
            let middle = column.len() as f32 / 2.0;
            column.iter().enumerate().for_each(|(i, node)| at[*node] = i as f32 - middle);
        };
        columns.iter().for_each(|column| note(column, &mut at));
        for sweep in 0..SWEEPS {
            let neighbours = if sweep % 2 == 0 { &self.before } else { &self.after };
            let places: Vec<usize> =
                if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
            for place in places {
                let column = &mut columns[place];
                let mut keyed: Vec<(f32, usize)> =
                    column.iter().map(|node| (middle(&neighbours[*node], &at).unwrap_or(at[*node]), *node)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                *column = keyed.into_iter().map(|(_, node)| node).collect();
                note(column, &mut at);
            }
        }
        columns
    }

    /// How far down each node lies: as near to its neighbours as the others of its column let it.
    fn tops(&self, columns: &[Vec<usize>]) -> Vec<f32> {
        let mut tops = vec![0.0_f32; self.sizes.len()];
        for column in columns {
            let all: f32 = column.iter().map(|node| self.step(*node)).sum();
            let mut y = -all / 2.0;
            for node in column {
                tops[*node] = y;
                y += self.step(*node);
            }
        }
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            let neighbours = if forward { &self.before } else { &self.after };
            let places: Vec<usize> =
                if forward { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
            for place in places {
                self.settle(&columns[place], neighbours, &mut tops);
            }
        }
        tops.iter().map(|top| grid(*top)).collect()
    }

    /// Moves the nodes of a column towards what they are joined with; blocks of nodes that touch move as one.
    fn settle(&self, column: &[usize], neighbours: &[Vec<usize>], tops: &mut [f32]) {
        // Nodes, the sum of where each would have the block begin, and its height.
        let mut blocks: Vec<(Vec<usize>, f32, f32)> = Vec::new();
        for node in column {
            let wanted = middle(&neighbours[*node], tops).unwrap_or(tops[*node]);
            let mut block = (vec![*node], wanted, self.step(*node));
            while let Some(last) = blocks.pop() {
                let begin = |(nodes, sum, _): &(Vec<usize>, f32, f32)| sum / nodes.len() as f32;
                if begin(&last) + last.2 <= begin(&block) {
                    blocks.push(last);
                    break;
                }
                let joined = block.1 - block.0.len() as f32 * last.2;
                let nodes = [last.0, block.0].concat();
                block = (nodes, last.1 + joined, last.2 + block.2);
            }
            blocks.push(block);
        }
        for (nodes, sum, _) in blocks {
            let mut y = grid(sum / nodes.len() as f32);
            for node in nodes {
                tops[node] = y;
                y += self.step(node);
            }
        }
    }
}

fn grid(at: f32) -> f32 {
    (at / GRID).ceil() * GRID
}

/// The middle of some nodes.
fn middle(nodes: &[usize], at: &[f32]) -> Option<f32> {
    (!nodes.is_empty()).then(|| nodes.iter().map(|node| at[*node]).sum::<f32>() / nodes.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Rect, vec2};

    fn check(sizes: &[(&str, f32)], cables: &[(&str, &str)]) -> BTreeMap<Name, Rect> {
        let names: Vec<(Name, Vec2)> = sizes.iter().map(|(n, h)| (Name::new(n), vec2(152.0, *h))).collect();
        let cables: Vec<(Name, Name)> = cables.iter().map(|(a, b)| (Name::new(a), Name::new(b))).collect();
        let nodes: Vec<(&Name, Vec2)> = names.iter().map(|(n, s)| (n, *s)).collect();
        let places = lay_out(&nodes, cables.iter().map(|(a, b)| (a, b)), pos2(16.0, 8.0));
        let rects: BTreeMap<Name, Rect> =
            names.iter().map(|(n, s)| (n.clone(), Rect::from_min_size(places[n], *s))).collect();
        for (a, one) in &rects {
            assert!(one.min.x >= 16.0 && one.min.y >= 8.0, "{a} at {one:?}");
            assert!(one.min.x % GRID == 0.0 && one.min.y % GRID == 0.0, "{a} at {one:?}");
            for (b, other) in rects.iter().filter(|(b, _)| *b != a) {
                assert!(!one.expand(4.0).intersects(*other), "{a} lies on {b}: {one:?} {other:?}");
            }
        }
        rects
    }

    #[test]
    fn signals_flow_to_the_right_and_nothing_overlaps() {
        let sizes = [("saw", 90.0), ("lfo", 300.0), ("filter", 200.0), ("amp", 120.0), ("out", 60.0), ("kick", 333.0)];
        let cables =
            [("saw", "filter"), ("lfo", "filter"), ("filter", "amp"), ("amp", "out"), ("kick", "out"), ("lfo", "amp")];
        let rects = check(&sizes, &cables);
        for (from, to) in cables {
            assert!(rects[&Name::new(from)].max.x < rects[&Name::new(to)].min.x, "{from} before {to}");
        }
        assert_eq!(rects[&Name::new("kick")].min.x, rects[&Name::new("amp")].min.x, "a source is by what it feeds");
    }

    #[test]
    fn a_loop_and_a_node_alone_have_places_too() {
        check(
            &[("delay", 100.0), ("tone", 80.0), ("out", 60.0), ("alone", 50.0)],
            &[("delay", "tone"), ("tone", "delay"), ("tone", "out"), ("delay", "delay")],
        );
        assert!(lay_out(&[], [].into_iter(), Pos2::ZERO).is_empty());
    }

    #[test]
    fn a_chain_lies_on_one_line() {
        let rects = check(&[("a", 90.0), ("b", 90.0), ("c", 90.0)], &[("a", "b"), ("b", "c")]);
        let ys: BTreeSet<i32> = rects.values().map(|r| r.min.y as i32).collect();
        assert_eq!(ys.len(), 1, "{rects:?}");
    }

    /// Any graph at all, with many nodes: they never overlap.
    #[test]
    fn random_graphs_never_overlap() {
        for seed in 0..20_u32 {
            let mut state = seed.wrapping_mul(2_654_435_761) | 1;
            let mut next = |most: u32| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state % most
            };
            let names: Vec<String> = (0..40).map(|i| format!("n{i}")).collect();
            let sizes: Vec<(&str, f32)> = names.iter().map(|n| (n.as_str(), 40.0 + next(300) as f32)).collect();
            let cables: Vec<(&str, &str)> =
                (0..60).map(|_| (names[next(40) as usize].as_str(), names[next(40) as usize].as_str())).collect();
            check(&sizes, &cables);
        }
    }
}
