//! Patterns that a script makes and gives to no track: nothing plays them.

use crate::{diagnose, literal, statement};
use bf_patch::{Diagnostic, Severity};
use bf_pattern::table;
use rhai::{AST, Expr, Position, Stmt};

/// A warning for each statement that is a pattern and nothing else.
pub(super) fn patterns(file: &str, ast: &AST) -> Vec<Diagnostic> {
    let calls = ast.statements().iter().filter_map(outermost);
    let own = |name: &str| ast.iter_functions().any(|f| f.name == name);
    let controls = || bf_pattern::CONTROLS.iter();
    let is_control = |name: &str| controls().any(|c| c.name == name || c.aliases.contains(&name));
    let word = |name: &str| table::function(name).is_some() || is_control(name) || name == "mini";
    // The table is asked last: its names are many.
    let makes = |name: &str| (!statement::is_statement(name) || name == "mini") && !own(name) && word(name);
    let stray = calls.filter(|(name, _)| makes(name));
    let warning = |(_, position): (&str, Position)| {
        let (line, column) = literal::line_column(position);
        let hint = Some("write track(\"name\", …) or d1(…)".to_owned());
        let fault = diagnose::at(file, line, column, "no track plays this pattern".to_owned(), hint);
        Diagnostic { severity: Severity::Warning, ..fault }
    };
    stray.map(warning).collect()
}

/// The name of the call whose value a statement drops, and where the statement begins.
fn outermost(statement: &Stmt) -> Option<(&str, Position)> {
    let place = statement.position();
    match statement {
        Stmt::FnCall(call, _) => Some((call.name.as_str(), place)),
        Stmt::Expr(expr) => {
            let mut expr = &**expr;
            while let Expr::Dot(parts, ..) = expr {
                expr = &parts.rhs;
            }
            match expr {
                Expr::FnCall(call, _) | Expr::MethodCall(call, _) => Some((call.name.as_str(), place)),
                _ => None,
            }
        }
        _ => None,
    }
}
