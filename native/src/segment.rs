//! The segment: the one shared memory file of a server, made and owned by its proxy.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{self, AtFlags, FallocateFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Fault, FaultKind};
use crate::eventfd::Mark;
use crate::layout::{
    LAYOUT_VERSION, MAGIC, PAGE_BYTES, SLOTS_MAX, SPACE_MAX_BYTES, SPACE_MIN_BYTES, control,
    header, segment_bytes, slot_offset, slot_stride,
};
use crate::mapping::Mapping;
use crate::owner::Owner;
use crate::slot::{Side, SlotEnd};

/// Times that taking over a stale file is tried when others do the same at the same moment.
const TAKE_OVER_TRIES: u32 = 20;

/// What the header page says.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Size of the file in bytes.
    pub size: u64,
    /// Who made the segment.
    pub owner: Owner,
    /// Number of slots.
    pub slots: u32,
    /// Bytes of one space.
    pub space_bytes: u32,
    /// Differs for every segment.
    pub epoch: u64,
}

impl Header {
    /// Reads and checks the header of a file.
    ///
    /// # Errors
    /// `Segment` when it is not a segment of this layout.
    pub fn read(file: impl AsFd) -> Result<Self, Fault> {
        let mut page = [0; header::END];
        let got = rustix::io::pread(&file, &mut page, 0)
            .map_err(|error| Fault::system("read the segment's header", error))?;
        if got < page.len() || page[..MAGIC.len()] != MAGIC {
            return Err(Fault::with(
                FaultKind::Segment,
                got as u64,
                page.len() as u64,
                "not a segment of mesh: its first bytes are not the magic ones",
            ));
        }
        let u32_at = |at: usize| u32::from_le_bytes(page[at..at + 4].try_into().unwrap_or([0; 4]));
        let u64_at = |at: usize| u64::from_le_bytes(page[at..at + 8].try_into().unwrap_or([0; 8]));
        let version = u32_at(header::LAYOUT_VERSION);
        if version != LAYOUT_VERSION {
            return Err(Fault::with(
                FaultKind::Segment,
                u64::from(version),
                u64::from(LAYOUT_VERSION),
                format!("the segment has layout version {version}, wanted {LAYOUT_VERSION}"),
            ));
        }
        let found = Self {
            size: u64_at(header::SIZE),
            owner: Owner {
                pid: u32_at(header::OWNER_PID),
                start: u64_at(header::OWNER_START),
            },
            slots: u32_at(header::SLOTS),
            space_bytes: u32_at(header::SPACE_BYTES),
            epoch: u64_at(header::EPOCH),
        };
        check_sizes(found.slots, found.space_bytes)?;
        let (wanted, seen) = (
            segment_bytes(found.slots as usize, found.space_bytes as usize) as u64,
            fs::fstat(&file)
                .map_err(|error| Fault::system("look at the segment", error))?
                .st_size as u64,
        );
        if found.size != wanted || seen != wanted {
            return Err(Fault::with(
                FaultKind::Segment,
                seen,
                wanted,
                format!("the segment has {seen} bytes, wanted {wanted}"),
            ));
        }
        Ok(found)
    }

    fn write(&self, mapping: &Mapping) {
        let mut page = [0; header::END];
        page[..MAGIC.len()].copy_from_slice(&MAGIC);
        let mut put = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
        put(header::LAYOUT_VERSION, &LAYOUT_VERSION.to_le_bytes());
        put(header::OWNER_PID, &self.owner.pid.to_le_bytes());
        put(header::SIZE, &self.size.to_le_bytes());
        put(header::SLOTS, &self.slots.to_le_bytes());
        put(header::SPACE_BYTES, &self.space_bytes.to_le_bytes());
        put(header::OWNER_START, &self.owner.start.to_le_bytes());
        put(header::EPOCH, &self.epoch.to_le_bytes());
        mapping.write(0, &page);
    }
}

