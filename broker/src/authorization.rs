//! What a client may do. Without an authorizer: everything.
//!
//! Answers can tell clients which operations they may do, as a bit field: bit n is set for `AclOperation` n (2 all, 3
//! read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, 9 cluster action, 10 describe configs, 11 alter configs,
//! 12 idempotent write).

/// Read, write, create, delete, alter, describe, describe configs, alter configs.
pub const ALL_TOPIC_OPERATIONS: i32 = bits(&[3, 4, 5, 6, 7, 8, 10, 11]);

/// Read, delete, describe, describe configs, alter configs.
pub const ALL_GROUP_OPERATIONS: i32 = bits(&[3, 6, 8, 10, 11]);

/// Create, alter, describe, cluster action, describe configs, alter configs, idempotent write.
pub const ALL_CLUSTER_OPERATIONS: i32 = bits(&[5, 7, 8, 9, 10, 11, 12]);

/// The client was not asked to be told (the fields' default).
pub const NOT_ASKED: i32 = i32::MIN;

const fn bits(operations: &[u32]) -> i32 {
    let mut field = 0;
    let mut index = 0;
    while index < operations.len() {
        field |= 1 << operations[index];
        index += 1;
    }
    field
}
