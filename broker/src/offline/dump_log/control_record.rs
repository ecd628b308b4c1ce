//! What a control record says, after its metadata on the same line.

use super::super::failure::Failure;
use bytes::Bytes;
use ottla_protocol::Reader;
use ottla_protocol::json::{self, JsonMessage};
use ottla_protocol::messages::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord,
};
use ottla_records::{ControlRecordType, EndTransactionMarker, Record, TransactionOutcome};
use std::io::Write;

/// The version of all control records' contents so far; each says it again in a field.
const VERSION: i16 = 0;

pub(super) fn print(record: &Record, out: &mut dyn Write) -> Result<(), Failure> {
    let value = || record.value.clone().unwrap_or_default();
    let kind = ControlRecordType::from_key(record.key.as_deref()).map_err(Failure::said)?;
    match kind {
        ControlRecordType::Abort | ControlRecordType::Commit => {
            let marker = EndTransactionMarker::parse(record.key.as_deref(), record.value.as_deref());
            let EndTransactionMarker { outcome, coordinator_epoch } = marker.map_err(Failure::said)?;
            let outcome = match outcome {
                TransactionOutcome::Abort => "ABORT",
                TransactionOutcome::Commit => "COMMIT",
            };
            write!(out, " endTxnMarker: {outcome} coordinatorEpoch: {coordinator_epoch}")?;
        }
        ControlRecordType::LeaderChange => {
            write!(out, " LeaderChange: {}", as_json::<LeaderChangeMessage>(value())?)?;
        }
        ControlRecordType::SnapshotHeader => {
            write!(out, " SnapshotHeader {}", as_json::<SnapshotHeaderRecord>(value())?)?;
        }
        ControlRecordType::SnapshotFooter => {
            write!(out, " SnapshotFooter {}", as_json::<SnapshotFooterRecord>(value())?)?;
        }
        ControlRecordType::KraftVersion => {
            write!(out, " KRaftVersion {}", as_json::<KRaftVersionRecord>(value())?)?;
        }
        ControlRecordType::KraftVoters => write!(out, " KRaftVoters {}", as_json::<VotersRecord>(value())?)?,
        // Kafka knows only the types that it knows: it has no number to show here.
        ControlRecordType::Unknown(_) => write!(out, " controlType: UNKNOWN({})", kind.id())?,
    }
    Ok(())
}

fn as_json<M: JsonMessage>(value: Bytes) -> Result<String, Failure> {
    let message = M::decode(&mut Reader::new(value), VERSION).map_err(Failure::said)?;
    Ok(json::text(&message.to_json(VERSION).map_err(Failure::said)?))
}
