//! Marks: the eventfds by which one side alerts the other.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{EventfdFlags, eventfd};

use crate::error::Fault;

/// One mark: its owner waits on it, the other side signals it.
#[derive(Debug)]
pub struct Mark {
    fd: OwnedFd,
}

impl Mark {
    /// A new mark.
    ///
    /// # Errors
    /// `System` when there are no file descriptors left.
    pub fn create() -> Result<Self, Fault> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|error| Fault::system("make an eventfd", error))?;
        Ok(Self { fd })
    }

    /// A mark that came through the control socket.
    #[must_use]
    pub fn received(fd: OwnedFd) -> Self {
        Self { fd }
    }

    /// Alerts the owner.
    pub fn signal(&self) {
        signal(self.fd.as_fd());
    }

    /// Its number.
    #[must_use]
    pub fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Mark {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<Mark> for OwnedFd {
    fn from(mark: Mark) -> Self {
        mark.fd
    }
}

/// Alerts whoever waits on a mark.
pub fn signal(fd: BorrowedFd<'_>) {
    // The only expected failure is a counter at its maximum: then the owner has been alerted anyway.
    let _ = rustix::io::write(fd, &1u64.to_ne_bytes());
}

/// Takes all alerts off a mark; reading one that has none is no fault.
pub fn clear(fd: BorrowedFd<'_>) {
    let mut counter = [0; 8];
    let _ = rustix::io::read(fd, &mut counter);
}
