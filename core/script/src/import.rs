//! `import "drums" as drums;`: modules of the set, read by whoever holds its files.

use crate::hint::Fault;
use crate::shared::{Outcome, Shared};
use bf_pattern::Print;
use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared as Rc};
use std::sync::Arc;

/// Reads the text of a module by the path in its `import`, or says why not.
pub(crate) type Read = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// Finds modules, and nothing else: a script reaches no file but through it.
pub(crate) struct Importer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) read: Read,
}

impl ModuleResolver for Importer {
    fn resolve(&self, engine: &Engine, _: Option<&str>, path: &str, pos: Position) -> Outcome<Rc<Module>> {
        let refuse = |message: String| -> Box<EvalAltResult> {
            let mut error: Box<EvalAltResult> = Fault::new(message).into();
            error.set_position(pos);
            error
        };
        let circle = self.shared.run(|run| run.importing.iter().any(|p| p == path)).unwrap_or(false);
        if circle {
            return Err(refuse(format!("{path} imports itself")));
        }
        let known = |run: &mut crate::shared::Run| run.modules.iter().find(|(p, _)| p == path).map(|(_, m)| m.clone());
        if let Some(module) = self.shared.run(known).flatten() {
            return Ok(module);
        }
        let text = (self.read)(path).map_err(|why| refuse(format!("{path} cannot be imported: {why}")))?;
        let in_module = |error| Box::new(EvalAltResult::ErrorInModule(format!("{path}.rhai"), error, pos));
        let mut ast = engine.compile(&text).map_err(|e| in_module(e.into()))?;
        let file = format!("{}.rhai", path.strip_suffix(".rhai").unwrap_or(path));
        ast.set_source(&file);
        self.shared.literals().add(&file, &text, &ast);
        self.shared.run(|run| run.importing.push(path.to_owned()));
        let made = Module::eval_ast_as_new(Scope::new(), &ast, engine);
        let made: Rc<Module> = made.map_err(in_module)?.into();
        self.shared.run(|run| {
            run.importing.pop();
            run.modules.push((path.to_owned(), made.clone()));
            run.home.imported = Print::of(run.home.imported).with(path).with(&text).done().unwrap_or_default();
        });
        Ok(made)
    }
}
