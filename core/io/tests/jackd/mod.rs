//! A JACK server without hardware for a test; the test is passed over where `jackd` is not installed.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SERVER: &str = "JACK_DEFAULT_SERVER";
/// Long enough for a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Runs the test of this name again with a server's name, and returns it in the child.
pub(crate) fn server_name(test: &str) -> Option<String> {
    if std::env::var("BEATFORGE_JACK_TEST").is_ok_and(|name| name == test) {
        return std::env::var(SERVER).ok();
    }
    let is_there =
        |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !["jackd", "jack_lsp", "jack_bufsize"].into_iter().all(is_there) {
        eprintln!("{test}: passed over, as jackd is not installed (Debian: jackd2)");
        return None;
    }
    // All servers of a user share one database of properties, which one that crashed leaves unreadable: those that open
    // it crash, too. So there is one server at a time, and none meets what another left.
    let lock = File::create(std::env::temp_dir().join("beatforge-jackd.lock")).unwrap();
    lock.lock().unwrap();
    if !is_running() {
        let left = std::fs::read_dir("/dev/shm").into_iter().flatten().flatten().map(|entry| entry.path());
        let is_database =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"jack_db-"));
        left.filter(is_database).for_each(|path| drop(std::fs::remove_dir_all(path)));
    }
    let name = format!("beatforge-{test}-{}", std::process::id());
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs([(SERVER, name.as_str()), ("BEATFORGE_JACK_TEST", test)])
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed on its server");
    None
}

/// Whether anybody's server runs.
fn is_running() -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = processes.filter_map(|process| std::fs::read_to_string(process.path().join("comm")).ok());
    names.into_iter().any(|name| name.starts_with("jackd"))
}

/// A server that ends with the test.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(name: &str, rate: u32) -> Server {
        let arguments =
            ["-R", "-P", "70", "-n", name, "-d", "dummy", "-p", "256", "-r", &rate.to_string()].map(String::from);
        let begun = Instant::now();
        let server = loop {
            let mut jackd = Command::new("jackd");
            let server = jackd.args(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut server = Server(server);
            // One that begins while another's end is not through yet may give up at once.
            std::thread::sleep(Duration::from_millis(200));
            if server.0.try_wait().unwrap().is_none() || begun.elapsed() > LONG {
                break server;
            }
        };
        assert!(!tool("jack_lsp", &[]).is_empty(), "a server has ports of its own");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end rather than killed, it takes its shared memory along.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// What one of JACK's own tools prints, once the server has let it in: on a busy machine it gives up at times.
pub(crate) fn tool(name: &str, arguments: &[&str]) -> String {
    let begun = Instant::now();
    loop {
        let output = Command::new(name).args(arguments).output().unwrap();
        if output.status.success() {
            return String::from_utf8_lossy(&output.stdout).into_owned();
        }
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(begun.elapsed() < LONG, "{name} {arguments:?}: {said}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
