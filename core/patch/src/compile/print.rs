//! A plan as text, for snapshots and eyes.

use super::plan::{Plan, Source, Step};
use core::fmt::{self, Write};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lanes {} buffers {} lists {} latency {}", self.lanes, self.buffers, self.lists, self.latency)?;
        self.steps(f, &self.steps, 0)
    }
}

impl Plan {
    fn steps(&self, f: &mut fmt::Formatter<'_>, steps: &[Step], depth: usize) -> fmt::Result {
        let pad = "  ".repeat(depth);
        for step in steps {
            match step {
                Step::Mix { out, sources, rest, onto, .. } => {
                    let sign = if *onto { "+=" } else { "=" };
                    write!(f, "{pad}b{out} {sign} mix {}", self.sources(sources))?;
                    writeln!(f, "{}", if *rest == 0.0 { String::new() } else { format!(" rest {rest}") })?;
                }
                Step::Param { node, param, out, sources, .. } => {
                    let n = &self.flat.nodes[*node as usize];
                    let name = n.face.param_name(usize::from(*param));
                    writeln!(f, "{pad}b{out} = {}.{name} {}", n.key.path, self.sources(sources))?;
                }
                Step::Events { out, sources } => {
                    let list: Vec<String> = sources.iter().map(|s| format!("e{}", s.list)).collect();
                    writeln!(f, "{pad}e{out} = merge {}", list.join(" "))?;
                }
                Step::Node(i) => {
                    let n = &self.flat.nodes[*i as usize];
                    let ghost = if n.ghost { " ghost" } else { "" };
                    let params: Vec<String> = self
                        .params(*i)
                        .iter()
                        .enumerate()
                        .filter_map(|(k, b)| b.map(|b| format!("{}=b{b}", n.face.param_name(k))))
                        .collect();
                    writeln!(
                        f,
                        "{pad}{} x{} in {:?} out {:?} {}{ghost}",
                        n.key.path,
                        n.channels,
                        self.ins(*i),
                        self.outs(*i),
                        params.join(" ")
                    )?;
                }
                Step::Output { buffers, .. } => writeln!(f, "{pad}output b{} b{}", buffers[0], buffers[1])?,
                Step::Input { node } => writeln!(f, "{pad}input {:?}", self.outs(*node))?,
                Step::Island { steps, loops } => {
                    writeln!(f, "{pad}island")?;
                    self.steps(f, steps, depth + 1)?;
                    for l in loops {
                        writeln!(f, "{pad}  b{} = b{} one frame later", l.to, l.from)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn sources(&self, sources: &[Source]) -> String {
        let mut text = String::new();
        for s in sources {
            let _ = write!(text, "b{}", s.buffer);
            if s.gain != 1.0 {
                let _ = write!(text, "*{}", s.gain);
            }
            if let Some(c) = s.cable {
                let cable = &self.cables[c as usize];
                if cable.fades {
                    let _ = write!(text, "→{}", cable.target);
                }
                if cable.delay > 0 {
                    let _ = write!(text, "@{}", cable.delay);
                }
            }
            text.push(' ');
        }
        text.trim_end().to_owned()
    }
}
