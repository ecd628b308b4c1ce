//! Random ids, from the operating system.

use ottla_model::Uuid;

/// A random id of 16 bytes that may be used as one.
///
/// # Panics
/// The operating system has no random numbers: nothing that this process does could be told apart from another's then.
pub fn uuid() -> Uuid {
    loop {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        if let Some(id) = Uuid::from_random(bytes) {
            return id;
        }
    }
}

/// 32 random bits.
///
/// # Panics
/// As [`uuid`].
pub fn number() -> i32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    i32::from_ne_bytes(bytes)
}

/// A random UUID (version 4) in the notation of RFC 9562: `xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx`.
///
/// # Panics
/// As [`uuid`].
pub fn uuid_text() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    // Version 4, of the usual variant.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::uuid_text;

    #[test]
    fn uuids_are_written_as_usual() {
        let text = uuid_text();
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{text}");
        assert_eq!(&text[14..15], "4", "{text}");
        assert!("89ab".contains(&text[19..20]), "{text}");
        assert_ne!(text, uuid_text());
    }
}
