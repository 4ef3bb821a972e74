//! The memory layout: one diagram, and every offset computed from the one before it.
//!
//! ```text
//! segment   0            4096                    4096 + stride           4096 + slots * stride
//!           ├────────────┼───────────────────────┼───────────────────────┼── … ──┤
//!           │ header page│ slot 0                │ slot 1                │       │
//!
//! header    0        8          12         16     24     28       32       40       48
//!           ├────────┼──────────┼──────────┼──────┼──────┼────────┼────────┼────────┤
//!           │ magic  │ layout   │ owner    │ size │slots │ space  │ owner  │ epoch  │
//!           │ 8 bytes│ version  │ pid      │ u64  │ u32  │ bytes  │ start  │ u64    │
//!           │        │ u32      │ u32      │      │      │ u32    │ u64    │        │
//!
//! slot      0            4096                    4096 + spaceBytes       4096 + 2 * spaceBytes
//!           ├────────────┼───────────────────────┼───────────────────────┼── padding to a page ──┤
//!           │ control    │ input space           │ output space          │
//!           │ page       │ (process → proxy)     │ (proxy → process)     │
//!
//! control   line 0       64           128          192          256           320        384
//!           ├────────────┼────────────┼────────────┼────────────┼─────────────┼──────────┼─────────┤
//!           │ generation │ input tail │ input head │ output tail│ output head │ proxy    │ process │
//!           │            │            │            │            │             │ sleeping │ sleeping│
//!  written  │ proxy      │ process    │ proxy      │ proxy      │ process     │ both     │ both    │
//!
//! frame     0        4      5       6        8         12           16       length
//!           ├────────┼──────┼───────┼────────┼─────────┼────────────┼────────┼── zeros to 16·n ──┤
//!           │ length │ kind │ flags │ zero   │ stream  │ generation │ body … │
//!           │ u32    │ u8   │ u8    │ u16    │ u32     │ u32        │        │
//! ```
//!
//! All numbers are little-endian. Tails and heads are free-running byte counters modulo 2^32. A space never
//! wraps a frame: a *skip marker* (a header of kind 0 whose length is the number of bytes up to the end of
//! the space) fills the end.

use crate::limits::{
    BODY_MAX_BYTES, FRAME_MAX_BYTES, HELLO_TIME, HELLOS_MAX, KIND_MAX, SLOTS_MAX, SPACE_MAX_BYTES,
    SPACE_MIN_BYTES,
};

/// Version of the calls exported by this library.
pub const ABI_VERSION: u32 = 7;
/// Version of the layout of the segment.
pub const LAYOUT_VERSION: u32 = 1;
/// First bytes of a segment.
pub const MAGIC: [u8; 8] = *b"meshSEG1";
/// Alignment of everything that is mapped on its own.
pub const PAGE_BYTES: usize = 4096;
/// Size of a cache line: two writers never share one.
pub const LINE_BYTES: usize = 64;

/// Offsets inside the header page.
pub mod header {
    use super::MAGIC;
    /// The magic bytes.
    pub const MAGIC_AT: usize = 0;
    /// Layout version, u32.
    pub const LAYOUT_VERSION: usize = MAGIC_AT + MAGIC.len();
    /// Owner's process id, u32.
    pub const OWNER_PID: usize = LAYOUT_VERSION + 4;
    /// Size of the segment in bytes, u64.
    pub const SIZE: usize = OWNER_PID + 4;
    /// Number of slots, u32.
    pub const SLOTS: usize = SIZE + 8;
    /// Bytes of one space, u32.
    pub const SPACE_BYTES: usize = SLOTS + 4;
    /// Owner's start time in clock ticks since boot, u64.
    pub const OWNER_START: usize = SPACE_BYTES + 4;
    /// Differs for every segment ever made on this machine, u64.
    pub const EPOCH: usize = OWNER_START + 8;
    /// End of the header.
    pub const END: usize = EPOCH + 8;
}

/// Offsets inside a slot's control page; each word has a line of its own.
pub mod control {
    use super::LINE_BYTES;
    /// The slot's generation.
    pub const GENERATION: usize = 0;
    /// Tail of the input space; the process writes it.
    pub const INPUT_TAIL: usize = GENERATION + LINE_BYTES;
    /// Head of the input space; the proxy writes it.
    pub const INPUT_HEAD: usize = INPUT_TAIL + LINE_BYTES;
    /// Tail of the output space; the proxy writes it.
    pub const OUTPUT_TAIL: usize = INPUT_HEAD + LINE_BYTES;
    /// Head of the output space; the process writes it.
    pub const OUTPUT_HEAD: usize = OUTPUT_TAIL + LINE_BYTES;
    /// What the sleeping proxy wants.
    pub const PROXY_SLEEPING: usize = OUTPUT_HEAD + LINE_BYTES;
    /// What the sleeping process wants.
    pub const PROCESS_SLEEPING: usize = PROXY_SLEEPING + LINE_BYTES;
    /// End of the control words.
    pub const END: usize = PROCESS_SLEEPING + LINE_BYTES;
}

/// Offsets inside a frame.
pub mod frame {
    /// Bytes of header and body, u32.
    pub const LENGTH: usize = 0;
    /// What the frame is, u8.
    pub const KIND: usize = LENGTH + 4;
    /// Flag bits, u8.
    pub const FLAGS: usize = KIND + 1;
    /// Zero, u16.
    pub const RESERVED: usize = FLAGS + 1;
    /// Stream the frame belongs to, u32.
    pub const STREAM: usize = RESERVED + 2;
    /// Generation of the slot, u32.
    pub const GENERATION: usize = STREAM + 4;
    /// First byte of the body.
    pub const BODY: usize = GENERATION + 4;
}

