//! One connection of the control socket, as the proxy sees it.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use crate::control_message::{GRANTED_FDS, Head, Incoming, Pushed};
use crate::segment::SlotGrant;

/// Where a connection is in its life.
#[derive(Debug)]
pub enum Stage {
    /// Before the hello. → `Announced`, or gone at the deadline.
    Hello {
        /// The message under way.
        incoming: Incoming,
        /// When it must be complete.
        deadline: Instant,
    },
    /// The hello was reported, no answer yet. → `Open`, `Refused`.
    Announced,
    /// Admitted: only its end is of interest. → gone.
    Open,
    /// Refused: goes when the answer is out or the deadline passes.
    Refused {
        /// When it goes in any case.
        deadline: Instant,
    },
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// The socket, nonblocking.
    pub socket: OwnedFd,
    /// Process id of the other side.
    pub pid: u32,
    /// User id of the other side.
    pub uid: u32,
    /// Where it is in its life.
    pub stage: Stage,
    outgoing: Vec<u8>,
    sent: usize,
    grant: Option<SlotGrant>,
}

/// What reading a connection gave.
#[derive(Debug)]
pub enum Seen {
    /// Nothing complete yet.
    Nothing,
    /// The hello's body.
    Hello(Vec<u8>),
    /// End of file, an error, or bytes that the protocol does not know.
    Gone,
}

impl Connection {
    /// A connection just accepted.
    #[must_use]
    pub fn new(socket: OwnedFd, pid: u32, uid: u32, deadline: Instant) -> Self {
        Self {
            socket,
            pid,
            uid,
            stage: Stage::Hello {
                incoming: Incoming::default(),
                deadline,
            },
            outgoing: Vec::new(),
            sent: 0,
            grant: None,
        }
    }

    /// When it goes unless something happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Hello { deadline, .. } | Stage::Refused { deadline } => Some(deadline),
            Stage::Announced | Stage::Open => None,
        }
    }

    /// Whether bytes wait to be sent.
    #[must_use]
    pub fn has_outgoing(&self) -> bool {
        self.sent < self.outgoing.len()
    }

    /// Reads what is there.
    pub fn receive(&mut self) -> Seen {
        let mut chunk = [0; 16 * 1024];
        loop {
            let got = match rustix::io::read(&self.socket, &mut chunk) {
                Ok(0) => return Seen::Gone,
                Ok(got) => got,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return Seen::Nothing,
                Err(_) => return Seen::Gone,
            };
            // After its hello a process has nothing to say here.
            let Stage::Hello { incoming, .. } = &mut self.stage else {
                return Seen::Gone;
            };
            match incoming.push(&chunk[..got]) {
                Pushed::Incomplete => {}
                Pushed::Whole(head, body) if head.kind == crate::control_message::HELLO => {
                    self.stage = Stage::Announced;
                    return Seen::Hello(body);
                }
                Pushed::Whole(..) | Pushed::Garbage => return Seen::Gone,
            }
        }
    }

    /// Puts the answer in line; `grant` makes it an admission.
    pub fn answer(&mut self, head: Head, body: &[u8], grant: Option<SlotGrant>) {
        self.outgoing = head.encode().to_vec();
        self.outgoing.extend_from_slice(body);
        self.sent = 0;
        self.grant = grant;
    }

    /// Sends as much as the socket takes; `false` when the connection is gone.
    pub fn send(&mut self) -> bool {
        while self.has_outgoing() {
            let rest = &self.outgoing[self.sent..];
            let result = match &self.grant {
                Some(grant) => send_granted(&self.socket, rest, grant),
                None => rustix::net::send(&self.socket, rest, SendFlags::NOSIGNAL),
            };
            match result {
                Ok(sent) => {
                    self.sent += sent;
                    self.grant = None; // the descriptors went with the first byte
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return true,
                Err(_) => return false,
            }
        }
        self.outgoing = Vec::new();
        self.sent = 0;
        true
    }
}

fn send_granted(socket: &OwnedFd, bytes: &[u8], grant: &SlotGrant) -> Result<usize, Errno> {
    let fds = [
        grant.file.as_fd(),
        grant.proxy_mark.as_fd(),
        grant.process_mark.as_fd(),
    ];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GRANTED_FDS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(Errno::NOBUFS);
    }
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut ancillary,
        SendFlags::NOSIGNAL,
    )
}
