//! The names of a partition's files.

use ottla_model::Offset;

/// The files of a segment, and the producer snapshot that may stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// Record batches.
    Log,
    /// Offset index.
    OffsetIndex,
    /// Time index.
    TimeIndex,
    /// Aborted transactions.
    TransactionIndex,
    /// Producers, as they were when the log ended with the offset in the name.
    ProducerSnapshot,
}

impl FileKind {
    /// The files that make up a segment, the one that decides whether it is there first.
    pub(crate) const OF_SEGMENT: [Self; 4] = [Self::Log, Self::OffsetIndex, Self::TimeIndex, Self::TransactionIndex];

    const fn extension(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::OffsetIndex => "index",
            Self::TimeIndex => "timeindex",
            Self::TransactionIndex => "txnindex",
            Self::ProducerSnapshot => "snapshot",
        }
    }
}

/// What an additional suffix says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// Part of the log.
    None,
    /// No longer part of the log; removed after a while.
    Deleted,
    /// Being written by compaction or a split; worthless after a crash.
    Cleaned,
    /// Complete, about to replace the segments whose offsets it covers.
    Swap,
}

impl Suffix {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Deleted, ".deleted"), (Self::Cleaned, ".cleaned"), (Self::Swap, ".swap")];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Deleted => ".deleted",
            Self::Cleaned => ".cleaned",
            Self::Swap => ".swap",
        }
    }
}

/// `00000000000000000042.log`, with 20 digits.
pub(crate) fn file_name(offset: Offset, kind: FileKind, suffix: Suffix) -> String {
    format!("{:020}.{}{}", offset.value(), kind.extension(), suffix.as_str())
}

/// A file name taken apart; `None` if it is not one of those of a segment or snapshot.
pub(crate) fn parse_file_name(name: &str) -> Option<(Offset, FileKind, Suffix)> {
    let (rest, suffix) = Suffix::ALL
        .iter()
        .find_map(|&(suffix, text)| Some((name.strip_suffix(text)?, suffix)))
        .unwrap_or((name, Suffix::None));
    let (digits, extension) = rest.split_once('.')?;
    if digits.len() < 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kind = FileKind::OF_SEGMENT
        .into_iter()
        .chain([FileKind::ProducerSnapshot])
        .find(|kind| kind.extension() == extension)?;
    Some((Offset::new(digits.parse().ok()?), kind, suffix))
}

#[cfg(test)]
mod tests {
    use super::{FileKind, Suffix, file_name, parse_file_name};
    use ottla_model::Offset;

    #[test]
    fn names_go_both_ways() {
        assert_eq!(file_name(Offset::new(42), FileKind::Log, Suffix::None), "00000000000000000042.log");
        for kind in [FileKind::Log, FileKind::OffsetIndex, FileKind::TransactionIndex, FileKind::ProducerSnapshot] {
            for suffix in [Suffix::None, Suffix::Deleted, Suffix::Swap, Suffix::Cleaned] {
                let name = file_name(Offset::new(i64::MAX), kind, suffix);
                assert_eq!(parse_file_name(&name), Some((Offset::new(i64::MAX), kind, suffix)), "{name}");
            }
        }
    }

    #[test]
    fn other_files_are_not_mistaken_for_segments() {
        for name in [
            "00000000000000000042-0000000003.checkpoint",
            "00000000000000000042-0000000003.checkpoint.deleted",
            "leader-epoch-checkpoint",
            "partition.metadata",
            "42.log",
            "99999999999999999999.log",
            "00000000000000000042.log.bak",
            ".log",
            "",
        ] {
            assert_eq!(parse_file_name(name), None, "{name}");
        }
    }
}
