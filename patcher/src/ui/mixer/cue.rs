//! Headphones and the metronome: nodes of the set that the mixer brings along when they are first asked for.

use super::super::app::named;
use super::super::canvas::gesture::{fresh_name, set};
use super::super::link::{Link, Shown, Wish};
use super::super::theme::Paints;
use super::Mixer;
use super::channel::Channel;
use bf_node::{Outlet, Role, Value};
use bf_patch::{Cable, Edit, Name, Node, SetEdit, Socket};
use egui::{Button, RichText, Ui};

/// The first node of the main patch that fits, as it is heard.
fn find(shown: &Shown, fits: impl Fn(&Node) -> bool) -> Option<&Name> {
    shown.heard.main.nodes.iter().find(|(_, node)| fits(node)).map(|(name, _)| name)
}

fn has_role(link: &Link, node: &Node, role: Role) -> bool {
    link.registry.get(&node.kind).is_some_and(|spec| spec.role == role)
}

/// The node that sums what is cued.
fn desk<'a>(link: &Link, shown: &'a Shown) -> Option<&'a Name> {
    find(shown, |node| has_role(link, node, Role::Cue))
}

/// The output that a node is led to.
fn outlet_behind<'a>(link: &Link, shown: &'a Shown, from: &Name) -> Option<(&'a Name, Outlet)> {
    let main = &shown.heard.main;
    let mut ends = main.cables.iter().filter(|(_, list)| list.iter().any(|c| c.from.node == *from));
    ends.find_map(|(to, _)| {
        let (name, node) = main.nodes.get_key_value(&to.node)?;
        has_role(link, node, Role::Output).then(|| (name, outlet_of(node)))
    })
}

pub(super) fn outlet_of(node: &Node) -> Outlet {
    node.params.get("channels").and_then(Value::as_text).and_then(Outlet::from_name).unwrap_or_default()
}

/// A name that nothing of the set has.
fn fresh(shown: &Shown, base: &str) -> Name {
    fresh_name(base, |name| shown.heard.main.has(name))
}

fn add(name: &Name, node: Node) -> Edit {
    Edit::AddNode { name: name.clone(), node, at: None }
}

fn connect(to: &Name, from: &Name) -> Edit {
    Edit::Connect { to: Socket::first(to.as_str()), cable: Cable::plain(Socket::first(from.as_str())), at: None }
}

fn wish(link: &Link, edits: Vec<Edit>, label: &str) {
    link.wish(Wish::Edit { edit: SetEdit::main(Edit::Batch(edits)), label: label.to_owned(), gesture: None });
}

/// Cues a strip or lets it go; the first brings a node that sums, and an output for it.
pub(super) fn toggle(channel: &Channel<'_>) {
    if channel.spec("cue").is_none() {
        return;
    }
    let on = !channel.is_on("cue");
    let mut edits = Vec::new();
    if on && desk(channel.link, channel.shown).is_none() {
        let (desk, phones) = (fresh(channel.shown, "cue"), fresh(channel.shown, "phones"));
        edits.push(add(&desk, Node::new("cue")));
        edits.push(add(&phones, Node::new("output").with("channels", "3/4")));
        edits.push(connect(&phones, &desk));
    }
    edits.push(channel.edit("cue", Value::Bool(on)));
    let label = if on { "cue" } else { "cue no more" };
    channel.wish_all(edits, format!("{label} {}", channel.name), None);
}

impl Mixer {
    /// Where what is cued is heard, and how loud.
    pub(super) fn phones_ui(&mut self, ui: &mut Ui, (link, shown): (&Link, &Shown), paints: &Paints) {
        ui.strong("Headphones");
        let faint = |text: &str| RichText::new(text).small().color(paints.faint);
        let Some(desk) = desk(link, shown) else {
            ui.label(faint("C on a strip lets you hear it ahead."));
            return;
        };
        let channel = Channel { link, shown, name: desk };
        let cued: Vec<Channel<'_>> = self.order.iter().map(|name| Channel { link, shown, name }).collect();
        let cued: Vec<&Channel<'_>> = cued.iter().filter(|channel| channel.is_on("cue")).collect();
        ui.horizontal_wrapped(|ui| {
            channel.number_ui(ui, &mut self.hand, "gain");
            let button =
                ui.add_enabled(!cued.is_empty(), Button::new("Cue off")).on_hover_text("Cue no strip any more");
            if button.clicked() {
                let edits = cued.iter().map(|channel| channel.edit("cue", Value::Bool(false))).collect();
                wish(link, edits, "cue no strip");
            }
        });
        let Some((phones, outlet)) = outlet_behind(link, shown, desk) else {
            ui.label(faint("It is cabled to no output: connect it on the canvas."));
            return;
        };
        let there = outlet.channel().is_none_or(|first| first + 1 < shown.seen.outputs);
        if outlet == Outlet::INSTEAD {
            ui.label(faint("While a strip is cued you hear it in place of the set. Recordings keep the set."));
        } else if !there {
            let text = format!("The device plays {} channels: {} is silent.", shown.seen.outputs, outlet.name());
            ui.label(RichText::new(text).small().color(paints.hand));
            let help = "Hear what is cued in place of the set, where the device has no pair for headphones";
            if ui.button("Solo in main outs").on_hover_text(help).clicked() {
                send_to((link, shown), phones, Outlet::INSTEAD);
            }
        } else {
            ui.label(faint(&format!("Heard at channels {}.", outlet.name())));
        }
    }

