//! Where the texts of a script stand in its file, so that each atom of mini-notation lights up there.

use bf_pattern::Atom;
use rhai::{AST, ASTNode, Expr, ImmutableString, Position, Stmt};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Weak};

/// String literals by the memory that holds them: a text reached through a variable is still its literal.
///
/// The engine is told not to share equal literals, and each entry keeps its text alive, so that no two have one place.
#[derive(Default)]
pub(crate) struct Literals {
    /// What was compiled for each evaluation, the newest last. One stays as long as a pattern may call into it.
    evaluations: Vec<Evaluation>,
    /// Every file that was ever read: their numbers stay, so that the atoms of older patterns stay true.
    files: Vec<File>,
}

/// What was compiled for one evaluation.
#[derive(Default)]
struct Evaluation {
    /// What patterns of it hold on to.
    held: Weak<AST>,
    places: HashMap<usize, Literal>,
    /// Where calls with a dot stand: file, line, column.
    methods: HashSet<(u32, u32, u32)>,
    /// Where a method is first called.
    first: HashMap<String, (u32, u32, u32)>,
    /// Every call, in the order of the text.
    calls: Vec<Written>,
}

/// A call as it is written.
struct Written {
    name: String,
    args: usize,
    pos: Position,
    /// Its byte in the file.
    byte: usize,
    /// Whether it stands in a function or closure.
    inside: bool,
}

/// A call as it is made.
pub(crate) struct Made<'a> {
    pub(crate) name: &'a str,
    /// Its arguments, without the one before the dot.
    pub(crate) args: usize,
    /// Whether a function or closure makes it.
    pub(crate) inside: bool,
    /// Which call of this name it is in its block, from 1.
    pub(crate) nth: usize,
    /// The bytes of the block.
    pub(crate) block: Range<usize>,
}

struct File {
    name: Arc<str>,
    text: Arc<str>,
}

struct Literal {
    /// Held so that its memory is not used again.
    _text: ImmutableString,
    file: u32,
    /// The byte of the file where each byte of the text begins, and the one after the last.
    bytes: Arc<[u32]>,
}

impl Literals {
    /// Begins an evaluation, and forgets those of which nothing is left.
    pub(crate) fn begin(&mut self) {
        self.evaluations.retain(|evaluation| evaluation.held.strong_count() > 0);
        self.evaluations.push(Evaluation::default());
    }

    /// Says what the patterns of the evaluation under way hold on to.
    pub(crate) fn hold(&mut self, ast: &Arc<AST>) {
        if let Some(newest) = self.evaluations.last_mut() {
            newest.held = Arc::downgrade(ast);
        }
    }

