//! The space: a single-producer single-consumer ring of frames.
//!
//! Each side keeps its own position privately ([`Reader::head`], [`Writer::tail`]) and only publishes it;
//! what it reads from shared memory is the other side's word, and that one is never believed: the distance
//! between the two must be possible, or it is a [`Fault`].

use std::sync::atomic::Ordering;

use crate::error::{Fault, FaultKind};
use crate::frames::{mark_run, skip_marker, take_frames};
use crate::layout::{FRAME_ALIGN, FRAME_HEADER_BYTES, frame_max_bytes, padded};
use crate::word::{Bytes, Word};

/// Sizes of a space.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Bytes of the space, a power of two.
    pub space_bytes: u32,
    /// Largest frame, a multiple of 16.
    pub frame_max: u32,
}

impl Geometry {
    /// The geometry of a space of a slot.
    #[must_use]
    pub fn of(space_bytes: u32) -> Self {
        let frame_max = frame_max_bytes(space_bytes as usize) as u32;
        Self {
            space_bytes,
            frame_max,
        }
    }

    /// Offset of a free-running position in the space.
    fn at(self, position: u32) -> usize {
        (position & (self.space_bytes - 1)) as usize
    }

    /// Bytes from a position up to the end of the space.
    fn to_end(self, position: u32) -> usize {
        self.space_bytes as usize - self.at(position)
    }

    /// Bytes between two positions; a fault when two honest sides could never be that far apart.
    fn distance(self, tail: u32, head: u32) -> Result<usize, Fault> {
        let distance = tail.wrapping_sub(head);
        if distance > self.space_bytes || !distance.is_multiple_of(FRAME_ALIGN as u32) {
            let (seen, wanted) = (u64::from(distance), u64::from(self.space_bytes));
            return Err(Fault::at(FaultKind::ControlWords, seen, wanted));
        }
        Ok(distance as usize)
    }

    /// Bytes that a frame takes when it starts at a position: its own, and those that a skip marker fills.
    fn needed(self, tail: u32, padded_bytes: usize) -> usize {
        let to_end = self.to_end(tail);
        if padded_bytes <= to_end {
            padded_bytes
        } else {
            to_end + padded_bytes
        }
    }
}

/// A space as one side sees it: the two control words and the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Space<'a, W, B> {
    /// Written by the producer.
    pub tail: &'a W,
    /// Written by the consumer.
    pub head: &'a W,
    /// The bytes of the ring.
    pub bytes: B,
    /// Its sizes.
    pub geometry: Geometry,
}

impl<W: Word, B: Bytes> Space<'_, W, B> {
    /// Whether a space with these positions has frames, and whether it has room for a largest frame; neither
    /// when the positions are impossible.
    #[must_use]
    pub fn look(&self, tail: u32, head: u32) -> (bool, bool) {
        let geometry = self.geometry;
        geometry
            .distance(tail, head)
            .map_or((false, false), |used| {
                let needed = geometry.needed(tail, geometry.frame_max as usize);
                (used > 0, needed <= geometry.space_bytes as usize - used)
            })
    }
}

/// The consumer's own state.
#[derive(Debug, Default)]
pub struct Reader {
    /// Up to here frames were copied out.
    head: u32,
    /// Up to here they were released: what the producer sees.
    released: u32,
    dropped: u64,
}

/// What [`Reader::read`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Bytes of whole, padded frames at the start of the buffer.
    pub copied: usize,
    /// The head moved: the producer has more room than before.
    pub freed: bool,
}

impl Reader {
    /// A reader that begins at a position.
    #[must_use]
    pub fn starting_at(head: u32) -> Self {
        Self {
            head,
            released: head,
            dropped: 0,
        }
    }

    /// The position up to which frames were copied out.
    #[must_use]
    pub fn head(&self) -> u32 {
        self.head
    }

    /// Frames of another generation that were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether frames wait.
    ///
    /// # Errors
    /// `ControlWords` when the producer's tail is impossible.
    pub fn has_frames<W: Word, B: Bytes>(&self, space: &Space<'_, W, B>) -> Result<bool, Fault> {
        // SYNC POINT with the tail store of `Writer::write`.
        let tail = space.tail.load(Ordering::Acquire);
        Ok(space.geometry.distance(tail, self.head)? > 0)
    }

    /// Copies as many whole frames as fit into `into`, checked and with zeroed padding, and releases them at
    /// once. Frames of another generation are dropped and counted. Work is bounded by the size of the space,
    /// since the tail is read once.
    ///
    /// # Errors
    /// Whatever the producer did wrong; nothing is consumed then.
    pub fn read<W: Word, B: Bytes>(
        &mut self,
        space: &Space<'_, W, B>,
        generation: u32,
        into: &mut [u8],
    ) -> Result<Drained, Fault> {
        let copied = self.take(space, generation, into)?;
        let freed = self.head != self.released;
        if freed {
            self.publish(space, self.head);
        }
        Ok(Drained { copied, freed })
    }

    /// Tells the producer that frames up to a position are done with: it may use their bytes again.
    ///
    /// # Errors
    /// `Argument` for a position that was not copied out yet, or was released before.
    pub fn release<W: Word, B: Bytes>(
        &mut self,
        space: &Space<'_, W, B>,
        position: u32,
    ) -> Result<(), Fault> {
        let wanted = position.wrapping_sub(self.released);
        let most = self.head.wrapping_sub(self.released);
        if wanted > most || !wanted.is_multiple_of(FRAME_ALIGN as u32) {
            let (seen, most) = (u64::from(wanted), u64::from(most));
            return Err(Fault::at(FaultKind::Argument, seen, most));
        }
        if wanted > 0 {
            self.publish(space, position);
        }
        Ok(())
    }

