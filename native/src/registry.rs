//! Handles: small positive numbers for objects that TypeScript holds. A closed handle is refused, also when its
//! place is in use again.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{Fault, FaultKind};
use crate::limits::{HANDLES_MAX, SERIAL_MAX};
use crate::slot::closed;

const INDEX_BITS: u32 = HANDLES_MAX.trailing_zeros();
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
const _: () = assert!(HANDLES_MAX.is_power_of_two());

struct Entry<T> {
    serial: u32,
    value: Option<Arc<T>>,
}

/// The objects of one type.
pub struct Registry<T> {
    entries: RwLock<Vec<Entry<T>>>,
}

impl<T> Registry<T> {
    /// An empty registry.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: RwLock::new(Vec::new()),
        }
    }

    /// Keeps an object and returns its handle, which is positive.
    ///
    /// # Errors
    /// `TooMany` when 65,536 are open.
    pub fn insert(&self, value: T) -> Result<i32, Fault> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let free = entries.iter().position(|entry| entry.value.is_none());
        let index = free.unwrap_or(entries.len());
        if index >= HANDLES_MAX {
            let wanted = HANDLES_MAX as u64;
            return Err(Fault::at(FaultKind::TooMany, wanted, wanted));
        }
        if index == entries.len() {
            entries.push(Entry {
                serial: 0,
                value: None,
            });
        }
        let entry = &mut entries[index];
        entry.serial = entry.serial % SERIAL_MAX + 1;
        entry.value = Some(Arc::new(value));
        Ok((entry.serial << INDEX_BITS | index as u32).cast_signed())
    }

    /// The object of a handle.
    ///
    /// # Errors
    /// `Closed` when there is none.
    pub fn get(&self, handle: i32) -> Result<Arc<T>, Fault> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let handle = handle.cast_unsigned();
        entries
            .get((handle & INDEX_MASK) as usize)
            .filter(|entry| entry.serial == handle >> INDEX_BITS)
            .and_then(|entry| entry.value.clone())
            .ok_or_else(closed)
    }

    /// Forgets a handle and returns its object.
    ///
    /// # Errors
    /// `Closed` when there is none.
    pub fn remove(&self, handle: i32) -> Result<Arc<T>, Fault> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let handle = handle.cast_unsigned();
        entries
            .get_mut((handle & INDEX_MASK) as usize)
            .filter(|entry| entry.serial == handle >> INDEX_BITS)
            .and_then(|entry| entry.value.take())
            .ok_or_else(closed)
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_handle_stays_closed_when_its_place_is_used_again() {
        let registry = Registry::new();
        let first = registry.insert("a").expect("room");
        assert_eq!(*registry.get(first).expect("open"), "a");
        registry.remove(first).expect("open");
        let second = registry.insert("b").expect("room");
        assert_ne!(first, second);
        assert_eq!(
            registry.get(first).expect_err("closed").kind,
            FaultKind::Closed
        );
        assert_eq!(
            registry.remove(first).expect_err("closed").kind,
            FaultKind::Closed
        );
        assert_eq!(*registry.get(second).expect("open"), "b");
        for never_given in [0, -1, i32::MIN, i32::MAX] {
            assert!(registry.get(never_given).is_err());
        }
    }
}
