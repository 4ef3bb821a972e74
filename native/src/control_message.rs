//! What is said on the control socket: a fixed head, then a body.
//!
//! ```text
//! byte  0       4       8         12      16           20           24       32       40      40 + body
//!       ├───────┼───────┼─────────┼───────┼────────────┼────────────┼────────┼────────┼────────┤
//!       │ magic │ type  │ body    │ slot  │ generation │ space      │ offset │ length │ body   │
//!       │       │       │ bytes   │ index │            │ bytes      │ u64    │ u64    │        │
//! ```
//!
//! All numbers are little-endian, u32 where nothing else is said. The process says [`HELLO`] first (only magic,
//! type and body bytes count); the proxy answers [`ADMITTED`], whose first byte carries the file descriptors of
//! the segment, the proxy mark and the process mark, or [`REFUSED`]. After that nothing is said any more: the
//! connection stays open as the life line of both sides.

use crate::error::{Fault, FaultKind};
use crate::limits::BODY_MAX_BYTES;

/// First word of every message.
pub const MAGIC: u32 = u32::from_le_bytes(*b"mCTL");
/// Process → proxy: wants a slot.
pub const HELLO: u32 = 1;
/// Proxy → process: here it is.
pub const ADMITTED: u32 = 2;
/// Proxy → process: no.
pub const REFUSED: u32 = 3;
/// Bytes of the head.
pub const HEAD_BYTES: usize = 40;
/// File descriptors that travel with [`ADMITTED`].
pub const GRANTED_FDS: usize = 3;

/// The head of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// [`HELLO`], [`ADMITTED`] or [`REFUSED`].
    pub kind: u32,
    /// Bytes that follow the head.
    pub body_bytes: u32,
    /// Index of the slot.
    pub index: u32,
    /// Generation of the slot.
    pub generation: u32,
    /// Bytes of one space.
    pub space_bytes: u32,
    /// Where the slot begins in the segment.
    pub offset: u64,
    /// Bytes of the slot.
    pub length: u64,
}

impl Head {
    /// The bytes that travel.
    #[must_use]
    pub fn encode(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let words = [
            MAGIC,
            self.kind,
            self.body_bytes,
            self.index,
            self.generation,
            self.space_bytes,
        ];
        for (at, word) in words.iter().enumerate() {
            bytes[4 * at..4 * at + 4].copy_from_slice(&word.to_le_bytes());
        }
        bytes[24..32].copy_from_slice(&self.offset.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.length.to_le_bytes());
        bytes
    }

    /// The head out of its bytes; `None` when the magic is wrong, the type unknown or the body too large.
    #[must_use]
    pub fn decode(bytes: &[u8; HEAD_BYTES]) -> Option<Self> {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let head = Self {
            kind: word(4),
            body_bytes: word(8),
            index: word(12),
            generation: word(16),
            space_bytes: word(20),
            offset: long(24),
            length: long(32),
        };
        let known = (HELLO..=REFUSED).contains(&head.kind);
        (word(0) == MAGIC && known && head.body_bytes as usize <= BODY_MAX_BYTES).then_some(head)
    }
}

/// The size of a body as it travels.
///
/// # Errors
/// `Argument` when it is too large.
pub(crate) fn body_bytes(body: &[u8]) -> Result<u32, Fault> {
    if body.len() > BODY_MAX_BYTES {
        let (seen, wanted) = (body.len() as u64, BODY_MAX_BYTES as u64);
        let text = format!("a control body has {seen} bytes, allowed are {wanted}");
        return Err(Fault::with(FaultKind::Argument, seen, wanted, text));
    }
    Ok(body.len() as u32)
}

/// A message under way: filled by chunks of any size, and never larger than what was really received.
#[derive(Debug, Default)]
pub struct Incoming {
    bytes: Vec<u8>,
}

/// What [`Incoming::push`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// More bytes are needed.
    Incomplete,
    /// A whole message, and nothing after it.
    Whole(Head, Vec<u8>),
    /// Not a message, or bytes after its end.
    Garbage,
}

impl Incoming {
    /// Takes a chunk.
    pub fn push(&mut self, chunk: &[u8]) -> Pushed {
        self.bytes.extend_from_slice(chunk);
        let Some(head) = self.bytes.first_chunk::<HEAD_BYTES>() else {
            // The first words are checked as soon as they are there.
            let magic = MAGIC.to_le_bytes();
            let seen = self.bytes.len().min(magic.len());
            return if self.bytes[..seen] == magic[..seen] {
                Pushed::Incomplete
            } else {
                Pushed::Garbage
            };
        };
        let Some(head) = Head::decode(head) else {
            return Pushed::Garbage;
        };
        let whole = HEAD_BYTES + head.body_bytes as usize;
        match self.bytes.len().cmp(&whole) {
            std::cmp::Ordering::Less => Pushed::Incomplete,
            std::cmp::Ordering::Equal => Pushed::Whole(head, self.bytes.split_off(HEAD_BYTES)),
            std::cmp::Ordering::Greater => Pushed::Garbage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fed_one_byte_at_a_time_comes_out_whole() {
        let head = Head {
            kind: ADMITTED,
            body_bytes: 3,
            index: 7,
            generation: 9,
            space_bytes: 2048,
            offset: 1 << 40,
            length: 8192,
        };
        let mut message = head.encode().to_vec();
        message.extend_from_slice(b"abc");
        let mut incoming = Incoming::default();
        let (last, before) = message.split_last().expect("not empty");
        for byte in before {
            assert_eq!(incoming.push(&[*byte]), Pushed::Incomplete);
        }
        assert_eq!(
            incoming.push(&[*last]),
            Pushed::Whole(head, b"abc".to_vec())
        );
    }

    #[test]
    fn garbage_is_seen_at_its_first_byte_and_a_huge_body_at_the_head() {
        assert_eq!(Incoming::default().push(b"GET / HTTP/1.1"), Pushed::Garbage);
        let huge = Head {
            kind: HELLO,
            body_bytes: u32::MAX,
            ..Head::default()
        };
        assert_eq!(Incoming::default().push(&huge.encode()), Pushed::Garbage);
        let mut trailing = Head {
            kind: HELLO,
            ..Head::default()
        }
        .encode()
        .to_vec();
        trailing.push(0);
        assert_eq!(Incoming::default().push(&trailing), Pushed::Garbage);
    }
}
