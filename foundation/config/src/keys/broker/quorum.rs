//! The metadata quorum and its log.

use crate::keys::Bounds::{Any, AtLeast, HostsAndPorts, QuorumVoters, SomeTexts};
use crate::keys::Effect::{Honoured, NotYet};
use crate::keys::Fallback::{Absent, Is, Required};
use crate::keys::Importance::{High, Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::ReadOnly;
use crate::keys::ValueType::{Boolean, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("controller.listener.names", List, Required, SomeTexts, High, ReadOnly, Honoured,
        "The names, between commas, of the listeners that speak to controllers. Brokers reach the quorum by the \
         first one."),
    Key::new("controller.performance.always.log.threshold.ms", Long, Is("2000"), AtLeast(0), Medium, ReadOnly, NotYet,
        "A controller event that takes longer than this is logged.").internal(),
    Key::new("controller.performance.sample.period.ms", Long, Is("60000"), AtLeast(100), Medium, ReadOnly, NotYet,
        "How often the controller logs how long its events take.").internal(),
    Key::new("controller.quorum.append.linger.ms", Int, Is("25"), AtLeast(0), Medium, ReadOnly, NotYet,
        "How long the quorum's leader gathers records before it writes them to disk."),
    Key::new("controller.quorum.auto.join.enable", Boolean, Is("false"), Any, Low, ReadOnly, NotYet,
        "Whether a new controller adds itself to the voters (KIP-1186)."),
    Key::new("controller.quorum.bootstrap.servers", List, Is(""), HostsAndPorts, High, ReadOnly, Honoured,
        "`host:port` entries of controllers to ask who leads the quorum. Use this, not \
         `controller.quorum.voters`, where voters can change."),
    Key::new("controller.quorum.election.backoff.max.ms", Int, Is("1000"), AtLeast(0), High, ReadOnly, NotYet,
        "The longest pause before a candidate that lost stands again."),
    Key::new("controller.quorum.election.timeout.ms", Int, Is("1000"), AtLeast(0), High, ReadOnly, NotYet,
        "How long a candidate waits for votes before it tries again."),
    Key::new("controller.quorum.fetch.max.bytes", Int, Is("1048576"), AtLeast(1), Low, ReadOnly, NotYet,
        "The most a replica of the metadata log takes in one fetch; a single larger batch is taken nevertheless."),
    Key::new("controller.quorum.fetch.snapshot.max.bytes", Int, Is("1048576"), AtLeast(1), Low, ReadOnly, NotYet,
        "The most a replica takes in one part of a snapshot."),
    Key::new("controller.quorum.fetch.timeout.ms", Int, Is("2000"), AtLeast(0), High, ReadOnly, NotYet,
        "A voter that cannot fetch from the leader for this long stands for election; a leader that no majority \
         fetches from resigns."),
    Key::new("controller.quorum.request.timeout.ms", Int, Is("2000"), AtLeast(0), Medium, ReadOnly, NotYet,
        "How long a quorum request may stay unanswered."),
    Key::new("controller.quorum.retry.backoff.ms", Int, Is("20"), AtLeast(0), Low, ReadOnly, NotYet,
        "Pause before a quorum request is sent again."),
    Key::new("controller.quorum.voters", List, Is(""), QuorumVoters, High, ReadOnly, Honoured,
        "A fixed set of voters as `id@host:port` entries. Leave it empty where voters can change."),
    Key::new("internal.metadata.delete.delay.millis", Long, Is("60000"), Any, Low, ReadOnly, Honoured,
        "How long a deleted file of the metadata log waits before it is removed.").internal(),
    Key::new("internal.metadata.log.segment.bytes", Int, Absent, Any, Low, ReadOnly, Honoured,
        "Size of a metadata log segment, without the lower bound; for tests.").internal(),
    Key::new("internal.metadata.max.batch.size.in.bytes", Int, Is("8388608"), Any, Low, ReadOnly, NotYet,
        "The largest batch in the metadata log; for tests.").internal(),
    Key::new("metadata.log.dir", String, Absent, Any, High, ReadOnly, Honoured,
        "Where the metadata log is kept; the first of `log.dirs` if not set."),
    Key::new("metadata.log.max.record.bytes.between.snapshots", Long, Is("20971520"), AtLeast(1), High, ReadOnly, Honoured,
        "After this many bytes of metadata records a snapshot is written."),
    Key::new("metadata.log.max.snapshot.interval.ms", Long, Is("3600000"), AtLeast(0), High, ReadOnly, Honoured,
        "After this long a snapshot is written if there is anything new; 0 for never."),
    Key::new("metadata.log.segment.bytes", Int, Is("1073741824"), AtLeast(8_388_608), High, ReadOnly, Honoured,
        "A segment of the metadata log that would grow beyond this is closed."),
    Key::new("metadata.log.segment.ms", Long, Is("604800000"), Any, High, ReadOnly, Honoured,
        "After this long a new segment of the metadata log is begun."),
    Key::new("metadata.max.idle.interval.ms", Int, Is("500"), AtLeast(0), Low, ReadOnly, NotYet,
        "A controller with nothing to write writes an empty record this often; 0 for never."),
    Key::new("metadata.max.retention.bytes", Long, Is("104857600"), Any, High, ReadOnly, Honoured,
        "How large metadata log and snapshots may grow before old ones go."),
    Key::new("metadata.max.retention.ms", Long, Is("604800000"), Any, High, ReadOnly, Honoured,
        "How long metadata log and snapshots are kept."),
];
