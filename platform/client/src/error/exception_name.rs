//! The names of the exceptions that Kafka's Java client throws for error codes.

use ottla_model::ErrorCode;

/// The exception for `code`, with its package. The rule: the code's name in camel case, and `Exception` behind it unless
/// it ends so. The table: those that break it.
pub(super) fn of(code: ErrorCode) -> String {
    let irregular = match code {
        ErrorCode::UnknownServerError => "UnknownServerException",
        ErrorCode::CorruptMessage => "CorruptRecordException",
        ErrorCode::RequestTimedOut => "TimeoutException",
        ErrorCode::MessageTooLarge => "RecordTooLargeException",
        ErrorCode::StaleControllerEpoch => "ControllerMovedException",
        ErrorCode::OffsetMetadataTooLarge => "OffsetMetadataTooLarge",
        ErrorCode::RecordListTooLarge => "RecordBatchTooLargeException",
        ErrorCode::TopicAuthorizationFailed => "TopicAuthorizationException",
        ErrorCode::GroupAuthorizationFailed => "GroupAuthorizationException",
        ErrorCode::ClusterAuthorizationFailed => "ClusterAuthorizationException",
        ErrorCode::TopicAlreadyExists => "TopicExistsException",
        ErrorCode::InvalidConfig => "InvalidConfigurationException",
        ErrorCode::OutOfOrderSequenceNumber => "OutOfOrderSequenceException",
        ErrorCode::DuplicateSequenceNumber => "DuplicateSequenceException",
        ErrorCode::InvalidProducerIdMapping => "InvalidPidMappingException",
        ErrorCode::InvalidTransactionTimeout => "InvalidTxnTimeoutException",
        ErrorCode::TransactionalIdAuthorizationFailed => "TransactionalIdAuthorizationException",
        ErrorCode::KafkaStorageError => "KafkaStorageException",
        ErrorCode::SaslAuthenticationFailed => "SaslAuthenticationException",
        ErrorCode::DelegationTokenAuthDisabled => "DelegationTokenDisabledException",
        ErrorCode::DelegationTokenRequestNotAllowed => "UnsupportedByAuthenticationException",
        ErrorCode::DelegationTokenAuthorizationFailed => "DelegationTokenAuthorizationException",
        ErrorCode::NonEmptyGroup => "GroupNotEmptyException",
        ErrorCode::PrincipalDeserializationFailure => "PrincipalDeserializationException",
        ErrorCode::FetchSessionTopicIdError => "FetchSessionTopicIdException",
        ErrorCode::InvalidRegularExpression => "InvalidRegularExpression",
        regular => return in_package(&camel_case(regular.name())),
    };
    in_package(irregular)
}

/// With the package of the protocol's exceptions before it.
pub(super) fn in_package(simple_name: &str) -> String {
    format!("org.apache.kafka.common.errors.{simple_name}")
}

fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for word in name.split('_') {
        let (first, rest) = word.split_at(1);
        camel.push_str(first);
        camel.push_str(&rest.to_ascii_lowercase());
    }
    if !camel.ends_with("Exception") {
        camel.push_str("Exception");
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::of;
    use ottla_model::ErrorCode;

    #[test]
    fn names_by_rule_and_by_table() {
        for (code, name) in [
            (ErrorCode::UnknownTopicOrPartition, "UnknownTopicOrPartitionException"),
            (ErrorCode::InvalidTopicException, "InvalidTopicException"),
            (ErrorCode::RequestTimedOut, "TimeoutException"),
            (ErrorCode::OffsetMetadataTooLarge, "OffsetMetadataTooLarge"),
        ] {
            assert_eq!(of(code), format!("org.apache.kafka.common.errors.{name}"));
        }
    }
}
