//! Where at the device an output is heard.

/// A pair of channels of the device, or a place beside what is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outlet(u8);

impl Outlet {
    /// Channels 1 and 2: what is heard, recorded and rendered.
    pub const MAIN: Outlet = Outlet(0);
    /// Added to channels 1 and 2 at the device alone.
    pub const BESIDE: Outlet = Outlet(8);
    /// In the place of channels 1 and 2 at the device while a strip is cued.
    pub const INSTEAD: Outlet = Outlet(9);
    /// By number, as they are written.
    pub const NAMES: [&'static str; 10] =
        ["1/2", "3/4", "5/6", "7/8", "9/10", "11/12", "13/14", "15/16", "beside", "instead"];

    /// The one of a name.
    pub fn from_name(name: &str) -> Option<Outlet> {
        let at = Outlet::NAMES.iter().position(|known| *known == name)?;
        Some(Outlet(at as u8))
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        Outlet::NAMES[self.index()]
    }

    /// Its number, below the number of [`Outlet::NAMES`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The first of its channels at the device, counted from 0; none beside or instead of the first two.
    pub fn channel(self) -> Option<usize> {
        (self.0 < Outlet::BESIDE.0).then(|| 2 * self.index())
    }
}
