//! Tests over loopback, with a client of our own and with what others have written.

mod http;
mod python;
mod socket;

use super::{Answer, Asked, QueryServer};
use crate::HostClock;
use crate::osc::Reach;
use std::time::{Duration, Instant};

/// How long anything may take that takes no time.
const SOON: Duration = Duration::from_secs(20);

fn open() -> QueryServer {
    QueryServer::open("127.0.0.1:0".parse().unwrap(), Reach::Machine, HostClock::new()).unwrap()
}

/// Polls as a session does until `done` says so; answers each question with its own words.
fn until(server: &QueryServer, mut done: impl FnMut(&Asked) -> bool) {
    let (began, mut asked) = (Instant::now(), Vec::new());
    while began.elapsed() < SOON {
        server.drain(&mut asked, 64);
        for asked in asked.drain(..) {
            if done(&asked) {
                return;
            }
            if let Asked::Question(question, reply) = asked {
                let body = format!("{{\"path\":{:?},\"attribute\":{:?}}}", question.path, question.attribute);
                reply.with(move || Answer { status: 200, body });
            }
        }
        std::thread::yield_now();
    }
    panic!("it has not happened within {SOON:?}");
}

/// Serves while `work` runs on another thread, and returns what it returns.
fn serve<T: Send + 'static>(server: &QueryServer, work: impl FnOnce() -> T + Send + 'static) -> T {
    let worker = std::thread::spawn(work);
    let (began, mut asked) = (Instant::now(), Vec::new());
    while !worker.is_finished() {
        assert!(began.elapsed() < SOON, "it has not happened within {SOON:?}");
        server.drain(&mut asked, 64);
        for asked in asked.drain(..) {
            if let Asked::Question(question, reply) = asked {
                let body = format!("{{\"path\":{:?},\"attribute\":{:?}}}", question.path, question.attribute);
                reply.with(move || Answer { status: 200, body });
            }
        }
        std::thread::yield_now();
    }
    worker.join().unwrap()
}
