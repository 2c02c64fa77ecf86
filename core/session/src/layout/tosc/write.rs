//! Writes the XML of a layout, in the editor's order and on one line, as it is saved.

use super::message::Named;
use super::{Local, Message, Midi, Node, Osc, Partial, Property, Setting, Tosc, Trigger, Value, Wire};
use std::fmt::Write;

/// Writes the XML of a layout.
pub(super) fn write(tosc: &Tosc) -> String {
    let mut out = Out(String::from("<?xml version='1.0' encoding='UTF-8'?>"));
    let version = tosc.version;
    out.raw(format_args!("<lexml version='{version}'>"));
    node(&mut out, &tosc.root);
    out.raw(format_args!("</lexml>"));
    out.0
}

/// The text so far.
struct Out(String);

impl Out {
    fn raw(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.0.write_fmt(text);
    }

    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Out)) {
        self.raw(format_args!("<{name}>"));
        inside(self);
        self.raw(format_args!("</{name}>"));
    }

    /// An element with a number or one of the format's own words.
    fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        self.raw(format_args!("<{name}>{value}</{name}>"));
    }

    fn switch(&mut self, name: &str, on: bool) {
        self.plain(name, u8::from(on));
    }

    /// An element with any text.
    fn text(&mut self, name: &str, text: &str) {
        let text = allowed(text).replace("]]>", "]]]]><![CDATA[>");
        self.raw(format_args!("<{name}><![CDATA[{text}]]></{name}>"));
    }

    fn four(&mut self, names: [&str; 4], values: [f32; 4]) {
        self.within("value", |out| names.iter().zip(values).for_each(|(name, value)| out.plain(name, value)));
    }
}

/// What XML can hold of a text: it has no place for most control characters, escaped or not.
fn allowed(text: &str) -> String {
    let allowed =
        |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

/// A text between single quotes. Line breaks there are read as spaces unless they are written by number.
fn quoted(text: &str) -> String {
    let escapes = [("&", "&amp;"), ("<", "&lt;"), ("'", "&apos;"), ("\n", "&#10;"), ("\r", "&#13;"), ("\t", "&#9;")];
    escapes.iter().fold(allowed(text), |text, (from, to)| text.replace(from, to))
}

fn node(out: &mut Out, node: &Node) {
    out.raw(format_args!("<node ID='{}' type='{}'>", quoted(&node.id), node.kind.name()));
    out.within("properties", |out| node.properties.iter().for_each(|it| property(out, it)));
    list(out, "values", &node.values, value);
    list(out, "messages", &node.messages, message);
    list(out, "children", &node.children, self::node);
    out.raw(format_args!("</node>"));
}

/// What a list holds; nothing where it is empty.
fn list<T>(out: &mut Out, name: &str, items: &[T], write: impl Fn(&mut Out, &T)) {
    if !items.is_empty() {
        out.within(name, |out| items.iter().for_each(|item| write(out, item)));
    }
}

fn property(out: &mut Out, property: &Property) {
    let kind = match property.setting {
        Setting::Switch(_) => 'b',
        Setting::Int(_) => 'i',
        Setting::Float(_) => 'f',
        Setting::Text(_) => 's',
        Setting::Color(_) => 'c',
        Setting::Frame(_) => 'r',
    };
    out.raw(format_args!("<property type='{kind}'>"));
    out.text("key", &property.key);
    match &property.setting {
        Setting::Switch(on) => out.switch("value", *on),
        Setting::Int(value) => out.plain("value", value),
        Setting::Float(value) => out.plain("value", value),
        Setting::Text(text) => out.text("value", text),
        Setting::Color(parts) => out.four(["r", "g", "b", "a"], *parts),
        Setting::Frame(parts) => out.four(["x", "y", "w", "h"], *parts),
    }
    out.raw(format_args!("</property>"));
}

fn value(out: &mut Out, value: &Value) {
    out.within("value", |out| {
        out.text("key", &value.key);
        out.switch("locked", value.locked);
        out.switch("lockedDefaultCurrent", value.locked_default);
        out.text("default", &value.default);
        out.plain("defaultPull", value.pull);
    });
}

fn message(out: &mut Out, message: &Message) {
    match message {
        Message::Osc(it) => out.within("osc", |out| osc(out, it)),
        Message::Midi(it) => out.within("midi", |out| midi(out, it)),
        Message::Local(it) => out.within("local", |out| local(out, it)),
        // What was not read is not there to be written.
        Message::Other(_) => {}
    }
}

fn wire(out: &mut Out, wire: &Wire) {
    out.switch("enabled", wire.enabled);
    out.switch("send", wire.send);
    out.switch("receive", wire.receive);
    out.switch("feedback", wire.feedback);
    out.plain("connections", quoted(&wire.connections));
    list(out, "triggers", &wire.triggers, trigger);
}

fn osc(out: &mut Out, osc: &Osc) {
    wire(out, &osc.wire);
    let partial = |out: &mut Out, it: &Partial| out.within("partial", |out| carried(out, it));
    out.within("path", |out| osc.path.iter().for_each(|it| partial(out, it)));
    out.within("arguments", |out| osc.arguments.iter().for_each(|it| partial(out, it)));
}

fn midi(out: &mut Out, midi: &Midi) {
    wire(out, &midi.wire);
    out.within("message", |out| {
        out.plain("type", quoted(&midi.command));
        out.plain("channel", midi.channel);
        out.plain("data1", midi.data1);
        out.plain("data2", midi.data2);
    });
    out.within("values", |out| {
        for value in &midi.values {
            out.within("value", |out| {
                out.plain("type", value.kind.name());
                out.text("key", &value.key);
                out.plain("scaleMin", value.min);
                out.plain("scaleMax", value.max);
            });
        }
    });
}

fn local(out: &mut Out, local: &Local) {
    out.switch("enabled", local.enabled);
    list(out, "triggers", &local.triggers, trigger);
    carried(out, &local.carries);
    out.plain("dstType", local.sets.name());
    out.text("dstVar", &local.key);
    out.text("dstID", &local.target);
}

fn trigger(out: &mut Out, trigger: &Trigger) {
    out.within("trigger", |out| {
        out.text("var", &trigger.value);
        out.plain("condition", trigger.condition.name());
    });
}

fn carried(out: &mut Out, partial: &Partial) {
    out.plain("type", partial.kind.name());
    out.plain("conversion", partial.conversion.name());
    out.text("value", &partial.value);
    out.plain("scaleMin", partial.min);
    out.plain("scaleMax", partial.max);
}
