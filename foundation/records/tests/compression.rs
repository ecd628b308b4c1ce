//! Codecs by themselves: levels, what they refuse, and that nothing small becomes large unseen.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_records::{
    Compression, CompressionLevelOutOfRange, Compressor, DecompressError, Decompressor, UnknownCompression,
};

const CODECS: [Compression; 4] = [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

fn refusal(compression: Compression, compressed: impl Into<Bytes>, max: usize) -> String {
    compression.decompress(&compressed.into(), max).unwrap_err().to_string()
}

#[test]
fn names_and_numbers_are_those_of_kafka() {
    let known = Compression::ALL.map(|compression| (compression.id(), compression.name()));
    assert_eq!(known, [(0, "none"), (1, "gzip"), (2, "snappy"), (3, "lz4"), (4, "zstd")]);
    for compression in Compression::ALL {
        assert_eq!(compression.name().parse(), Ok(compression));
        assert_eq!(Compression::from_id(compression.id()), Ok(compression));
    }
    assert_eq!(Compression::from_id(5), Err(UnknownCompression::Id(5)));
    assert!("GZIP".parse::<Compression>().is_err());
    assert!("producer".parse::<Compression>().is_err());
}

#[test]
fn levels_are_those_of_kafka() {
    let accepted = |compression| -> Vec<i32> {
        (-131_080..=30).filter(|level| Compressor::new(compression, *level).is_ok()).collect()
    };
    assert_eq!(accepted(Compression::Gzip), [-1, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(accepted(Compression::Lz4), (1..=17).collect::<Vec<_>>());
    assert_eq!(accepted(Compression::Zstd), (-131_072..=22).collect::<Vec<_>>());
    assert!(accepted(Compression::Snappy).is_empty() && accepted(Compression::None).is_empty());
    assert_eq!(
        Compressor::new(Compression::Gzip, 0),
        Err(CompressionLevelOutOfRange { compression: Compression::Gzip, level: 0 })
    );
    let defaults = Compression::ALL.map(|compression| Compressor::from(compression).level());
    assert_eq!(defaults, [None, Some(-1), None, Some(9), Some(3)]);
}

#[test]
fn a_higher_level_compresses_more_where_there_are_levels() {
    let text: Vec<u8> = (0..40_000_u32)
        .flat_map(|i| format!("{} {};", i % 977, i.wrapping_mul(2_654_435_761) % 31).into_bytes())
        .collect();
    for (compression, low, high) in [(Compression::Gzip, 1, 9), (Compression::Zstd, -50, 19)] {
        let size = |level| Compressor::new(compression, level).unwrap().compress(&text).unwrap().len();
        assert!(size(high) < size(low), "{compression}: {} and {}", size(high), size(low));
    }
}

#[test]
fn nothing_compresses_to_something_that_decompresses_to_nothing() {
    for compression in CODECS {
        let compressed = compression.compress(b"").unwrap();
        assert!(!compressed.is_empty(), "{compression}");
        assert_eq!(compression.decompress(&compressed, 0), Ok(Bytes::new()), "{compression}");
    }
}

#[test]
fn pieces_are_the_whole() {
    let plain: Vec<u8> = (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> (i % 24)) as u8).collect();
    for compression in Compression::ALL {
        let compressed = compression.compress(&plain).unwrap();
        let mut decompressor = Decompressor::new(compression, compressed, plain.len()).unwrap();
        let mut found = Vec::new();
        loop {
            let available = decompressor.fill().unwrap();
            if available.is_empty() {
                break;
            }
            // Not all at once, so that a piece is seen more than once.
            let taken = available.len().div_ceil(3);
            found.extend_from_slice(&available[..taken]);
            decompressor.consume(taken);
        }
        assert_eq!(found, plain, "{compression}");
    }
}

#[test]
fn what_grows_beyond_the_bound_is_stopped() {
    let zeroes = vec![0; 32 << 20];
    for compression in CODECS {
        let compressed = compression.compress(&zeroes).unwrap();
        assert!(compressed.len() < zeroes.len() / 20, "{compression}");
        for max in [0, 1, 1000, 1 << 20, (32 << 20) - 1] {
            let decompressed = compression.decompress(&compressed, max);
            assert_eq!(decompressed, Err(DecompressError::TooLarge { max }), "{compression}");
        }
        assert_eq!(compression.decompress(&compressed, 32 << 20).unwrap().len(), 32 << 20);
    }
}

#[test]
fn a_snappy_block_that_claims_more_than_it_can_hold_is_refused() {
    // 4 GiB less one, in ten bytes.
    let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61, 0x00, 0x61, 0x00];
    assert!(refusal(Compression::Snappy, claim.to_vec(), usize::MAX).contains("10 bytes cannot hold 4294967295"));
    let mut framed = BytesMut::from(&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\0\x0a"[..]);
    framed.put_slice(&claim);
    assert!(refusal(Compression::Snappy, framed, usize::MAX).contains("10 bytes cannot hold 4294967295"));
    // The densest block there is: one byte, then copies of 64 bytes in three.
    let mut densest = BytesMut::from(&[0x81, 0x80, 0x01, 0x00, 0x61][..]);
    for _ in 0..256 {
        densest.put_slice(&[0xfe, 0x01, 0x00]);
    }
    assert_eq!(Compression::Snappy.decompress(&densest.freeze(), usize::MAX).unwrap(), vec![0x61; 16_385]);
}

#[test]
fn snappy_blocks_must_be_there_and_of_a_known_version() {
    let framed = |length: i32, version: i32| {
        let mut bytes = BytesMut::from(&b"\x82SNAPPY\0"[..]);
        bytes.put_i32(version);
        bytes.put_i32(1);
        bytes.put_i32(length);
        bytes.put_slice(&[0x01, 0x00, 0x61]);
        bytes.freeze()
    };
    assert_eq!(Compression::Snappy.decompress(&framed(3, 1), 1), Ok(Bytes::from_static(b"a")));
    assert_eq!(Compression::Snappy.decompress(&framed(3, 2), 1), Ok(Bytes::from_static(b"a")));
    assert!(refusal(Compression::Snappy, framed(3, 0), 1).contains("version 0"));
    assert!(refusal(Compression::Snappy, framed(4, 1), 1).contains("block length 4 with 3 bytes left"));
    assert!(refusal(Compression::Snappy, framed(-1, 1), 1).contains("block length -1"));
}

#[test]
fn an_empty_snappy_block_is_not_the_end() {
    let mut bytes = BytesMut::from(&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"[..]);
    bytes.put_slice(&[0, 0, 0, 1, 0x00, 0, 0, 0, 3, 0x01, 0x00, 0x61]);
    assert_eq!(Compression::Snappy.decompress(&bytes.freeze(), 1), Ok(Bytes::from_static(b"a")));
}

/// Magic, flags, block size, header checksum, one stored block `abc`, end.
fn lz4_frame(flags: u8, block_size: u8, checksum: u8) -> Vec<u8> {
    let mut frame = vec![0x04, 0x22, 0x4d, 0x18, flags, block_size, checksum];
    frame.extend([3, 0, 0, 0x80, b'a', b'b', b'c', 0, 0, 0, 0]);
    frame
}

#[test]
fn our_lz4_frames_begin_as_kafka_s_do() {
    let compressed = Compression::Lz4.compress(b"abc").unwrap();
    assert_eq!(compressed, lz4_frame(0x60, 0x40, 0x82));
    assert_eq!(Compression::Lz4.decompress(&compressed, 3), Ok(Bytes::from_static(b"abc")));
}

#[test]
fn lz4_frames_that_kafka_does_not_read_are_refused() {
    for (frame, reason) in [
        (lz4_frame(0x60, 0x40, 0x83), "header checksum"),
        (lz4_frame(0x40, 0x40, 0xc0), "depend on each other"),
        (lz4_frame(0x20, 0x40, 0x82), "version"),
        (lz4_frame(0x61, 0x40, 0x82), "reserved"),
        (lz4_frame(0x60, 0x41, 0x82), "reserved"),
        (lz4_frame(0x60, 0xc0, 0x82), "reserved"),
        (lz4_frame(0x60, 0x30, 0x82), "block size"),
        (lz4_frame(0x68, 0x40, 0x82), "header checksum"),
        (vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x40], "cut short"),
        (vec![0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 0, 0, 0, 0], "cut short"),
        (lz4_frame(0x60, 0x40, 0x82)[..16].to_vec(), "cut short"),
        (b"not a frame".to_vec(), "not a frame"),
    ] {
        let said = refusal(Compression::Lz4, frame.clone(), 1000);
        assert!(said.contains(reason), "{frame:x?}: {said}");
    }
    let mut too_long = lz4_frame(0x60, 0x40, 0x82);
    // A stored block of 64 KiB and a byte.
    too_long.splice(7.., [1, 0, 1, 0x80]);
    too_long.resize(7 + 4 + 65_537, 0);
    assert!(refusal(Compression::Lz4, too_long, 1 << 20).contains("exceeds 65536"));
}

#[test]
fn after_an_error_nothing_of_the_broken_piece_is_shown() {
    let plain: Vec<u8> = (0..100_000_u32).map(|i| (i / 7) as u8).collect();
    for compression in CODECS {
        let whole = compression.compress(&plain).unwrap();
        let mut decompressor = Decompressor::new(compression, whole.slice(..whole.len() * 2 / 3), plain.len()).unwrap();
        let mut position = 0;
        // Snappy cannot tell a stream cut between blocks from one that ends.
        while let Ok(available @ [_, ..]) = decompressor.fill() {
            assert_eq!(available, &plain[position..position + available.len()], "{compression}");
            let count = available.len();
            position += count;
            decompressor.consume(count);
        }
        assert!(position < plain.len(), "{compression}");
    }
}
