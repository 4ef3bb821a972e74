//! One end of a slot: the proxy's or the process's.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Fault, FaultKind};
use crate::eventfd::Mark;
use crate::layout::{INPUT_SPACE, control, output_space};
use crate::mapping::{Mapping, SpaceBytes};
use crate::sleep;
use crate::space::{Geometry, Reader, Space, Writer};

/// Whose end it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Side {
    /// Reads the input space, writes the output space.
    Proxy = 0,
    /// Writes the input space, reads the output space.
    Process = 1,
}

/// The proxy mark is readable: the input space has frames.
pub const PROXY_READABLE: i32 = 1;
/// The proxy mark is writable: the output space has room for a largest frame.
pub const PROXY_WRITABLE: i32 = 2;
/// The process mark is readable: the output space has frames.
pub const PROCESS_READABLE: i32 = 4;
/// The process mark is writable: the input space has room for a largest frame.
pub const PROCESS_WRITABLE: i32 = 8;

/// One end of a slot.
#[derive(Debug)]
pub struct SlotEnd {
    side: Side,
    index: u32,
    generation: u32,
    geometry: Geometry,
    mapping: Arc<Mapping>,
    /// Where the slot begins in the map.
    base: usize,
    reader: Reader,
    writer: Writer,
    own_mark: Arc<Mark>,
    peer_mark: Arc<Mark>,
    /// The control connection of an attached process; closing it tells the proxy that the process left.
    lifeline: Option<OwnedFd>,
    fault: Option<Fault>,
}

