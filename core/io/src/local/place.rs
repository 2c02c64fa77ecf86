//! Where the socket of a folder lies, and who owns it.
//!
//! The folder's `.beatforge/live` names the socket and the process; `.beatforge/live.lock` is locked as long as that
//! process lives, so that what a killed program left behind is known as such.

use super::LocalError;
use super::net::{UnixListener, UnixStream};
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder of the program's own files in a set.
const OWN: &str = ".beatforge";
/// The socket, where the set's path is short enough.
const NEAR: &str = "live.sock";
/// Bytes of a socket's path that every system takes; macOS has the fewest, 104 with the zero at the end.
const MAX_PATH: usize = 103;

/// A folder that this process serves. The files go when it is dropped.
pub(super) struct Place {
    named: PathBuf,
    pub(super) socket: PathBuf,
    /// Locked until it is closed.
    lock: File,
}

impl Place {
    /// Takes a folder and listens.
    pub(super) fn take(folder: &Path) -> Result<(Place, UnixListener), LocalError> {
        let own = absolute(folder).join(OWN);
        let made = fs::create_dir_all(&own).and_then(|()| no_link(&own));
        made.map_err(LocalError::system(format!("making {}", own.display())))?;
        ignore(&own);
        let named = own.join("live");
        let lock = lock(&own.join("live.lock"), folder, &named)?;
        // Whoever has the lock owns what an earlier program left.
        if let Some(old) = read(&named).and_then(|(old, _)| ours(&own, &old)) {
            remove_left(&old);
        }
        let socket = socket_of(&own)?;
        remove_left(&socket);
        let listener =
            UnixListener::bind(&socket).map_err(LocalError::system(format!("listening on {}", socket.display())))?;
        let place = Place { named, socket, lock };
        for_owner(&place.socket, 0o600)?;
        place.write()?;
        Ok((place, listener))
    }

    fn write(&self) -> Result<(), LocalError> {
        let text = format!("{}\n{}\n", self.socket.display(), std::process::id());
        let fresh = self.named.with_extension("new");
        // What a set brings under this name, a link too, is not written through.
        let _ = fs::remove_file(&fresh);
        let made = File::options().write(true).create_new(true).open(&fresh);
        let done =
            made.and_then(|mut file| file.write_all(text.as_bytes())).and_then(|()| fs::rename(&fresh, &self.named));
        done.map_err(LocalError::system(format!("writing {}", self.named.display())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.named);
        let _ = fs::remove_file(&self.socket);
        let _ = self.lock.unlock();
    }
}

/// Connects to the program that serves a folder.
pub(super) fn connect(folder: &Path) -> Result<UnixStream, LocalError> {
    let nobody = || LocalError::Nobody { folder: folder.to_owned() };
    let own = absolute(folder).join(OWN);
    let named = read(&own.join("live")).and_then(|(socket, _)| ours(&own, &socket));
    let socket = named.ok_or_else(nobody)?;
    UnixStream::connect(&socket).map_err(|e| match e.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => nobody(),
        _ => LocalError::System { doing: format!("connecting to {}", socket.display()), cause: e },
    })
}

/// The socket and the process that a folder's file names.
fn read(named: &Path) -> Option<(PathBuf, Option<u32>)> {
    let text = fs::read_to_string(named).ok()?;
    let mut lines = text.lines();
    let socket = PathBuf::from(lines.next().filter(|line| !line.is_empty())?);
    Some((socket, lines.next().and_then(|line| line.parse().ok())))
}

/// The socket that a folder's file names, where it is one that this program makes for that folder: the file comes with
/// the set, whoever made that.
fn ours(own: &Path, named: &Path) -> Option<PathBuf> {
    let name = named.file_name()?.to_str()?;
    if name == NEAR {
        return Some(own.join(NEAR));
    }
    let number = name.strip_prefix("beatforge-")?.strip_suffix(&format!("-{:016x}.sock", hash(own)))?;
    let is_far = far_folders().any(|folder| named.parent() == Some(&folder));
    (is_far && number.parse::<u32>().is_ok()).then(|| named.to_owned())
}

/// Removes a socket that nobody listens on any more; a file that is none stays.
fn remove_left(socket: &Path) {
    if fs::symlink_metadata(socket).is_ok_and(|found| is_socket(&found)) {
        let _ = fs::remove_file(socket);
    }
}

#[cfg(unix)]
fn is_socket(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_socket() || found.is_symlink()
}

/// On Windows a socket is a file like others.
#[cfg(not(unix))]
fn is_socket(_: &fs::Metadata) -> bool {
    true
}

/// A folder of the program's own that is a link leads into somebody else's.
fn no_link(own: &Path) -> std::io::Result<()> {
    if own.is_symlink() {
        Err(std::io::Error::other("it is a link to another folder; remove the link"))
    } else {
        Ok(())
    }
}

fn lock(path: &Path, folder: &Path, named: &Path) -> Result<File, LocalError> {
    let owned = || LocalError::Owned { folder: folder.to_owned(), owner: read(named).and_then(|(_, process)| process) };
    if path.is_symlink() {
        let _ = fs::remove_file(path);
    }
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(LocalError::system(format!("writing {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(owned()),
        // A file system without locks: whoever answers is the owner.
        Err(TryLockError::Error(_)) if connect(folder).is_ok() => Err(owned()),
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Beside the set where its path is short enough; else where the system keeps such things.
fn socket_of(own: &Path) -> Result<PathBuf, LocalError> {
    let near = own.join(NEAR);
    if near.as_os_str().len() <= MAX_PATH {
        return Ok(near);
    }
    let name = format!("beatforge-{}-{:016x}.sock", std::process::id(), hash(own));
    let found = far_folders().map(|folder| folder.join(&name)).find(|path| path.as_os_str().len() <= MAX_PATH);
    let why = || std::io::Error::new(ErrorKind::InvalidInput, "the path is too long, as are those of temporary files");
    found.ok_or_else(|| LocalError::System { doing: format!("listening on {}", near.display()), cause: why() })
}

/// Where the system keeps sockets and what is temporary.
fn far_folders() -> impl Iterator<Item = PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
    runtime.into_iter().chain([std::env::temp_dir()])
}

/// FNV-1a, so that two sets of one process have two names.
fn hash(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

fn absolute(folder: &Path) -> PathBuf {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// What is here only while a set plays is not for version control.
fn ignore(own: &Path) {
    if let Ok(mut file) = File::options().write(true).create_new(true).open(own.join(".gitignore")) {
        let _ = file.write_all(b"live*\n");
    }
}

#[cfg(unix)]
fn for_owner(path: &Path, mode: u32) -> Result<(), LocalError> {
    use std::os::unix::fs::PermissionsExt;
    let done = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    done.map_err(LocalError::system(format!("closing {} to others", path.display())))
}

/// Windows gives a file the rights of its folder.
#[cfg(not(unix))]
fn for_owner(_: &Path, _: u32) -> Result<(), LocalError> {
    Ok(())
}