fn check_sizes(slots: u32, space_bytes: u32) -> Result<(), Fault> {
    if slots == 0 || slots as usize > SLOTS_MAX {
        let (seen, wanted) = (u64::from(slots), SLOTS_MAX as u64);
        let text = format!("a segment has {seen} slots, allowed are 1 to {wanted}");
        return Err(Fault::with(FaultKind::Argument, seen, wanted, text));
    }
    let bytes = space_bytes as usize;
    if !bytes.is_power_of_two() || !(SPACE_MIN_BYTES..=SPACE_MAX_BYTES).contains(&bytes) {
        let text = format!(
            "a space has {bytes} bytes, allowed is a power of two from {SPACE_MIN_BYTES} to {SPACE_MAX_BYTES}"
        );
        let wanted = SPACE_MIN_BYTES as u64;
        return Err(Fault::with(FaultKind::Argument, bytes as u64, wanted, text));
    }
    Ok(())
}

/// What a process needs to attach to a slot.
#[derive(Debug)]
pub struct SlotGrant {
    /// The segment's file, opened apart from the proxy's: it does not carry the proxy's lock.
    pub file: OwnedFd,
    /// The mark on which the proxy waits.
    pub proxy_mark: Arc<Mark>,
    /// The mark on which the process waits.
    pub process_mark: Arc<Mark>,
    /// Where the slot begins in the file.
    pub offset: u64,
    /// Bytes of the slot.
    pub length: u64,
    /// Index of the slot.
    pub index: u32,
    /// Generation of the slot.
    pub generation: u32,
    /// Bytes of one space.
    pub space_bytes: u32,
}

#[derive(Debug)]
struct SlotState {
    generation: u32,
    proxy_mark: Arc<Mark>,
    process_mark: Arc<Mark>,
}

/// The segment as its owner sees it; the file is unlinked when this is dropped.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    /// Holds the lock that tells others the owner lives.
    locked: OwnedFd,
    mapping: Arc<Mapping>,
    header: Header,
    slots: Vec<SlotState>,
}

impl Segment {
    /// Makes the segment at `path`, or takes the place of one whose owner is dead. The file appears under its
    /// name only when it is complete, and a file that somebody may have mapped is never truncated.
    ///
    /// # Errors
    /// `NoRoom` (observed: free bytes, wanted: bytes needed), `LiveOwner` (observed: its pid), `Segment` when
    /// something else lies at `path`, `Argument`, `System`.
    pub fn create(path: &Path, slots: u32, space_bytes: u32) -> Result<Self, Fault> {
        check_sizes(slots, space_bytes)?;
        remove_stale(path)?;
        let header = Header {
            size: segment_bytes(slots as usize, space_bytes as usize) as u64,
            owner: Owner::this_process(),
            slots,
            space_bytes,
            epoch: epoch(),
        };
        let slot_states = (0..slots)
            .map(|_| SlotState::fresh(1))
            .collect::<Result<Vec<_>, Fault>>()?;
        let file = NewFile::open_in(parent(path), path)?;
        fs::flock(&file.fd, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| Fault::system("lock the segment", error))?;
        preallocate(&file.fd, path, header.size)?;
        let mapping = Arc::new(Mapping::map(&file.fd, 0, header.size as usize)?);
        header.write(&mapping);
        let locked = file.publish(path)?;
        let segment = Self {
            path: path.to_owned(),
            locked,
            mapping,
            header,
            slots: slot_states,
        };
        for index in 0..slots as usize {
            segment.reset(index);
        }
        Ok(segment)
    }

