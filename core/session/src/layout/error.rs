//! Why a file is no layout.

/// What is wrong with a layout, where, and what to do. `at` counts bytes of the unpacked XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The file is larger than any layout.
    #[error("the file has {bytes} bytes; a layout has {most} at most")]
    Long {
        /// What it has.
        bytes: usize,
        /// What it may have.
        most: usize,
    },
    /// It is neither zlib nor zip nor XML.
    #[error("this is no TouchOSC layout: {why}")]
    Packed {
        /// What the unpacking says.
        why: String,
    },
    /// It unpacks to more than any layout.
    #[error("the layout unpacks to more than {most} bytes; it is refused")]
    Bomb {
        /// What it may have.
        most: usize,
    },
    /// The zip holds more files than any layout.
    #[error("the archive holds {files} files; a layout has {most} at most")]
    Files {
        /// What it holds.
        files: usize,
        /// What it may hold.
        most: usize,
    },
    /// An old layout without its one file.
    #[error("the archive holds no `index.xml`: it is no layout of the old TouchOSC")]
    NoIndex,
    /// Not UTF-8.
    #[error("byte {at}: the layout is not UTF-8")]
    Text {
        /// The first byte that is not.
        at: usize,
    },
    /// Not XML.
    #[error("byte {at}: the layout's XML is broken: {why}")]
    Xml {
        /// Where.
        at: u64,
        /// What the parser says.
        why: String,
    },
    /// It declares entities of its own, or wants files from outside.
    #[error("byte {at}: the layout has a DOCTYPE; no layout needs one, and it is refused")]
    Doctype {
        /// Where.
        at: u64,
    },
    /// An entity that XML does not have.
    #[error("byte {at}: the layout uses the entity `&{name};`, which XML does not have")]
    Entity {
        /// Where.
        at: u64,
        /// Which.
        name: String,
    },
    /// Elements within elements within elements.
    #[error("byte {at}: the layout nests deeper than {most} elements; it is refused")]
    Deep {
        /// Where.
        at: u64,
        /// What it may.
        most: usize,
    },
    /// More elements or attributes than any layout.
    #[error("byte {at}: the layout has more than {most} {what}; it is refused")]
    Many {
        /// Where.
        at: u64,
        /// Of what.
        what: &'static str,
        /// How many it may have.
        most: usize,
    },
    /// XML, but not that of a layout.
    #[error("byte {at}: {what}")]
    Form {
        /// Where.
        at: u64,
        /// What is wrong and what would be right.
        what: String,
    },
}
