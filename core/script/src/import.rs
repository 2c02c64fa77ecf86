//! `import "drums" as drums;`: modules of the set, read by whoever holds its files.

use crate::hint::Fault;
use crate::shared::{Outcome, Shared};
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
        let text = (self.read)(path).map_err(|why| refuse(format!("{path} cannot be imported: {why}")))?;
        let in_module = |error| Box::new(EvalAltResult::ErrorInModule(path.to_owned(), error, pos));
        let mut ast = engine.compile(&text).map_err(|e| in_module(e.into()))?;
        ast.set_source(path);
        self.shared.literals().add(path, &text, &ast);
        self.shared.run(|run| run.importing.push(path.to_owned()));
        let made = Module::eval_ast_as_new(Scope::new(), &ast, engine);
        self.shared.run(|run| run.importing.pop());
        made.map(Into::into).map_err(in_module)
    }
}
