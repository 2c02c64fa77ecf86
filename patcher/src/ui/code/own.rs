//! The set's own script, as others write into it: numbers of the canvas, grids of the Pattern tab.

use super::super::link::{Link, Wish};
use super::history::Kind;
use super::{Code, write};
use bf_session::Script;
use bf_session::remote::Quant;
use std::ops::Range;

impl Code {
    /// Which page is the set's own script: the first that is not imported by others.
    fn own(&self) -> Option<usize> {
        self.pages.iter().position(|page| !page.imported)
    }

    /// What the set's own script says here; nothing where there is none.
    pub(crate) fn text(&self) -> &str {
        self.own().map_or("", |at| &self.pages[at].text)
    }

    /// The file of the set's own script.
    pub(crate) fn own_file(&self) -> Option<&str> {
        self.own().map(|at| self.pages[at].name.as_str())
    }

    /// Writes a number that was found into the set's own script, and has its block heard.
    ///
    /// # Errors
    /// The text is another by now.
    pub(crate) fn write(&mut self, link: &Link, place: &write::Place) -> Result<String, String> {
        let write::Place { file, text, range, put, target } = place;
        let Some(at) = self.own().filter(|at| self.pages[*at].name == *file && self.pages[*at].text == *text) else {
            return Err(format!("{file} was changed meanwhile: write {target} once more"));
        };
        self.rewrite(range.clone(), put);
        self.front = at;
        let block = bf_session::script::block::block_at(&self.pages[at].text, range.start);
        self.evaluate(link, block, Quant::Now);
        let line = text[..range.start].matches('\n').count() + 1;
        Ok(format!("{target} is {put} in {file}:{line}; Ctrl+Z there takes it back, Save writes it"))
    }

    /// Puts another text in the place of a part of the set's own script, as typing does.
    pub(crate) fn rewrite(&mut self, range: Range<usize>, with: &str) {
        let Some(page) = self.own().and_then(|at| self.pages.get_mut(at)) else { return };
        page.typed();
        if page.text.get(range.clone()).is_some() {
            page.replace(vec![(range, with.to_owned())], Kind::Whole);
        }
    }

    /// Has the block at a byte of the set's own script heard at the next cycle, and all of the text where that block
    /// declares no track.
    pub(crate) fn hear(&mut self, link: &Link, at: Option<usize>) {
        let Some(page) = self.own().and_then(|at| self.pages.get_mut(at)) else { return };
        let block = at.and_then(|at| bf_session::script::block::block_at(&page.text, at));
        let part = block.filter(|block| page.text.get(block.clone()).is_some_and(|text| text.contains("track(")));
        let (file, text) = (page.name.clone(), page.text.clone());
        link.wish(Wish::Evaluate(Script { file, text, part: part.clone(), quant: Quant::Cycle }));
        page.asked(link);
        Code::remember(&mut self.asked, page, part, link);
    }
}