    /// The click: on or off, how loud, for whom, and how many bars it counts in.
    pub(super) fn metronome_ui(&mut self, ui: &mut Ui, (link, shown): (&Link, &Shown), paints: &Paints) {
        ui.strong("Metronome");
        let found = find(shown, |node| node.kind == "metronome");
        let on = found.is_some_and(|name| Channel { link, shown, name }.is_on("on"));
        ui.horizontal(|ui| {
            let text = RichText::new("Click");
            let button = Button::new(if on { text.color(paints.accent) } else { text }).selected(on);
            let help = "Click on each beat; it is in no recording and in nothing that is rendered";
            if ui.add(button).on_hover_text(help).clicked() {
                match found {
                    Some(name) => Channel { link, shown, name }.toggle("on"),
                    None => bring_metronome(link, shown, Clicks::Always),
                }
            }
            if let Some(name) = found {
                Channel { link, shown, name }.number_ui(ui, &mut self.hand, "gain");
            }
        });
        if let Some(name) = found {
            for_whom_ui(ui, link, shown, name);
        }
        ui.horizontal(|ui| {
            // All of it in one line.
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 3.0;
            ui.label("Count-in");
            for bars in 0..=2 {
                let name = ["none", "1 bar", "2 bars"][bars as usize];
                let chosen = shown.seen.count_in == bars;
                let label = ui.selectable_label(chosen, name);
                if label.on_hover_text("Bars that are counted before it plays").clicked() {
                    link.wish(Wish::CountIn(bars));
                    if bars > 0 && found.is_none() {
                        bring_metronome(link, shown, Clicks::CountingIn);
                    }
                }
            }
        });
    }
}

/// Whether the click goes to headphones or beside the set.
fn for_whom_ui(ui: &mut Ui, link: &Link, shown: &Shown, click: &Name) {
    let main = &shown.heard.main;
    let ends: Vec<&Socket> =
        main.cables.iter().filter(|(_, list)| list.iter().any(|c| c.from.node == *click)).map(|(to, _)| to).collect();
    let desk = desk(link, shown);
    let in_phones = desk.is_some_and(|desk| ends.iter().any(|to| to.node == *desk));
    let names = ["with the set", "in the headphones"];
    let list = egui::ComboBox::from_id_salt("click for").selected_text(names[usize::from(in_phones)]).width(130.0);
    let list = list.show_ui(ui, |ui| {
        for (phones, name) in [false, true].into_iter().zip(names) {
            let there = !phones || desk.is_some();
            let chosen = ui.add_enabled(there, Button::selectable(in_phones == phones, name));
            if chosen.clicked() && in_phones != phones {
                let from = Socket::first(click.as_str());
                let mut edits: Vec<Edit> =
                    ends.iter().map(|to| Edit::Disconnect { to: (*to).clone(), from: from.clone() }).collect();
                edits.extend(lead(link, shown, click, desk.filter(|_| phones)));
                wish(link, edits, "lead the click");
            }
        }
    });
    named(&list.response, "click is heard");
}

/// The edits that lead a click to headphones, or beside the set.
fn lead(link: &Link, shown: &Shown, click: &Name, desk: Option<&Name>) -> Vec<Edit> {
    if let Some(desk) = desk {
        return vec![connect(desk, click)];
    }
    let beside = find(shown, |node| has_role(link, node, Role::Output) && outlet_of(node) == Outlet::BESIDE);
    match beside {
        Some(beside) => vec![connect(beside, click)],
        None => {
            let name = fresh(shown, "beside");
            let node = Node::new("output").with("channels", Outlet::BESIDE.name());
            vec![add(&name, node), connect(&name, click)]
        }
    }
}

/// When a metronome is to be heard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clicks {
    Always,
    /// Only in the bars before it plays: those who listen hear no click in the set.
    CountingIn,
}

fn bring_metronome(link: &Link, shown: &Shown, clicks: Clicks) {
    let click = fresh(shown, "metronome");
    let node = Node::new("metronome");
    let node = if clicks == Clicks::CountingIn { node.with("on", false) } else { node };
    let mut edits = vec![add(&click, node)];
    edits.extend(lead(link, shown, &click, desk(link, shown)));
    wish(link, edits, "add a metronome");
}

/// Leads an output to other channels.
pub(super) fn send_to((link, shown): (&Link, &Shown), output: &Name, outlet: Outlet) {
    let target = Socket::new(output.as_str(), "channels");
    let edit = set(&shown.own.main, &target, Value::from(outlet.name()));
    link.wish(Wish::Edit {
        edit: SetEdit::main(edit),
        label: format!("lead {output} to {}", outlet.name()),
        gesture: None,
    });
}
