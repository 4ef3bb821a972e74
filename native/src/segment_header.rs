//! The header page of a segment.

use std::os::fd::AsFd;

use rustix::fs;

use crate::error::{Fault, FaultKind};
use crate::layout::{LAYOUT_VERSION, MAGIC, header, segment_bytes};
use crate::limits::{SLOTS_MAX, SPACE_MAX_BYTES, SPACE_MIN_BYTES};
use crate::mapping::Mapping;
use crate::owner::Owner;

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

    /// Whether a file begins like a segment of any version.
    pub(crate) fn has_magic(file: impl AsFd) -> bool {
        let mut magic = [0; MAGIC.len()];
        let got = rustix::io::pread(file, &mut magic, 0);
        got == Ok(magic.len()) && magic == MAGIC
    }

    /// Writes the header into the first page of a map.
    pub(crate) fn write(&self, mapping: &Mapping) {
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

/// Whether a segment may have these sizes.
///
/// # Errors
/// `Argument` when it may not.
pub(crate) fn check_sizes(slots: u32, space_bytes: u32) -> Result<(), Fault> {
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
