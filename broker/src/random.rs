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
