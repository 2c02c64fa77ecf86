//! Which lane plays which note.

use super::Voices;
use super::group::Change;
use super::lanes::{Seen, lanes_of};
use bf_node::{Event, EventBody, LaneMask, Note, NoteId};

impl Voices {
    /// Files an event of a segment for the lane it concerns.
    pub(super) fn take(&mut self, event: &Event, segment: usize, block_start: u64) {
        let frame = (event.frame as usize).max(segment);
        match event.body {
            EventBody::NoteOn(note) => {
                self.begin(note, frame, block_start);
            }
            EventBody::Trigger { value } => {
                let note = Note { id: NoteId(u64::MAX), pitch: 60.0, velocity: value, controls: Default::default() };
                if let Some((g, lane)) = self.begin(note, frame, block_start)
                    && !self.groups[g].file(frame, lane, Change::Off)
                {
                    self.shed += 1;
                }
            }
            EventBody::NoteOff { id } => self.change(id, frame, Change::Off),
            EventBody::NoteControl { id, key, value } => {
                let Some(at) = self.parts.controls.iter().position(|(_, k)| *k == key) else { return };
                self.change(id, frame, Change::Control(at as u16, value));
            }
            EventBody::Control { .. } => {}
        }
    }

    /// Files a change for the lane that plays or is about to play a note. Controls reach a note that rings out, too.
    fn change(&mut self, id: NoteId, frame: usize, change: Change) {
        for g in &mut self.groups {
            let coming = || {
                let mut ons = g.changes.iter().rev().filter(|c| c.is_on() && c.frame <= frame);
                ons.find(|c| g.next[usize::from(c.lane)].id == id).map(|c| usize::from(c.lane))
            };
            let moves = matches!(change, Change::Control(..));
            let lanes = if moves { g.lanes.active & !g.lanes.stolen } else { g.lanes.held() };
            let playing = || lanes_of(lanes).find(|lane| g.lanes.id[*lane] == id);
            let lane = if g.lanes.coming != 0 { coming().or_else(playing) } else { playing() };
            if let Some(lane) = lane {
                if !g.file(frame, lane, change) {
                    self.shed += 1;
                }
                return;
            }
        }
    }

    /// Finds a lane for a note, and says which. What a lane does within the span is not known yet: only what was before counts.
    fn begin(&mut self, note: Note, frame: usize, block_start: u64) -> Option<(usize, usize)> {
        let all: LaneMask = LaneMask::MAX >> (LaneMask::BITS - self.parts.lanes as u32);
        let sounding = |seen: &Seen| (seen.taken & !seen.dying).count_ones() as usize;
        let notes: usize = self.groups.iter().map(|g| sounding(&g.lanes.seen)).sum();
        let free = self.groups.iter().position(|g| g.lanes.seen.taken != all);
        let lane = match free {
            Some(g) => Some((g, (!self.groups[g].lanes.seen.taken).trailing_zeros() as usize)),
            None => self.longest_dying(),
        };
        if notes >= self.parts.voices
            && let Some((g, lane)) = self.quietest()
        {
            let lanes = &mut self.groups[g].lanes;
            lanes.stolen |= 1 << lane;
            lanes.seen.dying |= 1 << lane;
            lanes.stolen_at[lane] = block_start + frame as u64;
        }
        let filed = lane.filter(|(g, lane)| self.groups[*g].file_note(frame, *lane, note));
        if filed.is_none() {
            self.shed += 1;
        }
        filed
    }

    /// The lane that was stolen first and still fades.
    fn longest_dying(&self) -> Option<(usize, usize)> {
        let dying = self
            .groups
            .iter()
            .enumerate()
            .flat_map(|(i, g)| lanes_of(g.lanes.seen.dying).map(move |l| (g.lanes.stolen_at[l], (i, l))));
        dying.min_by_key(|(since, _)| *since).map(|(_, at)| at)
    }

    /// The lane to steal: released voices go before held ones, the quietest first. A lane that begins in this span
    /// has no level yet and is not taken away again.
    fn quietest(&self) -> Option<(usize, usize)> {
        let candidates = self.groups.iter().enumerate().flat_map(|(i, g)| {
            let l = &g.lanes;
            lanes_of(l.seen.taken & !l.seen.dying & !l.seen.fresh).map(move |lane| {
                let held = if l.seen.held & (1 << lane) != 0 { 1.0 } else { 0.0 };
                (l.level[lane] + held, (i, lane))
            })
        });
        candidates.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, at)| at)
    }
}
