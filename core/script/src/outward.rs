//! What a script says of later times and of other programs.

use crate::hint::Fault;
use crate::shared::Outcome;
use crate::statement::{Call, Register};
use crate::{Destination, Later, Out, When, value};
use bf_pattern::Ratio;

/// The names of a statement, and the time that its number is.
type Said = (&'static [&'static str], fn(Ratio) -> When);

pub(crate) fn register(r: &mut Register<'_>) {
    later(r);
    outs(r);
}

fn later(r: &mut Register<'_>) {
    let times: [Said; 3] = [(&["at"], When::Cycle), (&["at_beat", "atBeat"], When::Beat), (&["after"], When::After)];
    for (names, when) in times {
        for name in names {
            r.say::<2>(name, move |c| {
                let (when, site) = (when(Ratio::from_f64(c.number(0, 0.0, 1e9)?)), c.site());
                let wanted = c.nested(1)?;
                c.want(|above| above.later.push(Later { when, wanted, site }))
            });
        }
    }
}

fn outs(r: &mut Register<'_>) {
    for name in ["osc_out", "oscOut"] {
        r.say::<2>(name, |c| osc(c, None));
        r.say::<3>(name, |c| osc(c, Some(c.text(if c.is_method() { 2 } else { 1 })?.to_string())));
    }
    for name in ["midi_out", "midiOut"] {
        r.say::<2>(name, |c| midi(c, 1.0));
        r.say::<3>(name, |c| midi(c, c.number(if c.is_method() { 2 } else { 1 }, 1.0, 16.0)?));
    }
}

fn osc(c: &Call<'_>, address: Option<String>) -> Outcome<()> {
    let (to, address) = (c.text(usize::from(c.is_method()))?.to_string(), address.unwrap_or("/dirt/play".to_owned()));
    let port = to.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
    if port.is_none_or(|port| port == 0) {
        let fault = Fault::new(format!("`{to}` names no host and port"));
        return Err(fault.hint(Some("such as \"127.0.0.1:57120\"")).into());
    }
    if !address.starts_with('/') {
        let fault = Fault::new(format!("an address of OSC begins with `/`, `{address}` does not"));
        return Err(fault.hint(Some("such as \"/dirt/play\"")).into());
    }
    out(c, Destination::Osc { to, address })
}

fn midi(c: &Call<'_>, channel: f64) -> Outcome<()> {
    if channel.fract() != 0.0 {
        return Err(Fault::new("a channel of MIDI is a whole number from 1 to 16").into());
    }
    let port = c.text(usize::from(c.is_method()))?.to_string();
    out(c, Destination::Midi { port, channel: channel as u8 })
}

/// A pattern that leaves the program: the first argument of a method, else the last.
fn out(c: &Call<'_>, to: Destination) -> Outcome<()> {
    let at = if c.is_method() { 0 } else { c.args.len() - 1 };
    let (pattern, site) = (value::pattern(c.shared, &c.args[at])?, c.site());
    c.want(|wanted| wanted.outs.push(Out { to, fingerprint: pattern.fingerprint(), pattern, site }))
}
