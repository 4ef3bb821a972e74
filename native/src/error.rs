//! Faults: what can go wrong, with the observed and the wanted value. Full and empty are no faults.

use std::fmt;

/// What kind of fault it is. The number crosses FFI as `-(kind)`; TypeScript knows them by the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum FaultKind {
    /// Head and tail of a space are further apart than its size, or not on a frame boundary.
    ControlWords = 1,
    /// A frame's length is below its header's or above the largest frame's.
    FrameLength = 2,
    /// A frame's kind is not in use.
    FrameKind = 3,
    /// A frame has flag bits that are not in use.
    FrameFlags = 4,
    /// A frame's reserved bytes are not zero.
    FrameReserved = 5,
    /// A frame reaches past what was published, or past the end of the space.
    FrameBounds = 6,
    /// A skip marker does not end at the end of the space, or skips more than a frame.
    SkipMarker = 7,
    /// The caller's buffer cannot hold one largest frame.
    Buffer = 8,
    /// A frame to be sent is malformed: a fault of the caller.
    OutgoingFrame = 9,
    /// The handle was closed, or never existed.
    Closed = 10,
    /// A bug: the code panicked.
    Panicked = 11,
    /// An argument is out of its range.
    Argument = 12,
    /// The operating system refused a call.
    System = 13,
    /// The file system has too little room for the segment.
    NoRoom = 14,
    /// The segment or the control socket belongs to a living process.
    LiveOwner = 15,
    /// The file is not a segment of this layout, or not the owner's.
    Segment = 16,
    /// The other side did not answer in time.
    TimedOut = 17,
    /// The other side closed the control connection.
    HungUp = 18,
    /// The other side sent what the control protocol does not know.
    Protocol = 19,
    /// A limit on connections or handles was reached.
    TooMany = 20,
    /// Something that is not ours: another user's server, or a file that no server made.
    NotOurs = 21,
}

/// A fault with what was seen and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// The value that was seen.
    pub observed: u64,
    /// The value (or bound) that was wanted.
    pub wanted: u64,
    /// What was attempted and what was seen, for people.
    pub message: String,
}

impl Fault {
    /// A fault found on the data path: its text is made of the numbers when somebody asks for it.
    #[must_use]
    pub fn at(kind: FaultKind, observed: u64, wanted: u64) -> Self {
        Self {
            kind,
            observed,
            wanted,
            message: String::new(),
        }
    }

    /// A fault with a text of its own.
    #[must_use]
    pub fn with(kind: FaultKind, observed: u64, wanted: u64, message: impl Into<String>) -> Self {
        Self {
            kind,
            observed,
            wanted,
            message: message.into(),
        }
    }

    /// A call of the operating system failed.
    #[must_use]
    pub fn system(attempt: &str, error: rustix::io::Errno) -> Self {
        let number = u64::from(error.raw_os_error().unsigned_abs());
        Self::with(FaultKind::System, number, 0, format!("{attempt}: {error}"))
    }

    /// What FFI returns for this fault.
    #[must_use]
    pub fn code(&self) -> i32 {
        -(self.kind as i32)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.message.is_empty() {
            return f.write_str(&self.message);
        }
        let (seen, wanted) = (self.observed, self.wanted);
        match self.kind {
            FaultKind::ControlWords => write!(
                f,
                "a space's head and tail are {seen} bytes apart, wanted a multiple of 16 up to {wanted}"
            ),
            FaultKind::FrameLength => {
                write!(f, "a frame's length is {seen}, wanted 16 to {wanted}")
            }
            FaultKind::FrameKind => write!(f, "a frame's kind is {seen}, wanted 1 to {wanted}"),
            FaultKind::FrameFlags => {
                write!(
                    f,
                    "a frame's flags are {seen:#x}, wanted bits of {wanted:#x}"
                )
            }
            FaultKind::FrameReserved => {
                write!(f, "a frame's reserved bytes are {seen:#x}, wanted {wanted}")
            }
            FaultKind::FrameBounds => {
                write!(
                    f,
                    "a frame takes {seen} bytes, but only {wanted} are published in a row"
                )
            }
            FaultKind::SkipMarker => {
                write!(f, "a skip marker covers {seen} bytes, wanted {wanted}")
            }
            FaultKind::Buffer => write!(f, "a buffer has {seen} bytes, wanted at least {wanted}"),
            FaultKind::OutgoingFrame => write!(
                f,
                "a frame to be sent has length {seen}, wanted 16 to {wanted} and all of it in the buffer"
            ),
            FaultKind::Closed => f.write_str("the handle is closed"),
            FaultKind::Panicked => f.write_str("the native code panicked: this is a bug"),
            kind => write!(f, "{kind:?}: saw {seen}, wanted {wanted}"),
        }
    }
}

impl std::error::Error for Fault {}
