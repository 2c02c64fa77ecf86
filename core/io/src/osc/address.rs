//! Addresses: what is one, and its parts.

/// Why a text is no address of a method. `at` counts bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not begin with a slash.
    #[error("an OSC address begins with `/`")]
    Start,
    /// Nothing between two slashes, or behind the last.
    #[error("byte {at}: a name is missing; an OSC address is `/` and a name, as often as it takes")]
    Empty {
        /// Where the name should be.
        at: usize,
    },
    /// A character that only patterns have, or none.
    #[error("byte {at}: {found:?} cannot be in the name of an OSC address")]
    Character {
        /// Where it is.
        at: usize,
        /// What it is.
        found: char,
    },
}

/// Whether a character can be in a name. OSC 1.0 has printable ASCII only; as text is UTF-8 here, letters of all
/// languages are let through.
pub(super) fn is_name(c: char) -> bool {
    !c.is_control() && !matches!(c, ' ' | '#' | '*' | ',' | '/' | '?' | '[' | ']' | '{' | '}')
}

/// Checks that a text is the address of one method, and no pattern.
///
/// # Errors
/// What is wrong, and where.
pub fn check_address(address: &str) -> Result<(), AddressError> {
    let mut at = 1;
    for part in address.strip_prefix('/').ok_or(AddressError::Start)?.split('/') {
        if part.is_empty() {
            return Err(AddressError::Empty { at });
        }
        if let Some((n, found)) = part.char_indices().find(|(_, c)| !is_name(*c)) {
            return Err(AddressError::Character { at: at + n, found });
        }
        at += part.len() + 1;
    }
    Ok(())
}

/// The names of an address: `a` and `b` of `/a/b`.
pub fn parts(address: &str) -> std::str::Split<'_, char> {
    address.strip_prefix('/').unwrap_or(address).split('/')
}

/// Whether an address means what matches rather than what is called so.
pub fn is_pattern(address: &str) -> bool {
    let bytes = address.as_bytes();
    bytes.iter().any(|byte| matches!(byte, b'?' | b'*' | b'[' | b']' | b'{' | b'}'))
        || bytes.windows(2).any(|pair| pair == b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_told_with_its_place() {
        assert_eq!(check_address("/bf/node/kick/cutoff"), Ok(()));
        assert_eq!(check_address("/größe/µ"), Ok(()));
        assert_eq!(check_address("bf"), Err(AddressError::Start));
        assert_eq!(check_address(""), Err(AddressError::Start));
        assert_eq!(check_address("/"), Err(AddressError::Empty { at: 1 }));
        assert_eq!(check_address("/a//b"), Err(AddressError::Empty { at: 3 }));
        assert_eq!(check_address("/a/"), Err(AddressError::Empty { at: 3 }));
        assert_eq!(check_address("/a/b c"), Err(AddressError::Character { at: 4, found: ' ' }));
        assert_eq!(check_address("/a*"), Err(AddressError::Character { at: 2, found: '*' }));
        assert_eq!(parts("/a/b").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn patterns_are_told_from_addresses() {
        for pattern in ["/a*", "/a?", "/[ab]", "/{a,b}", "//a", "/a//b"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        assert!(!is_pattern("/a/b-c_d!"));
    }
}
