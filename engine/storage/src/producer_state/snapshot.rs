//! The producer snapshot: `%020d.snapshot` (`docs/formats/producer-snapshot.md`).

use super::entry::{BatchMemory, ProducerEntry};
use bytes::Buf;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::crc32c;

/// Version i16, CRC-32C u32, number of entries i32.
const HEADER_SIZE: usize = 10;
const ENTRY_SIZE: usize = 46;
/// From here to the end the CRC reaches.
const CRC_FROM: usize = 6;
const VERSION: i16 = 1;

/// The content of a snapshot file.
pub(crate) fn encode<'a>(producers: impl ExactSizeIterator<Item = (ProducerId, &'a ProducerEntry)>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_SIZE + producers.len() * ENTRY_SIZE);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(producers.len() as u32).to_be_bytes());
    for (producer_id, entry) in producers {
        let (last_offset, offset_delta) =
            entry.last_batch().map_or((Offset::new(-1), 0), |batch| (batch.last_offset, batch.offset_delta));
        bytes.extend_from_slice(&producer_id.value().to_be_bytes());
        bytes.extend_from_slice(&entry.epoch.value().to_be_bytes());
        bytes.extend_from_slice(&entry.last_sequence().to_be_bytes());
        bytes.extend_from_slice(&last_offset.value().to_be_bytes());
        bytes.extend_from_slice(&offset_delta.to_be_bytes());
        bytes.extend_from_slice(&entry.last_timestamp.value().to_be_bytes());
        bytes.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.transaction_start.map_or(-1, Offset::value).to_be_bytes());
    }
    let crc = crc32c(&bytes[CRC_FROM..]);
    bytes[2..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The producers in a snapshot file, in its order.
pub(crate) fn decode(mut bytes: &[u8]) -> Result<Vec<(ProducerId, ProducerEntry)>, String> {
    if bytes.len() < HEADER_SIZE {
        return Err(format!("{} bytes are too few", bytes.len()));
    }
    let computed = crc32c(&bytes[CRC_FROM..]);
    let version = bytes.get_i16();
    if version != VERSION {
        return Err(format!("unknown version {version}"));
    }
    let stored = bytes.get_u32();
    if stored != computed {
        return Err(format!("stored crc is {stored:#010x}, computed crc is {computed:#010x}"));
    }
    let count = bytes.get_i32();
    if usize::try_from(count).ok().and_then(|count| count.checked_mul(ENTRY_SIZE)) != Some(bytes.len()) {
        return Err(format!("{count} entries in {} bytes", bytes.len()));
    }
    Ok(bytes.chunks_exact(ENTRY_SIZE).map(decode_entry).collect())
}

fn decode_entry(mut bytes: &[u8]) -> (ProducerId, ProducerEntry) {
    let producer_id = ProducerId::new(bytes.get_i64());
    let epoch = ProducerEpoch::new(bytes.get_i16());
    let last_sequence = bytes.get_i32();
    let last_offset = Offset::new(bytes.get_i64());
    let offset_delta = bytes.get_i32();
    let timestamp = Timestamp::new(bytes.get_i64());
    let coordinator_epoch = bytes.get_i32();
    let transaction_start = Some(bytes.get_i64()).filter(|&start| start >= 0).map(Offset::new);
    let mut entry = ProducerEntry::new(epoch, coordinator_epoch, timestamp, transaction_start);
    if last_offset >= Offset::ZERO {
        entry.add_batch(epoch, BatchMemory { last_sequence, last_offset, offset_delta, timestamp });
    }
    (producer_id, entry)
}

#[cfg(test)]
mod tests {
    use super::super::entry::{BatchMemory, ProducerEntry};
    use super::{decode, encode};
    use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};

    fn entry() -> ProducerEntry {
        let mut entry = ProducerEntry::new(ProducerEpoch::new(3), 9, Timestamp::new(77), Some(Offset::new(40)));
        entry.add_batch(
            ProducerEpoch::new(3),
            BatchMemory {
                last_sequence: 11,
                last_offset: Offset::new(49),
                offset_delta: 4,
                timestamp: Timestamp::new(78),
            },
        );
        entry
    }

    #[test]
    fn bytes_go_both_ways() {
        let producers = [
            (ProducerId::new(5), entry()),
            (ProducerId::new(1), ProducerEntry::unknown()),
            (ProducerId::new(2), entry()),
        ];
        let bytes = encode(producers.iter().map(|(id, entry)| (*id, entry)));
        assert_eq!(bytes.len(), 10 + 3 * 46);
        assert_eq!(decode(&bytes).unwrap(), producers);
        assert_eq!(encode([].into_iter()).len(), 10);
    }

    #[test]
    fn kafkas_bytes_go_both_ways() {
        let kafkas: [&[u8]; 3] = [
            include_bytes!("../../tests/fixtures/kafka-4.3.0/plain-0/00000000000000000166.snapshot"),
            include_bytes!("../../tests/fixtures/kafka-4.3.0/deleted-0/00000000000000000086.snapshot"),
            include_bytes!("../../tests/fixtures/kafka-4.3.0/transactions-0/00000000000000000119.snapshot"),
        ];
        for bytes in kafkas {
            let producers = decode(bytes).unwrap();
            assert!(producers.len() >= 3);
            assert_eq!(encode(producers.iter().map(|(id, entry)| (*id, entry))), bytes);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = encode([(ProducerId::new(5), &entry())].into_iter());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&flipped).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}
