//! What was under way with a log's files when it stopped.

use crate::disk::Entry;
use crate::error::StorageError;
use crate::segment::{Cursor, FileKind, Home, Suffix, file_name, parse_file_name};
use ottla_model::Offset;
use std::collections::BTreeMap;

/// The files of a partition that are part of its log.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// By base offset: which files of the segment there are.
    pub(super) segments: BTreeMap<Offset, Vec<FileKind>>,
    /// Producer snapshots.
    pub(super) snapshots: Vec<Offset>,
}

/// Removes files that are on their way out (`.deleted`) or were never complete (`.cleaned`), and completes the replacing
/// of segments by compacted ones (`.swap`). Returns what is left, and the names of what was dealt with.
///
/// A split or a compaction writes `.cleaned` files, renames them all to `.swap`, last segment first, then renames the
/// segments that they replace to `.deleted`, and then takes the suffix off. So if there is a `.cleaned` file, the `.swap`
/// files from its offset on are not all there.
pub(super) fn settle(home: &Home, entries: Vec<Entry>) -> Result<(Files, Vec<String>), StorageError> {
    let mut settled = Vec::new();
    let (mut swaps, mut cleaned, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries.into_iter().filter(|entry| !entry.is_directory) {
        match parse_file_name(&entry.name) {
            Some((offset, kind, Suffix::None)) => files.push((offset, kind)),
            Some((offset, kind, Suffix::Swap)) => swaps.push((offset, kind)),
            Some((offset, _, Suffix::Cleaned)) => cleaned.push((offset, entry.name)),
            Some((_, _, Suffix::Deleted)) => settled.push(entry.name),
            None => {}
        }
    }
    if let Some(first_cleaned) = cleaned.iter().map(|(offset, _)| *offset).min() {
        let incomplete = swaps.iter().filter(|(offset, _)| *offset >= first_cleaned);
        settled.extend(incomplete.map(|&(offset, kind)| file_name(offset, kind, Suffix::Swap)));
        swaps.retain(|(offset, _)| *offset < first_cleaned);
        settled.extend(cleaned.into_iter().map(|(_, name)| name));
    }
    for name in &settled {
        home.remove_if_there(name)?;
    }
    if !swaps.is_empty() {
        complete_swap(home, &swaps, &mut files, &mut settled)?;
    }

    let mut found = Files::default();
    for (offset, kind) in files {
        match kind {
            FileKind::ProducerSnapshot => found.snapshots.push(offset),
            kind => found.segments.entry(offset).or_default().push(kind),
        }
    }
    found.snapshots.sort_unstable();
    // Indexes without records are none.
    let orphans: Vec<Offset> =
        found.segments.iter().filter(|(_, kinds)| !kinds.contains(&FileKind::Log)).map(|(&offset, _)| offset).collect();
    for offset in orphans {
        for kind in found.segments.remove(&offset).unwrap_or_default() {
            let name = file_name(offset, kind, Suffix::None);
            home.remove_if_there(&name)?;
            settled.push(name);
        }
    }
    Ok((found, settled))
}

/// Removes the segments that the `.swap` files replace, then makes those the segments.
fn complete_swap(
    home: &Home,
    swaps: &[(Offset, FileKind)],
    files: &mut Vec<(Offset, FileKind)>,
    settled: &mut Vec<String>,
) -> Result<(), StorageError> {
    let (mut first, mut end) = (Offset::new(i64::MAX), Offset::new(i64::MIN));
    for &(offset, _) in swaps.iter().filter(|(_, kind)| *kind == FileKind::Log) {
        first = first.min(offset);
        end = end.max(end_of(home, offset)?);
    }
    let is_replaced = |(offset, kind): &(Offset, FileKind)| {
        // The first of the old segments has the new one's name, also if nothing is left in the new one; and the producers
        // are the same before both.
        if *offset == first { *kind != FileKind::ProducerSnapshot } else { first < *offset && *offset < end }
    };
    for &(offset, kind) in files.iter().filter(|file| is_replaced(file)) {
        let name = file_name(offset, kind, Suffix::None);
        home.remove_if_there(&name)?;
        settled.push(name);
    }
    files.retain(|file| !is_replaced(file));
    for &(offset, kind) in swaps {
        let name = file_name(offset, kind, Suffix::Swap);
        home.rename_if_there(&name, &file_name(offset, kind, Suffix::None))?;
        settled.push(name);
        files.push((offset, kind));
    }
    Ok(())
}

/// The offset after the last in a `.swap` log file.
fn end_of(home: &Home, base_offset: Offset) -> Result<Offset, StorageError> {
    let name = file_name(base_offset, FileKind::Log, Suffix::Swap);
    let failed = || StorageError::io("read", &home.path(&name));
    let file = home.open(&name, crate::disk::Create::Never)?;
    let mut cursor = Cursor::new(&*file, 0, file.len().map_err(failed())?);
    let mut end = base_offset;
    // What follows an entry that is none does not count, here as everywhere.
    while let Ok(Some(head)) = cursor.next() {
        end = head.last_offset.next();
    }
    Ok(end)
}
