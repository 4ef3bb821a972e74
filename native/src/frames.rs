//! Frames in private memory: checks of what came out of a space, marking of what goes into one.

use crate::error::{Fault, FaultKind};
use crate::layout::{FLAGS_MASK, FRAME_HEADER_BYTES, KIND_SKIP, frame, padded};
use crate::limits::KIND_MAX;

/// What [`take_frames`] found in a private copy.
pub(crate) struct Taken {
    /// Bytes of the copy that are done with.
    pub consumed: usize,
    /// Bytes of good frames at its start.
    pub kept: usize,
    /// Frames of another generation.
    pub dropped: u64,
}

/// Checks the frames of a private copy of a row of the space and closes the gaps of dropped ones.
///
/// `row` is how many bytes are published in a row (the copy may be shorter), `to_end` how many there are up
/// to the end of the space.
pub(crate) fn take_frames(
    private: &mut [u8],
    row: usize,
    to_end: usize,
    frame_max: usize,
    generation: u32,
) -> Result<Taken, Fault> {
    let (mut from, mut kept, mut dropped) = (0, 0, 0);
    while private.len() - from >= FRAME_HEADER_BYTES {
        let header = Header::parse(&private[from..from + FRAME_HEADER_BYTES]);
        let length = header.length as usize;
        if header.kind == KIND_SKIP {
            let rest = to_end - from;
            if length != rest || length > row - from || length >= frame_max {
                let (seen, wanted) = (length as u64, rest as u64);
                return Err(Fault::at(FaultKind::SkipMarker, seen, wanted));
            }
            from += length;
            break; // a marker ends the row
        }
        header.check(frame_max)?;
        let bytes = padded(length);
        if bytes > row - from {
            let (seen, wanted) = (bytes as u64, (row - from) as u64);
            return Err(Fault::at(FaultKind::FrameBounds, seen, wanted));
        }
        if bytes > private.len() - from {
            break; // whole in the space, but only begun in the buffer
        }
        if header.generation == generation {
            if kept != from {
                private.copy_within(from..from + length, kept);
            }
            private[kept + length..kept + bytes].fill(0);
            kept += bytes;
        } else {
            dropped += 1;
        }
        from += bytes;
    }
    Ok(Taken {
        consumed: from,
        kept,
        dropped,
    })
}

/// A frame's header, in private memory.
struct Header {
    length: u32,
    kind: u8,
    flags: u8,
    reserved: u16,
    generation: u32,
}

impl Header {
    fn parse(bytes: &[u8]) -> Self {
        Self {
            length: u32_at(bytes, frame::LENGTH),
            kind: bytes[frame::KIND],
            flags: bytes[frame::FLAGS],
            reserved: u16::from_le_bytes([bytes[frame::RESERVED], bytes[frame::RESERVED + 1]]),
            generation: u32_at(bytes, frame::GENERATION),
        }
    }

    fn check(&self, frame_max: usize) -> Result<(), Fault> {
        let length = self.length as usize;
        let (kind, seen, wanted) = if length < FRAME_HEADER_BYTES || length > frame_max {
            (FaultKind::FrameLength, length as u64, frame_max as u64)
        } else if self.kind > KIND_MAX {
            let (seen, wanted) = (u64::from(self.kind), u64::from(KIND_MAX));
            (FaultKind::FrameKind, seen, wanted)
        } else if self.flags & !FLAGS_MASK != 0 {
            let (seen, wanted) = (u64::from(self.flags), u64::from(FLAGS_MASK));
            (FaultKind::FrameFlags, seen, wanted)
        } else if self.reserved != 0 {
            (FaultKind::FrameReserved, u64::from(self.reserved), 0)
        } else {
            return Ok(());
        };
        Err(Fault::at(kind, seen, wanted))
    }
}

/// Whole frames at the start of `from` that fit into `room` bytes, and the padded size of the next one.
pub(crate) struct Run {
    /// Bytes of whole frames.
    pub bytes: usize,
    /// Padded size of the first frame that does not fit; 0 when there is none.
    pub next: usize,
}

/// Sets the generation of whole frames up to `room` bytes.
pub(crate) fn mark_run(
    from: &mut [u8],
    room: usize,
    frame_max: usize,
    generation: u32,
) -> Result<Run, Fault> {
    let mut bytes = 0;
    while bytes < from.len() {
        let rest = &mut from[bytes..];
        let length = if rest.len() < FRAME_HEADER_BYTES {
            0
        } else {
            u32_at(rest, frame::LENGTH) as usize
        };
        if length < FRAME_HEADER_BYTES || length > frame_max || padded(length) > rest.len() {
            let (seen, wanted) = (length as u64, frame_max as u64);
            return Err(Fault::at(FaultKind::OutgoingFrame, seen, wanted));
        }
        let next = padded(length);
        if bytes + next > room {
            return Ok(Run { bytes, next });
        }
        rest[frame::GENERATION..frame::GENERATION + 4].copy_from_slice(&generation.to_le_bytes());
        bytes += next;
    }
    Ok(Run { bytes, next: 0 })
}

/// The header that fills the end of a space.
pub(crate) fn skip_marker(bytes: usize) -> [u8; FRAME_HEADER_BYTES] {
    let mut marker = [0; FRAME_HEADER_BYTES];
    marker[frame::LENGTH..frame::LENGTH + 4].copy_from_slice(&(bytes as u32).to_le_bytes());
    marker
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
