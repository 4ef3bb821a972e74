//! The control socket, process's side: say hello, get a slot, map it.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    self, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, recvmsg, sockopt,
};
use rustix::process::geteuid;

use crate::control_message::{
    ADMITTED, GRANTED_FDS, HELLO, Head, Incoming, Pushed, REFUSED, body_bytes,
};
use crate::error::{Fault, FaultKind};
use crate::eventfd::Mark;
use crate::layout::{slot_offset, slot_stride};
use crate::mapping::Mapping;
use crate::segment_header::Header;
use crate::slot::{Side, SlotEnd, closed};
use crate::socket_path::{SocketPath, stream_socket};

/// Pause before connecting again while the proxy's backlog is full.
const BACKLOG_PAUSE: Duration = Duration::from_millis(5);

/// How the proxy answered.
#[derive(Debug)]
pub enum Answer {
    /// The process's end of its slot, and what the proxy said.
    Admitted(Box<SlotEnd>, Vec<u8>),
    /// What the proxy said.
    Refused(Vec<u8>),
}

/// A request for a slot. It owns all that the thread which sends it needs, since the caller's memory may be gone
/// before that thread returns: when its program ends meanwhile.
#[derive(Debug)]
pub struct Request {
    path: PathBuf,
    body: Vec<u8>,
    timeout: Duration,
    outcome: Mutex<Option<Result<Answer, Fault>>>,
}

impl Request {
    /// A request to the proxy that listens at `path`, not sent yet.
    #[must_use]
    pub fn new(path: &Path, body: &[u8], timeout: Duration) -> Self {
        Self {
            path: path.to_owned(),
            body: body.to_owned(),
            timeout,
            outcome: Mutex::new(None),
        }
    }

    /// Sends it and waits for the answer.
    pub fn send(&self) {
        let outcome = attach(&self.path, &self.body, self.timeout);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }

    /// How it went; `Closed` when it was not sent, or asked before.
    ///
    /// # Errors
    /// Those of [`attach`].
    pub fn outcome(&self) -> Result<Answer, Fault> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.take().unwrap_or_else(|| Err(closed()))
    }
}

/// Asks the proxy that listens at `path` for a slot. Nothing is said to a process of another user: it may have
/// put its socket where a server's is looked for.
///
/// # Errors
/// `System` when there is no such socket, `NotOurs` when another user listens there, `TimedOut`, `HungUp`, `Protocol` when the answer is garbage, `Segment`
/// when what was granted does not fit the segment.
pub fn attach(path: &Path, body: &[u8], timeout: Duration) -> Result<Answer, Fault> {
    let deadline = Deadline::after(path, timeout);
    let head = Head {
        kind: HELLO,
        body_bytes: body_bytes(body)?,
        ..Head::default()
    };
    let socket = connect(path, &deadline)?;
    let mut message = head.encode().to_vec();
    message.extend_from_slice(body);
    send_all(&socket, &message, &deadline)?;
    let (head, body, fds) = receive(&socket, &deadline)?;
    match head.kind {
        REFUSED => Ok(Answer::Refused(body)),
        ADMITTED => Ok(Answer::Admitted(Box::new(map(socket, head, fds)?), body)),
        other => Err(Fault::with(
            FaultKind::Protocol,
            u64::from(other),
            u64::from(ADMITTED),
            format!("the proxy answered with message type {other}"),
        )),
    }
}

struct Deadline<'a> {
    path: &'a Path,
    at: Instant,
    timeout: Duration,
}

impl<'a> Deadline<'a> {
    fn after(path: &'a Path, timeout: Duration) -> Self {
        let at = Instant::now() + timeout;
        Self { path, at, timeout }
    }

    fn rest(&self) -> Result<Duration, Fault> {
        let rest = self.at.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            let ms = self.timeout.as_millis() as u64;
            let text = format!(
                "attach at {}: no answer within {ms} ms",
                self.path.display()
            );
            return Err(Fault::with(FaultKind::TimedOut, ms, ms, text));
        }
        Ok(rest)
    }

    /// Waits until the socket can be used; the caller tries again.
    fn wait(&self, socket: &OwnedFd, flags: PollFlags) -> Result<(), Fault> {
        let rest = self.rest()?;
        let timeout = Timespec {
            tv_sec: rest.as_secs() as i64,
            tv_nsec: i64::from(rest.subsec_nanos()),
        };
        match poll(&mut [PollFd::new(socket, flags)], Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(Fault::system("wait for the proxy", error)),
        }
    }

    fn hung_up(&self) -> Fault {
        let text = format!("attach at {}: the proxy hung up", self.path.display());
        Fault::with(FaultKind::HungUp, 0, 0, text)
    }
}

fn connect(path: &Path, deadline: &Deadline<'_>) -> Result<OwnedFd, Fault> {
    let place = SocketPath::of(path)?;
    loop {
        let socket = stream_socket()?;
        match net::connect(&socket, &place.address) {
            Ok(()) => {
                check_user(path, &socket)?;
                return Ok(socket);
            }
            Err(Errno::AGAIN | Errno::INTR) => {
                std::thread::sleep(BACKLOG_PAUSE.min(deadline.rest()?));
            }
            Err(error) => {
                let attempt = format!("connect to the proxy at {}", path.display());
                return Err(Fault::system(&attempt, error));
            }
        }
    }
}

