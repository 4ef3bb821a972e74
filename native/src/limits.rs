//! Every bound of this crate, with what happens at it. Those that TypeScript has, too, are compared when the library
//! is loaded ([`crate::layout::TABLE`]).

use std::time::Duration;

/// Largest frame anywhere: a longer one is a fault of its writer.
pub const FRAME_MAX_BYTES: usize = 65_536;
/// Highest kind of a frame: a higher one is a fault of its writer.
pub const KIND_MAX: u8 = 47;
/// Smallest space: a segment with smaller ones is refused.
pub const SPACE_MIN_BYTES: usize = 2_048;
/// Largest space: a segment with larger ones is refused.
pub const SPACE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most slots of a segment: one with more is refused.
pub const SLOTS_MAX: usize = 1_024;

/// Handles of one type that are open at once: one more is `TooMany`.
pub const HANDLES_MAX: usize = 1 << 16;
/// Highest serial number of a handle, so that handles are positive: after it, they begin anew.
pub const SERIAL_MAX: u32 = 0x7fff;
/// Most file descriptors that one poller watches: one more is `TooMany`.
pub const WATCHED_MAX: usize = 4_096;

/// Largest body of a message on the control socket: who announces a larger one is cut off, and none is sent.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Time a connection has for its hello, and a refused one to fetch its answer: then it is closed.
pub const HELLO_TIME: Duration = Duration::from_secs(3);
/// Connections before their hello: more wait in the socket's backlog.
pub const HELLOS_MAX: usize = 64;
/// Connections altogether: more wait in the socket's backlog.
pub const CONNECTIONS_MAX: usize = SLOTS_MAX + HELLOS_MAX;
/// Connections that may wait to be accepted: others try again until their time is over.
pub const BACKLOG_MAX: i32 = 128;

/// Times that taking over a stale file is tried when others do the same at the same moment: then it is a fault.
pub const TAKE_OVER_TRIES_MAX: u32 = 20;
/// Bytes of one write to a pipe, what fits it whenever it says that it has room, and arrives in one piece
/// (`PIPE_BUF` of Linux): more is `Argument`.
pub const PIPE_WRITE_MAX_BYTES: usize = 4_096;
