//! Servers and clients over real sockets. Nothing sleeps: each wait ends with what is waited for.

use super::*;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(20);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Polls until `enough` holds of all lines so far.
fn lines_until(server: &mut Server, enough: impl Fn(&[(ClientId, Line)]) -> bool) -> Vec<(ClientId, Line)> {
    let (mut all, began) = (Vec::new(), Instant::now());
    while !enough(&all) {
        assert!(began.elapsed() < LONG, "{all:?}");
        all.extend(server.lines());
        std::thread::yield_now();
    }
    all
}

fn poll_until(server: &mut Server, enough: impl Fn(&Server) -> bool) {
    let began = Instant::now();
    while !enough(server) {
        assert!(began.elapsed() < LONG);
        for (client, _) in server.lines() {
            server.answer(client, "\"seen\"".into());
        }
        std::thread::yield_now();
    }
}

fn text(t: &str) -> Line {
    Line::Text(t.into())
}

fn raw(folder: &Path) -> net::UnixStream {
    let stream = place::connect(folder).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

#[test]
fn several_clients_get_their_own_answers() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut clients: Vec<Client> = (0..5).map(|_| Client::connect(set.path()).unwrap()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.send(&format!("from {n}")).unwrap();
        client.send(&format!("again {n}")).unwrap();
    }
    for (client, line) in lines_until(&mut server, |all| all.len() == 10) {
        let Line::Text(line) = line else { panic!("{line:?}") };
        server.answer(client, format!("re {line}"));
    }
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.receive(LONG).unwrap(), Some(text(&format!("re from {n}"))));
        assert_eq!(client.receive(LONG).unwrap(), Some(text(&format!("re again {n}"))));
    }
    assert_eq!(server.clients().count(), 5);
}

#[test]
fn half_lines_wait_for_their_rest() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut stream = raw(set.path());
    stream.write_all("{\"hä".as_bytes()).unwrap();
    let mut other = Client::connect(set.path()).unwrap();
    other.send("whole").unwrap();
    let got = lines_until(&mut server, |all| !all.is_empty());
    assert_eq!(got.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>(), [text("whole")]);
    stream.write_all(b"lf\":1}\nnext\n").unwrap();
    let got = lines_until(&mut server, |all| all.len() == 2);
    assert_eq!(got.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>(), [text("{\"hälf\":1}"), text("next")]);
}

#[test]
fn a_line_that_is_too_long_is_reported_and_the_client_goes_on() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut stream = raw(set.path());
    let writer = std::thread::spawn(move || {
        stream.write_all(&vec![b'x'; 3 * MAX_LINE]).unwrap();
        stream.write_all(b"\n\xff\nafter\n").unwrap();
        stream
    });
    let got = lines_until(&mut server, |all| all.len() == 3);
    assert_eq!(
        got.into_iter().map(|(_, line)| line).collect::<Vec<_>>(),
        [Line::TooLong, Line::NotText, text("after")]
    );
    drop(writer.join().unwrap());
}

#[test]
fn a_flood_leaves_others_their_turn() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut flood = raw(set.path());
    let writer = std::thread::spawn(move || {
        // Ends when the server has closed.
        while flood.write_all(&b"noise\n".repeat(1000)).is_ok() {}
    });
    let mut other = Client::connect(set.path()).unwrap();
    other.send("music").unwrap();
    let began = Instant::now();
    let (mut seen, mut most) = (false, 0);
    while !seen {
        assert!(began.elapsed() < LONG);
        let lines = server.lines();
        most = most.max(lines.len());
        for (client, line) in lines {
            seen |= line == text("music");
            server.answer(client, String::new());
        }
    }
    // Two clients, each with its share of a call.
    assert!(most <= 16, "{most} lines at once");
    drop(server);
    writer.join().unwrap();
}

#[test]
fn clients_that_are_gone_or_deaf_are_dropped() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let client = Client::connect(set.path()).unwrap();
    poll_until(&mut server, |server| server.clients().count() == 1);
    drop(client);
    poll_until(&mut server, |server| server.clients().count() == 0);

    // One that never reads: what waits for it is bounded, and no call waits.
    let _deaf = raw(set.path());
    poll_until(&mut server, |server| server.clients().count() == 1);
    let id = server.clients().next().unwrap();
    let (line, began) = ("y".repeat(100_000), Instant::now());
    let mut told = 0;
    while server.tell(id, &line) {
        told += 1;
        assert!(told < 10_000 && began.elapsed() < LONG);
    }
    server.answer(id, line);
    assert_eq!(server.clients().count(), 0);
}

#[test]
fn one_that_has_said_its_last_still_gets_its_answer() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut stream = raw(set.path());
    stream.write_all(b"last\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let got = lines_until(&mut server, |all| !all.is_empty());
    server.lines();
    server.answer(got[0].0, "answer".into());
    poll_until(&mut server, |server| server.clients().count() == 0);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer\n");
}

