//! The head of an HTTP request: parsed, and nothing taken on trust.

use super::{QueryServer, Question};

/// Headers of one request. Browsers send about 20.
const HEADERS: usize = 64;

/// A request without a body, or what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Not all of it has come.
    More,
    /// All of it: how long it is, and what it asks.
    Whole(usize, Request),
    /// Nothing that can be answered but with this status; then the connection ends.
    Bad(u16),
}

/// What a request asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// What to do.
    pub wants: Wants,
    /// Whether the connection stays for another request.
    pub keeps: bool,
}

/// What a client wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// An answer, with its body or without (`HEAD`).
    Answer { question: Question, body: bool },
    /// To know what it may do (`OPTIONS`).
    Options,
    /// A WebSocket with this key; whether a page in a browser wants it.
    Socket { key: String, browser: bool },
}

/// Reads a head.
pub(super) fn read(bytes: &[u8]) -> Head {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let len = match request.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) if bytes.len() < QueryServer::HEAD => return Head::More,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Head::Bad(431),
        Err(_) => return Head::Bad(400),
    };
    match understand(&request) {
        Ok(request) => Head::Whole(len, request),
        Err(status) => Head::Bad(status),
    }
}

fn understand(request: &httparse::Request<'_, '_>) -> Result<Request, u16> {
    let values = |name: &'static str| {
        let named = request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.filter_map(|header| std::str::from_utf8(header.value).ok()).map(str::trim)
    };
    let has = |name, word: &str| {
        values(name).flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
    };
    // A body would be read as the next request.
    if values("transfer-encoding").next().is_some() || values("content-length").any(|len| len != "0") {
        return Err(413);
    }
    let keeps = match request.version {
        Some(1) => !has("connection", "close"),
        _ => false,
    };
    let wants = match request.method.unwrap_or("") {
        "GET" if values("upgrade").any(|value| value.eq_ignore_ascii_case("websocket")) => {
            if !has("connection", "upgrade") || !values("sec-websocket-version").any(|version| version == "13") {
                return Err(426);
            }
            let key = values("sec-websocket-key").next().filter(|key| key.len() == 24).ok_or(400_u16)?;
            Wants::Socket { key: key.to_owned(), browser: values("origin").next().is_some() }
        }
        method @ ("GET" | "HEAD") => {
            Wants::Answer { question: question(request.path.unwrap_or("/")).ok_or(400_u16)?, body: method == "GET" }
        }
        "OPTIONS" => Wants::Options,
        _ => return Err(405),
    };
    Ok(Request { wants, keeps })
}

/// The path and the attribute of a target.
fn question(target: &str) -> Option<Question> {
    // What stands behind `#` is not meant for a server.
    let target = target.split('#').next().unwrap_or("");
    // Proxies send the whole of a URL.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // One attribute, and nothing said of it.
    let attribute = query.split(['&', '=']).next().filter(|attribute| !attribute.is_empty());
    let path = decode(path)?;
    Some(Question {
        path: if path.starts_with('/') { path } else { return None },
        attribute: match attribute {
            Some(attribute) => Some(decode(attribute)?),
            None => None,
        },
    })
}

/// A text with `%20` and the like; `None` where that is no text.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(request: &str) -> Result<(String, Option<String>, bool), u16> {
        match read(request.as_bytes()) {
            Head::Whole(len, Request { wants: Wants::Answer { question, .. }, keeps }) => {
                assert_eq!(len, request.len());
                Ok((question.path, question.attribute, keeps))
            }
            Head::Bad(status) => Err(status),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_and_attributes_are_taken_apart() {
        let get = |target: &str| asked(&format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        let whole = |path: &str, attribute: Option<&str>| Ok((path.to_owned(), attribute.map(str::to_owned), true));
        assert_eq!(get("/"), whole("/", None));
        assert_eq!(get("/bf/node?VALUE"), whole("/bf/node", Some("VALUE")));
        assert_eq!(get("/bf/a%20b%2Fc?HOST_INFO=1&x#y"), whole("/bf/a b/c", Some("HOST_INFO")));
        assert_eq!(get("http://host:1/bf?TYPE"), whole("/bf", Some("TYPE")));
        assert_eq!(get("http://host"), whole("/", None));
        for bad in ["/%", "/%zz", "/%ff", "/%00", "bf", "*"] {
            assert_eq!(get(bad), Err(400), "{bad}");
        }
    }

    #[test]
    fn what_is_not_a_question_gets_a_status() {
        let with = |line: &str, headers: &str| asked(&format!("{line} HTTP/1.1\r\n{headers}\r\n"));
        assert_eq!(with("POST /", ""), Err(405));
        assert_eq!(with("GET /", "Content-Length: 5\r\n"), Err(413));
        assert_eq!(with("GET /", "Transfer-Encoding: chunked\r\n"), Err(413));
        assert_eq!(with("GET /", &"a: b\r\n".repeat(65)), Err(431));
        assert_eq!(with("GET /", "Upgrade: websocket\r\n"), Err(426));
        let socket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
        assert_eq!(with("GET /", socket), Err(400));
        assert_eq!(asked("nothing of the kind\r\n\r\n"), Err(400));
        assert_eq!(read(b"GET / HTTP/1.1\r\nHo"), Head::More);
        assert_eq!(read(&[b'a'; QueryServer::HEAD]), Head::Bad(431));
    }

    #[test]
    fn a_connection_stays_where_both_sides_want_it() {
        let keeps = |request: &str| asked(request).unwrap().2;
        assert!(keeps("GET / HTTP/1.1\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.0\r\n\r\n"));
    }
}
