//! The control socket, proxy's side: processes say hello, get a slot (or a refusal), and their end is seen.
//!
//! One thread waits in [`ControlServer::wait`]; the calls that answer come from the proxy's event loop and never
//! block. Whatever a client does or does not do costs the proxy one bounded buffer until a deadline.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};
use rustix::fs;
use rustix::io::Errno;
use rustix::net::{self, SocketFlags, sockopt};

use crate::control_connection::{Connection, Stage};
use crate::control_event::Event;
use crate::control_message::{ADMITTED, Head, REFUSED, body_bytes};
use crate::control_state::State;
use crate::error::{Fault, FaultKind};
use crate::eventfd::{self, Mark};
use crate::limits::{CONNECTIONS_MAX, HELLO_TIME, HELLOS_MAX};
use crate::segment::SlotGrant;
use crate::slot::closed;
use crate::socket_path::Listener;

/// Pause of accepting when there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const LISTENER: u64 = 0;
const WAKER: u64 = 1;
const FIRST_CONNECTION: u64 = 2;

/// The listening control socket with its connections.
#[derive(Debug)]
pub struct ControlServer {
    epoll: OwnedFd,
    waker: Mark,
    path: PathBuf,
    state: Mutex<State>,
    left: Condvar,
}

impl ControlServer {
    /// Listens at `path` (mode 0600). A socket that nobody listens on any more is removed first.
    ///
    /// # Errors
    /// `LiveOwner` when somebody listens there, `Argument` for an impossible path, `System`.
    pub fn listen(path: &Path) -> Result<Self, Fault> {
        let attempt = format!("listen at {}", path.display());
        let failed = |error| Fault::system(&attempt, error);
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
        let waker = Mark::create()?;
        watch(&epoll, &waker, WAKER, epoll::EventFlags::IN).map_err(failed)?;
        let server = Self {
            epoll,
            waker,
            path: path.to_owned(),
            state: Mutex::default(),
            left: Condvar::new(),
        };
        server.listen_again()?;
        Ok(server)
    }

