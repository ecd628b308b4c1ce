//! `kafka-server-stop.sh`, and running in the background.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Tells all servers of this executable on this machine to stop (SIGTERM), as `kafka-server-stop.sh` does for Kafka's.
/// Exit code 1 if there is none.
pub fn stop(args: &[String]) -> i32 {
    if let Some(arg) = args.first() {
        let _ = writeln!(io::stderr(), "ottla: unknown option {arg}: stop takes none, and stops all servers");
        return 1;
    }
    let servers = servers();
    if servers.is_empty() {
        let _ = writeln!(io::stdout(), "No kafka server to stop");
        return 1;
    }
    let mut code = 0;
    for server in servers {
        if let Err(error) = kill_process(server, Signal::TERM) {
            let _ = writeln!(io::stderr(), "ottla: cannot stop process {}: {error}", server.as_raw_nonzero());
            code = 1;
        }
    }
    code
}

/// Processes that run this executable as a server.
fn servers() -> Vec<Pid> {
    let Ok(own) = std::env::current_exe() else { return Vec::new() };
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_server = |pid: &i32| {
        let executable = std::fs::read_link(format!("/proc/{pid}/exe"));
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        executable.is_ok_and(|executable| executable == own) && is_start(&command)
    };
    pids.filter(is_server).filter_map(Pid::from_raw).collect()
}

/// Whether a command line (arguments ended by zeros) is one of `ottla start` or `kafka-server-start`.
fn is_start(command: &[u8]) -> bool {
    let mut arguments = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let name = arguments.next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    name.starts_with("kafka-server-start") || arguments.next().is_some_and(|argument| argument == "start")
}

/// Starts the same command line again without `-daemon`, in a process group of its own and with nothing of this
/// terminal, and leaves it.
///
/// # Errors
/// The process could not be made.
pub fn detach(args: &[String]) -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let rest = args.iter().filter(|argument| *argument != "-daemon");
    Command::new(std::env::current_exe()?)
        .arg("start")
        .args(rest)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_start;

    #[test]
    fn servers_are_told_from_tools() {
        assert!(is_start(b"/usr/bin/ottla\0start\0server.properties\0"));
        assert!(is_start(b"bin/kafka-server-start.sh\0server.properties\0"));
        assert!(!is_start(b"/usr/bin/ottla\0topics\0--topic\0start\0"));
        assert!(!is_start(b"kafka-server-stop.sh\0"));
        assert!(!is_start(b""));
    }
}