fn check_user(path: &Path, socket: &OwnedFd) -> Result<(), Fault> {
    let peer = sockopt::socket_peercred(socket)
        .map_err(|error| Fault::system("ask who the proxy is", error))?;
    let (seen, wanted) = (peer.uid.as_raw(), geteuid().as_raw());
    if seen == wanted {
        return Ok(());
    }
    let text = format!(
        "attach at {}: the user {seen} listens there, and this process is of the user {wanted}; \
         only a server of the same user is trusted",
        path.display()
    );
    let (seen, wanted) = (u64::from(seen), u64::from(wanted));
    Err(Fault::with(FaultKind::NotOurs, seen, wanted, text))
}

fn send_all(socket: &OwnedFd, message: &[u8], deadline: &Deadline<'_>) -> Result<(), Fault> {
    let mut sent = 0;
    while sent < message.len() {
        match net::send(socket, &message[sent..], SendFlags::NOSIGNAL) {
            Ok(count) => sent += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => deadline.wait(socket, PollFlags::OUT)?,
            // A refused proxy may close early; its answer can still be read.
            Err(Errno::PIPE | Errno::CONNRESET) => return Ok(()),
            Err(error) => return Err(Fault::system("say hello to the proxy", error)),
        }
    }
    Ok(())
}

type Received = (Head, Vec<u8>, Vec<OwnedFd>);

fn receive(socket: &OwnedFd, deadline: &Deadline<'_>) -> Result<Received, Fault> {
    let mut incoming = Incoming::default();
    let mut fds = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GRANTED_FDS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut chunk)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let got = match recvmsg(socket, &mut slices, &mut ancillary, flags) {
            Ok(got) => got.bytes,
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => {
                deadline.wait(socket, PollFlags::IN)?;
                continue;
            }
            Err(Errno::CONNRESET) => return Err(deadline.hung_up()),
            Err(error) => return Err(Fault::system("hear the proxy's answer", error)),
        };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
        if got == 0 {
            return Err(deadline.hung_up());
        }
        match incoming.push(&chunk[..got]) {
            Pushed::Incomplete => {}
            Pushed::Whole(head, body) => return Ok((head, body, fds)),
            Pushed::Garbage => {
                let text = "the proxy's answer is not of the control protocol";
                return Err(Fault::with(FaultKind::Protocol, 0, 0, text));
            }
        }
    }
}

/// Checks everything that was granted and maps the slot, and only the slot.
fn map(socket: OwnedFd, head: Head, fds: Vec<OwnedFd>) -> Result<SlotEnd, Fault> {
    let count = fds.len() as u64;
    let [file, proxy_mark, process_mark]: [OwnedFd; GRANTED_FDS] =
        fds.try_into().map_err(|_| {
            let text = format!("the proxy sent {count} file descriptors, wanted {GRANTED_FDS}");
            Fault::with(FaultKind::Protocol, count, GRANTED_FDS as u64, text)
        })?;
    let segment = Header::read(&file)?;
    let refuse = |what: &str, seen: u64, wanted: u64| {
        let text = format!(
            "attach to slot {}: {what} is {seen}, wanted {wanted}",
            head.index
        );
        Err(Fault::with(FaultKind::Segment, seen, wanted, text))
    };
    let peer = sockopt::socket_peercred(socket.as_fd())
        .map_err(|error| Fault::system("ask who the proxy is", error))?;
    let peer_pid = peer.pid.as_raw_nonzero().get().unsigned_abs();
    if segment.owner.pid != peer_pid {
        let (seen, wanted) = (u64::from(segment.owner.pid), u64::from(peer_pid));
        return refuse("the owner of the segment", seen, wanted);
    }
    if !segment.owner.is_alive() {
        return refuse("the owner's start time", 0, segment.owner.start);
    }
    if head.index >= segment.slots {
        return refuse(
            "the index",
            u64::from(head.index),
            u64::from(segment.slots - 1),
        );
    }
    let space_bytes = segment.space_bytes as usize;
    let checks = [
        (
            "the space size",
            u64::from(head.space_bytes),
            space_bytes as u64,
        ),
        (
            "the slot's offset",
            head.offset,
            slot_offset(head.index as usize, space_bytes) as u64,
        ),
        (
            "the slot's length",
            head.length,
            slot_stride(space_bytes) as u64,
        ),
    ];
    for (what, seen, wanted) in checks {
        if seen != wanted {
            return refuse(what, seen, wanted);
        }
    }
    let mapping = Arc::new(Mapping::map(&file, head.offset, head.length as usize)?);
    let end = SlotEnd::new(
        Side::Process,
        head.index,
        head.generation,
        mapping,
        0,
        head.space_bytes,
        Arc::new(Mark::received(process_mark)),
        Arc::new(Mark::received(proxy_mark)),
    );
    Ok(end.with_lifeline(socket))
}
