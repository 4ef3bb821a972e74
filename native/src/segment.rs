//! The segment: the one shared memory file of a server, made and owned by its proxy.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{self, FlockOperation, Mode, OFlags};

use crate::error::{Fault, FaultKind};
use crate::eventfd::Mark;
use crate::layout::{control, segment_bytes, slot_offset, slot_stride};
use crate::mapping::Mapping;
use crate::owner::Owner;
use crate::segment_file::{NewFile, parent, preallocate, remove_stale, same_file};
use crate::segment_header::{Header, check_sizes};
use crate::slot::{Side, SlotEnd};

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
        // Whatever the umask took from its owner: processes get it opened anew.
        fs::fchmod(&file.fd, Mode::RUSR | Mode::WUSR)
            .map_err(|error| Fault::system("give the segment its mode", error))?;
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

/// Differs for every segment: the moment in nanoseconds, and the process.
fn epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64) ^ (u64::from(std::process::id()) << 40)
}
