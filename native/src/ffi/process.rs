//! The life of the process itself.

use rustix::process::{Signal, geteuid, set_parent_process_death_signal};
use rustix::time::{ClockId, clock_gettime};

use super::coded;
use crate::error::Fault;

/// Has the kernel kill this process when the thread ends that started it, even if this process is busy or stopped
/// then and could not notice by itself. 0, or a fault's code.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_end_with_parent() -> i32 {
    coded(|| {
        set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(|errno| Fault::system("end with the parent process", errno))?;
        Ok(0)
    })
}

/// The machine's monotonic clock in milliseconds: the same for all of its processes. It stands still while the
/// machine is suspended, and nobody can set it.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_clock_ms() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// The user whose rights this process has.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_user_id() -> u32 {
    geteuid().as_raw()
}
