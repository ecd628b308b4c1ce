//! Message sets of before Kafka 0.11, where no golden file says it: what is refused.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_model::{Offset, Timestamp};
use ottla_records::{
    BatchError, Compression, DecompressError, LegacyMessage, LogEntryPrefix, RecordError, UnknownCompression, crc32,
};

const DECOMPRESSED_MAX: usize = 1 << 16;
const LOG_APPEND_TIME: u8 = 8;

/// One message with a right length and CRC.
fn message(offset: i64, magic: u8, attributes: u8, key: &[u8], value: Option<&[u8]>) -> Bytes {
    let mut body = BytesMut::new();
    body.put_slice(&[magic, attributes]);
    if magic == 1 {
        body.put_i64(1000 + offset);
    }
    body.put_i32(key.len() as i32);
    body.put_slice(key);
    body.put_i32(value.map_or(-1, |value| value.len() as i32));
    body.put_slice(value.unwrap_or_default());
    let mut message = BytesMut::new();
    message.put_i64(offset);
    message.put_i32(body.len() as i32 + 4);
    message.put_u32(crc32(&body));
    message.put_slice(&body);
    message.freeze()
}

fn wrapper(offset: i64, magic: u8, attributes: u8, inner: &[Bytes]) -> LegacyMessage {
    let compression = Compression::from_id(attributes & 7).unwrap();
    let value = compression.compress(&inner.concat()).unwrap();
    LegacyMessage::parse(message(offset, magic, attributes, b"", Some(&value))).unwrap()
}

fn offsets(message: &LegacyMessage) -> Result<Vec<i64>, RecordError> {
    Ok(message.records(DECOMPRESSED_MAX)?.iter().map(|record| record.offset.value()).collect())
}

#[test]
fn offsets_inside_are_absolute_in_magic_0_and_relative_in_magic_1() {
    let inner = |magic| [3, 5, 9].map(|offset| message(offset, magic, 0, b"k", None));
    assert_eq!(offsets(&wrapper(9, 0, 1, &inner(0))), Ok(vec![3, 5, 9]));
    assert_eq!(offsets(&wrapper(100, 1, 1, &inner(1))), Ok(vec![94, 96, 100]));
    assert_eq!(offsets(&wrapper(0, 1, 1, &inner(1))), Ok(vec![3, 5, 9]));
    assert_eq!(offsets(&wrapper(8, 1, 1, &inner(1))), Err(RecordError::WrapperOffset { wrapper: 8, inner: 9 }));
    assert_eq!(wrapper(100, 1, 1, &inner(1)).base_offset(DECOMPRESSED_MAX), Ok(Offset::new(94)));
}

#[test]
fn the_wrapper_decides_whose_time_it_is() {
    let inner = [message(0, 1, 0, b"k", None), message(1, 1, LOG_APPEND_TIME, b"k", None)];
    let times = |message: &LegacyMessage| -> Vec<Timestamp> {
        message.records(DECOMPRESSED_MAX).unwrap().iter().map(|record| record.timestamp).collect()
    };
    assert_eq!(times(&wrapper(50, 1, 1, &inner)), [1000, 1001].map(Timestamp::new));
    assert_eq!(times(&wrapper(50, 1, 1 | LOG_APPEND_TIME, &inner)), [1050, 1050].map(Timestamp::new));
}

#[test]
fn wrappers_with_nothing_or_wrappers_inside_are_refused() {
    assert_eq!(offsets(&wrapper(0, 1, 1, &[])), Err(RecordError::EmptyWrapper));
    let no_value = LegacyMessage::parse(message(0, 1, 1, b"", None)).unwrap();
    assert_eq!(offsets(&no_value), Err(RecordError::EmptyWrapper));
    let nested = wrapper(7, 0, 1, &[message(7, 0, 0, b"k", None)]);
    assert_eq!(offsets(&wrapper(7, 0, 1, &[nested.bytes().clone()])), Err(RecordError::NestedCompression));
}

#[test]
fn codecs_that_came_later_are_refused() {
    let not_here = UnknownCompression::NotInMagic { compression: Compression::Zstd, magic: 1 };
    let zstd = LegacyMessage::parse(message(0, 1, 4, b"", Some(b"?"))).unwrap();
    assert_eq!(offsets(&zstd), Err(RecordError::UnknownCompression(not_here)));
    let unknown = LegacyMessage::parse(message(0, 1, 7, b"", Some(b"?"))).unwrap();
    assert_eq!(offsets(&unknown), Err(RecordError::UnknownCompression(UnknownCompression::Id(7))));
}

#[test]
fn the_bound_holds_for_wrappers_too() {
    let large = wrapper(0, 1, 1, &[message(0, 1, 0, b"k", Some(&[0; 5000]))]);
    assert!(large.records(6000).is_ok());
    assert_eq!(large.records(4000), Err(RecordError::Decompress(DecompressError::TooLarge { max: 4000 })));
}

#[test]
fn keys_and_values_must_lie_inside_of_their_message() {
    let good = message(5, 0, 0, b"key", Some(b"value"));
    let with_length = |position: usize, length: i32| {
        let mut bytes = BytesMut::from(&good[..]);
        bytes[position..position + 4].copy_from_slice(&length.to_be_bytes());
        LegacyMessage::parse(bytes.freeze()).unwrap().records(DECOMPRESSED_MAX)
    };
    let (key_length, value_length) = (18, 18 + 4 + 3);
    assert_eq!(with_length(key_length, 13), Err(RecordError::FieldBeyondMessage { length: 13 }));
    assert_eq!(with_length(key_length, i32::MAX), Err(RecordError::FieldBeyondMessage { length: i32::MAX }));
    assert_eq!(with_length(key_length, 12), Err(RecordError::PrematureEnd));
    assert_eq!(with_length(value_length, 6), Err(RecordError::FieldBeyondMessage { length: 6 }));
    // Negative lengths are null.
    let records = with_length(value_length, -7).unwrap();
    assert_eq!((records[0].key.as_deref(), records[0].value.as_deref()), (Some(&b"key"[..]), None));
}

#[test]
fn corrupt_messages_inside_are_told_as_such() {
    let mut corrupt = BytesMut::from(&message(0, 1, 0, b"k", None)[..]);
    corrupt[8..12].copy_from_slice(&3_i32.to_be_bytes());
    let inside = BatchError::LengthBelowMinimum { length: 3, minimum: 14 };
    assert_eq!(offsets(&wrapper(0, 1, 1, &[corrupt.freeze()])), Err(RecordError::InnerMessage(inside)));
}

#[test]
fn the_smallest_messages_and_one_byte_less() {
    for (magic, size) in [(0, 26), (1, 34)] {
        let smallest = message(0, magic, 0, b"", None);
        assert_eq!(smallest.len(), size);
        assert!(LegacyMessage::parse(smallest.clone()).is_ok());
        let prefix = LogEntryPrefix::parse(&smallest).unwrap().unwrap();
        assert_eq!((prefix.size_in_bytes, prefix.magic), (size, magic as i8));

        let mut smaller = BytesMut::from(&smallest[..size - 1]);
        smaller[8..12].copy_from_slice(&(size as i32 - 13).to_be_bytes());
        assert!(matches!(LegacyMessage::parse(smaller.freeze()), Err(BatchError::LengthBelowMinimum { .. })));
    }
}
