//! Behaviour of the space with two honest sides, and every check against a dishonest one.

mod common;

use std::sync::atomic::Ordering;

use common::{GENERATION, Ring, frame, marked};
use mesh_native::error::FaultKind;
use mesh_native::layout::FLAGS_MASK;
use mesh_native::limits::KIND_MAX;
use mesh_native::space::{Reader, Writer};
use proptest::prelude::*;

fn read(ring: &Ring, reader: &mut Reader) -> Vec<u8> {
    let mut into = vec![0xdd; 4 * ring.geometry.space_bytes as usize];
    let copied = reader
        .read(&ring.space(), GENERATION, &mut into)
        .expect("an honest producer");
    into.truncate(copied.copied);
    into
}

#[test]
fn frames_come_out_as_they_went_in_with_generation_and_zeroed_padding() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut one = frame(17, 1, 5, 0xaa);
    one[17..].fill(0x55); // padding that the producer forgot
    let mut from = [one, frame(1024, 2, 6, 0xbb)].concat();
    let sent = writer.write(&ring.space(), GENERATION, &mut from);
    assert_eq!(sent, Ok(from.len()));
    let wanted = [frame(17, 1, 5, 0xaa), frame(1024, 2, 6, 0xbb)].map(|f| marked(f, GENERATION));
    assert_eq!(read(&ring, &mut reader), wanted.concat());
    assert_eq!(read(&ring, &mut reader), []);
}

#[test]
fn a_full_space_takes_nothing_and_takes_more_after_a_drain() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut from = frame(1024, 1, 0, 1).repeat(3);
    assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(2048));
    assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(0));
    assert_eq!(writer.has_room(&ring.space(), 16), Ok(false));
    assert_eq!(read(&ring, &mut reader).len(), 2048);
    assert_eq!(writer.has_room(&ring.space(), 1024), Ok(true));
    assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(2048));
}

#[test]
fn a_largest_frame_fits_an_empty_space_wherever_its_head_is() {
    for steps in 0..128 {
        let ring = Ring::new(2048, 1024);
        let (mut writer, mut reader) = (Writer::default(), Reader::default());
        for _ in 0..steps {
            let mut small = frame(16, 1, 0, 0);
            assert_eq!(writer.write(&ring.space(), GENERATION, &mut small), Ok(16));
            read(&ring, &mut reader);
        }
        assert_eq!(writer.has_room(&ring.space(), 1024), Ok(true));
        let mut large = frame(1024, 1, 0, 9);
        assert_eq!(
            writer.write(&ring.space(), GENERATION, &mut large),
            Ok(1024)
        );
        assert_eq!(read(&ring, &mut reader), large);
    }
}

#[test]
fn a_buffer_of_one_frame_gets_one_frame_at_a_time_and_a_smaller_one_is_refused() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut from = frame(1024, 1, 0, 1).repeat(2);
    assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(2048));
    let mut into = [0; 1024];
    for _ in 0..2 {
        let copied = reader
            .read(&ring.space(), GENERATION, &mut into)
            .expect("honest");
        assert_eq!(copied.copied, 1024);
    }
    let fault = reader
        .read(&ring.space(), GENERATION, &mut into[..1023])
        .expect_err("too small");
    assert_eq!(
        (fault.kind, fault.observed, fault.wanted),
        (FaultKind::Buffer, 1023, 1024)
    );
}

#[test]
fn frames_of_another_generation_are_dropped_and_counted_and_the_rest_closes_up() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    for (generation, stream) in [(GENERATION, 1), (GENERATION - 1, 2), (GENERATION, 3)] {
        let mut from = frame(40, 1, stream, 3);
        writer
            .write(&ring.space(), generation, &mut from)
            .expect("room");
    }
    let wanted = [1, 3].map(|stream| marked(frame(40, 1, stream, 3), GENERATION));
    assert_eq!(read(&ring, &mut reader), wanted.concat());
    assert_eq!(reader.dropped(), 1);
    assert_eq!(ring.head.load(Ordering::Relaxed), writer.tail());
}

#[test]
fn positions_go_on_past_four_gigabytes() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut from = frame(1024, 1, 0, 1);
    // 2^22 frames of 1 KiB are 2^32 bytes.
    for _ in 0..(1 << 22) + 3 {
        assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(1024));
        let mut into = [0; 1024];
        let copied = reader
            .read(&ring.space(), GENERATION, &mut into)
            .expect("honest");
        assert_eq!(copied.copied, 1024);
    }
    assert_eq!(writer.tail(), 3 * 1024);
}

