//! How a side falls asleep and how the other wakes it, without ever losing a wake-up.
//!
//! ```text
//! sleeper                                waker
//!   sleeping ← wishes                      publish (tail or head)
//!   fence                                  fence
//!   look at the spaces again               sleeping holds the wish?
//!     something there: sleeping ← 0          exchange sleeping with 0; was not 0: signal the eventfd
//!     nothing: wait for the eventfd
//! ```
//!
//! Of the two fences one is first. If it is the sleeper's, the waker sees the wish; if it is the waker's, the
//! sleeper sees what was published (Dekker's argument). Only one exchange can win, so one sleep is ended by
//! one signal, and a busy side is never signalled at all.

use std::sync::atomic::Ordering;

use crate::word::Word;

/// Wish: frames to read.
pub const FRAMES: u32 = 1;
/// Wish: room to write.
pub const ROOM: u32 = 2;

/// First half of falling asleep: afterwards the caller must look at the spaces again.
pub fn announce<W: Word>(sleeping: &W, wishes: u32) {
    // SYNC POINT with the load in `claim`: a waker whose fence comes after ours sees these bits.
    sleeping.store(wishes, Ordering::SeqCst);
    W::fence();
}

/// Takes the announcement back, since there is something to do. A waker may have claimed it already; its
/// signal then finds the side awake, which is harmless.
pub fn withdraw<W: Word>(sleeping: &W) {
    // Partner: the exchange in `claim`; at most one of the two sees the bits.
    sleeping.swap(0, Ordering::AcqRel);
}

/// After publishing: whether the other side sleeps with this wish and the caller has to signal it.
pub fn claim<W: Word>(sleeping: &W, wish: u32) -> bool {
    W::fence();
    // SYNC POINT with the store in `announce`; the fence orders it after our publication. The plain load
    // keeps the line shared while the other side is awake.
    if sleeping.load(Ordering::Relaxed) & wish == 0 {
        return false;
    }
    // Partner: `withdraw`, and other callers of `claim`.
    sleeping.swap(0, Ordering::AcqRel) != 0
}
