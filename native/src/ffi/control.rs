//! Calls for the control socket, both sides.

use std::sync::Mutex;
use std::time::Duration;

use super::{
    CONTROLS, ENDS, Lent, REQUESTS, caught, coded, count, put_words, reported, with_segment,
    write_report,
};
use crate::attach::{Answer, Request};
use crate::control::ControlServer;
use crate::error::{Fault, FaultKind};

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

/// Listens anew when the socket's file is gone. Returns 1, or 0 when it was there.
///
/// # Safety
/// `report` is valid for writes of `report_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_listen_again(
    control: i32,
    report: *mut u8,
    report_len: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let report = unsafe { Lent::new(report, report_len) };
    reported(report, || {
        Ok(i32::from(CONTROLS.get(control)?.listen_again()?))
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
    coded(|| Ok(CONTROLS.get(control)?.next_event_bytes().map_or(0, count)))
}

/// Takes the next event ([`crate::control_event`]). Returns the bytes written; 0 when there is none.
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_control_take(control: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    coded(|| {
        let taken = CONTROLS.get(control)?.take_event(out.bytes())?;
        Ok(taken.map_or(0, count))
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

/// Prepares a request for a slot and returns its handle; [`mesh_attach_take`] closes it.
///
/// # Safety
/// `path` is valid for reads of `path_len` bytes, `body` of `body_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_attach_begin(
    path: *mut u8,
    path_len: u32,
    body: *mut u8,
    body_len: u32,
    timeout_ms: u32,
) -> i32 {
    // SAFETY: promised by the caller.
    let (mut path, mut body) = unsafe { (Lent::new(path, path_len), Lent::new(body, body_len)) };
    coded(|| {
        let timeout = Duration::from_millis(u64::from(timeout_ms));
        REQUESTS.insert(Request::new(path.path(), body.bytes(), timeout))
    })
}

/// Sends a request and blocks until it is answered, or its time is over. To be called as a nonblocking FFI call.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_attach_wait(request: i32) -> i32 {
    coded(|| {
        REQUESTS.get(request)?.send();
        Ok(0)
    })
}

/// Closes a request. Returns 1 when it was admitted, 0 when it was refused; `out` gets the end's handle (0 when
/// refused) and the number of body bytes as u32, then the body (or a report, when it is a fault).
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesh_attach_take(request: i32, out: *mut u8, out_len: u32) -> i32 {
    // SAFETY: promised by the caller.
    let mut out = unsafe { Lent::new(out, out_len) };
    let result = caught(|| {
        let (admitted, text) = match REQUESTS.remove(request)?.outcome()? {
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
