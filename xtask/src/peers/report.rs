//! What was measured, as the table that people read.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The program that the others are compared with.
const OURS: &str = "BeatForge";

/// Between these lines of the page stands what is written here.
const BEGIN: &str = "<!-- begin: written by `cargo xtask peers` -->";
const END: &str = "<!-- end: written by `cargo xtask peers` -->";

/// A workload's column.
struct Workload {
    name: &'static str,
    head: &'static str,
    /// Of two figures the lower is the better.
    less_is_better: bool,
}

const fn rate(name: &'static str, head: &'static str) -> Workload {
    Workload { name, head, less_is_better: false }
}

const WORKLOADS: [Workload; 7] = [
    rate("w1", "W1 sine nodes"),
    rate("w2", "W2 voices"),
    rate("w3", "W3 players"),
    rate("w4", "W4 biquads"),
    rate("w5", "W5 reverbs"),
    rate("w6", "W6 notes a second"),
    Workload { name: "w7", head: "W7 µs an edit", less_is_better: true },
];

/// Figures of one run.
#[derive(Debug, Default)]
pub(super) struct Report {
    facts: BTreeMap<String, String>,
    /// Systems in the order in which they came, with their versions.
    systems: Vec<(String, String)>,
    /// The median by workload and system.
    figures: BTreeMap<(String, String), f64>,
    /// System, workload and why it was left out.
    left_out: Vec<(String, String, String)>,
}

impl Report {
    /// Reads what the scripts print: a line a fact, figure or omission, with tabs between its fields.
    pub(super) fn parse(text: &str) -> Result<Report, String> {
        let mut report = Report::default();
        for line in text.lines() {
            match line.split('\t').collect::<Vec<_>>().as_slice() {
                ["fact", name, value] => {
                    report.facts.insert((*name).to_owned(), (*value).to_owned());
                }
                ["figure", workload, system, version, median] => {
                    let median = median.parse().map_err(|_| format!("`{median}` is no figure, in `{line}`"))?;
                    if !report.systems.iter().any(|(name, _)| name == system) {
                        report.systems.push(((*system).to_owned(), (*version).to_owned()));
                    }
                    report.figures.insert(((*workload).to_owned(), (*system).to_owned()), median);
                }
                ["left out", workload, system, why] => {
                    report.left_out.push(((*system).to_owned(), (*workload).to_owned(), (*why).to_owned()));
                }
                _ => return Err(format!("the scripts print `{line}`, which is not understood")),
            }
        }
        if report.systems.iter().any(|(name, _)| name == OURS) {
            Ok(report)
        } else {
            Err(format!("no figure of {OURS}"))
        }
    }

    fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("unknown", String::as_str)
    }

    fn figure(&self, workload: &Workload, system: &str) -> Option<f64> {
        self.figures.get(&(workload.name.to_owned(), system.to_owned())).copied()
    }

    /// How many times better than a system this program is.
    fn ratio(&self, workload: &Workload, system: &str) -> Option<f64> {
        let (ours, theirs) = (self.figure(workload, OURS)?, self.figure(workload, system)?);
        Some(if workload.less_is_better { theirs / ours } else { ours / theirs })
    }

    fn peers(&self) -> impl Iterator<Item = &str> {
        self.systems.iter().map(|(name, _)| name.as_str()).filter(|name| *name != OURS)
    }

    /// The part of the page: when and where, the table, and what was left out.
    pub(super) fn section(&self) -> String {
        let mut text = format!(
            "Measured on {} by `cargo xtask peers`: {}, {}; {}. {}\n\n",
            self.fact("date"),
            self.fact("processor"),
            self.fact("system"),
            self.fact("compiler"),
            self.fact("method"),
        );
        let heads: Vec<&str> = WORKLOADS.iter().map(|w| w.head).collect();
        let _ = writeln!(text, "| | {} |\n|---|{}", heads.join(" | "), "---:|".repeat(heads.len()));
        for (system, version) in &self.systems {
            let cells = WORKLOADS.iter().map(|w| self.cell(w, system));
            let _ = writeln!(text, "| {system} {version} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        let best = WORKLOADS.iter().map(|w| self.peers().filter_map(|peer| self.ratio(w, peer)).reduce(f64::min));
        let best = best.map(|ratio| ratio.map_or("–".into(), |r| format!("**{}**", times(r))));
        let _ = writeln!(text, "| {OURS} to the best peer | {} |", best.collect::<Vec<_>>().join(" | "));
        if !self.left_out.is_empty() {
            text += "\nLeft out:\n";
        }
        for (system, workload, why) in &self.left_out {
            let of = if workload.is_empty() { String::new() } else { format!(", {}", workload.to_uppercase()) };
            let _ = writeln!(text, "- {system}{of}: {why}");
        }
        text
    }

    fn cell(&self, workload: &Workload, system: &str) -> String {
        let Some(figure) = self.figure(workload, system) else { return "–".into() };
        match self.ratio(workload, system) {
            Some(ratio) if system != OURS => format!("{} ({})", rounded(figure), times(ratio)),
            _ => rounded(figure),
        }
    }
}

/// A ratio with two digits.
fn times(ratio: f64) -> String {
    format!("× {}", significant(ratio, 2))
}

/// Three digits, and commas between thousands.
fn rounded(x: f64) -> String {
    let text = significant(x, 3);
    if text.contains('.') {
        return text;
    }
    let digits: Vec<&str> = text.as_bytes().rchunks(3).rev().filter_map(|d| std::str::from_utf8(d).ok()).collect();
    digits.join(",")
}

/// A positive number with so many digits that count.
fn significant(x: f64, digits: i32) -> String {
    if x <= 0.0 || !x.is_finite() {
        return "0".into();
    }
    let after = |x: f64| digits - 1 - x.log10().floor() as i32;
    let unit = 10f64.powi(after(x));
    // 9.996 has become 10.
    let x = (x * unit).round() / unit;
    format!("{x:.*}", after(x).max(0) as usize)
}

/// The page with its section renewed.
pub(super) fn spliced(page: &str, section: &str) -> Result<String, String> {
    let parts = page.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) =
        parts.ok_or_else(|| format!("docs/benchmarks.md has no place for the table: `{BEGIN}`, `{END}`"))?;
    Ok(format!("{head}{BEGIN}\n{section}{END}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "\
fact\tdate\t2026-01-02
fact\tprocessor\tSome CPU
figure\tw1\tBeatForge\t0.1.0\t24812.4
figure\tw1\tscsynth\t3.13.0\t15649
figure\tw1\tPd\t0.53.1\t27629
figure\tw7\tBeatForge\t0.1.0\t910
figure\tw7\tPd\t0.53.1\t14000
left out\t\tChucK\tit is not installed
left out\tw5\tscsynth\tsilent";

    #[test]
    fn a_ratio_says_how_many_times_better_we_are_and_the_last_row_takes_the_best_peer() {
        let text = Report::parse(LINES).unwrap().section();
        assert!(text.contains("2026-01-02") && text.contains("Some CPU"), "{text}");
        assert!(text.contains("| BeatForge 0.1.0 | 24,800 | – | – | – | – | – | 910 |"), "{text}");
        assert!(text.contains("| scsynth 3.13.0 | 15,600 (× 1.6) | – | – | – | – | – | – |"), "{text}");
        assert!(text.contains("| Pd 0.53.1 | 27,600 (× 0.90) | – | – | – | – | – | 14,000 (× 15) |"), "{text}");
        assert!(text.contains("| BeatForge to the best peer | **× 0.90** | – | – | – | – | – | **× 15** |"), "{text}");
        assert!(text.ends_with("Left out:\n- ChucK: it is not installed\n- scsynth, W5: silent\n"), "{text}");
    }

    #[test]
    fn numbers_keep_the_digits_that_count() {
        let all = [1.14, 9.996, 0.0012345, 1_234_567.0, 14_000.0, 999.6, 0.0].map(rounded);
        assert_eq!(all, ["1.14", "10.0", "0.00123", "1,230,000", "14,000", "1,000", "0"]);
    }

    #[test]
    fn only_the_section_of_the_page_is_renewed() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(spliced(&page, "new\n"), Ok(format!("before\n{BEGIN}\nnew\n{END}\nafter\n")));
        assert!(spliced("no place", "new\n").is_err());
    }

    #[test]
    fn what_is_not_understood_is_an_error_and_so_is_a_run_without_us() {
        assert!(Report::parse("figure\tw1\tPd\t0.53\tfast").is_err());
        assert!(Report::parse("hello").is_err());
        assert!(Report::parse("figure\tw1\tPd\t0.53\t3").is_err());
    }
}
