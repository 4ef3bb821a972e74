//! Unix sockets: paths longer than the 107 bytes that an address holds, and sockets that nobody listens on.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};

use crate::error::{Fault, FaultKind};
use crate::limits::BACKLOG_MAX;

/// An address, and the directory that must stay open while it is used.
#[derive(Debug)]
pub struct SocketPath {
    /// What to bind or connect to.
    pub address: SocketAddrUnix,
    _directory: Option<OwnedFd>,
}

impl SocketPath {
    /// The address of a path. A path that is too long goes through `/proc/self/fd/<directory>/<name>`.
    ///
    /// # Errors
    /// `Argument` when even the name alone is too long, `System` when the directory cannot be opened.
    pub fn of(path: &Path) -> Result<Self, Fault> {
        if let Ok(address) = SocketAddrUnix::new(path) {
            return Ok(Self {
                address,
                _directory: None,
            });
        }
        let bytes = path.as_os_str().len() as u64;
        let too_long = || {
            let text = format!("the name of the socket {} is too long", path.display());
            Fault::with(FaultKind::Argument, bytes, 80, text)
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(too_long());
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = fs::open(parent, flags, Mode::empty())
            .map_err(|error| Fault::system(&format!("open {}", parent.display()), error))?;
        let short = Path::new("/proc/self/fd")
            .join(directory.as_raw_fd().to_string())
            .join(name);
        Ok(Self {
            address: SocketAddrUnix::new(&short).map_err(|_| too_long())?,
            _directory: Some(directory),
        })
    }
}

/// A socket that listens, and the file that is its name.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Nonblocking.
    pub socket: OwnedFd,
    inode: (u64, u64),
}

impl Listener {
    /// Listens at a path (mode 0600); a socket there that nobody listens on any more is removed first.
    pub(crate) fn bind(path: &Path) -> Result<Self, Fault> {
        let place = SocketPath::of(path)?;
        remove_stale(path, &place)?;
        let attempt = format!("listen at {}", path.display());
        let failed = |error| Fault::system(&attempt, error);
        let socket = stream_socket()?;
        // The mode of an unbound socket is what its file gets (less the umask): never open to others.
        fs::fchmod(&socket, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        net::bind(&socket, &place.address).map_err(failed)?;
        // Whatever the umask took from its owner.
        fs::chmod(path, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        net::listen(&socket, BACKLOG_MAX).map_err(failed)?;
        let stat = fs::lstat(path).map_err(failed)?;
        Ok(Self {
            socket,
            inode: (stat.st_dev, stat.st_ino),
        })
    }

    /// Whether a path is still its name.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        fs::lstat(path).is_ok_and(|stat| (stat.st_dev, stat.st_ino) == self.inode)
    }
}

/// A nonblocking Unix stream socket.
pub(crate) fn stream_socket() -> Result<OwnedFd, Fault> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .map_err(|error| Fault::system("make a Unix socket", error))
}

/// Removes a socket that nobody listens on. Anything but a socket is left alone: connecting to a plain file is
/// refused like connecting to a dead socket.
pub(crate) fn remove_stale(path: &Path, place: &SocketPath) -> Result<(), Fault> {
    match fs::lstat(path) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Socket => {}
        Err(Errno::NOENT) => return Ok(()),
        Ok(_) => {
            let text = format!(
                "{} is no socket, and no server made it: remove it, or use another runtime directory",
                path.display()
            );
            return Err(Fault::with(FaultKind::NotOurs, 0, 0, text));
        }
        Err(error) => return Err(Fault::system(&format!("look at {}", path.display()), error)),
    }
    let probe = stream_socket()?;
    match net::connect(&probe, &place.address) {
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::CONNREFUSED) => fs::unlink(path)
            .map_err(|error| Fault::system(&format!("remove {}", path.display()), error)),
        Ok(()) | Err(Errno::AGAIN) => {
            let text = format!("somebody listens at {} already", path.display());
            let pid = sockopt::socket_peercred(&probe)
                .map_or(0, |peer| peer.pid.as_raw_nonzero().get().unsigned_abs());
            Err(Fault::with(FaultKind::LiveOwner, u64::from(pid), 0, text))
        }
        Err(error) => Err(Fault::system(&format!("look at {}", path.display()), error)),
    }
}
