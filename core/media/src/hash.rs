//! What a file holds, in one number.

use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;

/// The SHA-256 of some bytes.
pub fn bytes_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 of a file; a folder or a device is none.
///
/// # Errors
/// What the system says.
pub fn file_hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a folder or a device, not a file"));
    }
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_bytes_agree() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        let bytes = vec![7; 100_000];
        std::fs::write(&path, &bytes).expect("writes");
        assert_eq!(file_hash(&path).expect("reads"), bytes_hash(&bytes));
        assert!(file_hash(dir.path()).is_err());
    }
}
