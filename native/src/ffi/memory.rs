//! The C library's heap, which V8's array buffers and Deno's own memory come from.

use super::coded;

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    /// glibc, malloc.h: gives unused pages back to the system; 1 when there were some.
    safe fn malloc_trim(pad: usize) -> core::ffi::c_int;
}

/// Gives unused pages of the heap back to the system. Returns 1 when there were some, and 0 when there were none
/// or the C library has no such call.
#[unsafe(no_mangle)]
pub extern "C" fn mesh_memory_trim() -> i32 {
    #[cfg(target_env = "gnu")]
    return coded(|| Ok(malloc_trim(0)));
    #[cfg(not(target_env = "gnu"))]
    return coded(|| Ok(0));
}

#[cfg(all(test, target_env = "gnu"))]
mod tests {
    use super::*;

    /// What this process has in memory, in KiB.
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").expect("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.expect("VmRSS").parse().expect("a number")
    }

    #[test]
    fn gives_back_what_is_free_below_a_block_in_use() {
        const BLOCK: usize = 16 * 1024;
        let mut blocks: Vec<Vec<u8>> = (0..2_048).map(|_| vec![1; BLOCK]).collect();
        let in_use = blocks.pop();
        drop(blocks);
        let before = resident();
        assert_eq!(mesh_memory_trim(), 1);
        let given_back = before.saturating_sub(resident());
        assert!(given_back > 16 * 1024, "{given_back} KiB");
        drop(in_use);
    }
}
