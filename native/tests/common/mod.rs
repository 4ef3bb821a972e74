//! A space in private memory, with the same code as a mapped one.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::cell::RefCell;
use std::sync::atomic::AtomicU32;

use mesh_native::space::{Geometry, Space};
use mesh_native::word::Bytes;

pub const GENERATION: u32 = 7;

/// Bytes that panic on any access outside, so a test sees it.
pub struct Heap(pub RefCell<Vec<u8>>);

impl Bytes for &Heap {
    fn read(&self, at: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.0.borrow()[at..at + into.len()]);
    }
    fn write(&self, at: usize, from: &[u8]) {
        self.0.borrow_mut()[at..at + from.len()].copy_from_slice(from);
    }
}

/// Memory that a hostile producer never stops writing: every read sees other bytes.
pub struct Restless {
    /// Headers that turn up, in this order, again and again.
    pub headers: Vec<[u8; 16]>,
    pub next: RefCell<usize>,
    pub space_bytes: usize,
}

impl Bytes for &Restless {
    fn read(&self, at: usize, into: &mut [u8]) {
        assert!(at + into.len() <= self.space_bytes);
        let mut next = self.next.borrow_mut();
        for granule in into.chunks_mut(16) {
            granule.copy_from_slice(&self.headers[*next % self.headers.len()]);
            *next += 1;
        }
    }
    fn write(&self, _at: usize, _from: &[u8]) {}
}

pub struct Ring {
    pub tail: AtomicU32,
    pub head: AtomicU32,
    pub heap: Heap,
    pub geometry: Geometry,
}

impl Ring {
    pub fn new(space_bytes: u32, frame_max: u32) -> Self {
        Self {
            tail: AtomicU32::new(0),
            head: AtomicU32::new(0),
            heap: Heap(RefCell::new(vec![0xee; space_bytes as usize])),
            geometry: Geometry {
                space_bytes,
                frame_max,
            },
        }
    }

    pub fn space(&self) -> Space<'_, AtomicU32, &Heap> {
        Space {
            tail: &self.tail,
            head: &self.head,
            bytes: &self.heap,
            geometry: self.geometry,
        }
    }
}

/// A padded frame of `length` bytes (header included) whose body is `fill`.
pub fn frame(length: usize, kind: u8, stream: u32, fill: u8) -> Vec<u8> {
    let mut bytes = vec![0; length.next_multiple_of(16)];
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    bytes[4] = kind;
    bytes[8..12].copy_from_slice(&stream.to_le_bytes());
    bytes[16..length].fill(fill);
    bytes
}

/// The frame as it comes out: with its generation.
pub fn marked(mut frame: Vec<u8>, generation: u32) -> Vec<u8> {
    frame[12..16].copy_from_slice(&generation.to_le_bytes());
    frame
}