/// Puts raw bytes at the start of a space and publishes `tail` of them.
fn drain_raw(bytes: &[u8], tail: u32) -> FaultKind {
    let ring = Ring::new(2048, 1024);
    ring.heap.0.borrow_mut()[..bytes.len()].copy_from_slice(bytes);
    ring.tail.store(tail, Ordering::Relaxed);
    let mut reader = Reader::default();
    let mut into = [0; 2048];
    let fault = reader
        .read(&ring.space(), GENERATION, &mut into)
        .expect_err("a dishonest producer");
    assert_eq!(ring.head.load(Ordering::Relaxed), 0, "nothing is consumed");
    fault.kind
}

#[test]
fn every_field_of_a_header_is_checked() {
    let good = frame(32, 1, 0, 0);
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        drain_raw(&bad, 32)
    };
    assert_eq!(with(0, &15u32.to_le_bytes()), FaultKind::FrameLength);
    assert_eq!(with(0, &0u32.to_le_bytes()), FaultKind::FrameLength);
    assert_eq!(with(0, &1025u32.to_le_bytes()), FaultKind::FrameLength);
    assert_eq!(with(0, &u32::MAX.to_le_bytes()), FaultKind::FrameLength);
    assert_eq!(with(0, &33u32.to_le_bytes()), FaultKind::FrameBounds);
    assert_eq!(with(4, &[KIND_MAX + 1]), FaultKind::FrameKind);
    assert_eq!(with(5, &[FLAGS_MASK + 1]), FaultKind::FrameFlags);
    assert_eq!(with(6, &[1]), FaultKind::FrameReserved);
    assert_eq!(with(7, &[1]), FaultKind::FrameReserved);
    assert_eq!(with(4, &[0]), FaultKind::SkipMarker);
}

#[test]
fn a_tail_that_is_impossible_is_a_fault_for_everyone_who_reads_it() {
    for tail in [1, 8, 2049, 2064, u32::MAX, u32::MAX - 15] {
        let ring = Ring::new(2048, 1024);
        ring.tail.store(tail, Ordering::Relaxed);
        let mut into = [0; 2048];
        let mut reader = Reader::default();
        let fault = reader
            .read(&ring.space(), GENERATION, &mut into)
            .expect_err("tail");
        assert_eq!(fault.kind, FaultKind::ControlWords);
        assert_eq!(fault.observed, u64::from(tail));
        assert!(reader.has_frames(&ring.space()).is_err());
        ring.head.store(tail.wrapping_neg(), Ordering::Relaxed);
        let mut writer = Writer::default();
        let fault = writer
            .write(&ring.space(), GENERATION, &mut frame(16, 1, 0, 0))
            .expect_err("head");
        assert_eq!(fault.kind, FaultKind::ControlWords);
        assert!(writer.has_room(&ring.space(), 16).is_err());
    }
}

#[test]
fn a_skip_marker_must_end_where_the_space_ends() {
    // A marker in the middle that covers more than a frame ever needs.
    assert_eq!(
        drain_raw(&frame(2048, 0, 0, 0)[..16], 2048),
        FaultKind::SkipMarker
    );
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut from = [frame(1008, 1, 0, 0), frame(1008, 1, 0, 0)].concat();
    writer
        .write(&ring.space(), GENERATION, &mut from)
        .expect("room");
    read(&ring, &mut reader);
    // 32 bytes are left: the next large frame goes behind a marker.
    writer
        .write(&ring.space(), GENERATION, &mut frame(64, 3, 0, 0))
        .expect("room");
    assert_eq!(writer.tail(), 2048 + 64);
    ring.heap.0.borrow_mut()[2016] = 16; // the marker's length, made too short
    let mut into = [0; 2048];
    let fault = reader
        .read(&ring.space(), GENERATION, &mut into)
        .expect_err("short");
    assert_eq!(
        (fault.kind, fault.observed, fault.wanted),
        (FaultKind::SkipMarker, 16, 32)
    );
}

