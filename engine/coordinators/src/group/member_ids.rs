//! Where new members' ids come from.

/// Gives the random part of a new member's id. The rules draw no random numbers: whoever drives them does.
pub trait MemberIds {
    /// A version 4 UUID in its usual notation, never given before: `client-id-UUID` will be a member's id.
    fn random_part(&mut self) -> String;
}

impl<F: FnMut() -> String> MemberIds for F {
    fn random_part(&mut self) -> String {
        self()
    }
}
