//! Who owns a segment: a process id with its start time, since ids are used again.

use std::fs;

/// A process that cannot be mistaken for a later one with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks since boot.
    pub start: u64,
}

impl Owner {
    /// This process.
    #[must_use]
    pub fn this_process() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            start: start_time(pid).unwrap_or(0),
        }
    }

    /// Whether it still runs. A zombie does not run.
    #[must_use]
    pub fn is_alive(self) -> bool {
        self.pid != 0 && start_time(self.pid) == Some(self.start)
    }
}

/// Field 22 of `/proc/<pid>/stat`; `None` when there is no such process, or only its zombie.
fn start_time(pid: u32) -> Option<u64> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_stat(stat: &str) -> Option<u64> {
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_ascii_whitespace();
    let state = fields.next()?; // field 3
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(22 - 4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_with_another_start_time_is_not() {
        let me = Owner::this_process();
        assert!(me.start > 0);
        assert!(me.is_alive());
        assert!(
            !Owner {
                start: me.start + 1,
                ..me
            }
            .is_alive()
        );
        assert!(!Owner { pid: 0, start: 0 }.is_alive());
    }

    #[test]
    fn a_program_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let numbers: Vec<String> = (4..=52).map(|field| field.to_string()).collect();
        let stat = |state: &str| format!("7 (a) (b c)) {state} {}", numbers.join(" "));
        assert_eq!(parse_stat(&stat("S")), Some(22));
        assert_eq!(parse_stat(&stat("Z")), None);
        assert_eq!(parse_stat("garbage"), None);
    }
}