    /// Adds the literals and calls of a file; one of the same name and text is one file.
    pub(crate) fn add(&mut self, name: &str, text: &str, ast: &AST) -> u32 {
        let file = self.file(name, text);
        if self.evaluations.is_empty() {
            self.evaluations.push(Evaluation::default());
        }
        let Some(newest) = self.evaluations.last_mut() else { return file };
        let starts: Vec<usize> = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        ast.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Expr(Expr::StringConstant(literal, pos))) => {
                    if let Some(bytes) = byte_at(text, &starts, *pos).and_then(|at| bytes_of(text, at, literal)) {
                        let entry = Literal { _text: literal.clone(), file, bytes };
                        newest.places.insert(literal.as_ptr() as usize, entry);
                    }
                }
                Some(ASTNode::Expr(Expr::MethodCall(call, pos))) => {
                    let (line, column) = line_column(*pos);
                    newest.methods.insert((file, line, column));
                    newest.first.entry(call.name.to_string()).or_insert((file, line, column));
                }
                _ => {}
            }
            true
        });
        for (ast, inside) in [(ast.clone_statements_only(), false), (ast.clone_functions_only(), true)] {
            ast.walk(&mut |path| {
                let (call, pos) = match path.last() {
                    Some(ASTNode::Expr(Expr::MethodCall(call, pos) | Expr::FnCall(call, pos))) => (call, *pos),
                    Some(ASTNode::Stmt(Stmt::FnCall(call, pos))) => (call, *pos),
                    _ => return true,
                };
                if let Some(byte) = byte_at(text, &starts, pos) {
                    newest.calls.push(Written {
                        name: call.name.to_string(),
                        args: call.args.len(),
                        pos,
                        byte,
                        inside,
                    });
                }
                true
            });
        }
        newest.calls.sort_by_key(|call| call.byte);
        newest.calls.dedup_by_key(|call| (call.byte, call.inside));
        file
    }

    /// Where a call stands that the engine gives no place for: told by its name, its arguments, and how many calls of
    /// that name its block has made. `None` where that is not sure.
    pub(crate) fn place_of(&self, made: &Made<'_>) -> Option<Position> {
        let all = &self.evaluations.last()?.calls;
        let fits = |call: &&Written| {
            call.name == made.name && call.inside == made.inside && (made.inside || made.block.contains(&call.byte))
        };
        let of_name: Vec<&Written> = all.iter().filter(fits).collect();
        let alike: Vec<&&Written> = of_name.iter().filter(|call| call.args == made.args).collect();
        match alike.as_slice() {
            [only] => Some(only.pos),
            _ if made.inside => None,
            _ => of_name.get(made.nth.checked_sub(1)?).filter(|call| call.args == made.args).map(|call| call.pos),
        }
    }

    fn file(&mut self, name: &str, text: &str) -> u32 {
        let at = self.files.iter().position(|f| &*f.name == name).unwrap_or(self.files.len());
        let file = File { name: name.into(), text: text.into() };
        if at == self.files.len() {
            self.files.push(file);
        } else {
            self.files[at] = file;
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The names of the files.
    pub(crate) fn files(&self) -> Vec<Arc<str>> {
        self.files.iter().map(|f| f.name.clone()).collect()
    }

    /// Whether the call at a place has a dot before it.
    pub(crate) fn is_method(&self, source: Option<&str>, pos: Position) -> bool {
        let (line, column) = line_column(pos);
        let file = self.files.iter().position(|f| source.is_none_or(|s| &*f.name == s)).unwrap_or(0);
        let at = (u32::try_from(file).unwrap_or(u32::MAX), line, column);
        self.evaluations.iter().any(|evaluation| evaluation.methods.contains(&at))
    }

    /// Where a method is first called: file, line and column.
    pub(crate) fn first_call(&self, name: &str) -> Option<(Arc<str>, u32, u32)> {
        let (file, line, column) = *self.evaluations.last()?.first.get(name)?;
        Some((self.files.get(file as usize)?.name.clone(), line, column))
    }

    /// Maps pieces of a text to its literal; `None` where the text is no literal.
    pub(crate) fn place(&self, text: &ImmutableString) -> Option<impl Fn(Range<usize>) -> Atom + use<>> {
        let at = text.as_ptr() as usize;
        let literal = self.evaluations.iter().rev().find_map(|evaluation| evaluation.places.get(&at))?;
        let (file, bytes) = (literal.file, literal.bytes.clone());
        Some(move |span: Range<usize>| {
            let at = |i: usize| bytes.get(i).or(bytes.last()).copied().unwrap_or(0);
            Atom { source: file, start: at(span.start), end: at(span.end) }
        })
    }

    /// The file, line and column (from 1, in characters) of an atom.
    pub(crate) fn position(&self, atom: Atom) -> Option<(Arc<str>, u32, u32)> {
        let file = self.files.get(atom.source as usize)?;
        let before = file.text.get(..atom.start as usize)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((file.name.clone(), u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }
}

/// Line and column of a position, both 0 where there is none.
pub(crate) fn line_column(pos: Position) -> (u32, u32) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    (number(pos.line()), number(pos.position()))
}

/// The byte of a position.
fn byte_at(text: &str, starts: &[usize], pos: Position) -> Option<usize> {
    let start = *starts.get(pos.line()?.checked_sub(1)?)?;
    let line = text.get(start..)?;
    let (at, _) = line.char_indices().nth(pos.position()?.checked_sub(1)?)?;
    Some(start + at)
}

/// For each byte of a literal's text, where it begins in the file; `None` where the file does not say that text there.
fn bytes_of(source: &str, at: usize, literal: &str) -> Option<Arc<[u32]>> {
    let open = source.get(at..)?.chars().next()?;
    let mut rest = source.get(at + 1..)?.char_indices().peekable();
    if open == '`' {
        // A line end right behind the backtick is no part of the text.
        rest.next_if(|(_, c)| *c == '\r');
        rest.next_if(|(_, c)| *c == '\n');
    }
    let mut bytes = Vec::with_capacity(literal.len() + 1);
    let mut wanted = literal.chars();
    let end = loop {
        let (from, c) = rest.next()?;
        let here = u32::try_from(at + 1 + from).ok()?;
        let c = match c {
            '\\' if open == '"' => match escape(&mut rest)? {
                Some(c) => c,
                None => continue,
            },
            c if c == open && rest.next_if(|(_, next)| *next == open).is_none() => break here,
            c => c,
        };
        if wanted.next() != Some(c) {
            return None;
        }
        bytes.extend(std::iter::repeat_n(here, c.len_utf8()));
    };
    bytes.push(end);
    wanted.next().is_none().then(|| bytes.into())
}

/// The character of an escape; `None` within for the end of a line that goes on.
fn escape(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<Option<char>> {
    Some(Some(match rest.next()?.1 {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'x' => hex(rest, 2)?,
        'u' => hex(rest, 4)?,
        'U' => hex(rest, 8)?,
        '\n' => {
            while rest.next_if(|(_, c)| c.is_whitespace() && *c != '\n').is_some() {}
            return Some(None);
        }
        c => c,
    }))
}

fn hex(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>, digits: usize) -> Option<char> {
    let text: String = rest.by_ref().take(digits).map(|(_, c)| c).collect();
    u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)
}
