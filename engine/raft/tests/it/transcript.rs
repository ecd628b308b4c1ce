//! Named situations, told as scripts: a line that begins with `> ` is a command, the lines below it are what must come out.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p ottla-raft transcript` writes what comes out into the scripts, to be read and
//! committed by somebody who agrees with it.

use crate::machine::{Crash, Machine, endpoint};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Timestamp};
use ottla_raft::batch::NO_OP_FRAME;
use ottla_raft::{Action, BatchContent, ControlRecord, Event, MetadataBatchReader, ReplicaKey, VoterSet};
use std::fmt::Write as _;
use std::path::PathBuf;

#[test]
fn scripts_come_out_as_written() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(scripts.len() >= 8, "{scripts:?}");
    for path in scripts {
        let written = std::fs::read_to_string(&path).unwrap();
        let played = play(&written);
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            std::fs::write(&path, played).unwrap();
        } else {
            assert_eq!(played, written, "{} comes out differently", path.display());
        }
    }
}

fn play(script: &str) -> String {
    let mut machine = Machine::new();
    let mut played = String::new();
    for line in script.lines() {
        if let Some(command) = line.strip_prefix("> ") {
            let _ = writeln!(played, "> {command}");
            played.push_str(&run(&mut machine, command));
        } else if line.is_empty() || line.starts_with('#') {
            let _ = writeln!(played, "{line}");
        }
    }
    played
}

fn run(machine: &mut Machine, command: &str) -> String {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    match verb {
        "format" => machine.format(rest),
        "voters" => machine.static_voters = VoterSet::parse_static(rest, "CONTROLLER").unwrap(),
        "directory-id" => machine.config.directory_id = rest.parse().unwrap(),
        "cluster-id" => rest.clone_into(&mut machine.cluster_id),
        "listen" => machine.config.listeners = vec![endpoint(rest.parse().unwrap())],
        "no-op-after" => machine.config.append_no_op_when_idle = Some(rest.parse().unwrap()),
        "quorum-state" => machine.disk.quorum_state = (!rest.is_empty()).then(|| rest.to_owned()),
        "wait" => machine.now = machine.now.plus_milliseconds(rest.parse().unwrap()),
        "start" => {
            machine.now = machine.now.plus_milliseconds(1000);
            if let Err(error) = machine.start() {
                return format!("refused: {error}\n");
            }
        }
        "start-and-crash-before" => {
            machine.start().unwrap();
            let mut done = String::new();
            while machine.pending.front().is_some_and(|action| !describe(action).starts_with(rest)) {
                done.push_str(&describe(&machine.act().unwrap()));
            }
            machine.crash(Crash::Kill);
            return done;
        }
        "propose" => {
            let (epoch, names) = rest.split_once(' ').unwrap_or((rest, ""));
            let frames: Vec<_> = names.split_whitespace().map(|name| Bytes::from(name.to_owned())).collect();
            match machine.propose(LeaderEpoch::new(epoch.parse().unwrap()), &frames) {
                Ok(proposal) => {
                    let answer = format!("at {}..={}\n", proposal.base_offset, proposal.last_offset);
                    return answer + &act(machine);
                }
                Err(error) => return format!("refused: {error}\n"),
            }
        }
        "sync" => {
            machine.begin_sync();
            machine.finish_sync();
        }
        "begin-sync" => machine.begin_sync(),
        "finish-sync" => machine.finish_sync(),
        "tick" => machine.step(Event::Tick),
        "resign" => machine.step(Event::Resign),
        "snapshot" => return format!("{}\n", machine.snapshot().unwrap().file_name()),
        "lose-power" => machine.crash(Crash::PowerLoss { survivors: 0 }),
        "kill" => machine.crash(Crash::Kill),
        "status" => return status(machine),
        "disk" => return disk(machine),
        other => panic!("no such command: {other}"),
    }
    act(machine)
}

fn act(machine: &mut Machine) -> String {
    let mut done = String::new();
    while let Some(action) = machine.act() {
        done.push_str(&describe(&action));
    }
    done
}

