//! The file of a segment: taking over a dead owner's, making a new one complete before it has its name.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{self, AtFlags, FallocateFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Fault, FaultKind};
use crate::layout::PAGE_BYTES;
use crate::limits::TAKE_OVER_TRIES_MAX;
use crate::segment_header::Header;

/// Pause before trying again while another process holds the lock of a dead owner's file.
const TAKE_OVER_PAUSE: Duration = Duration::from_millis(10);

/// The directory of a path.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether a path names an open file.
pub(crate) fn same_file(path: &Path, file: impl AsFd) -> bool {
    match (fs::lstat(path), fs::fstat(file)) {
        (Ok(named), Ok(open)) => named.st_dev == open.st_dev && named.st_ino == open.st_ino,
        _ => false,
    }
}

/// Unlinks a segment whose owner is dead; a living owner is a fault, no file at all is fine.
pub(crate) fn remove_stale(path: &Path) -> Result<(), Fault> {
    let Some(_locked) = lock_stale(path, TAKE_OVER_TRIES_MAX)? else {
        return Ok(());
    };
    match fs::unlink(path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(Fault::system("unlink a dead owner's segment", error)),
    }
}

/// Gives the directory of a segment whose owner is dead another name, at once and as a whole: a server that starts
/// there meanwhile finds either the dead one's segment or no directory. `false`: there is no segment.
pub(crate) fn bury(path: &Path, grave: &Path) -> Result<bool, Fault> {
    let Some(_locked) = lock_stale(path, 1)? else {
        return Ok(false);
    };
    let attempt = format!("rename the dead server's {}", parent(path).display());
    fs::rename(parent(path), grave).map_err(|error| Fault::system(&attempt, error))?;
    Ok(true)
}

/// The locked file of a segment whose owner is dead: as long as it is open, nobody else takes it for stale.
fn lock_stale(path: &Path, tries: u32) -> Result<Option<OwnedFd>, Fault> {
    for round in 1..=tries {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match fs::open(path, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => {
                let attempt = format!("open the segment {}", path.display());
                return Err(Fault::system(&attempt, error));
            }
        };
        let owner = Header::read(&file).map(|header| header.owner);
        match fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                // A dead owner holds no lock: it is another server that takes over or sweeps, done in a moment.
                if round == tries || !owner.as_ref().is_ok_and(|owner| !owner.is_alive()) {
                    return Err(live_owner(path, owner.map_or(0, |owner| owner.pid)));
                }
                std::thread::sleep(TAKE_OVER_PAUSE);
                continue;
            }
            Err(error) => return Err(Fault::system("lock the segment", error)),
        }
        // With the lock held, only the file that still has the name may be judged: another process may have
        // taken it over between our open and our lock.
        if !same_file(path, &file) {
            continue;
        }
        match owner {
            Ok(owner) if owner.is_alive() => return Err(live_owner(path, owner.pid)),
            Ok(_) => {}
            // Another version's, or damaged: its owner would hold the lock if it lived.
            Err(_) if Header::has_magic(&file) => {}
            Err(fault) => {
                return Err(Fault::with(
                    fault.kind,
                    fault.observed,
                    fault.wanted,
                    format!("take over {}: {fault}; remove it by hand", path.display()),
                ));
            }
        }
        return Ok(Some(file));
    }
    Err(Fault::with(
        FaultKind::LiveOwner,
        0,
        0,
        format!(
            "take over {}: others do the same at this moment",
            path.display()
        ),
    ))
}

fn live_owner(path: &Path, pid: u32) -> Fault {
    let text = format!(
        "{} belongs to the running process {pid}; stop it or use another runtime directory",
        path.display()
    );
    Fault::with(FaultKind::LiveOwner, u64::from(pid), 0, text)
}

/// A file without its final name.
pub(crate) struct NewFile {
    /// Open for reading and writing.
    pub fd: OwnedFd,
    /// The name it has meanwhile, on file systems without nameless files.
    temporary: Option<PathBuf>,
}

impl NewFile {
    /// Makes a file in a directory.
    pub(crate) fn open_in(directory: &Path, path: &Path) -> Result<Self, Fault> {
        let mode = Mode::RUSR | Mode::WUSR;
        let nameless = OFlags::RDWR | OFlags::CLOEXEC | OFlags::TMPFILE;
        match fs::open(directory, nameless, mode) {
            Ok(fd) => {
                return Ok(Self {
                    fd,
                    temporary: None,
                });
            }
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {}
            Err(error) => {
                let attempt = format!("make a segment in {}", directory.display());
                return Err(Fault::system(&attempt, error));
            }
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let temporary = PathBuf::from(name);
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL;
        let fd = fs::open(&temporary, flags, mode)
            .map_err(|error| Fault::system(&format!("make {}", temporary.display()), error))?;
        Ok(Self {
            fd,
            temporary: Some(temporary),
        })
    }

    /// Gives the complete file its name; fails when the name was taken meanwhile.
    pub(crate) fn publish(self, path: &Path) -> Result<OwnedFd, Fault> {
        let linked = match &self.temporary {
            None => {
                let proc = CString::new(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))
                    .unwrap_or_default();
                let name = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
                fs::linkat(fs::CWD, &proc, fs::CWD, &name, AtFlags::SYMLINK_FOLLOW)
            }
            Some(temporary) => fs::linkat(fs::CWD, temporary, fs::CWD, path, AtFlags::empty()),
        };
        match linked {
            Ok(()) => self
                .fd
                .try_clone()
                .map_err(|error| Fault::with(FaultKind::System, 0, 0, error.to_string())),
            Err(Errno::EXIST) => Err(live_owner(path, 0)),
            Err(error) => Err(Fault::system(&format!("link {}", path.display()), error)),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::unlink(temporary);
        }
    }
}

/// Gives the file all its pages now, so that a full file system is a fault here and never a SIGBUS later.
pub(crate) fn preallocate(file: &OwnedFd, path: &Path, size: u64) -> Result<(), Fault> {
    let available = fs::fstatvfs(file).ok().and_then(|stat| {
        // A tmpfs without a limit has no blocks to speak of.
        (stat.f_blocks > 0).then(|| stat.f_bavail.saturating_mul(stat.f_frsize))
    });
    if available.is_some_and(|available| available < size) {
        return Err(no_room(path, available.unwrap_or(0), size));
    }
    match fs::fallocate(file, FallocateFlags::empty(), 0, size) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP) => write_zeros(file, path, size),
        Err(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => {
            Err(no_room(path, available.unwrap_or(0), size))
        }
        Err(error) => Err(Fault::system("preallocate the segment", error)),
    }
}

fn write_zeros(file: &OwnedFd, path: &Path, size: u64) -> Result<(), Fault> {
    let zeros = [0; PAGE_BYTES];
    let mut at = 0;
    while at < size {
        match rustix::io::pwrite(file, &zeros, at) {
            Ok(written) => at += written as u64,
            Err(Errno::INTR) => {}
            Err(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => return Err(no_room(path, at, size)),
            Err(error) => return Err(Fault::system("preallocate the segment", error)),
        }
    }
    Ok(())
}

fn no_room(path: &Path, available: u64, needed: u64) -> Fault {
    let text = format!(
        "the segment {} needs {needed} bytes, its file system has {available} left; \
         use fewer slots, smaller spaces or another runtime directory",
        path.display()
    );
    Fault::with(FaultKind::NoRoom, available, needed, text)
}
