//! A space whose other side writes whatever it likes, whenever it likes.

mod common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{GENERATION, Restless, Ring, frame, marked};
use mesh_native::layout::FLAGS_MASK;
use mesh_native::limits::KIND_MAX;
use mesh_native::space::{Geometry, Reader, Space, Writer};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_consumer_that_moves_its_head_anywhere_gets_no_write_outside_the_space(
        heads in proptest::collection::vec(prop_oneof![any::<u32>(), (0..=256u32).prop_map(|n| n * 16)], 1..20),
        lengths in proptest::collection::vec(16..=1024usize, 1..20),
    ) {
        let ring = Ring::new(2048, 1024);
        let mut writer = Writer::default();
        for head in heads {
            ring.head.store(head, Ordering::Relaxed);
            let mut from: Vec<u8> = lengths.iter().flat_map(|length| frame(*length, 1, 0, 1)).collect();
            let before = writer.tail();
            // `Heap` panics on a write outside.
            match writer.write(&ring.space(), GENERATION, &mut from) {
                Ok(consumed) => {
                    prop_assert!(consumed <= 2048);
                    prop_assert!(writer.tail().wrapping_sub(before) <= 2048);
                }
                Err(_) => prop_assert_eq!(writer.tail(), before),
            }
        }
    }

    #[test]
    fn a_producer_that_writes_while_it_is_read_cannot_slip_a_frame_past_the_checks(
        lengths in proptest::collection::vec((0..1200u32, 0..60u8, 0..40u8, 0..2u16, 0..4u32), 1..30),
        tail in (0..=128u32).prop_map(|n| n * 16),
        spare in 0..2048usize,
    ) {
        let headers = lengths.iter().map(|(length, kind, flags, reserved, generation)| {
            let mut header = [0; 16];
            header[..4].copy_from_slice(&length.to_le_bytes());
            header[4] = *kind;
            header[5] = *flags;
            // Mostly plausible, so that many frames are taken.
            header[6..8].copy_from_slice(&(reserved * u16::from(*kind > 40)).to_le_bytes());
            let generation = if *generation == 0 { GENERATION - 1 } else { GENERATION };
            header[12..16].copy_from_slice(&generation.to_le_bytes());
            header
        }).collect();
        let restless = Restless { headers, next: RefCell::new(0), space_bytes: 2048 };
        let (tail, head) = (AtomicU32::new(tail), AtomicU32::new(0));
        let space = Space {
            tail: &tail,
            head: &head,
            bytes: &restless,
            geometry: Geometry { space_bytes: 2048, frame_max: 1024 },
        };
        let mut reader = Reader::default();
        for _ in 0..4 {
            let mut into = vec![0xdd; 1024 + spare];
            if let Ok(copied) = reader.read(&space, GENERATION, &mut into) {
                check_frames(&into[..copied.copied])?;
            }
        }
    }

    #[test]
    fn a_hostile_producer_gets_no_further_than_a_fault(
        bytes in proptest::collection::vec(any::<u8>(), 2048),
        small_lengths in proptest::collection::vec((0..128usize, 0..80u32, 0..3u8), 0..40),
        tails in proptest::collection::vec(prop_oneof![any::<u32>(), (0..=128u32).prop_map(|n| n * 16)], 1..8),
        spare in 0..2048usize,
    ) {
        let ring = Ring::new(2048, 1024);
        let mut memory = bytes;
        // Random bytes alone would hardly ever make a plausible header.
        for (place, length, kind) in small_lengths {
            let header = frame(16, kind, 0, 0);
            memory[place * 16..place * 16 + 16].copy_from_slice(&marked(header, GENERATION));
            memory[place * 16..place * 16 + 4].copy_from_slice(&length.to_le_bytes());
        }
        *ring.heap.0.borrow_mut() = memory;
        let mut reader = Reader::default();
        for tail in tails {
            ring.tail.store(tail, Ordering::Relaxed);
            let mut into = vec![0xdd; 1024 + spare];
            let before = reader.head();
            match reader.read(&ring.space(), GENERATION, &mut into) {
                Ok(copied) => {
                    prop_assert!(copied.copied <= into.len());
                    prop_assert!(reader.head().wrapping_sub(before) <= 2048);
                    check_frames(&into[..copied.copied])?;
                }
                Err(_) => prop_assert_eq!(reader.head(), before),
            }
        }
    }
}

/// What a reader of the private buffer relies on.
fn check_frames(mut bytes: &[u8]) -> Result<(), TestCaseError> {
    while !bytes.is_empty() {
        let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        prop_assert!((16..=1024).contains(&length));
        prop_assert!((1..=KIND_MAX).contains(&bytes[4]));
        prop_assert_eq!(bytes[5] & !FLAGS_MASK, 0);
        prop_assert_eq!(&bytes[6..8], &[0, 0]);
        prop_assert_eq!(&bytes[12..16], &GENERATION.to_le_bytes());
        let padded = length.next_multiple_of(16);
        prop_assert!(bytes[length..padded].iter().all(|byte| *byte == 0));
        bytes = &bytes[padded..];
    }
    Ok(())
}
