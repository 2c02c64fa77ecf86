//! A client of a JACK server (or of PipeWire's stand-in for one), with ports of its own.
//!
//! The JACK library is loaded when the first client opens, so that the program runs where there is none. Rate and block
//! are the server's. `$JACK_DEFAULT_SERVER` names another server than the default.

mod client;

use super::{Backend, Opened, Running};
use crate::error::choose;
use crate::request::AutoConnect;
use crate::{BackendKind, DeviceError, DeviceInfo, DeviceRequest, Feed, Format, Vitals};
use ::jack::{AsyncClient, AudioIn, AudioOut, Client, ClientOptions, ClientStatus, Port, PortFlags};
use client::{End, Notify, Process};
use std::sync::Arc;
use std::sync::atomic::AtomicU8;

/// Opens clients of the running JACK server.
#[derive(Debug, Default)]
pub struct Jack;

impl Backend for Jack {
    fn kind(&self) -> BackendKind {
        BackendKind::Jack
    }

    fn list(&self) -> Vec<DeviceInfo> {
        let Ok(client) = client("beatforge-list") else { return Vec::new() };
        let (rate, names) = (client.sample_rate(), sound_clients(&client));
        let describe = |(index, name): (usize, String)| DeviceInfo {
            backend: BackendKind::Jack,
            description: format!("JACK server, {rate} Hz, blocks of {} frames", client.buffer_size()),
            outputs: ports_of(&client, Some(&name), PortFlags::IS_INPUT).len(),
            inputs: ports_of(&client, Some(&name), PortFlags::IS_OUTPUT).len(),
            rates: vec![rate],
            is_default: index == 0,
            name,
        };
        names.into_iter().enumerate().map(describe).collect()
    }

