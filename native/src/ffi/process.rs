//! The life of the process itself, and what it says of it.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, geteuid, set_parent_process_death_signal};
use rustix::time::{ClockId, clock_gettime};

use super::marks::borrowed;
use super::{Lent, coded, count};
use crate::error::{Fault, FaultKind};
use crate::limits::PIPE_WRITE_MAX_BYTES;

/// Has the kernel kill this process when the thread ends that started it, even if this process is busy or stopped
/// then and could not notice by itself. 0, or a fault's code.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_end_with_parent() -> i32 {
    coded(|| {
        set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(|errno| Fault::system("end with the parent process", errno))?;
        Ok(0)
    })
}

/// The machine's monotonic clock in milliseconds: the same for all of its processes. It stands still while the
/// machine is suspended, and nobody can set it.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_clock_ms() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// The user whose rights this process has.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_user_id() -> u32 {
    geteuid().as_raw()
}

/// Writes to a pipe that has room now or within `wait_ms`: never longer. Bytes written, 0: there is no room; or a
/// fault's code.
///
/// # Safety
/// `bytes` is valid for reads of `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_pipe_write(
    fd: i32,
    bytes: *mut u8,
    length: u32,
    wait_ms: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let mut lent = unsafe { Lent::new(bytes, length) };
    coded(|| {
        let bytes = lent.bytes();
        let pipe = borrowed(fd)?;
        if bytes.is_empty() || bytes.len() > PIPE_WRITE_MAX_BYTES {
            let (seen, wanted) = (bytes.len() as u64, PIPE_WRITE_MAX_BYTES as u64);
            return Err(Fault::at(FaultKind::Argument, seen, wanted));
        }
        write_if_room(pipe, bytes, wait_ms)
    })
}

fn write_if_room(pipe: BorrowedFd<'_>, bytes: &[u8], wait_ms: u32) -> Result<i32, Fault> {
    let failed = |errno| Fault::system("write to a pipe", errno);
    let wait = Timespec {
        tv_sec: i64::from(wait_ms / 1_000),
        tv_nsec: i64::from(wait_ms % 1_000) * 1_000_000,
    };
    let mut polled = [PollFd::new(&pipe, PollFlags::OUT)];
    match poll(&mut polled, Some(&wait)) {
        Ok(0) | Err(Errno::INTR) => return Ok(0),
        Ok(_) => {}
        Err(errno) => return Err(failed(errno)),
    }
    match rustix::io::write(pipe, bytes) {
        Ok(written) => Ok(count(written)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        Err(errno) => Err(failed(errno)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use rustix::pipe::pipe;

    use super::*;

    #[test]
    fn a_full_pipe_takes_nothing_and_a_pipe_without_a_reader_is_a_fault() {
        let (reader, writer) = pipe().unwrap();
        let piece = [65; PIPE_WRITE_MAX_BYTES];
        let mut written = 0;
        loop {
            match write_if_room(writer.as_fd(), &piece, 0).unwrap() {
                0 => break,
                bytes => written += bytes,
            }
        }
        assert!(written >= PIPE_WRITE_MAX_BYTES as i32, "{written}");
        assert_eq!(write_if_room(writer.as_fd(), &piece, 1).unwrap(), 0);
        rustix::io::read(&reader, &mut [0; 2 * PIPE_WRITE_MAX_BYTES]).unwrap();
        assert_eq!(write_if_room(writer.as_fd(), &piece, 0).unwrap(), 4_096);
        drop(reader);
        let fault = write_if_room(writer.as_fd(), &piece, 0).unwrap_err();
        assert_eq!(fault.kind, FaultKind::System);
    }
}
