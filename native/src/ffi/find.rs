//! Calls for finding servers that run.

use super::{Lent, coded, count, reported};
use crate::error::{Fault, FaultKind};
use crate::find::{is_listening, own_directories};

/// Writes the names of this user's directories in a directory, those with a prefix, each followed by a zero byte,
/// and returns the bytes written. `out` is the report of a fault, too.
///
/// # Safety
/// `path` and `prefix` are valid for reads of their lengths, `out` for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_own_directories(
    path: *mut u8,
    path_len: u32,
    prefix: *mut u8,
    prefix_len: u32,
    out: *mut u8,
    out_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, mut prefix) =
        unsafe { (Lent::new(path, path_len), Lent::new(prefix, prefix_len)) };
    // SAFETY: promised by the caller; the buffer of names is done with when a report is written.
    let (mut names, report) = unsafe { (Lent::new(out, out_len), Lent::new(out, out_len)) };
    reported(report, || {
        let text: Vec<u8> = own_directories(path.path(), prefix.bytes())?
            .into_iter()
            .flat_map(|mut name| {
                name.push(0);
                name
            })
            .collect();
        let out = names.bytes();
        if out.len() < text.len() {
            let (seen, wanted) = (out.len() as u64, text.len() as u64);
            return Err(Fault::at(FaultKind::Buffer, seen, wanted));
        }
        out[..text.len()].copy_from_slice(&text);
        Ok(count(text.len()))
    })
}

/// 1 when somebody listens on a Unix socket, 0 when nobody does.
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_is_listening(path: *mut u8, path_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut path = unsafe { Lent::new(path, path_len) };
    coded(|| is_listening(path.path()).map(i32::from))
}
