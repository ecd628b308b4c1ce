//! ACLs, SCRAM credentials and delegation tokens as the metadata log has them.

use bytes::Bytes;
use ottla_model::{Timestamp, Uuid};
use rpds::RedBlackTreeMapSync;
use std::fmt;
use std::sync::Arc;

/// One access control entry. The codes are those of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user.
    pub resource_type: i8,
    /// The resource's name, a prefix of names, or `*`.
    pub resource_name: String,
    /// 3 literal, 4 prefixed.
    pub pattern_type: i8,
    /// Who: `User:alice`.
    pub principal: String,
    /// From where, or `*`.
    pub host: String,
    /// 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, ….
    pub operation: i8,
    /// 2 deny, 3 allow.
    pub permission_type: i8,
}

/// All ACLs by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclsImage {
    by_id: RedBlackTreeMapSync<Uuid, Arc<Acl>>,
}

impl Default for AclsImage {
    fn default() -> Self {
        Self { by_id: RedBlackTreeMapSync::new_sync() }
    }
}

impl AclsImage {
    /// The ACL of that id.
    pub fn get(&self, id: Uuid) -> Option<&Arc<Acl>> {
        self.by_id.get(&id)
    }
    /// Every ACL with its id.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, &Arc<Acl>)> {
        self.by_id.iter().map(|(&id, acl)| (id, acl))
    }
    pub(crate) fn set(&mut self, id: Uuid, acl: Acl) {
        self.by_id.insert_mut(id, Arc::new(acl));
    }
    /// Returns whether there was such an ACL.
    pub(crate) fn remove(&mut self, id: Uuid) -> bool {
        self.by_id.remove_mut(&id)
    }
}

/// A SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScramMechanism {
    /// `SCRAM-SHA-256`
    Sha256,
    /// `SCRAM-SHA-512`
    Sha512,
}

impl ScramMechanism {
    /// The number on the wire and in records.
    pub const fn code(self) -> i8 {
        match self {
            Self::Sha256 => 1,
            Self::Sha512 => 2,
        }
    }
    /// The mechanism of that number.
    pub const fn from_code(code: i8) -> Option<Self> {
        match code {
            1 => Some(Self::Sha256),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// What a server keeps of a password (RFC 5802).
#[derive(Clone, PartialEq, Eq)]
pub struct ScramCredential {
    /// Mixed into the password.
    pub salt: Bytes,
    /// Proves the client.
    pub stored_key: Bytes,
    /// Proves the server.
    pub server_key: Bytes,
    /// How often the password was hashed.
    pub iterations: i32,
}

/// Nothing of a credential belongs into a log.
impl fmt::Debug for ScramCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScramCredential").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// All SCRAM credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScramImage {
    by_user: RedBlackTreeMapSync<(ScramMechanism, String), Arc<ScramCredential>>,
}

impl Default for ScramImage {
    fn default() -> Self {
        Self { by_user: RedBlackTreeMapSync::new_sync() }
    }
}

impl ScramImage {
    /// A user's credential for that mechanism.
    pub fn get(&self, mechanism: ScramMechanism, user: &str) -> Option<&Arc<ScramCredential>> {
        self.by_user.get(&(mechanism, user.to_owned()))
    }
    /// Every credential.
    pub fn iter(&self) -> impl Iterator<Item = (ScramMechanism, &str, &Arc<ScramCredential>)> {
        self.by_user.iter().map(|((mechanism, user), credential)| (*mechanism, user.as_str(), credential))
    }
    pub(crate) fn set(&mut self, mechanism: ScramMechanism, user: &str, credential: ScramCredential) {
        self.by_user.insert_mut((mechanism, user.to_owned()), Arc::new(credential));
    }
    pub(crate) fn remove(&mut self, mechanism: ScramMechanism, user: &str) {
        self.by_user.remove_mut(&(mechanism, user.to_owned()));
    }
}

/// A delegation token (KIP-48), without its secret: that is derived from the id and a key that brokers share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationToken {
    /// Whom the token stands for: `User:alice`.
    pub owner: String,
    /// Who asked for it.
    pub requester: String,
    /// Who may renew it, besides the owner.
    pub renewers: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires, renewed or not.
    pub max_timestamp: Timestamp,
    /// When it expires unless it is renewed.
    pub expires_at: Timestamp,
}

/// All delegation tokens by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationTokensImage {
    by_id: RedBlackTreeMapSync<String, Arc<DelegationToken>>,
}

impl Default for DelegationTokensImage {
    fn default() -> Self {
        Self { by_id: RedBlackTreeMapSync::new_sync() }
    }
}

impl DelegationTokensImage {
    /// The token of that id.
    pub fn get(&self, id: &str) -> Option<&Arc<DelegationToken>> {
        self.by_id.get(id)
    }
    /// Every token with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<DelegationToken>)> {
        self.by_id.iter().map(|(id, token)| (id.as_str(), token))
    }
    pub(crate) fn set(&mut self, id: &str, token: DelegationToken) {
        self.by_id.insert_mut(id.to_owned(), Arc::new(token));
    }
    pub(crate) fn remove(&mut self, id: &str) {
        self.by_id.remove_mut(id);
    }
}