/// Bytes of a frame's header.
pub const FRAME_HEADER_BYTES: usize = frame::BODY;
/// Frames start on multiples of this.
pub const FRAME_ALIGN: usize = 16;
/// Kind of the skip marker.
pub const KIND_SKIP: u8 = 0;
/// Flag bits in use.
pub const FLAGS_MASK: u8 = 0x0f;

const _: () = assert!(header::END <= PAGE_BYTES);
const _: () = assert!(control::END <= PAGE_BYTES);
const _: () = assert!(FRAME_HEADER_BYTES.is_multiple_of(FRAME_ALIGN));
const _: () = assert!(FRAME_MAX_BYTES.is_multiple_of(FRAME_ALIGN));
const _: () = assert!(SPACE_MAX_BYTES <= u32::MAX as usize / 4);

/// Rounds up to the next multiple of [`FRAME_ALIGN`]; no overflow for lengths up to the largest frame.
#[must_use]
pub const fn padded(length: usize) -> usize {
    (length + FRAME_ALIGN - 1) & !(FRAME_ALIGN - 1)
}

/// Offset of the input space inside a slot.
pub const INPUT_SPACE: usize = PAGE_BYTES;

/// Offset of the output space inside a slot.
#[must_use]
pub const fn output_space(space_bytes: usize) -> usize {
    INPUT_SPACE + space_bytes
}

/// Distance from one slot to the next, which is also the length of a slot's map.
#[must_use]
pub const fn slot_stride(space_bytes: usize) -> usize {
    PAGE_BYTES + (2 * space_bytes).next_multiple_of(PAGE_BYTES)
}

/// Offset of a slot inside the segment.
#[must_use]
pub const fn slot_offset(index: usize, space_bytes: usize) -> usize {
    PAGE_BYTES + index * slot_stride(space_bytes)
}

/// Size of a segment.
#[must_use]
pub const fn segment_bytes(slots: usize, space_bytes: usize) -> usize {
    slot_offset(slots, space_bytes)
}

/// Largest frame of a space: one always fits an empty space, wherever its head is.
#[must_use]
pub const fn frame_max_bytes(space_bytes: usize) -> usize {
    if space_bytes / 2 < FRAME_MAX_BYTES {
        space_bytes / 2
    } else {
        FRAME_MAX_BYTES
    }
}

/// Every number that TypeScript computes on its own, for comparison at load.
pub const TABLE: &[(&str, usize)] = &[
    ("layoutVersion", LAYOUT_VERSION as usize),
    ("pageBytes", PAGE_BYTES),
    ("lineBytes", LINE_BYTES),
    ("control.generation", control::GENERATION),
    ("control.inputTail", control::INPUT_TAIL),
    ("control.inputHead", control::INPUT_HEAD),
    ("control.outputTail", control::OUTPUT_TAIL),
    ("control.outputHead", control::OUTPUT_HEAD),
    ("control.proxySleeping", control::PROXY_SLEEPING),
    ("control.processSleeping", control::PROCESS_SLEEPING),
    ("control.end", control::END),
    ("frame.length", frame::LENGTH),
    ("frame.kind", frame::KIND),
    ("frame.flags", frame::FLAGS),
    ("frame.reserved", frame::RESERVED),
    ("frame.stream", frame::STREAM),
    ("frame.generation", frame::GENERATION),
    ("frame.body", frame::BODY),
    ("frame.align", FRAME_ALIGN),
    ("frame.maxBytes", FRAME_MAX_BYTES),
    ("frame.kindMax", KIND_MAX as usize),
    ("frame.flagsMask", FLAGS_MASK as usize),
    ("space.minBytes", SPACE_MIN_BYTES),
    ("space.maxBytes", SPACE_MAX_BYTES),
    ("slot.inputSpace", INPUT_SPACE),
    ("slot.outputSpace(2048)", output_space(2048)),
    ("slot.outputSpace(262144)", output_space(262_144)),
    ("slot.stride(2048)", slot_stride(2048)),
    ("slot.stride(262144)", slot_stride(262_144)),
    ("slot.offset(3,2048)", slot_offset(3, 2048)),
    ("frame.maxBytes(2048)", frame_max_bytes(2048)),
    ("frame.maxBytes(262144)", frame_max_bytes(262_144)),
    ("slots.max", SLOTS_MAX),
    ("sleeping.frames", crate::sleep::FRAMES as usize),
    ("sleeping.room", crate::sleep::ROOM as usize),
    ("control.bodyMaxBytes", BODY_MAX_BYTES),
    ("control.helloMs", HELLO_TIME.as_millis() as usize),
    ("control.hellosMax", HELLOS_MAX),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_control_words_share_a_line() {
        let words = [
            control::GENERATION,
            control::INPUT_TAIL,
            control::INPUT_HEAD,
            control::OUTPUT_TAIL,
            control::OUTPUT_HEAD,
            control::PROXY_SLEEPING,
            control::PROCESS_SLEEPING,
        ];
        let mut lines: Vec<usize> = words.iter().map(|word| word / LINE_BYTES).collect();
        lines.dedup();
        assert_eq!(lines.len(), words.len());
    }

    #[test]
    fn slots_are_page_aligned_and_do_not_overlap_for_every_space_size() {
        let mut space = SPACE_MIN_BYTES;
        while space <= SPACE_MAX_BYTES {
            for index in 0..3 {
                let at = slot_offset(index, space);
                assert_eq!(at % PAGE_BYTES, 0);
                assert!(at + output_space(space) + space <= slot_offset(index + 1, space));
            }
            space *= 2;
        }
    }
}
