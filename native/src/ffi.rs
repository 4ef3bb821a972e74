//! What TypeScript calls. Nothing here panics outwards: every export catches unwinding and returns a code.
//!
//! Conventions: objects are handles ([`crate::registry`]); a negative result is `-(FaultKind)`; calls off the hot
//! path take a *report* buffer that gets the details of a fault; file descriptors are plain numbers.
//!
//! ```text
//! report  0          8        16         20
//!         ├──────────┼────────┼──────────┼──────────┤
//!         │ observed │ wanted │ text     │ text     │
//!         │ u64      │ u64    │ bytes u32│ (UTF-8)  │
//! ```

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use crate::attach::{Answer, attach};
use crate::control::{ControlServer, Event};
use crate::error::{Fault, FaultKind};
use crate::eventfd::{self, Mark};
use crate::layout::{ABI_VERSION, TABLE};
use crate::poller::{Poller, Watch};
use crate::registry::Registry;
use crate::segment::Segment;
use crate::slot::SlotEnd;

static SEGMENTS: Registry<Mutex<Segment>> = Registry::new();
static ENDS: Registry<Mutex<SlotEnd>> = Registry::new();
static CONTROLS: Registry<ControlServer> = Registry::new();
static POLLERS: Registry<Poller> = Registry::new();

/// Bytes of a report before its text.
const REPORT_HEAD_BYTES: usize = 20;
/// Bytes that an event takes before its body.
const EVENT_HEAD_BYTES: usize = 16;

/// A buffer that TypeScript lent for the duration of a call.
struct Lent {
    start: *mut u8,
    length: usize,
}

impl Lent {
    /// # Safety
    /// `start` must be valid for reads and writes of `length` bytes as long as the result lives, and nobody else
    /// may use them meanwhile; or `length` must be 0.
    unsafe fn new(start: *mut u8, length: u32) -> Self {
        let length = length as usize;
        Self { start, length }
    }

    fn bytes(&mut self) -> &mut [u8] {
        if self.length == 0 || self.start.is_null() {
            return &mut [];
        }
        // SAFETY: promised to `new`.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }

    fn path(&mut self) -> &Path {
        Path::new(OsStr::from_bytes(self.bytes()))
    }
}

fn caught<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(Fault::at(FaultKind::Panicked, 0, 0)))
}

/// A call whose fault is told by its code alone.
fn coded(call: impl FnOnce() -> Result<i32, Fault>) -> i32 {
    caught(call).unwrap_or_else(|fault| fault.code())
}

/// A call whose fault goes into a report as well.
fn reported(mut report: Lent, call: impl FnOnce() -> Result<i32, Fault>) -> i32 {
    caught(call).unwrap_or_else(|fault| {
        write_report(report.bytes(), &fault);
        fault.code()
    })
}

fn write_report(report: &mut [u8], fault: &Fault) {
    if report.len() < REPORT_HEAD_BYTES {
        return;
    }
    let text = fault.to_string();
    let mut fits = text.len().min(report.len() - REPORT_HEAD_BYTES);
    while !text.is_char_boundary(fits) {
        fits -= 1;
    }
    report[..8].copy_from_slice(&fault.observed.to_le_bytes());
    report[8..16].copy_from_slice(&fault.wanted.to_le_bytes());
    report[16..20].copy_from_slice(&(fits as u32).to_le_bytes());
    report[20..20 + fits].copy_from_slice(&text.as_bytes()[..fits]);
}

fn with_segment<T>(
    handle: i32,
    call: impl FnOnce(&mut Segment) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let segment = SEGMENTS.get(handle)?;
    let mut segment = segment.lock().map_err(|_| poisoned())?;
    call(&mut segment)
}

fn with_end<T>(
    handle: i32,
    call: impl FnOnce(&mut SlotEnd) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let end = ENDS.get(handle)?;
    let mut end = end.lock().map_err(|_| poisoned())?;
    call(&mut end)
}

/// An object in whose call the code panicked before.
fn poisoned() -> Fault {
    Fault::at(FaultKind::Panicked, 0, 0)
}

fn count(bytes: usize) -> i32 {
    // Buffers of 2 GiB and more do not exist here; a larger number would be taken for a fault.
    bytes.min(i32::MAX as usize) as i32
}

fn put_words(out: &mut [u8], words: &[u32]) -> Result<i32, Fault> {
    let wanted = words.len() * 4;
    if out.len() < wanted {
        return Err(Fault::at(
            FaultKind::Buffer,
            out.len() as u64,
            wanted as u64,
        ));
    }
    for (place, word) in out.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Ok(count(wanted))
}

