//! Metadata records as they stand in the value of a record of `__cluster_metadata` and `__remote_log_metadata`.
//!
//! | bytes | what |
//! |---|---|
//! | unsigned varint | version of the frame: 1 |
//! | unsigned varint | the record's type (its "API key") |
//! | unsigned varint | the record's version |
//! | the rest | the record |

use crate::{DecodeError, EncodeError, Reader, RecordSet, Writer};
use bytes::Bytes;

/// The only version of the frame there is.
const FRAME_VERSION: u32 = 1;

/// Reads a framed record and its version.
///
/// # Errors
/// The frame, type or version is unknown, the bytes are not such a record, or there are bytes after it.
pub fn decode<R: RecordSet>(bytes: Bytes) -> Result<(R, i16), DecodeError> {
    let mut reader = Reader::new(bytes);
    let frame_version = reader.unsigned_varint()?;
    if frame_version != FRAME_VERSION {
        return Err(DecodeError::UnknownFrameVersion { frame_version });
    }
    let record_type = number(&mut reader)?;
    let version = number(&mut reader)?;
    let record = R::decode_body(&mut reader, record_type, version)?;
    reader.expect_end()?;
    Ok((record, version))
}

/// Frames a record.
///
/// # Errors
/// The version does not exist, or has no place for what the record says.
pub fn encode<R: RecordSet>(record: &R, version: i16) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(64);
    writer.unsigned_varint(FRAME_VERSION);
    writer.unsigned_varint(record.record_type().cast_unsigned().into());
    writer.unsigned_varint(version.cast_unsigned().into());
    record.encode_body(&mut writer, version)?;
    writer.finish_to_bytes()
}

fn number(reader: &mut Reader) -> Result<i16, DecodeError> {
    i16::try_from(reader.unsigned_varint()?).map_err(|_| DecodeError::VarintTooLong)
}

#[cfg(test)]
mod tests {
    use crate::messages::TopicRecord;
    use crate::{DecodeError, MetadataRecord, RecordSet, record_frame};
    use bytes::Bytes;

    #[test]
    fn frames_go_both_ways() {
        let record = MetadataRecord::from(TopicRecord { name: "t".to_owned(), ..TopicRecord::default() });
        let bytes = record_frame::encode(&record, 0).unwrap();
        assert_eq!(bytes[..5], [1, 2, 0, 2, b't']);
        assert_eq!(record_frame::decode(bytes), Ok((record.clone(), 0)));
        assert_eq!(record.type_name(), "TOPIC_RECORD");
    }

    #[test]
    fn what_is_unknown_is_refused() {
        let decode = |bytes: &'static [u8]| record_frame::decode::<MetadataRecord>(Bytes::from_static(bytes));
        assert_eq!(decode(&[2, 2, 0]), Err(DecodeError::UnknownFrameVersion { frame_version: 2 }));
        assert_eq!(decode(&[1, 6, 0]), Err(DecodeError::UnknownRecordType { record_type: 6 }));
        assert_eq!(decode(&[1, 2, 1]), Err(DecodeError::UnsupportedVersion { message: "TopicRecord", version: 1 }));
        assert_eq!(decode(&[1, 20, 0, 0, 9]), Err(DecodeError::TrailingBytes { remaining: 1 }));
    }
}
