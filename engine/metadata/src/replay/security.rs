//! ACLs, SCRAM credentials and delegation tokens.

use super::Misfit;
use crate::delta::MetadataChanges;
use crate::image::{Acl, DelegationToken, MetadataImage, ScramCredential, ScramMechanism};
use ottla_model::Timestamp;
use ottla_protocol::messages::{
    AccessControlEntryRecord, DelegationTokenRecord, RemoveAccessControlEntryRecord, RemoveDelegationTokenRecord,
    RemoveUserScramCredentialRecord, UserScramCredentialRecord,
};

pub(super) fn create_acl(record: &AccessControlEntryRecord, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let acl = Acl {
        resource_type: record.resource_type,
        resource_name: record.resource_name.clone(),
        pattern_type: record.pattern_type,
        principal: record.principal.clone(),
        host: record.host.clone(),
        operation: record.operation,
        permission_type: record.permission_type,
    };
    image.acls.set(record.id, acl);
    changes.acls.insert(record.id);
}

pub(super) fn remove_acl(
    record: &RemoveAccessControlEntryRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    if !image.acls.remove(record.id) {
        return Err(Misfit::UnknownAcl(record.id));
    }
    changes.acls.insert(record.id);
    Ok(())
}

pub(super) fn set_scram_credential(
    record: &UserScramCredentialRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let mechanism = mechanism(record.mechanism)?;
    let credential = ScramCredential {
        salt: record.salt.clone(),
        stored_key: record.stored_key.clone(),
        server_key: record.server_key.clone(),
        iterations: record.iterations,
    };
    image.scram.set(mechanism, &record.name, credential);
    changes.scram.insert((mechanism, record.name.clone()));
    Ok(())
}

pub(super) fn remove_scram_credential(
    record: &RemoveUserScramCredentialRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let mechanism = mechanism(record.mechanism)?;
    image.scram.remove(mechanism, &record.name);
    changes.scram.insert((mechanism, record.name.clone()));
    Ok(())
}

pub(super) fn set_delegation_token(
    record: &DelegationTokenRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) {
    let token = DelegationToken {
        owner: record.owner.clone(),
        requester: record.requester.clone(),
        renewers: record.renewers.clone(),
        issued_at: Timestamp::new(record.issue_timestamp),
        max_timestamp: Timestamp::new(record.max_timestamp),
        expires_at: Timestamp::new(record.expiration_timestamp),
    };
    image.delegation_tokens.set(&record.token_id, token);
    changes.delegation_tokens.insert(record.token_id.clone());
}

pub(super) fn remove_delegation_token(
    record: &RemoveDelegationTokenRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) {
    image.delegation_tokens.remove(&record.token_id);
    changes.delegation_tokens.insert(record.token_id.clone());
}

fn mechanism(code: i8) -> Result<ScramMechanism, Misfit> {
    ScramMechanism::from_code(code).ok_or(Misfit::FieldValue { field: "mechanism", value: code.into() })
}