/// Version of these calls.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_abi_version() -> u32 {
    ABI_VERSION
}

/// Writes the layout table as lines `name=value` and returns the bytes written.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_layout_table(out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let lines: Vec<String> = TABLE
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = lines.join("\n");
        let out = out.bytes();
        if out.len() < text.len() {
            return Err(Fault::at(
                FaultKind::Buffer,
                out.len() as u64,
                text.len() as u64,
            ));
        }
        out[..text.len()].copy_from_slice(text.as_bytes());
        Ok(count(text.len()))
    })
}

/// Makes a segment and returns its handle.
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_create(
    path: *mut u8,
    path_len: u32,
    slots: u32,
    space_bytes: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, report) = unsafe { (Lent::new(path, path_len), Lent::new(report, report_len)) };
    reported(report, || {
        SEGMENTS.insert(Mutex::new(Segment::create(
            path.path(),
            slots,
            space_bytes,
        )?))
    })
}

/// What distinguishes this segment from all others.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_segment_epoch(segment: i32) -> u64 {
    caught(|| with_segment(segment, |segment| Ok(segment.header().epoch))).unwrap_or(0)
}

/// Returns the handle of the proxy's end of a slot in its present generation. Each call makes an end with its own
/// positions, so there must be one per generation.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_slot(
    segment: i32,
    index: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        ENDS.insert(Mutex::new(with_segment(segment, |segment| {
            segment.proxy_end(index)
        })?))
    })
}

/// Gives a slot a new generation.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_segment_retire(
    segment: i32,
    index: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        with_segment(segment, |segment| segment.retire(index).map(|()| 0))
    })
}

/// Unlinks and closes a segment. The map goes with the last open end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_segment_close(segment: i32) -> i32 {
    coded(|| SEGMENTS.remove(segment).map(|_| 0))
}

/// Hot path: see [`SlotEnd::drain`]. Returns bytes copied.
///
/// # Safety
/// `into` is valid for reads and writes of `into_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_drain(end: i32, into: *mut u8, into_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut into = unsafe { Lent::new(into, into_len) };
    coded(|| with_end(end, |end| end.drain(into.bytes()).map(count)))
}

/// Hot path: see [`SlotEnd::scatter`]. Returns bytes consumed.
///
/// # Safety
/// `from` is valid for reads and writes of `end_at` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_scatter(
    end: i32,
    from: *mut u8,
    start: u32,
    end_at: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let mut from = unsafe { Lent::new(from, end_at) };
    coded(|| {
        let from = from.bytes();
        let length = from.len() as u64;
        let frames = from
            .get_mut(start as usize..)
            .ok_or_else(|| Fault::at(FaultKind::Argument, u64::from(start), length))?;
        with_end(end, |end| end.scatter(frames).map(count))
    })
}

/// Hot path: see [`SlotEnd::prepare_sleep`]. Returns the fulfilled wishes, 0 for asleep.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_prepare_sleep(end: i32, room_for: u32) -> i32 {
    coded(|| {
        with_end(end, |end| {
            end.prepare_sleep(room_for as usize).map(u32::cast_signed)
        })
    })
}

/// Position up to which this side has published frames; 0 for a closed end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_published(end: i32) -> u32 {
    caught(|| with_end(end, |end| Ok(end.published()))).unwrap_or(0)
}

/// Position up to which the other side has consumed them; 0 for a closed end.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_consumed(end: i32) -> u32 {
    caught(|| with_end(end, |end| Ok(end.consumed()))).unwrap_or(0)
}

/// The modes of both marks as bits; see [`SlotEnd::modes`].
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_modes(end: i32) -> i32 {
    coded(|| with_end(end, |end| Ok(end.modes())))
}

/// Frames of another generation that were dropped.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_dropped(end: i32) -> f64 {
    caught(|| with_end(end, |end| Ok(end.dropped() as f64))).unwrap_or(0.0)
}

/// Writes side, index, generation, space bytes, largest frame, the own mark's and the life line's descriptor
/// (`u32::MAX` when there is none) as u32.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_info(end: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        with_end(end, |end| {
            let lifeline = end
                .lifeline()
                .map_or(u32::MAX, |fd| fd.as_raw_fd().cast_unsigned());
            let words = [
                end.side() as u32,
                end.index(),
                end.generation(),
                end.geometry().space_bytes,
                end.geometry().frame_max,
                end.own_mark().raw().cast_unsigned(),
                lifeline,
            ];
            put_words(out.bytes(), &words)
        })
    })
}

