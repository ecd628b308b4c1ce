//! Records of the coordinators' topics.
//!
//! A record's key is an `int16` type and the key's fields; its value is an `int16` version and the value's fields. The
//! key's type says what the value is. A null value is a tombstone.

use crate::{
    DecodeError, EncodeError, GroupCoordinatorKey, GroupCoordinatorValue, Reader, RecordKey, RecordSet,
    ShareCoordinatorKey, ShareCoordinatorValue, TransactionCoordinatorKey, TransactionCoordinatorValue, Writer,
};
use bytes::Bytes;

fn decode_key<K: RecordKey>(bytes: Bytes) -> Result<K, DecodeError> {
    let mut reader = Reader::new(bytes);
    let record_type = reader.int16()?;
    let key = K::decode_body(&mut reader, record_type, 0)?;
    reader.expect_end()?;
    Ok(key)
}

fn encode_key<K: RecordKey>(key: &K) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(64);
    writer.int16(key.record_type());
    key.encode_body(&mut writer, 0)?;
    writer.finish_to_bytes()
}

fn decode_value<V: RecordSet>(record_type: i16, bytes: Bytes) -> Result<(V, i16), DecodeError> {
    let mut reader = Reader::new(bytes);
    let version = reader.int16()?;
    let value = V::decode_body(&mut reader, record_type, version)?;
    reader.expect_end()?;
    Ok((value, version))
}

fn encode_value<V: RecordSet>(value: &V, version: i16) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(64);
    writer.int16(version);
    value.encode_body(&mut writer, version)?;
    writer.finish_to_bytes()
}

macro_rules! coordinator_records {
    ($($key:ident $value:ident;)*) => {$(
        impl $key {
            /// Reads a record's key.
            ///
            /// # Errors
            /// The type is unknown (a newer broker's, perhaps), or the bytes are not such a key and nothing else.
            pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
                decode_key(bytes)
            }
            /// The bytes of a record's key.
            ///
            /// # Errors
            /// A string is too long.
            pub fn encode(&self) -> Result<Bytes, EncodeError> {
                encode_key(self)
            }
            /// Reads the value that belongs to this key, and its version.
            ///
            /// # Errors
            /// The version is unknown (a newer broker's, perhaps), or the bytes are not such a value and nothing else.
            pub fn decode_value(&self, bytes: Bytes) -> Result<($value, i16), DecodeError> {
                decode_value(self.record_type(), bytes)
            }
        }

        impl $value {
            /// The bytes of a record's value.
            ///
            /// # Errors
            /// The version does not exist, or has no place for what the value says.
            pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
                encode_value(self, version)
            }
        }
    )*};
}

coordinator_records! {
    GroupCoordinatorKey GroupCoordinatorValue;
    ShareCoordinatorKey ShareCoordinatorValue;
    TransactionCoordinatorKey TransactionCoordinatorValue;
}

#[cfg(test)]
mod tests {
    use crate::messages::{OffsetCommitKey, OffsetCommitValue};
    use crate::{DecodeError, GroupCoordinatorKey, GroupCoordinatorValue, RecordSet};
    use bytes::Bytes;

    #[test]
    fn keys_and_values_go_both_ways() {
        let key = GroupCoordinatorKey::OffsetCommit(OffsetCommitKey {
            group: "g".to_owned(),
            topic: "t".to_owned(),
            partition: 3,
        });
        let bytes = key.encode().unwrap();
        assert_eq!(bytes[..], *b"\0\x01\0\x01g\0\x01t\0\0\0\x03");
        assert_eq!(GroupCoordinatorKey::decode(bytes), Ok(key.clone()));
        assert_eq!(key.type_name(), "OFFSET_COMMIT");

        let value = GroupCoordinatorValue::from(OffsetCommitValue { offset: 7, ..OffsetCommitValue::default() });
        let bytes = value.encode(3).unwrap();
        assert_eq!(bytes.len(), 2 + 8 + 4 + 2 + 8);
        assert_eq!(key.decode_value(bytes), Ok((value, 3)));
    }

    #[test]
    fn what_is_unknown_is_refused() {
        assert_eq!(
            GroupCoordinatorKey::decode(Bytes::from_static(&[0, 99])),
            Err(DecodeError::UnknownRecordType { record_type: 99 })
        );
    }
}
