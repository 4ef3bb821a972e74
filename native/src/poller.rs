//! The fallback mark device: one epoll for all marks of a process, waited on by one thread.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::epoll;
use rustix::io::Errno;

use crate::error::{Fault, FaultKind};
use crate::eventfd::{self, Mark};
use crate::limits::WATCHED_MAX;

/// Token of the poller's own waker; callers use others.
const WAKER: u64 = u64::MAX;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// A mark: reported (and cleared) when it was signalled.
    Mark,
    /// A connection: reported once, when the other side is gone.
    HangUp,
}

#[derive(Debug, Default)]
struct State {
    watched: HashMap<u32, (OwnedFd, Watch)>,
    /// Tokens with news that nobody has taken yet.
    found: Vec<u32>,
    waiting: bool,
    closed: bool,
}

/// The poller.
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
    waker: Mark,
    state: Mutex<State>,
    left: Condvar,
}

impl Poller {
    /// A poller that watches nothing yet.
    ///
    /// # Errors
    /// `System` when there are no file descriptors left.
    pub fn open() -> Result<Self, Fault> {
        let failed = |error| Fault::system("make an epoll", error);
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
        let waker = Mark::create()?;
        let token = epoll::EventData::new_u64(WAKER);
        epoll::add(&epoll, &waker, token, epoll::EventFlags::IN).map_err(failed)?;
        Ok(Self {
            epoll,
            waker,
            state: Mutex::default(),
            left: Condvar::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a duplicate of `fd` under `token`, until [`Poller::remove`].
    ///
    /// # Errors
    /// `TooMany`, `Argument` when the token is in use, `System`.
    pub fn add(&self, fd: BorrowedFd<'_>, token: u32, watch: Watch) -> Result<(), Fault> {
        let own = rustix::io::fcntl_dupfd_cloexec(fd, 0)
            .map_err(|error| Fault::system("duplicate a file descriptor", error))?;
        let mut state = self.state();
        if state.watched.len() >= WATCHED_MAX {
            let (seen, wanted) = (state.watched.len() as u64, WATCHED_MAX as u64);
            return Err(Fault::at(FaultKind::TooMany, seen, wanted));
        }
        if state.watched.contains_key(&token) {
            return Err(Fault::at(FaultKind::Argument, u64::from(token), 0));
        }
        let flags = match watch {
            Watch::Mark => epoll::EventFlags::IN,
            Watch::HangUp => epoll::EventFlags::RDHUP,
        };
        let data = epoll::EventData::new_u64(u64::from(token));
        epoll::add(&self.epoll, &own, data, flags)
            .map_err(|error| Fault::system("watch a file descriptor", error))?;
        state.watched.insert(token, (own, watch));
        Ok(())
    }

    /// Stops watching; `false` when the token was not in use.
    pub fn remove(&self, token: u32) -> bool {
        let mut state = self.state();
        // Other duplicates of the file stay open, so closing ours would not take it out of the epoll.
        state
            .watched
            .remove(&token)
            .is_some_and(|(fd, _)| epoll::delete(&self.epoll, &fd).is_ok())
    }

    /// Waits until something watched has news. Returns how many tokens [`Poller::take`] gives; 0 when the poller was
    /// closed.
    ///
    /// # Errors
    /// `System` when the kernel refuses to wait.
    pub fn wait(&self) -> Result<usize, Fault> {
        let mut state = self.state();
        if state.closed {
            return Ok(0);
        }
        if !state.found.is_empty() {
            return Ok(state.found.len());
        }
        state.waiting = true;
        let result = loop {
            drop(state);
            let mut ready = [epoll::Event {
                flags: epoll::EventFlags::empty(),
                data: epoll::EventData::new_u64(0),
            }; 64];
            let waited = epoll::wait(&self.epoll, &mut ready, None);
            state = self.state();
            if state.closed {
                break Ok(0);
            }
            match waited {
                Ok(count) => {
                    self.collect(&mut state, &ready[..count]);
                    if !state.found.is_empty() {
                        break Ok(state.found.len());
                    }
                }
                Err(Errno::INTR) => {}
                Err(error) => break Err(Fault::system("wait for marks", error)),
            }
        };
        state.waiting = false;
        self.left.notify_all();
        result
    }

    /// The tokens that waits have found, each once; at most as many as `most`, the rest stays.
    pub fn take(&self, most: usize) -> Vec<u32> {
        let mut state = self.state();
        let count = most.min(state.found.len());
        state.found.drain(..count).collect()
    }

    fn collect(&self, state: &mut State, ready: &[epoll::Event]) {
        for event in ready {
            let data = event.data.u64();
            if data == WAKER {
                eventfd::clear(self.waker.as_fd());
                continue;
            }
            let token = data as u32;
            // Removed between the wait and the lock: nobody wants to hear of it.
            let Some((fd, watch)) = state.watched.get(&token) else {
                continue;
            };
            match watch {
                Watch::Mark => eventfd::clear(fd.as_fd()),
                Watch::HangUp => {
                    let _ = epoll::delete(&self.epoll, fd);
                }
            }
            state.found.push(token);
        }
    }

    /// Ends the wait and stops watching. Returns when the waiting thread has left this code.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.waker.signal();
        let patience = Duration::from_secs(1);
        let result = self
            .left
            .wait_timeout_while(state, patience, |state| state.waiting);
        if let Ok((mut state, _)) = result {
            state.watched.clear();
            state.found.clear();
        }
    }
}