#[test]
fn more_clients_than_are_let_in_are_told_so() {
    let set = folder();
    let mut server = Server::open(set.path()).unwrap();
    let mut clients: Vec<Client> = (0..MAX_CLIENTS).map(|_| Client::connect(set.path()).unwrap()).collect();
    poll_until(&mut server, |server| server.clients().count() == MAX_CLIENTS);
    let mut refused = Client::connect(set.path()).unwrap();
    assert!(matches!(refused.receive(LONG).unwrap(), Some(Line::Text(line)) if line.contains("refused")));
    assert!(matches!(refused.receive(LONG), Err(LocalError::Closed)));
    clients.pop();
    poll_until(&mut server, |server| server.clients().count() == MAX_CLIENTS - 1);
    let mut last = Client::connect(set.path()).unwrap();
    last.send("hello").unwrap();
    assert_eq!(lines_until(&mut server, |all| !all.is_empty()).pop().map(|(_, line)| line), Some(text("hello")));
}

#[test]
fn a_folder_has_one_server_and_the_second_learns_whose() {
    let set = folder();
    assert!(matches!(Client::connect(set.path()), Err(LocalError::Nobody { .. })));
    let server = Server::open(set.path()).unwrap();
    let Err(second) = Server::open(set.path()) else { panic!("two servers") };
    assert!(second.to_string().contains(&format!("process {}", std::process::id())), "{second}");
    let socket = server.socket().to_owned();
    assert!(socket.exists());
    drop(server);
    assert!(!socket.exists() && !set.path().join(".beatforge/live").exists());
    assert!(matches!(Client::connect(set.path()), Err(LocalError::Nobody { .. })));
    Server::open(set.path()).unwrap();
}

#[test]
fn what_a_killed_server_left_is_replaced() {
    let set = folder();
    let server = Server::open(set.path()).unwrap();
    let own = set.path().join(".beatforge");
    let named = std::fs::read(own.join("live")).unwrap();
    drop(server);
    // A socket that nobody listens on any more, and the file that names it.
    drop(net::UnixListener::bind(own.join("live.sock")).unwrap());
    std::fs::write(own.join("live"), named).unwrap();
    assert!(own.join("live.sock").exists());
    assert!(matches!(Client::connect(set.path()), Err(LocalError::Nobody { .. })));
    let mut server = Server::open(set.path()).unwrap();
    Client::connect(set.path()).unwrap().send("hello").unwrap();
    assert_eq!(lines_until(&mut server, |all| !all.is_empty()).len(), 1);
}

#[test]
fn a_set_far_down_has_its_socket_elsewhere() {
    let set = folder();
    let deep = set.path().join("x".repeat(100)).join("set");
    let mut server = Server::open(&deep).unwrap();
    assert!(!server.socket().starts_with(set.path()));
    Client::connect(&deep).unwrap().send("hello").unwrap();
    assert_eq!(lines_until(&mut server, |all| !all.is_empty()).len(), 1);
    let socket = server.socket().to_owned();
    drop(server);
    assert!(!socket.exists());
}

#[cfg(unix)]
#[test]
fn the_socket_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let set = folder();
    let server = Server::open(set.path()).unwrap();
    assert_eq!(std::fs::metadata(server.socket()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A set may come from anybody: what lies in its `.beatforge` names nothing outside that is removed or written.
#[test]
fn a_set_that_came_from_elsewhere_removes_and_writes_nothing_outside() {
    let (set, mine) = (folder(), folder());
    let own = set.path().join(".beatforge");
    std::fs::create_dir(&own).unwrap();
    let file = |name: &str| {
        let path = mine.path().join(name);
        std::fs::write(&path, "mine").unwrap();
        path
    };
    let is_mine = |path: &Path| assert_eq!(std::fs::read_to_string(path).unwrap(), "mine", "{}", path.display());
    let (victim, sock) = (file("victim.txt"), file("live.sock"));
    let listener = net::UnixListener::bind(mine.path().join("other.sock")).unwrap();
    for named in [&victim, &sock, &mine.path().join("other.sock")] {
        std::fs::write(own.join("live"), format!("{}\n1\n", named.display())).unwrap();
        assert!(matches!(Client::connect(set.path()), Err(LocalError::Nobody { .. })), "{}", named.display());
        drop(Server::open(set.path()).unwrap());
        is_mine(&victim);
        is_mine(&sock);
        assert!(mine.path().join("other.sock").exists());
    }
    drop(listener);
    #[cfg(unix)]
    {
        let links = ["live.new", "live", "live.lock", "live.sock", ".gitignore"];
        for name in links {
            let _ = std::fs::remove_file(own.join(name));
            std::os::unix::fs::symlink(&victim, own.join(name)).unwrap();
        }
        let mut server = Server::open(set.path()).unwrap();
        is_mine(&victim);
        assert!(!own.join("live").is_symlink() && !own.join("live.lock").is_symlink());
        Client::connect(set.path()).unwrap().send("hello").unwrap();
        assert_eq!(lines_until(&mut server, |all| !all.is_empty()).len(), 1);
        drop(server);
        std::fs::remove_dir_all(&own).unwrap();
        std::os::unix::fs::symlink(mine.path(), &own).unwrap();
        assert!(Server::open(set.path()).is_err_and(|e| e.to_string().contains("is a link")));
        is_mine(&sock);
    }
}