#[test]
fn a_malformed_outgoing_frame_is_refused_before_anything_is_published() {
    let bad: [&[u8]; 5] = [
        &frame(32, 1, 0, 0)[..16],
        &[0; 16],
        &[0; 8],
        &frame(1040, 1, 0, 0),
        &[15, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    for bytes in bad {
        let ring = Ring::new(2048, 1024);
        let mut writer = Writer::default();
        let mut from = [frame(16, 1, 0, 0), bytes.to_vec()].concat();
        let fault = writer
            .write(&ring.space(), GENERATION, &mut from)
            .expect_err("malformed");
        assert_eq!(fault.kind, FaultKind::OutgoingFrame);
        assert_eq!(ring.tail.load(Ordering::Relaxed), 0);
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Queue frames of these lengths, and write as many as fit.
    Write(Vec<usize>),
    /// Drain into a buffer with this many bytes more than one frame.
    Read(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let lengths = proptest::collection::vec(16..=1024usize, 1..8);
    let step = prop_oneof![
        lengths.prop_map(Step::Write),
        (0..3000usize).prop_map(Step::Read),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_in_order_and_nothing_else(steps in steps()) {
        let ring = Ring::new(2048, 1024);
        let (mut writer, mut reader) = (Writer::default(), Reader::default());
        let (mut queued, mut sent, mut received) = (Vec::new(), Vec::new(), Vec::new());
        let mut stream = 0;
        let mut read = |reader: &mut Reader, spare: usize| {
            let mut into = vec![0xdd; 1024 + spare];
            let copied = reader.read(&ring.space(), GENERATION, &mut into).expect("honest");
            received.extend_from_slice(&into[..copied.copied]);
            copied
        };
        for step in steps {
            match step {
                Step::Write(lengths) => {
                    for length in lengths {
                        stream += 1;
                        queued.extend(marked(frame(length, 1, stream, stream as u8), GENERATION));
                    }
                    let count = writer
                        .write(&ring.space(), GENERATION, &mut queued)
                        .expect("honest");
                    sent.extend(queued.drain(..count));
                    // What did not fit, does not: `has_room` and `write` agree.
                    if let Some(length) = queued.first_chunk::<4>() {
                        let length = u32::from_le_bytes(*length) as usize;
                        prop_assert_eq!(writer.has_room(&ring.space(), length), Ok(false));
                    }
                }
                Step::Read(spare) => {
                    let had = reader.has_frames(&ring.space()).expect("honest");
                    prop_assert_eq!(read(&mut reader, spare).freed, had);
                }
            }
        }
        while read(&mut reader, 0).freed {}
        prop_assert_eq!(received, sent);
    }
}

/// What was taken is unread for the producer until it is released, frame by frame, also over the end of the space.
#[test]
fn taken_frames_are_released_one_by_one() {
    let ring = Ring::new(2048, 1024);
    let (mut writer, mut reader) = (Writer::default(), Reader::default());
    let mut position = 0_u32;
    for _ in 0..40 {
        let frames = [frame(304, 1, 3, 1), frame(608, 1, 3, 2)];
        let mut from = frames.concat();
        assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(912));
        let mut into = vec![0; 2048];
        assert_eq!(reader.take(&ring.space(), GENERATION, &mut into), Ok(912));
        assert_eq!(
            ring.head.load(Ordering::Relaxed),
            position,
            "nothing is released by taking"
        );
        for bytes in [304, 608] {
            let to_end = 2048 - (position & 2047);
            position = position.wrapping_add(if bytes > to_end { to_end } else { 0 } + bytes);
            reader.release(&ring.space(), position).unwrap();
            assert_eq!(ring.head.load(Ordering::Relaxed), position);
        }
        assert_eq!(position, writer.tail());
    }
    let mut from = frame(304, 1, 3, 1);
    assert_eq!(writer.write(&ring.space(), GENERATION, &mut from), Ok(304));
    let mut into = vec![0; 2048];
    assert_eq!(reader.take(&ring.space(), GENERATION, &mut into), Ok(304));
    position = reader.release_all(&ring.space());
    assert_eq!(
        (position, ring.head.load(Ordering::Relaxed)),
        (writer.tail(), writer.tail())
    );
    let beyond = reader.release(&ring.space(), position.wrapping_add(16));
    assert_eq!(beyond.unwrap_err().kind, FaultKind::Argument);
    let before = reader.release(&ring.space(), position.wrapping_sub(16));
    assert_eq!(before.unwrap_err().kind, FaultKind::Argument);
}
