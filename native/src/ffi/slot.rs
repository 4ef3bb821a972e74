//! Calls for one end of a slot; the first six are the hot path.

use std::os::fd::AsRawFd;

use super::{ENDS, Lent, caught, coded, count, put_words, with_end, write_report};
#[expect(unused_imports, reason = "named in the documentation")]
use crate::slot::SlotEnd;

/// Hot path: see [`SlotEnd::read`]. Returns bytes copied.
///
/// # Safety
/// `into` is valid for reads and writes of `into_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_read(end: i32, into: *mut u8, into_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut into = unsafe { Lent::new(into, into_len) };
    coded(|| with_end(end, |end| end.read(into.bytes()).map(count)))
}

/// Hot path: see [`SlotEnd::take`]. Returns bytes copied.
///
/// # Safety
/// `into` is valid for reads and writes of `into_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_take(end: i32, into: *mut u8, into_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut into = unsafe { Lent::new(into, into_len) };
    coded(|| with_end(end, |end| end.take(into.bytes()).map(count)))
}

/// Hot path: see [`SlotEnd::release`]. 0, or a fault's code.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_release(end: i32, position: u32) -> i32 {
    coded(|| with_end(end, |end| end.release(position).map(|()| 0)))
}

/// Hot path: see [`SlotEnd::release_all`]. The position; 0 for a closed end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_release_all(end: i32) -> u32 {
    caught(|| with_end(end, |end| Ok(end.release_all()))).unwrap_or(0)
}

/// Hot path: see [`SlotEnd::write`]. Returns bytes consumed.
///
/// # Safety
/// `from` is valid for reads and writes of `end_at` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_write(end: i32, from: *mut u8, start: u32, end_at: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut from = unsafe { Lent::new(from, end_at) };
    coded(|| {
        with_end(end, |end| {
            end.write_from(from.bytes(), start as usize).map(count)
        })
    })
}

/// Hot path: see [`SlotEnd::prepare_sleep`]. Returns the fulfilled wishes, 0 for asleep.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_prepare_sleep(end: i32, room_for: u32) -> i32 {
    coded(|| {
        with_end(end, |end| {
            end.prepare_sleep(room_for as usize).map(u32::cast_signed)
        })
    })
}

/// Position up to which this side has published frames; 0 for a closed end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_published(end: i32) -> u32 {
    caught(|| with_end(end, |end| Ok(end.published()))).unwrap_or(0)
}

/// Position up to which the other side has consumed them; 0 for a closed end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_consumed(end: i32) -> u32 {
    caught(|| with_end(end, |end| Ok(end.consumed()))).unwrap_or(0)
}

/// See [`SlotEnd::unread`]. Returns bytes copied.
///
/// # Safety
/// `into` is valid for reads and writes of `into_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_unread(end: i32, into: *mut u8, into_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut into = unsafe { Lent::new(into, into_len) };
    coded(|| with_end(end, |end| end.unread(into.bytes()).map(count)))
}

/// The modes of both marks as bits; see [`SlotEnd::modes`].
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_modes(end: i32) -> i32 {
    coded(|| with_end(end, |end| Ok(end.modes())))
}

/// Frames of another generation that were dropped.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_dropped(end: i32) -> f64 {
    caught(|| with_end(end, |end| Ok(end.dropped() as f64))).unwrap_or(0.0)
}

/// Writes side, index, generation, space bytes, largest frame, the own mark's and the life line's descriptor
/// (`u32::MAX` when there is none) as u32.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_info(end: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        with_end(end, |end| {
            let lifeline = end
                .lifeline()
                .map_or(u32::MAX, |fd| fd.as_raw_fd().cast_unsigned());
            let words = [
                end.side() as u32,
                end.index(),
                end.generation(),
                end.geometry().space_bytes,
                end.geometry().frame_max,
                end.own_mark().raw().cast_unsigned(),
                lifeline,
            ];
            put_words(out.bytes(), &words)
        })
    })
}

/// Writes the report of an end's last fault and returns its code; 0 when there was none.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_fault(end: i32, report: *mut u8, report_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut report = unsafe { Lent::new(report, report_len) };
    coded(|| {
        with_end(end, |end| {
            Ok(end.fault().map_or(0, |fault| {
                write_report(report.bytes(), fault);
                fault.code()
            }))
        })
    })
}

/// Closes an end with its marks and its life line.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_close(end: i32) -> i32 {
    coded(|| ENDS.remove(end).map(|_| 0))
}
