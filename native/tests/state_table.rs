//! The state table of the marks, exhaustively: every sequence of reads, writes and sleeps of both sides, compared
//! with a model, at a capacity of one frame (the single message slot the design comes from) and of several.

mod common;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{GENERATION, Ring, frame};
use mesh_native::sleep;
use mesh_native::space::{Reader, Writer};

#[derive(Clone, Copy, Debug)]
enum Step {
    Write,
    Read,
    WriterSleeps,
    ReaderSleeps,
}

const STEPS: [Step; 4] = [
    Step::Write,
    Step::Read,
    Step::WriterSleeps,
    Step::ReaderSleeps,
];

/// One direction of a slot: a space, and the sleeping words of its two sides.
struct Real {
    ring: Ring,
    writer: Writer,
    reader: Reader,
    writer_sleeping: AtomicU32,
    reader_sleeping: AtomicU32,
}

/// What the direction is supposed to be.
struct Model {
    frames: VecDeque<u8>,
    capacity: usize,
    writer_sleeps: bool,
    reader_sleeps: bool,
    next: u8,
}

fn check(real: &mut Real, model: &mut Model, step: Step, frame_bytes: usize) {
    match step {
        Step::Write => {
            let mut from = frame(frame_bytes, 1, u32::from(model.next), model.next);
            let sent = real.writer.write(&real.ring.space(), GENERATION, &mut from);
            let fits = model.frames.len() < model.capacity;
            assert_eq!(sent, Ok(if fits { frame_bytes } else { 0 }));
            if fits {
                model.frames.push_back(model.next);
                model.next += 1;
                let alerted = sleep::claim(&real.reader_sleeping, sleep::FRAMES);
                assert_eq!(
                    alerted, model.reader_sleeps,
                    "alerts exactly a sleeping reader"
                );
                model.reader_sleeps = false;
            }
        }
        Step::Read => {
            let mut into = vec![0; frame_bytes];
            let copied = real
                .reader
                .read(&real.ring.space(), GENERATION, &mut into)
                .expect("honest");
            let wanted = model.frames.pop_front();
            assert_eq!(copied.freed, wanted.is_some());
            if let Some(stream) = wanted {
                assert_eq!(into[8], stream);
                let alerted = sleep::claim(&real.writer_sleeping, sleep::ROOM);
                assert_eq!(
                    alerted, model.writer_sleeps,
                    "alerts exactly a sleeping writer"
                );
                model.writer_sleeps = false;
            }
        }
        Step::WriterSleeps => {
            sleep::announce(&real.writer_sleeping, sleep::ROOM);
            let room = real
                .writer
                .has_room(&real.ring.space(), frame_bytes)
                .expect("honest");
            assert_eq!(room, model.frames.len() < model.capacity);
            if room {
                sleep::withdraw(&real.writer_sleeping);
            }
            model.writer_sleeps = !room;
        }
        Step::ReaderSleeps => {
            sleep::announce(&real.reader_sleeping, sleep::FRAMES);
            let frames = real.reader.has_frames(&real.ring.space()).expect("honest");
            assert_eq!(frames, !model.frames.is_empty());
            if frames {
                sleep::withdraw(&real.reader_sleeping);
            }
            model.reader_sleeps = !frames;
        }
    }
    let (readable, writable) = real.ring.space().look(
        real.ring.tail.load(Ordering::Relaxed),
        real.ring.head.load(Ordering::Relaxed),
    );
    assert_eq!(readable, !model.frames.is_empty());
    assert_eq!(writable, model.frames.len() < model.capacity);
}

/// Runs every sequence of `depth` steps.
fn every_sequence(space_bytes: u32, frame_bytes: usize, capacity: usize, depth: u32) {
    for sequence in 0..4_u32.pow(depth) {
        let mut real = Real {
            ring: Ring::new(space_bytes, frame_bytes as u32),
            writer: Writer::default(),
            reader: Reader::default(),
            writer_sleeping: AtomicU32::new(0),
            reader_sleeping: AtomicU32::new(0),
        };
        let mut model = Model {
            frames: VecDeque::new(),
            capacity,
            writer_sleeps: false,
            reader_sleeps: false,
            next: 1,
        };
        for place in 0..depth {
            let step = STEPS[(sequence >> (2 * place)) as usize & 3];
            check(&mut real, &mut model, step, frame_bytes);
        }
    }
}

#[test]
fn a_space_of_one_frame_behaves_as_the_single_message_slot() {
    every_sequence(64, 64, 1, 9);
}

#[test]
fn a_space_of_two_frames_obeys_the_same_table() {
    every_sequence(64, 32, 2, 9);
}

#[test]
fn a_space_of_four_frames_obeys_the_same_table() {
    every_sequence(128, 32, 4, 9);
}
