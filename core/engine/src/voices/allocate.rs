//! Which lane plays which note.

use super::Voices;
use super::group::Change;
use super::lanes::lanes_of;
use bf_node::{Event, EventBody, LaneMask, Note, NoteId};

impl Voices {
    /// Files an event of a segment for the lane it concerns.
    pub(super) fn take(&mut self, event: &Event, segment: usize, block_start: u64) {
        let frame = (event.frame as usize).max(segment);
        match event.body {
            EventBody::NoteOn(note) => self.begin(note, frame, block_start),
            EventBody::Trigger { value } => {
                let note = Note { id: NoteId(u64::MAX), pitch: 60.0, velocity: value, controls: Default::default() };
                self.begin(note, frame, block_start);
                self.change(NoteId(u64::MAX), frame, Change::Off);
            }
            EventBody::NoteOff { id } => self.change(id, frame, Change::Off),
            EventBody::NoteControl { id, key, value } => {
                let Some(at) = self.parts.controls.iter().position(|(_, k)| *k == key) else { return };
                self.change(id, frame, Change::Control(at, value));
            }
            EventBody::Control { .. } => {}
        }
    }

    /// Files a change for the lane that plays or is about to play a note. Controls reach a note that rings out, too.
    fn change(&mut self, id: NoteId, frame: usize, change: Change) {
        for g in &mut self.groups {
            let coming = || {
                g.changes.iter().rev().find_map(|c| match &c.change {
                    Change::On(note) if note.id == id && c.frame <= frame => Some(usize::from(c.lane)),
                    _ => None,
                })
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

    /// Finds a lane for a note. What a lane does within the segment is not known yet: only what was before counts.
    fn begin(&mut self, note: Note, frame: usize, block_start: u64) {
        let all: LaneMask = LaneMask::MAX >> (LaneMask::BITS - self.parts.lanes as u32);
        let sounding = |busy: LaneMask, stolen: LaneMask| (busy & !stolen).count_ones() as usize;
        let notes: usize = self.groups.iter().map(|g| sounding(g.lanes.busy(), g.lanes.stolen)).sum();
        let free = self.groups.iter().position(|g| g.lanes.busy() != all);
        let lane = match free {
            Some(g) => Some((g, (!self.groups[g].lanes.busy()).trailing_zeros() as usize)),
            None => self.longest_dying(),
        };
        if notes >= self.parts.voices
            && let Some((g, lane)) = self.quietest()
        {
            let lanes = &mut self.groups[g].lanes;
            lanes.stolen |= 1 << lane;
            lanes.stolen_at[lane] = block_start + frame as u64;
        }
        let filed = lane.is_some_and(|(g, lane)| {
            let group = &mut self.groups[g];
            let filed = group.file(frame, lane, Change::On(note));
            group.lanes.coming |= LaneMask::from(filed) << lane;
            filed
        });
        if !filed {
            self.shed += 1;
        }
    }

    /// The lane that was stolen first and still fades.
    fn longest_dying(&self) -> Option<(usize, usize)> {
        let dying =
            self.groups.iter().enumerate().flat_map(|(i, g)| {
                lanes_of(g.lanes.stolen & !g.lanes.coming).map(move |l| (g.lanes.stolen_at[l], (i, l)))
            });
        dying.min_by_key(|(since, _)| *since).map(|(_, at)| at)
    }

    /// The lane to steal: released voices go before held ones, the quietest first. A lane that begins in this segment
    /// has no level yet and is not taken away again.
    fn quietest(&self) -> Option<(usize, usize)> {
        let candidates = self.groups.iter().enumerate().flat_map(|(i, g)| {
            let l = &g.lanes;
            lanes_of(l.active & !l.stolen & !l.coming).map(move |lane| {
                let held = if l.gate & (1 << lane) != 0 { 1.0 } else { 0.0 };
                (l.level[lane] + held, (i, lane))
            })
        });
        candidates.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, at)| at)
    }
}
