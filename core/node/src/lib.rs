//! What a node is: its declaration, the processor made from it, and the views through which it hears and sounds.
//!
//! Nothing here knows a patch, a plan or an engine. A node is one file with one declaration ([`NodeSpec`], usually
//! written with [`node!`]) and one [`Processor`].

mod declare;
pub mod event;
pub mod io;
pub mod notes;
pub mod outlet;
pub mod param;
pub mod per_lane;
pub mod probe;
pub mod processor;
pub mod registry;
pub mod rig;
pub mod sample;
pub mod spec;
pub mod told;
pub mod value;

pub use event::{ControlKey, Controls, Event, EventBody, EventList, Keys, Note, NoteId};
pub use io::{Io, Smooth};
pub use notes::{FileNote, NoteFile};
pub use outlet::Outlet;
pub use param::{Code, Form, ParamKind, ParamSpec, Rate, Scale, Unit};
pub use per_lane::PerLane;
pub use probe::Probe;
pub use processor::{Adopt, LaneMask, MakeError, Processor, Setup, Status};
pub use registry::Registry;
pub use sample::{NoSamples, Sample, SampleSource};
pub use spec::{Category, Channels, Kind, NodeChannels, NodeSpec, PortSpec, Role};
pub use told::{Heard, Told};
pub use value::Value;

#[doc(hidden)]
pub use bf_dsp::{Wide, f32x8};
