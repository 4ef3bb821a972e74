//! Calls for mark devices: descriptors, and the poller of the fallback device.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::{Lent, POLLERS, coded, count, put_words};
use crate::error::{Fault, FaultKind};
use crate::eventfd::{self, Mark};
use crate::poller::{Poller, Watch};

pub(super) fn borrowed(fd: i32) -> Result<BorrowedFd<'static>, Fault> {
    if fd < 0 {
        return Err(Fault::at(FaultKind::Argument, 0, 0));
    }
    // SAFETY: not -1. TypeScript passes numbers of open descriptors; one that is closed makes the kernel refuse
    // the call, nothing worse.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Duplicates a file descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_fd_duplicate(fd: i32) -> i32 {
    coded(|| {
        rustix::io::fcntl_dupfd_cloexec(borrowed(fd)?, 0)
            .map(IntoRawFd::into_raw_fd)
            .map_err(|error| Fault::system("duplicate a file descriptor", error))
    })
}

/// Closes a file descriptor that [`mesh_fd_duplicate`] and its like made.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_fd_close(fd: i32) -> i32 {
    coded(|| {
        borrowed(fd)?;
        // SAFETY: the caller owns the duplicate and gives it up with this call.
        drop(unsafe { OwnedFd::from_raw_fd(fd) });
        Ok(0)
    })
}

/// Makes a mark (an eventfd) that belongs to no slot, for the self-test of a mark device; its descriptor is closed
/// with [`mesh_fd_close`].
#[unsafe(no_mangle)]
pub extern "C" fn mesh_mark_open() -> i32 {
    coded(|| Ok(OwnedFd::from(Mark::create()?).into_raw_fd()))
}

/// Signals a mark.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_mark_signal(fd: i32) -> i32 {
    coded(|| {
        eventfd::signal(borrowed(fd)?);
        Ok(0)
    })
}

/// Makes a pair of connected sockets, for the self-test of a mark device, and writes both descriptors as u32.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_socket_pair(out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let (a, b) = net::socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)
            .map_err(|error| Fault::system("make a pair of sockets", error))?;
        let words = [&a, &b].map(|fd| fd.as_raw_fd().cast_unsigned());
        put_words(out.bytes(), &words)?;
        // Ours no longer: the caller closes them.
        let _ = (a.into_raw_fd(), b.into_raw_fd());
        Ok(0)
    })
}

/// Opens a poller and returns its handle.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_open() -> i32 {
    coded(|| POLLERS.insert(Poller::open()?))
}

/// Watches a descriptor under a token: a mark (`hang_up` 0) or a connection (1).
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_add(poller: i32, fd: i32, token: u32, hang_up: u32) -> i32 {
    coded(|| {
        let watch = if hang_up == 0 {
            Watch::Mark
        } else {
            Watch::HangUp
        };
        POLLERS
            .get(poller)?
            .add(borrowed(fd)?, token, watch)
            .map(|()| 0)
    })
}

/// Stops watching a token.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_remove(poller: i32, token: u32) -> i32 {
    coded(|| Ok(i32::from(POLLERS.get(poller)?.remove(token))))
}

/// Blocks until there is news and returns how many tokens have some; 0 when closed. To be called as a nonblocking
/// FFI call.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_wait(poller: i32) -> i32 {
    coded(|| POLLERS.get(poller)?.wait().map(count))
}

/// Writes the tokens that have news (u32 each) and returns their number.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_poller_take(poller: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let out = out.bytes();
        let found = POLLERS.get(poller)?.take(out.len() / 4);
        put_words(out, &found)?;
        Ok(count(found.len()))
    })
}

/// Closes a poller.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_close(poller: i32) -> i32 {
    coded(|| {
        POLLERS.remove(poller)?.close();
        Ok(0)
    })
}