    /// Listens anew when the socket's file is gone: somebody removed the directory. Connections stay as they are.
    /// `false`: it is there.
    ///
    /// # Errors
    /// Those of [`ControlServer::listen`], and `Closed`.
    pub fn listen_again(&self) -> Result<bool, Fault> {
        let mut state = self.state();
        if state.closed {
            return Err(closed());
        }
        if state
            .listener
            .as_ref()
            .is_some_and(|it| it.is_at(&self.path))
        {
            return Ok(false);
        }
        let listener = Listener::bind(&self.path)?;
        watch(
            &self.epoll,
            &listener.socket,
            LISTENER,
            epoll::EventFlags::IN,
        )
        .map_err(|error| Fault::system(&format!("listen at {}", self.path.display()), error))?;
        // The old one leaves the epoll as it closes.
        state.listener = Some(listener);
        state.accepting = true;
        Ok(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held is reported where it happened; what is left is still consistent
        // enough to close everything.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until an event can be taken, and returns how many there are; 0 when the server was closed.
    ///
    /// # Errors
    /// `System` when the kernel refuses to wait.
    pub fn wait(&self) -> Result<usize, Fault> {
        let mut state = self.state();
        state.waiting = true;
        let result = loop {
            if state.closed {
                break Ok(0);
            }
            if !state.events.is_empty() {
                break Ok(state.events.len());
            }
            let timeout = self.next_deadline(&mut state);
            drop(state);
            let mut ready = [epoll::Event {
                flags: epoll::EventFlags::empty(),
                data: epoll::EventData::new_u64(0),
            }; 64];
            let waited = epoll::wait(&self.epoll, &mut ready, timeout.as_ref());
            state = self.state();
            match waited {
                Ok(count) => {
                    for event in &ready[..count] {
                        let (token, flags) = (event.data.u64(), event.flags);
                        self.handle(&mut state, token, flags);
                    }
                    state.expire();
                }
                Err(Errno::INTR) => {}
                Err(error) => break Err(Fault::system("wait for the control socket", error)),
            }
        };
        state.waiting = false;
        self.left.notify_all();
        result
    }

    /// Bytes of the next event; `None` when there is none.
    #[must_use]
    pub fn next_event_bytes(&self) -> Option<usize> {
        self.state().events.front().map(Event::bytes)
    }

    /// Takes the next event, if `out` has room for it, and returns its bytes; `None` when there is none.
    ///
    /// # Errors
    /// `Buffer` when there is one, but no room for it.
    pub fn take_event(&self, out: &mut [u8]) -> Result<Option<usize>, Fault> {
        let mut state = self.state();
        let Some(bytes) = state.events.front().map(Event::bytes) else {
            return Ok(None);
        };
        if out.len() < bytes {
            let (seen, wanted) = (out.len() as u64, bytes as u64);
            return Err(Fault::at(FaultKind::Buffer, seen, wanted));
        }
        if let Some(event) = state.events.pop_front() {
            event.encode(out);
        }
        Ok(Some(bytes))
    }

    /// Answers a hello with a slot. `false`: the connection is gone or was answered before.
    ///
    /// # Errors
    /// `Argument` when the body is too large.
    pub fn admit(&self, connection: u32, grant: SlotGrant, body: &[u8]) -> Result<bool, Fault> {
        let head = Head {
            kind: ADMITTED,
            body_bytes: body_bytes(body)?,
            index: grant.index,
            generation: grant.generation,
            space_bytes: grant.space_bytes,
            offset: grant.offset,
            length: grant.length,
        };
        Ok(self.answer(connection, Stage::Open, head, body, Some(grant)))
    }

    /// Answers a hello with a refusal; the connection goes when the answer is out. `false`: it is gone already.
    ///
    /// # Errors
    /// `Argument` when the body is too large.
    pub fn refuse(&self, connection: u32, body: &[u8]) -> Result<bool, Fault> {
        let head = Head {
            kind: REFUSED,
            body_bytes: body_bytes(body)?,
            ..Head::default()
        };
        let deadline = Instant::now() + HELLO_TIME;
        Ok(self.answer(connection, Stage::Refused { deadline }, head, body, None))
    }

    /// Closes a connection; no event tells of it. `false`: it was gone already.
    pub fn hang_up(&self, connection: u32) -> bool {
        let mut state = self.state();
        let was_there = state.connections.remove(&connection).is_some();
        self.waker.signal(); // there may be room to accept another
        was_there
    }

    fn answer(
        &self,
        id: u32,
        stage: Stage,
        head: Head,
        body: &[u8],
        grant: Option<SlotGrant>,
    ) -> bool {
        let mut state = self.state();
        let Some(connection) = state.connections.get_mut(&id) else {
            return false;
        };
        if !matches!(connection.stage, Stage::Announced) {
            return false;
        }
        connection.stage = stage;
        connection.answer(head, body, grant);
        self.flush(&mut state, id);
        // The waiting thread must learn of the refusal's deadline.
        self.waker.signal();
        true
    }

    /// Sends what can be sent and asks for an event when the rest can.
    fn flush(&self, state: &mut State, id: u32) {
        let Some(connection) = state.connections.get_mut(&id) else {
            return;
        };
        if !connection.send() {
            state.gone(id);
            return;
        }
        let (pending, refused) = (
            connection.has_outgoing(),
            matches!(connection.stage, Stage::Refused { .. }),
        );
        if refused && !pending {
            // Nothing unread may be left in our receive buffer, or the close would discard the answer; the
            // client said nothing but its hello.
            state.connections.remove(&id);
            return;
        }
        let mut flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
        if pending {
            flags |= epoll::EventFlags::OUT;
        }
        let token = epoll::EventData::new_u64(u64::from(id) + FIRST_CONNECTION);
        if epoll::modify(&self.epoll, &connection.socket, token, flags).is_err() {
            state.gone(id);
        }
    }

    /// Time until something must be done without an event; also switches accepting on and off.
    fn next_deadline(&self, state: &mut State) -> Option<Timespec> {
        let now = Instant::now();
        if state.accept_after.is_some_and(|at| at <= now) {
            state.accept_after = None;
        }
        let room = state.hellos() < HELLOS_MAX && state.connections.len() < CONNECTIONS_MAX;
        let accepting = room && state.accept_after.is_none();
        if accepting != state.accepting {
            let flags = if accepting {
                epoll::EventFlags::IN
            } else {
                epoll::EventFlags::empty()
            };
            let token = epoll::EventData::new_u64(LISTENER);
            if state
                .listener
                .as_ref()
                .is_some_and(|it| epoll::modify(&self.epoll, &it.socket, token, flags).is_ok())
            {
                state.accepting = accepting;
            }
        }
        let deadlines = state.connections.values().filter_map(Connection::deadline);
        let next = deadlines.chain(state.accept_after).min()?;
        // A millisecond more: waking just before a deadline would mean another wait.
        let rest = next.saturating_duration_since(now) + Duration::from_millis(1);
        Some(Timespec {
            tv_sec: rest.as_secs() as i64,
            tv_nsec: i64::from(rest.subsec_nanos()),
        })
    }

    fn handle(&self, state: &mut State, token: u64, flags: epoll::EventFlags) {
        match token {
            LISTENER => self.accept(state),
            WAKER => eventfd::clear(self.waker.as_fd()),
            _ => {
                let id = (token - FIRST_CONNECTION) as u32;
                if flags.contains(epoll::EventFlags::OUT) {
                    self.flush(state, id);
                }
                let readable = epoll::EventFlags::IN
                    | epoll::EventFlags::RDHUP
                    | epoll::EventFlags::HUP
                    | epoll::EventFlags::ERR;
                if flags.intersects(readable) {
                    state.receive(id);
                }
            }
        }
    }

    fn accept(&self, state: &mut State) {
        // One per wake-up: the limits are looked at before each wait.
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let Some(listener) = &state.listener else {
            return;
        };
        let socket = match net::accept_with(&listener.socket, flags) {
            Ok(socket) => socket,
            Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOBUFS) => {
                state.accept_after = Some(Instant::now() + ACCEPT_PAUSE);
                return;
            }
            Err(_) => return, // the client is gone again
        };
        let Ok(peer) = sockopt::socket_peercred(&socket) else {
            return;
        };
        let id = state.free_id();
        let token = u64::from(id) + FIRST_CONNECTION;
        let interest = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
        if watch(&self.epoll, &socket, token, interest).is_err() {
            return;
        }
        let pid = peer.pid.as_raw_nonzero().get().unsigned_abs();
        let deadline = Instant::now() + HELLO_TIME;
        let connection = Connection::new(socket, pid, peer.uid.as_raw(), deadline);
        state.connections.insert(id, connection);
    }

    /// Ends everything: connections, the waiting thread, the socket's file. Returns when the waiting thread has
    /// left this code.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.connections.clear();
        state.events.clear();
        self.waker.signal();
        let patience = Duration::from_secs(1);
        let result = self
            .left
            .wait_timeout_while(state, patience, |state| state.waiting);
        drop(result);
        if self
            .state()
            .listener
            .take()
            .is_some_and(|it| it.is_at(&self.path))
        {
            let _ = fs::unlink(&self.path);
        }
    }
}

fn watch(
    epoll: &OwnedFd,
    fd: impl AsFd,
    token: u64,
    flags: epoll::EventFlags,
) -> Result<(), Errno> {
    epoll::add(epoll, fd, epoll::EventData::new_u64(token), flags)
}
