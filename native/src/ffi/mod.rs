//! What TypeScript calls. Nothing here panics outwards: every export catches unwinding and returns a code.
//!
//! Conventions: objects are handles ([`crate::registry`]); a negative result is `-(FaultKind)`; calls off the hot
//! path take a *report* buffer that gets the details of a fault; file descriptors are plain numbers.
//! What may run on another thread (the blocking calls) gets no memory of the caller, which may be gone before it
//! returns.
//!
//! ```text
//! report  0          8        16         20
//!         ├──────────┼────────┼──────────┼──────────┤
//!         │ observed │ wanted │ text     │ text     │
//!         │ u64      │ u64    │ bytes u32│ (UTF-8)  │
//! ```

mod control;
mod find;
mod listener;
mod marks;
mod memory;
mod process;
mod segment;
mod slot;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use crate::attach::Request;
use crate::control::ControlServer;
use crate::error::{Fault, FaultKind};
use crate::layout::{ABI_VERSION, TABLE};
use crate::poller::Poller;
use crate::registry::Registry;
use crate::segment::Segment;
use crate::slot::SlotEnd;

pub use control::*;
pub use find::*;
pub use listener::*;
pub use marks::*;
pub use memory::*;
pub use process::*;
pub use segment::*;
pub use slot::*;

static SEGMENTS: Registry<Mutex<Segment>> = Registry::new();
static ENDS: Registry<Mutex<SlotEnd>> = Registry::new();
static CONTROLS: Registry<ControlServer> = Registry::new();
static POLLERS: Registry<Poller> = Registry::new();
static REQUESTS: Registry<Request> = Registry::new();

/// Bytes of a report before its text.
const REPORT_HEAD_BYTES: usize = 20;

/// A buffer that TypeScript lent for the duration of a call.
struct Lent {
    start: *mut u8,
    length: usize,
}

impl Lent {
    /// # Safety
    /// `start` must be valid for reads and writes of `length` bytes as long as the result lives, and nobody else
    /// may use them meanwhile; or `length` must be 0.
    unsafe fn new(start: *mut u8, length: u32) -> Self {
        let length = length as usize;
        Self { start, length }
    }

    fn bytes(&mut self) -> &mut [u8] {
        if self.length == 0 || self.start.is_null() {
            return &mut [];
        }
        // SAFETY: promised to `new`.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }

    fn path(&mut self) -> &Path {
        Path::new(OsStr::from_bytes(self.bytes()))
    }
}

fn caught<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(Fault::at(FaultKind::Panicked, 0, 0)))
}

/// A call whose fault is told by its code alone.
fn coded(call: impl FnOnce() -> Result<i32, Fault>) -> i32 {
    caught(call).unwrap_or_else(|fault| fault.code())
}

/// A call whose fault goes into a report as well.
fn reported(mut report: Lent, call: impl FnOnce() -> Result<i32, Fault>) -> i32 {
    caught(call).unwrap_or_else(|fault| {
        write_report(report.bytes(), &fault);
        fault.code()
    })
}

fn write_report(report: &mut [u8], fault: &Fault) {
    if report.len() < REPORT_HEAD_BYTES {
        return;
    }
    let text = fault.to_string();
    let mut fits = text.len().min(report.len() - REPORT_HEAD_BYTES);
    while !text.is_char_boundary(fits) {
        fits -= 1;
    }
    report[..8].copy_from_slice(&fault.observed.to_le_bytes());
    report[8..16].copy_from_slice(&fault.wanted.to_le_bytes());
    report[16..20].copy_from_slice(&(fits as u32).to_le_bytes());
    report[20..20 + fits].copy_from_slice(&text.as_bytes()[..fits]);
}

fn with_segment<T>(
    handle: i32,
    call: impl FnOnce(&mut Segment) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let segment = SEGMENTS.get(handle)?;
    let mut segment = segment.lock().map_err(|_| poisoned())?;
    call(&mut segment)
}

fn with_end<T>(
    handle: i32,
    call: impl FnOnce(&mut SlotEnd) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let end = ENDS.get(handle)?;
    let mut end = end.lock().map_err(|_| poisoned())?;
    call(&mut end)
}

/// An object in whose call the code panicked before.
fn poisoned() -> Fault {
    Fault::at(FaultKind::Panicked, 0, 0)
}

fn count(bytes: usize) -> i32 {
    // Buffers of 2 GiB and more do not exist here; a larger number would be taken for a fault.
    bytes.min(i32::MAX as usize) as i32
}

fn put_words(out: &mut [u8], words: &[u32]) -> Result<i32, Fault> {
    let wanted = words.len() * 4;
    if out.len() < wanted {
        return Err(Fault::at(
            FaultKind::Buffer,
            out.len() as u64,
            wanted as u64,
        ));
    }
    for (place, word) in out.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Ok(count(wanted))
}

/// Version of these calls.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_abi_version() -> u32 {
    ABI_VERSION
}

/// Writes the layout table as lines `name=value` and returns the bytes written.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_layout_table(out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let lines: Vec<String> = TABLE
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = lines.join("\n");
        let out = out.bytes();
        if out.len() < text.len() {
            return Err(Fault::at(
                FaultKind::Buffer,
                out.len() as u64,
                text.len() as u64,
            ));
        }
        out[..text.len()].copy_from_slice(text.as_bytes());
        Ok(count(text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_code_and_a_report_and_goes_no_further() {
        let panicked = -(FaultKind::Panicked as i32);
        assert_eq!(coded(|| panic!("a bug")), panicked);
        let mut report = [0; 200];
        // SAFETY: `report` outlives the call and nobody else uses it.
        let lent = unsafe { Lent::new(report.as_mut_ptr(), report.len() as u32) };
        assert_eq!(reported(lent, || panic!("a bug")), panicked);
        assert!(String::from_utf8_lossy(&report).contains("this is a bug"));
    }

    #[test]
    fn a_report_is_cut_at_a_character_and_never_overflows() {
        let fault = Fault::with(FaultKind::System, 1, 2, "ä".repeat(100));
        for length in 0..40 {
            let mut report = vec![0xff; length];
            write_report(&mut report, &fault);
            if length >= REPORT_HEAD_BYTES {
                let text = report[16] as usize;
                assert!(text <= length - REPORT_HEAD_BYTES);
                assert!(std::str::from_utf8(&report[20..20 + text]).is_ok());
            }
        }
    }
}