    fn open(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
        let client = client(&request.client_name)?;
        let name = match &request.name {
            Some(name) => Some(choose(BackendKind::Jack, name, &sound_clients(&client))?.clone()),
            None => None,
        };
        let (rate, block) = (client.sample_rate(), client.buffer_size());
        let mut notes = Vec::new();
        if let Some(wanted) = request.sample_rate.filter(|wanted| *wanted != rate) {
            notes.push(format!("the JACK server runs at {rate} Hz, not at {wanted} Hz"));
        }
        if let Some(wanted) = request.block.filter(|wanted| *wanted != block) {
            notes.push(format!("the JACK server asks for {block} frames at once, not for {wanted}"));
        }
        let failed = |e: ::jack::Error| backend_error("making JACK ports", &e);
        let outputs: Vec<Port<AudioOut>> = (1..=request.outputs.clamp(1, 64))
            .map(|n| client.register_port(&format!("out_{n}"), AudioOut::default()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let inputs: Vec<Port<AudioIn>> = (1..=request.inputs.min(64))
            .map(|n| client.register_port(&format!("in_{n}"), AudioIn::default()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let format = Format {
            backend: BackendKind::Jack,
            device: name.clone().or_else(|| sound_clients(&client).into_iter().next()).unwrap_or_else(|| "jack".into()),
            sample_rate: rate,
            block,
            outputs: outputs.len(),
            inputs: inputs.len(),
            notes,
        };
        Ok(Box::new(OpenJack { client, format, outputs, inputs, name, auto_connect: request.auto_connect }))
    }
}

/// Opens a client; the server is never started for it.
fn client(name: &str) -> Result<Client, DeviceError> {
    // A colon parts client from port, and a C string ends at its first zero.
    let name: String = name.chars().filter(|c| !matches!(c, ':' | '\0')).take(32).collect();
    let name = if name.is_empty() { "beatforge".into() } else { name };
    match Client::new(&name, ClientOptions::NO_START_SERVER) {
        Ok((client, _)) => Ok(client),
        Err(::jack::Error::LibraryError(why)) => Err(DeviceError::NoJackLibrary { why }),
        Err(::jack::Error::ClientError(status)) if status.intersects(no_server()) => Err(DeviceError::NoJackServer),
        Err(error) => Err(backend_error("opening a JACK client", &error)),
    }
}

fn no_server() -> ClientStatus {
    ClientStatus::SERVER_FAILED | ClientStatus::SERVER_ERROR | ClientStatus::SHM_FAILURE
}

fn backend_error(doing: &str, error: &::jack::Error) -> DeviceError {
    DeviceError::Backend { doing: doing.into(), why: error.to_string() }
}

/// The machine's own ports that take sound (`IS_INPUT`) or give it (`IS_OUTPUT`), of one client or of all.
fn ports_of(client: &Client, owner: Option<&str>, direction: PortFlags) -> Vec<String> {
    let mut ports = client.ports(None, Some("32 bit float mono audio"), PortFlags::IS_PHYSICAL | direction);
    ports.retain(|port| owner.is_none_or(|owner| client_of(port) == owner));
    ports
}

/// The clients that own the machine's outputs, in the server's order: `system`, or with PipeWire one for each card.
fn sound_clients(client: &Client) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for port in ports_of(client, None, PortFlags::IS_INPUT) {
        let name = client_of(&port);
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The client's part of a port's full name. Port names hold no colon at the end, client names of PipeWire may.
fn client_of(port: &str) -> &str {
    port.rsplit_once(':').map_or(port, |(client, _)| client)
}

struct OpenJack {
    client: Client,
    format: Format,
    outputs: Vec<Port<AudioOut>>,
    inputs: Vec<Port<AudioIn>>,
    name: Option<String>,
    auto_connect: AutoConnect,
}

impl Opened for OpenJack {
    fn format(&self) -> &Format {
        &self.format
    }

    fn start(self: Box<Self>, feed: Feed) -> Result<Box<dyn Running>, DeviceError> {
        let OpenJack { client, format, outputs, inputs, name, auto_connect } = *self;
        let full_names = |names: &mut dyn Iterator<Item = Result<String, ::jack::Error>>| -> Vec<String> {
            names.flatten().collect()
        };
        let sends = full_names(&mut outputs.iter().map(Port::name));
        let receives = full_names(&mut inputs.iter().map(Port::name));
        let end = Arc::new(AtomicU8::new(End::No as u8));
        let vitals: Arc<Vitals> = feed.vitals();
        let notify = Notify::new(Arc::clone(&end), vitals, format.sample_rate);
        let process = Process::new(feed, (outputs, inputs), client.buffer_size());
        let client =
            client.activate_async(notify, process).map_err(|e| backend_error("starting the JACK client", &e))?;
        if auto_connect == AutoConnect::Yes {
            connect(client.as_client(), name.as_deref(), (&sends, &receives));
        }
        Ok(Box::new(RunningJack { device: format.device, end, client: Some(client) }))
    }
}

/// Connects output by output to the machine, and its inputs to ours. What cannot be connected is left to a patch bay:
/// a server without physical ports is a server all the same.
fn connect(client: &Client, owner: Option<&str>, (sends, receives): (&[String], &[String])) {
    let first = sound_clients(client).into_iter().next();
    let Some(owner) = owner.or(first.as_deref()) else { return };
    for (ours, theirs) in sends.iter().zip(ports_of(client, Some(owner), PortFlags::IS_INPUT)) {
        let _ = client.connect_ports_by_name(ours, &theirs);
    }
    for (theirs, ours) in ports_of(client, Some(owner), PortFlags::IS_OUTPUT).iter().zip(receives) {
        let _ = client.connect_ports_by_name(theirs, ours);
    }
}

struct RunningJack {
    device: String,
    end: Arc<AtomicU8>,
    client: Option<AsyncClient<Notify, Process>>,
}

impl Drop for RunningJack {
    fn drop(&mut self) {
        let client = self.client.take();
        if End::of(&self.end) == End::Shutdown {
            // With the next client that opens (MIDI has one of its own), the library itself closes and frees those whose
            // server has died: it would be freed twice.
            core::mem::forget(client);
        }
    }
}

impl Running for RunningJack {
    fn check(&mut self) -> Result<(), DeviceError> {
        let why = match End::of(&self.end) {
            End::No => return Ok(()),
            End::Shutdown => "the JACK server has stopped, or has thrown the client out",
            End::Rate => "the JACK server has changed its rate",
        };
        Err(DeviceError::Lost { device: self.device.clone(), why: why.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_have_colons_in_its_name() {
        assert_eq!(client_of("system:playback_1"), "system");
        assert_eq!(client_of("Card: front:playback_FL"), "Card: front");
        assert_eq!(client_of("odd"), "odd");
    }
}
