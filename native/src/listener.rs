//! A listening TCP socket of this process that somebody else opened: closing it so that no connection is lost.
//!
//! A socket that listens with `SO_REUSEPORT` and is closed resets the connections in its accept queue. So new ones
//! are kept out first (a filter drops their SYN packets; the client repeats one after a second, and by then another
//! socket gets it), those that wait are accepted, and only then it is closed, under its owner's hands: a socket
//! that does nothing takes the place of its descriptor.

use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, getpeername, getsockname, socket_with, sockopt,
};

use crate::error::Fault;

/// `struct sock_filter`: one instruction of classic BPF.
#[repr(C)]
struct Instruction {
    code: u16,
    when_true: u8,
    when_false: u8,
    operand: u32,
}

/// `struct sock_fprog`.
#[repr(C)]
struct Program {
    length: u16,
    instructions: *const Instruction,
}

const fn instruction(code: u16, when_true: u8, when_false: u8, operand: u32) -> Instruction {
    Instruction {
        code,
        when_true,
        when_false,
        operand,
    }
}

/// Drops a packet with SYN and without ACK, and takes every other. Packets begin with their TCP header here.
const NO_SYN: [Instruction; 5] = [
    instruction(0x30, 0, 0, 13),     // A = the byte of the flags
    instruction(0x54, 0, 0, 0x12),   // A &= SYN | ACK
    instruction(0x15, 0, 1, 0x02),   // SYN alone?
    instruction(0x06, 0, 0, 0),      // drop it
    instruction(0x06, 0, 0, 0xffff), // take it
];

const SOL_SOCKET: c_int = 1;
const SO_ATTACH_FILTER: c_int = 26;

unsafe extern "C" {
    fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, len: u32) -> c_int;
    fn dup3(from: c_int, to: c_int, flags: c_int) -> c_int;
}
const O_CLOEXEC: c_int = 0o2_000_000;

/// What this process has at a TCP port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortSockets {
    /// The socket that listens there; -1: none.
    pub listener: RawFd,
    /// Connections that it has accepted.
    pub connections: u32,
}

/// Looks through the sockets of this process.
///
/// # Errors
/// `System` when the list of descriptors cannot be read.
pub fn sockets_of_port(port: u16) -> Result<PortSockets, Fault> {
    let mut found = PortSockets {
        listener: -1,
        connections: 0,
    };
    let listing = std::fs::read_dir("/proc/self/fd")
        .map_err(|error| Fault::system("list the descriptors", errno_of(&error)))?;
    for entry in listing.flatten() {
        let Some(fd) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // SAFETY: it is only asked what it is; a number that means nothing any more gives an error.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        if port_of(fd) != Some(port) {
            continue;
        }
        if sockopt::socket_acceptconn(fd).unwrap_or(false) {
            found.listener = fd.as_raw_fd();
        } else if getpeername(fd).is_ok() {
            found.connections += 1;
        }
    }
    Ok(found)
}

fn errno_of(error: &std::io::Error) -> rustix::io::Errno {
    rustix::io::Errno::from_raw_os_error(error.raw_os_error().unwrap_or(0))
}

fn port_of(fd: BorrowedFd<'_>) -> Option<u16> {
    let address = getsockname(fd).ok()?;
    match address.address_family() {
        AddressFamily::INET => Some(std::net::SocketAddrV4::try_from(address).ok()?.port()),
        AddressFamily::INET6 => Some(std::net::SocketAddrV6::try_from(address).ok()?.port()),
        _ => None,
    }
}

/// Keeps new connections out.
///
/// # Errors
/// `System` when the kernel refuses.
pub fn cork(listener: BorrowedFd<'_>) -> Result<(), Fault> {
    let program = Program {
        length: NO_SYN.len() as u16,
        instructions: NO_SYN.as_ptr(),
    };
    // SAFETY: the kernel copies the program, whose length is right, before the call returns.
    let result = unsafe {
        setsockopt(
            listener.as_raw_fd(),
            SOL_SOCKET,
            SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<Program>() as u32,
        )
    };
    refused("keep new connections out", result)
}

/// Whether connections wait to be accepted.
///
/// # Errors
/// `System` when the kernel refuses.
pub fn has_waiting(listener: BorrowedFd<'_>) -> Result<bool, Fault> {
    let mut polled = [PollFd::new(&listener, PollFlags::IN)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let ready = poll(&mut polled, Some(&now))
        .map_err(|errno| Fault::system("look at the accept queue", errno))?;
    Ok(ready > 0)
}

/// Closes the socket; its number goes on to mean a socket that does nothing, until its owner closes it.
///
/// # Errors
/// `System` when the kernel refuses.
pub fn close_under(listener: BorrowedFd<'_>) -> Result<(), Fault> {
    let dead: OwnedFd = socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )
    .map_err(|errno| Fault::system("open a socket", errno))?;
    // SAFETY: both are descriptors; whoever owns the second has a socket afterwards as before.
    let result = unsafe { dup3(dead.as_raw_fd(), listener.as_raw_fd(), O_CLOEXEC) };
    refused("close the listening socket", result.min(0))
}

fn refused(attempt: &str, result: c_int) -> Result<(), Fault> {
    if result == 0 {
        return Ok(());
    }
    let errno = errno_of(&std::io::Error::last_os_error());
    Err(Fault::system(attempt, errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::time::Duration;

    #[test]
    fn the_sockets_of_a_port_are_found_and_no_others() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert_eq!(sockets_of_port(port).unwrap().connections, 0);
        let (server, _) = listener.accept().unwrap();
        let expected = PortSockets {
            listener: listener.as_raw_fd(),
            connections: 1,
        };
        assert_eq!(sockets_of_port(port).unwrap(), expected);
        drop((server, client));
        assert_eq!(sockets_of_port(port).unwrap().connections, 0);
        drop(listener);
        assert_eq!(sockets_of_port(port).unwrap().listener, -1);
    }

    #[test]
    fn a_corked_listener_gives_what_waits_and_gets_nothing_new() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut waits = TcpStream::connect(address).unwrap();
        cork(listener.as_fd()).unwrap();
        assert!(has_waiting(listener.as_fd()).unwrap());
        assert!(TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err());
        let (mut server, _) = listener.accept().unwrap();
        assert!(!has_waiting(listener.as_fd()).unwrap());
        close_under(listener.as_fd()).unwrap();
        waits.write_all(b"x").unwrap();
        let mut byte = [0];
        server.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"x");
        let refused = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
}
