//! Calls for the segment.

use std::sync::Mutex;

use super::{ENDS, Lent, SEGMENTS, caught, coded, reported, with_segment};
use crate::segment::Segment;
use crate::segment_file::bury;

/// Makes a segment and returns its handle.
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_create(
    path: *mut u8,
    path_len: u32,
    slots: u32,
    space_bytes: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, report) = unsafe { (Lent::new(path, path_len), Lent::new(report, report_len)) };
    reported(report, || {
        SEGMENTS.insert(Mutex::new(Segment::create(
            path.path(),
            slots,
            space_bytes,
        )?))
    })
}

/// Renames the directory of a segment whose owner is dead. Returns 1, or 0 when there is no segment.
///
/// # Safety
/// `path` and `grave` are valid for reads of their lengths, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_bury(
    path: *mut u8,
    path_len: u32,
    grave: *mut u8,
    grave_len: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, mut grave, report) = unsafe {
        (
            Lent::new(path, path_len),
            Lent::new(grave, grave_len),
            Lent::new(report, report_len),
        )
    };
    reported(report, || Ok(i32::from(bury(path.path(), grave.path())?)))
}

/// What distinguishes this segment from all others.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_segment_epoch(segment: i32) -> u64 {
    caught(|| with_segment(segment, |segment| Ok(segment.header().epoch))).unwrap_or(0)
}

/// Returns the handle of the proxy's end of a slot in its present generation. Each call makes an end with its own
/// positions, so there must be one per generation.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_slot(
    segment: i32,
    index: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        ENDS.insert(Mutex::new(with_segment(segment, |segment| {
            segment.proxy_end(index)
        })?))
    })
}

/// Gives a slot a new generation.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_retire(
    segment: i32,
    index: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        with_segment(segment, |segment| segment.retire(index).map(|()| 0))
    })
}

/// Unlinks and closes a segment. The map goes with the last open end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_segment_close(segment: i32) -> i32 {
    coded(|| SEGMENTS.remove(segment).map(|_| 0))
}