/// Writes the report of an end's last fault and returns its code; 0 when there was none.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_slot_fault(end: i32, report: *mut u8, report_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut report = unsafe { Lent::new(report, report_len) };
    coded(|| {
        with_end(end, |end| {
            Ok(end.fault().map_or(0, |fault| {
                write_report(report.bytes(), fault);
                fault.code()
            }))
        })
    })
}

/// Closes an end with its marks and its life line.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_slot_close(end: i32) -> i32 {
    coded(|| ENDS.remove(end).map(|_| 0))
}

fn borrowed(fd: i32) -> Result<BorrowedFd<'static>, Fault> {
    if fd < 0 {
        return Err(Fault::at(FaultKind::Argument, 0, 0));
    }
    // SAFETY: not -1. TypeScript passes numbers of open descriptors; one that is closed makes the kernel refuse
    // the call, nothing worse.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Duplicates a file descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_fd_duplicate(fd: i32) -> i32 {
    coded(|| {
        rustix::io::fcntl_dupfd_cloexec(borrowed(fd)?, 0)
            .map(IntoRawFd::into_raw_fd)
            .map_err(|error| Fault::system("duplicate a file descriptor", error))
    })
}

/// Closes a file descriptor that [`mesh_fd_duplicate`] and its like made.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_fd_close(fd: i32) -> i32 {
    coded(|| {
        borrowed(fd)?;
        // SAFETY: the caller owns the duplicate and gives it up with this call.
        drop(unsafe { OwnedFd::from_raw_fd(fd) });
        Ok(0)
    })
}

/// Makes a mark (an eventfd) that belongs to no slot, for the self-test of a mark device; its descriptor is closed
/// with [`mesh_fd_close`].
#[unsafe(no_mangle)]
pub extern "C" fn mesh_mark_open() -> i32 {
    coded(|| Ok(OwnedFd::from(Mark::create()?).into_raw_fd()))
}

/// Signals a mark.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_mark_signal(fd: i32) -> i32 {
    coded(|| {
        eventfd::signal(borrowed(fd)?);
        Ok(0)
    })
}

/// Makes a pair of connected sockets, for the self-test of a mark device, and writes both descriptors as u32.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_socket_pair(out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let (a, b) = net::socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)
            .map_err(|error| Fault::system("make a pair of sockets", error))?;
        let words = [&a, &b].map(|fd| fd.as_raw_fd().cast_unsigned());
        put_words(out.bytes(), &words)?;
        // Ours no longer: the caller closes them.
        let _ = (a.into_raw_fd(), b.into_raw_fd());
        Ok(0)
    })
}

/// Opens a poller and returns its handle.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_open() -> i32 {
    coded(|| POLLERS.insert(Poller::open()?))
}

/// Watches a descriptor under a token: a mark (`hang_up` 0) or a connection (1).
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_add(poller: i32, fd: i32, token: u32, hang_up: u32) -> i32 {
    coded(|| {
        let watch = if hang_up == 0 {
            Watch::Mark
        } else {
            Watch::HangUp
        };
        POLLERS
            .get(poller)?
            .add(borrowed(fd)?, token, watch)
            .map(|()| 0)
    })
}

/// Stops watching a token.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_remove(poller: i32, token: u32) -> i32 {
    coded(|| Ok(i32::from(POLLERS.get(poller)?.remove(token))))
}

/// Blocks until there is news, writes the tokens (u32 each) and returns their number; 0 when closed. To be called
/// as a nonblocking FFI call.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_poller_wait(poller: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let out = out.bytes();
        let mut tokens = [0; 64];
        let most = tokens.len().min(out.len() / 4);
        let found = POLLERS.get(poller)?.wait(&mut tokens[..most])?;
        put_words(out, &tokens[..found])?;
        Ok(count(found))
    })
}

/// Closes a poller.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_poller_close(poller: i32) -> i32 {
    coded(|| {
        POLLERS.remove(poller)?.close();
        Ok(0)
    })
}

/// Listens on the control socket and returns a handle.
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_listen(
    path: *mut u8,
    path_len: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, report) = unsafe { (Lent::new(path, path_len), Lent::new(report, report_len)) };
    reported(report, || {
        CONTROLS.insert(ControlServer::listen(path.path())?)
    })
}

/// Blocks until an event can be taken and returns how many; 0 when closed. To be called as a nonblocking FFI call.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_control_wait(control: i32) -> i32 {
    coded(|| CONTROLS.get(control)?.wait().map(count))
}