    /// What the header page says.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    fn slot_state(&self, index: u32) -> Result<&SlotState, Fault> {
        self.slots.get(index as usize).ok_or_else(|| {
            let (seen, wanted) = (u64::from(index), self.slots.len() as u64 - 1);
            let text = format!("slot {seen} of a segment whose last slot is {wanted}");
            Fault::with(FaultKind::Argument, seen, wanted, text)
        })
    }

    /// The proxy's end of a slot in its present generation.
    ///
    /// # Errors
    /// `Argument` when there is no such slot.
    pub fn proxy_end(&self, index: u32) -> Result<SlotEnd, Fault> {
        let state = self.slot_state(index)?;
        Ok(SlotEnd::new(
            Side::Proxy,
            index,
            state.generation,
            Arc::clone(&self.mapping),
            slot_offset(index as usize, self.header.space_bytes as usize),
            self.header.space_bytes,
            Arc::clone(&state.proxy_mark),
            Arc::clone(&state.process_mark),
        ))
    }

    /// Gives a slot whose process died a new generation: zeroed control words and spaces, and new marks, of
    /// which the dead (or hostile) process has none. That process may still have the memory mapped; what it
    /// writes there is checked like everything else.
    ///
    /// # Errors
    /// `Argument` when there is no such slot, `System` when there are no file descriptors left.
    pub fn retire(&mut self, index: u32) -> Result<(), Fault> {
        let generation = match self.slot_state(index)?.generation.wrapping_add(1) {
            0 => 1, // 0 is what frames on a link carry
            next => next,
        };
        self.slots[index as usize] = SlotState::fresh(generation)?;
        self.reset(index as usize);
        Ok(())
    }

    /// Zeroes a slot and writes its generation.
    fn reset(&self, index: usize) {
        let space_bytes = self.header.space_bytes as usize;
        let base = slot_offset(index, space_bytes);
        self.mapping.clear(base, slot_stride(space_bytes));
        // Partner: none that anybody relies on; the generation reaches a process by the control socket, whose
        // messages order everything before them. The word is there for tools that look at the slot.
        self.mapping.word(base + control::GENERATION).store(
            self.slots[index].generation,
            std::sync::atomic::Ordering::Release,
        );
    }

    /// What a process needs to attach to a slot.
    ///
    /// # Errors
    /// `Argument` when there is no such slot, `System` when the file cannot be opened again.
    pub fn grant(&self, index: u32) -> Result<SlotGrant, Fault> {
        let state = self.slot_state(index)?;
        let space_bytes = self.header.space_bytes as usize;
        // A duplicate would share the lock, and a process that outlives the proxy would keep it.
        let file = fs::open(
            format!("/proc/self/fd/{}", self.locked.as_raw_fd()),
            OFlags::RDWR | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|error| Fault::system("open the segment again", error))?;
        Ok(SlotGrant {
            file,
            proxy_mark: Arc::clone(&state.proxy_mark),
            process_mark: Arc::clone(&state.process_mark),
            offset: slot_offset(index as usize, space_bytes) as u64,
            length: slot_stride(space_bytes) as u64,
            index,
            generation: state.generation,
            space_bytes: self.header.space_bytes,
        })
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // Another file under our name (somebody removed ours and made a new one) is not ours to unlink.
        if same_file(&self.path, &self.locked) {
            let _ = fs::unlink(&self.path);
        }
    }
}

impl SlotState {
    fn fresh(generation: u32) -> Result<Self, Fault> {
        Ok(Self {
            generation,
            proxy_mark: Arc::new(Mark::create()?),
            process_mark: Arc::new(Mark::create()?),
        })
    }
}

/// Differs for every segment: nanoseconds since the epoch, and never two equal ones in one process.
fn epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64) ^ (u64::from(std::process::id()) << 40)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn same_file(path: &Path, file: impl AsFd) -> bool {
    match (fs::lstat(path), fs::fstat(file)) {
        (Ok(named), Ok(open)) => named.st_dev == open.st_dev && named.st_ino == open.st_ino,
        _ => false,
    }
}

/// Unlinks a segment whose owner is dead; a living owner is a fault, no file at all is fine.
fn remove_stale(path: &Path) -> Result<(), Fault> {
    for _ in 0..TAKE_OVER_TRIES {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match fs::open(path, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => {
                let attempt = format!("open the segment {}", path.display());
                return Err(Fault::system(&attempt, error));
            }
        };
        let owner = Header::read(&file).map(|header| header.owner);
        match fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(live_owner(path, owner.map_or(0, |o| o.pid))),
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
            // A segment is linked when it is complete, so this is somebody else's file or another version's.
            Err(fault) => {
                return Err(Fault::with(
                    fault.kind,
                    fault.observed,
                    fault.wanted,
                    format!("take over {}: {fault}; remove it by hand", path.display()),
                ));
            }
        }
        return match fs::unlink(path) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Fault::system("unlink a dead owner's segment", error)),
        };
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
struct NewFile {
    fd: OwnedFd,
    /// The name it has meanwhile, on file systems without nameless files.
    temporary: Option<PathBuf>,
}

impl NewFile {
    fn open_in(directory: &Path, path: &Path) -> Result<Self, Fault> {
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
    fn publish(self, path: &Path) -> Result<OwnedFd, Fault> {
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
fn preallocate(file: &OwnedFd, path: &Path, size: u64) -> Result<(), Fault> {
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
