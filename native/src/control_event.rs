//! What the proxy hears from its control socket, and how TypeScript gets it.
//!
//! ```text
//! byte  0      4            8     12    16      16 + body
//!       ├──────┼────────────┼─────┼─────┼───────┤
//!       │ type │ connection │ pid │ uid │ body  │   type 1: hello, 2: hang-up (pid, uid: 0, no body)
//! ```

/// What happened on the control socket.
#[derive(Debug)]
pub enum Event {
    /// A process wants a slot.
    Hello {
        /// Names the connection.
        connection: u32,
        /// Process id of the other side, as the kernel says.
        pid: u32,
        /// User id of the other side, as the kernel says.
        uid: u32,
        /// What it said.
        body: Vec<u8>,
    },
    /// A connection that had said hello is gone.
    HangUp {
        /// Names the connection.
        connection: u32,
    },
}

impl Event {
    /// Bytes before the body.
    const HEAD_BYTES: usize = 16;

    /// Bytes that [`Event::encode`] writes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        Self::HEAD_BYTES
            + match self {
                Event::Hello { body, .. } => body.len(),
                Event::HangUp { .. } => 0,
            }
    }

    /// Writes the event to the start of `out`, which has room for [`Event::bytes`].
    pub fn encode(&self, out: &mut [u8]) {
        let (words, body): ([u32; 4], &[u8]) = match self {
            Event::Hello {
                connection,
                pid,
                uid,
                body,
            } => ([1, *connection, *pid, *uid], body),
            Event::HangUp { connection } => ([2, *connection, 0, 0], &[]),
        };
        for (place, word) in out.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out[Self::HEAD_BYTES..Self::HEAD_BYTES + body.len()].copy_from_slice(body);
    }
}