/// Bytes that [`mesh_control_take`] needs for the next event; 0 when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_control_peek(control: i32) -> i32 {
    coded(|| {
        let body = CONTROLS.get(control)?.next_body_bytes();
        Ok(body.map_or(0, |bytes| count(EVENT_HEAD_BYTES + bytes)))
    })
}

/// Takes the next event: type (1 hello, 2 hang-up), connection, pid, uid as u32, then the body. Returns the bytes
/// written; 0 when there is none.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_take(control: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let control = CONTROLS.get(control)?;
        let out = out.bytes();
        let Some(body_bytes) = control.next_body_bytes() else {
            return Ok(0);
        };
        let wanted = EVENT_HEAD_BYTES + body_bytes;
        if out.len() < wanted {
            return Err(Fault::at(
                FaultKind::Buffer,
                out.len() as u64,
                wanted as u64,
            ));
        }
        match control.take_event() {
            None => Ok(0),
            Some(Event::HangUp { connection }) => put_words(out, &[2, connection, 0, 0]),
            Some(Event::Hello {
                connection,
                pid,
                uid,
                body,
            }) => {
                put_words(&mut out[..EVENT_HEAD_BYTES], &[1, connection, pid, uid])?;
                out[EVENT_HEAD_BYTES..wanted].copy_from_slice(&body);
                Ok(count(wanted))
            }
        }
    })
}

/// Answers a hello with a slot. Returns 1, or 0 when the connection is gone.
///
/// # Safety
/// `body` is valid for reads of `body_len` bytes, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_admit(
    control: i32,
    connection: u32,
    segment: i32,
    index: u32,
    body: *mut u8,
    body_len: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut body, report) = unsafe { (Lent::new(body, body_len), Lent::new(report, report_len)) };
    reported(report, || {
        let grant = with_segment(segment, |segment| segment.grant(index))?;
        let admitted = CONTROLS
            .get(control)?
            .admit(connection, grant, body.bytes())?;
        Ok(i32::from(admitted))
    })
}

/// Answers a hello with a refusal. Returns 1, or 0 when the connection is gone.
///
/// # Safety
/// `body` is valid for reads of `body_len` bytes, `report` for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_refuse(
    control: i32,
    connection: u32,
    body: *mut u8,
    body_len: u32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut body, report) = unsafe { (Lent::new(body, body_len), Lent::new(report, report_len)) };
    reported(report, || {
        let refused = CONTROLS.get(control)?.refuse(connection, body.bytes())?;
        Ok(i32::from(refused))
    })
}

/// Closes a connection. Returns 1, or 0 when it is gone already.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_control_hang_up(control: i32, connection: u32) -> i32 {
    coded(|| Ok(i32::from(CONTROLS.get(control)?.hang_up(connection))))
}

/// Closes the control socket with all its connections and removes its file.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_control_close(control: i32) -> i32 {
    coded(|| {
        CONTROLS.remove(control)?.close();
        Ok(0)
    })
}

/// Asks for a slot. Blocks up to `timeout_ms`; to be called as a nonblocking FFI call. Returns 1 when admitted, 0
/// when refused; `out` gets the end's handle (0 when refused) and the number of body bytes as u32, then the body
/// (or a report, when it is a fault).
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes, `body` of `body_len` bytes, `out` for writes of `out_len` bytes,
/// until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_attach(
    path: *mut u8,
    path_len: u32,
    body: *mut u8,
    body_len: u32,
    timeout_ms: u32,
    out: *mut u8,
    out_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, mut body, mut out) = unsafe {
        (
            Lent::new(path, path_len),
            Lent::new(body, body_len),
            Lent::new(out, out_len),
        )
    };
    let result = caught(|| {
        let timeout = Duration::from_millis(u64::from(timeout_ms));
        let answer = attach(path.path(), body.bytes(), timeout)?;
        let (admitted, text) = match answer {
            Answer::Admitted(end, text) => (Some(end), text),
            Answer::Refused(text) => (None, text),
        };
        let out = out.bytes();
        if out.len() < 8 + text.len() {
            return Err(Fault::at(
                FaultKind::Buffer,
                out.len() as u64,
                8 + text.len() as u64,
            ));
        }
        let handle = match admitted {
            Some(end) => ENDS.insert(Mutex::new(*end))?,
            None => 0,
        };
        put_words(&mut out[..8], &[handle.cast_unsigned(), text.len() as u32])?;
        out[8..8 + text.len()].copy_from_slice(&text);
        Ok(i32::from(handle != 0))
    });
    result.unwrap_or_else(|fault| {
        write_report(out.bytes(), &fault);
        fault.code()
    })
}
