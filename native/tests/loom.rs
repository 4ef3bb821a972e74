//! The space and the sleep protocol under every interleaving that loom can make:
//! `RUSTFLAGS="--cfg loom" cargo test --release --target-dir target/loom --test loom`.
#![cfg(loom)]

use std::sync::atomic::Ordering;

use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::sync::atomic::{AtomicU32, fence};
use loom::sync::{Arc, Notify};
use loom::thread;
use mesh_native::sleep;
use mesh_native::space::{Geometry, Reader, Space, Writer};
use mesh_native::word::{Bytes, Word};

const GENERATION: u32 = 1;
const GRANULE: usize = 16;

struct LoomWord(AtomicU32);

impl Word for LoomWord {
    fn load(&self, order: Ordering) -> u32 {
        self.0.load(order)
    }
    fn store(&self, value: u32, order: Ordering) {
        self.0.store(value, order);
    }
    fn swap(&self, value: u32, order: Ordering) -> u32 {
        self.0.swap(value, order)
    }
    fn fence() {
        fence(Ordering::SeqCst);
    }
}

/// Bytes in cells of which loom knows who touches them when: a read beside a write fails the test.
struct Cells(Vec<UnsafeCell<[u8; GRANULE]>>);

impl Bytes for &Cells {
    fn read(&self, at: usize, into: &mut [u8]) {
        for (offset, granule) in into.chunks_mut(GRANULE).enumerate() {
            self.0[at / GRANULE + offset].with(|cell| {
                // SAFETY: loom checks that nobody writes meanwhile.
                granule.copy_from_slice(&unsafe { *cell });
            });
        }
    }
    fn write(&self, at: usize, from: &[u8]) {
        for (offset, granule) in from.chunks(GRANULE).enumerate() {
            self.0[at / GRANULE + offset].with_mut(|cell| {
                // SAFETY: loom checks that nobody else touches the cell meanwhile.
                unsafe { (*cell).copy_from_slice(granule) };
            });
        }
    }
}

struct Slot {
    tail: LoomWord,
    head: LoomWord,
    cells: Cells,
    consumer_sleeping: LoomWord,
    producer_sleeping: LoomWord,
    consumer_mark: Notify,
    producer_mark: Notify,
    geometry: Geometry,
}

impl Slot {
    fn new(space_bytes: u32, frame_max: u32) -> Arc<Self> {
        let word = || LoomWord(AtomicU32::new(0));
        Arc::new(Self {
            tail: word(),
            head: word(),
            cells: Cells(
                (0..space_bytes as usize / GRANULE)
                    .map(|_| UnsafeCell::new([0; GRANULE]))
                    .collect(),
            ),
            consumer_sleeping: word(),
            producer_sleeping: word(),
            consumer_mark: Notify::new(),
            producer_mark: Notify::new(),
            geometry: Geometry {
                space_bytes,
                frame_max,
            },
        })
    }

    fn space(&self) -> Space<'_, LoomWord, &Cells> {
        Space {
            tail: &self.tail,
            head: &self.head,
            bytes: &self.cells,
            geometry: self.geometry,
        }
    }
}

fn frame(length: usize, stream: u8) -> Vec<u8> {
    let mut bytes = vec![stream; length];
    bytes[..16].fill(0);
    bytes[0] = length as u8;
    bytes[4] = 1;
    bytes[8] = stream;
    bytes
}

/// Streams of the frames in a copied buffer; their bodies must be whole.
fn streams(mut bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = bytes[0] as usize;
        let stream = bytes[8];
        assert!(
            bytes[16..length].iter().all(|byte| *byte == stream),
            "a torn frame"
        );
        found.push(stream);
        bytes = &bytes[length..];
    }
    found
}

fn model(preemptions: usize, test: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(test);
}

