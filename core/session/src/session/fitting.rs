//! Whether the cables of the set can run after an edit of a hand.

use super::Session;
use bf_patch::{EditError, Misfit, Patch, Reshaped, Room, SetEdit, Socket, Types};

/// A cable that cannot run: the patch file, where it enters, where it comes from, and why.
pub(super) type Unfit = (Option<String>, Socket, Socket, Misfit);

impl Session {
    /// A patch of the set as cables see it.
    fn room<'a>(&'a self, file: Option<&str>, patch: &'a Patch) -> Room<'a> {
        let layer = &self.scripts.layer;
        let types = Types::new(&self.set, &self.registry).with(&layer.files);
        let beside = Some(&layer.patch).filter(|_| file.is_none());
        Room { types, patch, beside, inside: file.is_some() }
    }

    /// The cables that cannot run, where an edit may make them more, and at which nodes.
    pub(super) fn misfits_before(&self, edit: &SetEdit) -> Option<(Reshaped, Vec<Unfit>)> {
        let file = edit.file.as_deref();
        let reshaped = self.room(file, self.set.patch(file)?).reshaped(&edit.edit)?;
        let unfit = self.misfits(file, &reshaped);
        Some((reshaped, unfit))
    }

    /// Those at the nodes of a patch whose ports are changed; of all patches where others may use what that changes.
    fn misfits(&self, of: Option<&str>, reshaped: &Reshaped) -> Vec<Unfit> {
        let main = core::iter::once((None, &self.set.main));
        let all = main.chain(self.set.files.iter().map(|(file, patch)| (Some(file), patch)));
        let asked = all.filter(|(file, _)| reshaped.all || file.map(String::as_str) == of);
        let found = |(file, patch): (Option<&String>, &Patch)| {
            let misfits = self.room(file.map(String::as_str), patch).misfits(reshaped);
            misfits.into_iter().map(|(to, from, why)| (file.cloned(), to, from, why)).collect::<Vec<_>>()
        };
        asked.flat_map(found).collect()
    }

    /// The cables that an edit has laid can run, and those that could run before it. What is not known is not looked at.
    pub(super) fn want_fitting(&self, edit: &SetEdit, before: Option<(Reshaped, Vec<Unfit>)>) -> Result<(), EditError> {
        let file = edit.file.as_deref();
        let Some(patch) = self.set.patch(file) else { return Ok(()) };
        let laid = self.room(file, patch).fit(&edit.edit).map_err(|why| (edit.file.clone(), why));
        let kept = before.map_or(Ok(()), |(reshaped, before)| {
            let could =
                |unfit: &Unfit| !before.iter().any(|was| (&was.0, &was.1, &was.2) == (&unfit.0, &unfit.1, &unfit.2));
            self.misfits(file, &reshaped).into_iter().find(could).map_or(Ok(()), |(file, _, _, why)| Err((file, why)))
        });
        laid.and(kept).map_err(|(file, why)| match file {
            Some(file) => EditError::InFile { file, error: Box::new(why.into()) },
            None => why.into(),
        })
    }
}
