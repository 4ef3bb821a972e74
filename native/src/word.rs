//! What the space and the sleep protocol need of memory: 32-bit atomic words and plain bytes.
//!
//! Both are traits so that `loom` can run the very same code on its own atomics and cells
//! (`tests/loom.rs`); in production they are words and bytes of a mapped slot.

use std::sync::atomic::{AtomicU32, Ordering, fence};

/// A 32-bit atomic word that both sides of a slot see.
pub trait Word {
    /// Reads the word.
    fn load(&self, order: Ordering) -> u32;
    /// Writes the word.
    fn store(&self, value: u32, order: Ordering);
    /// Writes the word and returns what was there.
    fn swap(&self, value: u32, order: Ordering) -> u32;
    /// A sequentially consistent fence.
    fn fence();
}

impl Word for AtomicU32 {
    fn load(&self, order: Ordering) -> u32 {
        self.load(order)
    }
    fn store(&self, value: u32, order: Ordering) {
        self.store(value, order);
    }
    fn swap(&self, value: u32, order: Ordering) -> u32 {
        self.swap(value, order)
    }
    fn fence() {
        fence(Ordering::SeqCst);
    }
}

/// The bytes of one space. Implementations must accept every range inside the space and refuse (panic on)
/// every other.
pub trait Bytes {
    /// Copies bytes out of the space.
    fn read(&self, at: usize, into: &mut [u8]);
    /// Copies bytes into the space.
    fn write(&self, at: usize, from: &[u8]);
}
