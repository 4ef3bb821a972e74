//! The listening socket of a web process.

use std::os::fd::BorrowedFd;

use super::{Lent, coded, put_words, reported};
use crate::listener::{close_under, cork, has_waiting, sockets_of_port};

/// Writes what this process has at a TCP port: the listening socket (-1: none), and its connections, as two u32.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_port_sockets(port: u32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let found = sockets_of_port(port as u16)?;
        put_words(out.bytes(), &[found.listener as u32, found.connections])
    })
}

/// Keeps new connections out of a listening socket.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_listener_cork(fd: i32, report: *mut u8, report_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        // SAFETY: a number that is no socket's gives an error.
        cork(unsafe { BorrowedFd::borrow_raw(fd) })?;
        Ok(0)
    })
}

/// 1 when connections wait in a listening socket to be accepted, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_listener_waiting(fd: i32) -> i32 {
    coded(|| {
        // SAFETY: a number that is no socket's gives an error.
        let waiting = has_waiting(unsafe { BorrowedFd::borrow_raw(fd) })?;
        Ok(i32::from(waiting))
    })
}

/// Closes a listening socket under the hands of its owner, who keeps a socket that does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_listener_close(fd: i32) -> i32 {
    coded(|| {
        // SAFETY: a number that is no socket's gives an error.
        close_under(unsafe { BorrowedFd::borrow_raw(fd) })?;
        Ok(0)
    })
}