impl SlotEnd {
    /// An end of a slot whose control words are zero, as they are at the start of a generation.
    #[expect(
        clippy::too_many_arguments,
        reason = "the constructor names every part once"
    )]
    #[must_use]
    pub fn new(
        side: Side,
        index: u32,
        generation: u32,
        mapping: Arc<Mapping>,
        base: usize,
        space_bytes: u32,
        own_mark: Arc<Mark>,
        peer_mark: Arc<Mark>,
    ) -> Self {
        Self {
            side,
            index,
            generation,
            geometry: Geometry::of(space_bytes),
            mapping,
            base,
            reader: Reader::default(),
            writer: Writer::default(),
            own_mark,
            peer_mark,
            lifeline: None,
            fault: None,
        }
    }

    /// The same end, which keeps the control connection open as long as it lives.
    #[must_use]
    pub fn with_lifeline(mut self, lifeline: OwnedFd) -> Self {
        self.lifeline = Some(lifeline);
        self
    }

    /// Whose end it is.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }
    /// Index of the slot.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }
    /// Generation of the slot.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }
    /// Sizes of its spaces.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }
    /// The mark on which this side waits.
    #[must_use]
    pub fn own_mark(&self) -> &Mark {
        &self.own_mark
    }
    /// The control connection of an attached process.
    #[must_use]
    pub fn lifeline(&self) -> Option<&OwnedFd> {
        self.lifeline.as_ref()
    }
    /// Frames of another generation that were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.reader.dropped()
    }
    /// Position up to which this side has published frames.
    #[must_use]
    pub fn published(&self) -> u32 {
        self.writer.tail()
    }
    /// Position up to which the other side has consumed them; only a number, it may be impossible.
    #[must_use]
    pub fn consumed(&self) -> u32 {
        // Partner: the head store of the other side's `Reader::publish`.
        self.outgoing().head.load(Ordering::Acquire)
    }
    /// Copies the frames that the other side has not consumed, and changes nothing. To be asked when that
    /// side is dead: what it did not read it provably did not act on.
    ///
    /// Returns the bytes copied.
    ///
    /// # Errors
    /// Whatever the other side did to its control word and to the frames.
    pub fn unread(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        let result = self.look_at_unread(into);
        self.note(result)
    }

    fn look_at_unread(&self, into: &mut [u8]) -> Result<usize, Fault> {
        let outgoing = self.outgoing();
        // Partner: the head store of the other side's `Reader::publish`.
        let head = outgoing.head.load(Ordering::Acquire);
        let (own_tail, own_head) = (AtomicU32::new(self.writer.tail()), AtomicU32::new(head));
        let space = Space {
            tail: &own_tail,
            head: &own_head,
            bytes: outgoing.bytes,
            geometry: self.geometry,
        };
        let taken = Reader::starting_at(head).read(&space, self.generation, into)?;
        Ok(taken.copied)
    }
    /// The last fault of this end.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    fn word(&self, at: usize) -> &AtomicU32 {
        self.mapping.word(self.base + at)
    }

    fn space(&self, tail: usize, head: usize, at: usize) -> Space<'_, AtomicU32, SpaceBytes<'_>> {
        let length = self.geometry.space_bytes as usize;
        Space {
            tail: self.word(tail),
            head: self.word(head),
            bytes: self.mapping.space(self.base + at, length),
            geometry: self.geometry,
        }
    }

    fn input(&self) -> Space<'_, AtomicU32, SpaceBytes<'_>> {
        self.space(control::INPUT_TAIL, control::INPUT_HEAD, INPUT_SPACE)
    }

    fn output(&self) -> Space<'_, AtomicU32, SpaceBytes<'_>> {
        let at = output_space(self.geometry.space_bytes as usize);
        self.space(control::OUTPUT_TAIL, control::OUTPUT_HEAD, at)
    }

    fn incoming(&self) -> Space<'_, AtomicU32, SpaceBytes<'_>> {
        match self.side {
            Side::Proxy => self.input(),
            Side::Process => self.output(),
        }
    }

    fn outgoing(&self) -> Space<'_, AtomicU32, SpaceBytes<'_>> {
        match self.side {
            Side::Proxy => self.output(),
            Side::Process => self.input(),
        }
    }

    fn own_sleeping(&self) -> &AtomicU32 {
        self.word(match self.side {
            Side::Proxy => control::PROXY_SLEEPING,
            Side::Process => control::PROCESS_SLEEPING,
        })
    }

    fn peer_sleeping(&self) -> &AtomicU32 {
        self.word(match self.side {
            Side::Proxy => control::PROCESS_SLEEPING,
            Side::Process => control::PROXY_SLEEPING,
        })
    }

    fn wake_peer(&self, wish: u32) {
        if sleep::claim(self.peer_sleeping(), wish) {
            self.peer_mark.signal();
        }
    }

    fn note<T>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &result {
            self.fault = Some(fault.clone());
        }
        result
    }

    /// Copies whole frames out of the incoming space; see [`Reader::read`]. Wakes the other side when it
    /// sleeps for room. Returns the bytes copied.
    ///
    /// # Errors
    /// Whatever the other side did wrong.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        let mut reader = std::mem::take(&mut self.reader);
        let result = reader.read(&self.incoming(), self.generation, into);
        self.reader = reader;
        let taken = self.note(result)?;
        if taken.freed {
            self.wake_peer(sleep::ROOM);
        }
        Ok(taken.copied)
    }

    /// Copies whole frames out of the incoming space and does not release them; see [`Reader::take`]. Returns
    /// the bytes copied.
    ///
    /// # Errors
    /// Whatever the other side did wrong.
    pub fn take(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        let mut reader = std::mem::take(&mut self.reader);
        let result = reader.take(&self.incoming(), self.generation, into);
        self.reader = reader;
        self.note(result)
    }

    /// Releases frames that [`SlotEnd::take`] copied, up to a position; see [`Reader::release`]. Wakes the
    /// other side when it sleeps for room.
    ///
    /// # Errors
    /// `Argument` for an impossible position.
    pub fn release(&mut self, position: u32) -> Result<(), Fault> {
        let mut reader = std::mem::take(&mut self.reader);
        let result = reader.release(&self.incoming(), position);
        self.reader = reader;
        self.note(result)?;
        self.wake_peer(sleep::ROOM);
        Ok(())
    }

    /// Releases all frames that [`SlotEnd::take`] copied, and returns the position behind them. Wakes the other
    /// side when it sleeps for room.
    pub fn release_all(&mut self) -> u32 {
        let mut reader = std::mem::take(&mut self.reader);
        let position = reader.release_all(&self.incoming());
        self.reader = reader;
        self.wake_peer(sleep::ROOM);
        position
    }

    /// Writes whole frames into the outgoing space; see [`Writer::write`]. Wakes the other side when it
    /// sleeps for frames. Returns the bytes consumed.
    ///
    /// # Errors
    /// `ControlWords` or `OutgoingFrame`.
    pub fn write(&mut self, from: &mut [u8]) -> Result<usize, Fault> {
        self.write_from(from, 0)
    }

    /// The same for frames that begin at `start`.
    ///
    /// # Errors
    /// The same, and `Argument` when `start` is behind the end of `from`.
    pub fn write_from(&mut self, from: &mut [u8], start: usize) -> Result<usize, Fault> {
        let length = from.len() as u64;
        let Some(frames) = from.get_mut(start..) else {
            let fault = Fault::at(FaultKind::Argument, start as u64, length);
            return self.note(Err(fault));
        };
        let mut writer = std::mem::take(&mut self.writer);
        let result = writer.write(&self.outgoing(), self.generation, frames);
        self.writer = writer;
        let consumed = self.note(result)?;
        if consumed > 0 {
            self.wake_peer(sleep::FRAMES);
        }
        Ok(consumed)
    }

    /// Announces that this side goes to sleep, wishing for frames and, unless `room_for` is 0, for room for a
    /// frame of that many bytes. When a wish is already fulfilled the announcement is taken back.
    ///
    /// Returns the fulfilled wishes ([`sleep::FRAMES`], [`sleep::ROOM`]); 0 means asleep.
    ///
    /// # Errors
    /// `ControlWords` when a word of the other side is impossible; the side is awake then.
    pub fn prepare_sleep(&mut self, room_for: usize) -> Result<u32, Fault> {
        let wishes = sleep::FRAMES | if room_for > 0 { sleep::ROOM } else { 0 };
        sleep::announce(self.own_sleeping(), wishes);
        let ready = self.fulfilled(room_for);
        if !matches!(ready, Ok(0)) {
            sleep::withdraw(self.own_sleeping());
        }
        self.note(ready)
    }

    fn fulfilled(&self, room_for: usize) -> Result<u32, Fault> {
        let mut ready = 0;
        if self.reader.has_frames(&self.incoming())? {
            ready |= sleep::FRAMES;
        }
        if room_for > 0 && self.writer.has_room(&self.outgoing(), room_for)? {
            ready |= sleep::ROOM;
        }
        Ok(ready)
    }

    /// The modes of both marks, for people to look at: bits of [`PROXY_READABLE`] and the others. A space whose
    /// control words are impossible is neither readable nor writable.
    #[must_use]
    pub fn modes(&self) -> i32 {
        let (input_frames, input_room) = look(&self.input());
        let (output_frames, output_room) = look(&self.output());
        let bit = |set: bool, bit: i32| if set { bit } else { 0 };
        bit(input_frames, PROXY_READABLE)
            | bit(output_room, PROXY_WRITABLE)
            | bit(output_frames, PROCESS_READABLE)
            | bit(input_room, PROCESS_WRITABLE)
    }
}

/// Whether a space has frames, and whether it has room for a largest frame.
fn look(space: &Space<'_, AtomicU32, SpaceBytes<'_>>) -> (bool, bool) {
    // Partners: the head store of `Reader::publish` and the tail store of `Writer::write`. Head first: a tail
    // read later can only be further ahead, never behind it.
    let head = space.head.load(Ordering::Acquire);
    let tail = space.tail.load(Ordering::Acquire);
    space.look(tail, head)
}

/// The fault of a call on an end that is closed.
#[must_use]
pub fn closed() -> Fault {
    Fault::at(FaultKind::Closed, 0, 0)
}
