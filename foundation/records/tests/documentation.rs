//! `docs/formats/record-batch.md` against the code.

use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::{BatchBuilder, BatchHeader, Compression, ControlRecordType};

const PAGE: &str = include_str!("../../../docs/formats/record-batch.md");

/// The text from this heading to the next.
fn section(heading: &str) -> &'static str {
    let start = PAGE.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let body = &PAGE[start + heading.len() + 2..];
    body.split_once("\n#").map_or(body, |(section, _)| section)
}

/// The cells of the section's table rows, without head and rule.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    section(heading)
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// A header's field by the name that the page gives it.
fn value_of(header: &BatchHeader, field: &str) -> i64 {
    match field {
        "base_offset" => header.base_offset.value(),
        "batch_length" => header.batch_length.into(),
        "partition_leader_epoch" => header.partition_leader_epoch.value().into(),
        "magic" => BatchHeader::MAGIC.into(),
        "crc" => header.crc.into(),
        "attributes" => header.attributes.bits().into(),
        "last_offset_delta" => header.last_offset_delta.into(),
        "base_timestamp" => header.base_timestamp.value(),
        "max_timestamp" => header.max_timestamp.value(),
        "producer_id" => header.producer_id.value(),
        "producer_epoch" => header.producer_epoch.value().into(),
        "base_sequence" => header.base_sequence.into(),
        "record_count" => header.record_count.into(),
        unknown => panic!("no field {unknown}"),
    }
}

#[test]
fn every_header_field_is_where_the_page_says() {
    let mut next_position = 0;
    for row in rows("## Header") {
        let [position, bytes, kind, field, _meaning] = row[..] else { panic!("{row:?}") };
        let (position, size): (usize, usize) = (position.parse().unwrap(), bytes.parse().unwrap());
        assert_eq!(position, next_position, "{field}");
        assert_eq!(kind[1..].parse::<usize>().unwrap(), size * 8, "{field}");
        next_position += size;

        let mut header = [0; BatchHeader::SIZE];
        header[8..12].copy_from_slice(&BatchHeader::BATCH_LENGTH_MIN.to_be_bytes());
        header[16] = 2;
        let telling: Vec<u8> = if field == "magic" { vec![2] } else { (1..=size as u8).collect() };
        header[position..position + size].copy_from_slice(&telling);
        let expected = telling.iter().fold(0, |value, byte| value << 8 | i64::from(*byte));
        let parsed = BatchHeader::parse(&header).unwrap();
        assert_eq!(value_of(&parsed, field), expected, "{field}");
        assert_eq!(parsed.to_bytes(), header, "{field}");
    }
    assert_eq!(next_position, BatchHeader::SIZE);
}

#[test]
fn the_batch_on_the_page_is_the_one_we_write() {
    let section = section("### One batch, byte by byte");
    let (_, example) = section.split_once("```hex\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let bytes: Vec<u8> = example
        .lines()
        .flat_map(|line| line.split('#').next().unwrap().split_whitespace())
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    let mut builder = BatchBuilder::new(Offset::new(42), Compression::None).partition_leader_epoch(LeaderEpoch::new(7));
    builder.append(Timestamp::new(1_700_000_000_000), Some(b"key"), Some(b"value"), &[]).unwrap();
    assert_eq!(builder.build().unwrap(), bytes);
}

#[test]
fn the_control_record_types_are_those_on_the_page() {
    let types: Vec<String> =
        rows("## Control records").iter().map(|row| format!("{} {}", row[0], row[1].replace('_', ""))).collect();
    let known =
        (0..).map(ControlRecordType::from_id).take_while(|known| !matches!(known, ControlRecordType::Unknown(_)));
    let expected: Vec<String> =
        known.map(|known| format!("{} {}", known.id(), format!("{known:?}").to_uppercase())).collect();
    assert_eq!(types, expected);
}
