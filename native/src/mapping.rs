//! A mapped range of a segment, and typed access to it.

use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use crate::error::{Fault, FaultKind};
use crate::layout::PAGE_BYTES;
use crate::word::Bytes;

/// A shared, writable map; unmapped when dropped. Its memory may change at any time by the hand of another
/// process, so nothing ever makes a reference to its plain bytes: they are only copied in and out.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the map is valid from any thread until it is dropped, and every access is an atomic or a copy of
// bytes that the ring protocol orders.
unsafe impl Send for Mapping {}
// SAFETY: as above; there is no interior state besides the mapped memory.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `length` bytes of the file from `offset`, both multiples of the page size.
    ///
    /// # Errors
    /// `Argument` for misaligned numbers, `System` when the map is refused.
    pub fn map(file: impl AsFd, offset: u64, length: usize) -> Result<Self, Fault> {
        let page = PAGE_BYTES as u64;
        if !offset.is_multiple_of(page) || !length.is_multiple_of(PAGE_BYTES) || length == 0 {
            return Err(Fault::with(
                FaultKind::Argument,
                offset,
                page,
                format!("map {length} bytes at {offset}: both must be multiples of {page}"),
            ));
        }
        // SAFETY: a fresh map chosen by the kernel aliases no Rust object.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                file,
                offset,
            )
        }
        .map_err(|error| Fault::system("map the segment", error))?;
        let start = NonNull::new(start.cast()).ok_or_else(|| {
            Fault::with(
                FaultKind::System,
                0,
                0,
                "map the segment: mapped at address 0",
            )
        })?;
        Ok(Self { start, length })
    }

    fn check(&self, at: usize, length: usize) {
        let end = at.checked_add(length);
        assert!(
            end.is_some_and(|end| end <= self.length),
            "access outside the map"
        );
    }

    /// The atomic word at `at`, a multiple of 4.
    #[must_use]
    pub fn word(&self, at: usize) -> &AtomicU32 {
        self.check(at, size_of::<AtomicU32>());
        assert!(
            at.is_multiple_of(align_of::<AtomicU32>()),
            "misaligned word"
        );
        // SAFETY: inside the map (checked), aligned (checked; the map is page-aligned), lives as long as
        // `self`, and is accessed by everyone as an atomic.
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(at).cast()) }
    }

    /// Copies bytes out.
    pub fn read(&self, at: usize, into: &mut [u8]) {
        self.check(at, into.len());
        // SAFETY: the source is inside the map (checked), the destination is private and does not overlap.
        // A hostile peer may write at the same time; then the copy holds arbitrary bytes, which is why the
        // caller checks only its copy.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.start.as_ptr().add(at),
                into.as_mut_ptr(),
                into.len(),
            );
        }
    }

    /// Copies bytes in.
    pub fn write(&self, at: usize, from: &[u8]) {
        self.check(at, from.len());
        // SAFETY: the destination is inside the map (checked), the source is private and does not overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(from.as_ptr(), self.start.as_ptr().add(at), from.len());
        }
    }

    /// Fills a range with zeros.
    pub fn clear(&self, at: usize, length: usize) {
        self.check(at, length);
        // SAFETY: inside the map (checked).
        unsafe { std::ptr::write_bytes(self.start.as_ptr().add(at), 0, length) };
    }

    /// The bytes of one space.
    #[must_use]
    pub fn space(&self, at: usize, length: usize) -> SpaceBytes<'_> {
        self.check(at, length);
        SpaceBytes {
            mapping: self,
            at,
            length,
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is ours, and nothing borrowed from `self` is left. A failure leaks the map.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
    }
}

/// The bytes of one space inside a map.
#[derive(Clone, Copy, Debug)]
pub struct SpaceBytes<'a> {
    mapping: &'a Mapping,
    at: usize,
    length: usize,
}

impl SpaceBytes<'_> {
    fn check(&self, at: usize, length: usize) {
        let end = at.checked_add(length);
        assert!(
            end.is_some_and(|end| end <= self.length),
            "access outside the space"
        );
    }
}

impl Bytes for SpaceBytes<'_> {
    fn read(&self, at: usize, into: &mut [u8]) {
        self.check(at, into.len());
        self.mapping.read(self.at + at, into);
    }
    fn write(&self, at: usize, from: &[u8]) {
        self.check(at, from.len());
        self.mapping.write(self.at + at, from);
    }
}