/// What a sleeping producer does: write everything, sleep when the space is full.
fn produce(slot: &Slot, lengths: &[usize]) {
    let mut writer = Writer::default();
    for (index, length) in lengths.iter().enumerate() {
        let mut bytes = frame(*length, index as u8 + 1);
        loop {
            let sent = writer
                .write(&slot.space(), GENERATION, &mut bytes)
                .expect("an honest consumer");
            if sent > 0 {
                if sleep::claim(&slot.consumer_sleeping, sleep::FRAMES) {
                    slot.consumer_mark.notify();
                }
                break;
            }
            sleep::announce(&slot.producer_sleeping, sleep::ROOM);
            if writer.has_room(&slot.space(), *length).expect("honest") {
                sleep::withdraw(&slot.producer_sleeping);
            } else {
                slot.producer_mark.wait();
            }
        }
    }
}

/// What a sleeping consumer does: read until all frames were seen, sleep when there are none.
fn consume(slot: &Slot, frames: usize) -> Vec<u8> {
    let mut reader = Reader::default();
    let mut seen = Vec::new();
    let mut into = [0; 256];
    while seen.len() < frames {
        let copied = reader
            .read(&slot.space(), GENERATION, &mut into)
            .expect("an honest producer");
        seen.extend(streams(&into[..copied.copied]));
        if copied.freed {
            if sleep::claim(&slot.producer_sleeping, sleep::ROOM) {
                slot.producer_mark.notify();
            }
            continue;
        }
        sleep::announce(&slot.consumer_sleeping, sleep::FRAMES);
        if reader.has_frames(&slot.space()).expect("honest") {
            sleep::withdraw(&slot.consumer_sleeping);
        } else {
            slot.consumer_mark.wait();
        }
    }
    seen
}

fn exchange(space_bytes: u32, frame_max: u32, lengths: &'static [usize], preemptions: usize) {
    model(preemptions, move || {
        let slot = Slot::new(space_bytes, frame_max);
        let producer = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || produce(&slot, lengths))
        };
        // A lost wake-up is a deadlock, and loom reports it.
        let seen = consume(&slot, lengths.len());
        producer.join().expect("the producer ends");
        let wanted: Vec<u8> = (1..=lengths.len() as u8).collect();
        assert_eq!(seen, wanted);
    });
}

#[test]
fn no_frame_is_torn_lost_or_doubled_when_both_sides_run_freely() {
    model(4, || {
        let slot = Slot::new(64, 32);
        let producer = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                let mut writer = Writer::default();
                let mut from = [frame(32, 1), frame(16, 2), frame(32, 3)].concat();
                let mut sent = 0;
                while sent < from.len() {
                    sent += writer
                        .write(&slot.space(), GENERATION, &mut from[sent..])
                        .expect("an honest consumer");
                    if sent < from.len() {
                        thread::yield_now();
                    }
                }
            })
        };
        let mut reader = Reader::default();
        let mut seen = Vec::new();
        let mut into = [0; 64];
        while seen.len() < 3 {
            let copied = reader
                .read(&slot.space(), GENERATION, &mut into)
                .expect("an honest producer");
            seen.extend(streams(&into[..copied.copied]));
            if !copied.freed {
                thread::yield_now();
            }
        }
        producer.join().expect("the producer ends");
        assert_eq!(seen, [1, 2, 3]);
    });
}

#[test]
fn no_wake_up_is_lost_at_a_capacity_of_one_frame() {
    exchange(32, 32, &[32, 32, 32], 3);
}

#[test]
fn no_wake_up_is_lost_with_skip_markers_at_a_capacity_of_several_frames() {
    exchange(64, 32, &[32, 16, 32, 16], 3);
}

#[test]
fn one_sleep_is_ended_by_exactly_one_of_several_claims() {
    model(5, || {
        let sleeping = Arc::new(LoomWord(AtomicU32::new(0)));
        sleep::announce(&*sleeping, sleep::FRAMES | sleep::ROOM);
        let other = {
            let sleeping = Arc::clone(&sleeping);
            thread::spawn(move || sleep::claim(&*sleeping, sleep::ROOM))
        };
        let first = sleep::claim(&*sleeping, sleep::FRAMES);
        let second = other.join().expect("ends");
        assert!(first != second, "one winner");
    });
}