    /// Releases everything that was copied out, and returns the position behind it.
    pub fn release_all<W: Word, B: Bytes>(&mut self, space: &Space<'_, W, B>) -> u32 {
        if self.head != self.released {
            self.publish(space, self.head);
        }
        self.head
    }

    fn publish<W: Word, B: Bytes>(&mut self, space: &Space<'_, W, B>, position: u32) {
        self.released = position;
        // SYNC POINT with the head load of `Writer::write`: our copies are done before the producer
        // overwrites the bytes.
        space.head.store(position, Ordering::Release);
    }

    /// Copies as [`Reader::read`] does, but releases nothing: the producer still sees the frames as unread.
    /// Returns the bytes copied.
    ///
    /// # Errors
    /// Whatever the producer did wrong; nothing is consumed then.
    pub fn take<W: Word, B: Bytes>(
        &mut self,
        space: &Space<'_, W, B>,
        generation: u32,
        into: &mut [u8],
    ) -> Result<usize, Fault> {
        let geometry = space.geometry;
        if into.len() < geometry.frame_max as usize {
            let (seen, wanted) = (into.len() as u64, u64::from(geometry.frame_max));
            return Err(Fault::at(FaultKind::Buffer, seen, wanted));
        }
        // SYNC POINT with the tail store of `Writer::write`: frames before it are visible.
        let tail = space.tail.load(Ordering::Acquire);
        geometry.distance(tail, self.released)?;
        let mut pending = geometry.distance(tail, self.head)?;
        let (mut head, mut copied, mut dropped) = (self.head, 0, 0);
        while pending > 0 {
            let row = pending.min(geometry.to_end(head));
            let run = row.min((into.len() - copied) & !(FRAME_ALIGN - 1));
            if run < FRAME_HEADER_BYTES {
                break;
            }
            let private = &mut into[copied..copied + run];
            // One copy out of shared memory; everything below looks at the private bytes only, so the
            // producer cannot change a header between its check and its use.
            space.bytes.read(geometry.at(head), private);
            let taken = take_frames(
                private,
                row,
                geometry.to_end(head),
                geometry.frame_max as usize,
                generation,
            )?;
            if taken.consumed == 0 {
                break; // the next frame does not fit what is left of the buffer
            }
            head = head.wrapping_add(taken.consumed as u32);
            pending -= taken.consumed;
            copied += taken.kept;
            dropped += taken.dropped;
        }
        self.head = head;
        self.dropped += dropped;
        Ok(copied)
    }
}

/// The producer's own state.
#[derive(Debug, Default)]
pub struct Writer {
    tail: u32,
}

impl Writer {
    /// The position up to which frames were published.
    #[must_use]
    pub fn tail(&self) -> u32 {
        self.tail
    }

    /// Whether a frame of `frame_bytes` fits now.
    ///
    /// # Errors
    /// `ControlWords` when the consumer's head is impossible.
    pub fn has_room<W: Word, B: Bytes>(
        &self,
        space: &Space<'_, W, B>,
        frame_bytes: usize,
    ) -> Result<bool, Fault> {
        let geometry = space.geometry;
        // SYNC POINT with the head store of `Reader::publish`.
        let head = space.head.load(Ordering::Acquire);
        let free = geometry.space_bytes as usize - geometry.distance(self.tail, head)?;
        let bytes = padded(frame_bytes.min(geometry.frame_max as usize));
        Ok(geometry.needed(self.tail, bytes) <= free)
    }

    /// Writes as many whole frames of `from` as there is room for and publishes the tail once. Each written
    /// frame's generation is set (in `from` as well: it saves a copy).
    ///
    /// Returns how many bytes of `from` were consumed: 0 when there is no room.
    ///
    /// # Errors
    /// `ControlWords` when the consumer's head is impossible, `OutgoingFrame` when `from` is malformed;
    /// nothing is published then.
    pub fn write<W: Word, B: Bytes>(
        &mut self,
        space: &Space<'_, W, B>,
        generation: u32,
        from: &mut [u8],
    ) -> Result<usize, Fault> {
        let geometry = space.geometry;
        // SYNC POINT with the head store of `Reader::publish`: the consumer is done with the bytes before it.
        let head = space.head.load(Ordering::Acquire);
        let mut free = geometry.space_bytes as usize - geometry.distance(self.tail, head)?;
        let (mut tail, mut consumed) = (self.tail, 0);
        while consumed < from.len() {
            // A run is what can be copied at once: whole frames up to the end of the space.
            let to_end = geometry.to_end(tail);
            let run = mark_run(
                &mut from[consumed..],
                to_end.min(free),
                geometry.frame_max as usize,
                generation,
            )?;
            if run.bytes > 0 {
                space
                    .bytes
                    .write(geometry.at(tail), &from[consumed..consumed + run.bytes]);
                tail = tail.wrapping_add(run.bytes as u32);
                free -= run.bytes;
                consumed += run.bytes;
            } else if to_end < run.next && to_end + run.next <= free {
                space.bytes.write(geometry.at(tail), &skip_marker(to_end));
                tail = tail.wrapping_add(to_end as u32);
                free -= to_end;
            } else {
                break; // full
            }
        }
        if tail != self.tail {
            self.tail = tail;
            // SYNC POINT with the tail loads of `Reader`: everything written above is visible before it.
            space.tail.store(tail, Ordering::Release);
        }
        Ok(consumed)
    }
}