fn describe(action: &Action) -> String {
    match action {
        Action::PersistQuorumState { contents } => format!("persist {contents}\n"),
        Action::Append { batch, .. } => format!("append {}", describe_batches(batch.clone())),
        Action::Sync => "sync\n".to_owned(),
        Action::Commit { up_to } => format!("commit up to {up_to}\n"),
        Action::BecomeLeader { epoch } => format!("become leader of epoch {epoch}\n"),
        Action::LoseLeadership { epoch } => format!("lose leadership of epoch {epoch}\n"),
    }
}

fn describe_batches(bytes: Bytes) -> String {
    let mut text = String::new();
    for batch in MetadataBatchReader::new(bytes) {
        let batch = batch.unwrap();
        let records: Vec<String> = match &batch.content {
            BatchContent::Control(records) => records.iter().map(describe_control).collect(),
            BatchContent::Data(frames) => frames.iter().map(|frame| describe_frame(frame)).collect(),
        };
        let (base, last, epoch) = (batch.base_offset, batch.last_offset, batch.epoch);
        let _ = writeln!(text, "{base}..={last} epoch {epoch}: {}", records.join(", "));
    }
    text
}

/// Frames are opaque to the core: the scripts use plain words.
fn describe_frame(frame: &[u8]) -> String {
    if frame == NO_OP_FRAME { "NO_OP".to_owned() } else { String::from_utf8(frame.to_vec()).unwrap() }
}

fn describe_control(record: &ControlRecord) -> String {
    match record {
        ControlRecord::LeaderChange(change) => {
            let ids = |keys: &[ReplicaKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let (voters, granting) = (ids(&change.voters), ids(&change.granting_voters));
            format!("LEADER_CHANGE {} of [{voters}] by [{granting}]", change.leader)
        }
        ControlRecord::KRaftVersion(version) => format!("KRAFT_VERSION {}", version.level()),
        ControlRecord::Voters(voters) => {
            let ports: Vec<_> = voters.iter().map(|voter| voter.endpoints[0].port.to_string()).collect();
            format!("KRAFT_VOTERS {voters} on {}", ports.join(", "))
        }
        ControlRecord::SnapshotHeader { .. } => "SNAPSHOT_HEADER".to_owned(),
        ControlRecord::SnapshotFooter => "SNAPSHOT_FOOTER".to_owned(),
    }
}

fn status(machine: &Machine) -> String {
    let Some(quorum) = &machine.quorum else { return "not running\n".to_owned() };
    let shown = |number: Option<i64>| number.map_or("unknown".to_owned(), |number| number.to_string());
    let mut text = format!(
        "{:?} in epoch {}, log end {}, high watermark {}, voters {}, kraft.version {}\n",
        quorum.role(),
        quorum.epoch(),
        quorum.log_end().offset,
        shown(quorum.high_watermark().map(|offset| offset.value())),
        quorum.voters(),
        quorum.kraft_version().level(),
    );
    if let Some(at) = quorum.next_tick_at() {
        let _ = writeln!(text, "tick in {} ms", at.milliseconds_since(machine.now));
    }
    text
}

fn disk(machine: &Machine) -> String {
    let disk = &machine.disk;
    let mut text = String::new();
    let _ = writeln!(text, "quorum-state {}", disk.quorum_state.as_deref().unwrap_or("is missing"));
    for id in disk.snapshots.keys() {
        let _ = writeln!(text, "{}", id.file_name());
    }
    for batch in &disk.log {
        text.push_str(&describe_batches(batch.clone()));
    }
    text
}

#[test]
fn a_clock_before_1970_stops_nothing() {
    let mut machine = Machine::new();
    machine.format("1@localhost:9093:FCU5w33nTyywMgwOyj3l3A");
    machine.now = Timestamp::new(-5);
    machine.start().unwrap();
    act(&mut machine);
    assert_eq!(machine.disk.batches()[0].append_time, Timestamp::new(0));
}
