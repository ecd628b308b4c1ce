//! Which segments become one, so that compaction does not leave ever smaller ones.

use crate::error::StorageError;
use crate::log::LogConfig;
use crate::segment::Segment;
use ottla_model::Offset;
use std::sync::Arc;

/// Cuts segments into rows that fit one segment each, as large as they are now: by bytes of records, by bytes of each
/// index, and by offsets, of which the indexes can say 2³¹ from the first on. `end` is where the last one ends (exclusive).
pub(super) fn group<'a>(
    segments: &'a [Arc<Segment>],
    end: Offset,
    config: &LogConfig,
) -> Result<Vec<&'a [Arc<Segment>]>, StorageError> {
    let size_of = |segment: &Segment| -> Result<Size, StorageError> {
        let (offset_index, time_index) = segment.index_sizes()?;
        Ok(Size { records: segment.size(), offset_index, time_index })
    };
    let (mut groups, mut first, mut size) = (Vec::new(), 0, Size::default());
    for (number, segment) in segments.iter().enumerate() {
        let of_this = size_of(segment)?;
        let segment_end = segments.get(number + 1).map_or(end, |next| next.base_offset());
        let offsets = segment_end.value().saturating_sub(1).saturating_sub(segments[first].base_offset().value());
        let offsets_fit = of_this.records == 0 || offsets <= i64::from(i32::MAX);
        let together = size.plus(&of_this);
        if number > first && !(offsets_fit && together.fits(config)) {
            groups.push(&segments[first..number]);
            (first, size) = (number, of_this);
        } else {
            size = together;
        }
    }
    if first < segments.len() {
        groups.push(&segments[first..]);
    }
    Ok(groups)
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    records: u64,
    offset_index: u64,
    time_index: u64,
}

impl Size {
    const fn plus(&self, other: &Self) -> Self {
        Self {
            records: self.records + other.records,
            offset_index: self.offset_index + other.offset_index,
            time_index: self.time_index + other.time_index,
        }
    }
    fn fits(&self, config: &LogConfig) -> bool {
        let index_max = u64::from(config.segment_index_bytes);
        self.records <= u64::from(config.segment_bytes)
            && self.offset_index <= index_max
            && self.time_index <= index_max
    }
}
