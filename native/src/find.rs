//! Finding servers: directories of this user, and sockets that somebody listens on.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::net;
use rustix::process::geteuid;

use crate::error::{Fault, FaultKind};
use crate::socket_path::{SocketPath, stream_socket};

/// Names of the directories in `parent` that belong to this user and begin with `prefix`. Nothing when `parent` is
/// not there or may not be read. Symbolic links are no directories.
///
/// # Errors
/// `System` when reading fails half way.
pub fn own_directories(parent: &Path, prefix: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let failed = |error: &std::io::Error| {
        let errno = Errno::from_io_error(error).unwrap_or(Errno::IO);
        Fault::system(&format!("read {}", parent.display()), errno)
    };
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory => {
                    Ok(Vec::new())
                }
                _ => Err(failed(&error)),
            };
        }
    };
    let own = geteuid().as_raw();
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(&error))?;
        let name = entry.file_name();
        // What has just been removed is not there.
        let Ok(found) = entry.metadata() else {
            continue;
        };
        if name.as_bytes().starts_with(prefix) && found.is_dir() && found.uid() == own {
            names.push(name.as_bytes().to_vec());
        }
    }
    names.sort();
    Ok(names)
}

/// Whether somebody listens on a Unix socket, also when he has no time for a further connection just now.
///
/// # Errors
/// `TooMany` when this process can open no further file.
pub fn is_listening(path: &Path) -> Result<bool, Fault> {
    let place = match SocketPath::of(path) {
        Ok(place) => place,
        Err(_) => return Ok(false),
    };
    let probe =
        stream_socket().map_err(|fault| Fault::with(FaultKind::TooMany, 0, 0, fault.message))?;
    Ok(matches!(
        net::connect(&probe, &place.address),
        Ok(()) | Err(Errno::AGAIN)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn finds_own_directories_by_prefix_and_no_files_or_links() {
        let parent = std::env::temp_dir().join(format!("mesh-find-{}", std::process::id()));
        fs::create_dir(&parent).expect("parent");
        for name in ["b-1", "a-1", "a-2"] {
            fs::create_dir(parent.join(name)).expect(name);
        }
        fs::write(parent.join("a-file"), "").expect("file");
        symlink(parent.join("a-1"), parent.join("a-link")).expect("link");
        let found = own_directories(&parent, b"a-").expect("names");
        assert_eq!(found, [b"a-1".to_vec(), b"a-2".to_vec()]);
        assert_eq!(own_directories(&parent, b"").expect("names").len(), 3);
        let nowhere = own_directories(&parent.join("nowhere"), b"").expect("none");
        assert!(nowhere.is_empty());
        fs::remove_dir_all(&parent).expect("removed");
    }

    #[test]
    fn a_socket_listens_as_long_as_its_owner_lives() {
        let path = std::env::temp_dir().join(format!("mesh-find-{}.sock", std::process::id()));
        assert_eq!(is_listening(&path), Ok(false));
        let listener = UnixListener::bind(&path).expect("bound");
        assert_eq!(is_listening(&path), Ok(true));
        drop(listener);
        assert_eq!(is_listening(&path), Ok(false));
        fs::remove_file(&path).expect("removed");
        assert_eq!(is_listening(Path::new(&"x".repeat(300))), Ok(false));
    }
}
