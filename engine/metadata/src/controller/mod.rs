//! The controller's rules: what may happen to the cluster, and which records say so.
//!
//! One file an operation. An operation *decides*: it looks at the state, and returns records and a reply. It changes
//! nothing; the state changes when those records are [replayed](Controller::replay), exactly as they would be after a
//! restart. The exception is what is never written down: when brokers were last heard of (`sessions.rs`).
//!
//! The driver, for each operation: decide → if there are records: append them, replay each at the offset it got, reply
//! when they are committed. A decision is only good for the state it was made on, so nothing else is decided between
//! the two. Records that were replayed and are then lost with the leadership are undone by
//! [`Controller::restore`].

mod activation;
mod allocate_producer_ids;
mod alter_configs;
mod alter_partition;
mod assign_directories;
mod broker_heartbeat;
mod config_rules;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod elect_leaders;
mod error_codes;
mod fence_broker;
mod manual_assignment;
mod partition_change;
mod partition_updates;
mod placement;
mod random;
mod reassignment;
mod register_broker;
mod register_controller;
mod result;
mod sessions;
mod state;
mod unregister_broker;
mod update_features;

pub use activation::{ActivationError, BootstrapMetadata, BootstrapMetadataError};
pub use allocate_producer_ids::{AllocateProducerIdsError, PRODUCER_ID_BLOCK_SIZE, ProducerIdBlock};
pub use alter_configs::{AlterConfigError, AlterConfigsReply, ConfigOperation, IncrementalAlteration, Replacement};
pub use alter_partition::{AlterPartition, AlterPartitionError, AlteredPartition, ProposedIsr};
pub use assign_directories::{AssignDirectoriesError, AssignDirectoryError, DirectoryAssignment};
pub use broker_heartbeat::{BrokerHeartbeat, BrokerHeartbeatReply};
pub use config_rules::{ConfigRefusal, ConfigRules, NodeConfigRules};
pub use create_partitions::{CreatePartitionsError, CreatePartitionsReply, NewPartitions};
pub use create_topics::{CreateTopicError, CreateTopicsReply, CreatedTopic, NewTopic, ReplicaAssignment};
pub use delete_topics::{DeleteTopicError, DeleteTopicsReply, DeletedTopic, TopicDeletionDisabled, TopicReference};
pub use elect_leaders::{ElectLeaderError, ElectedPartition, ElectionType};
pub use manual_assignment::ManualAssignmentError;
pub use placement::PlacementError;
pub use random::Random;
pub use register_broker::{RegisterBroker, RegisterBrokerError};
pub use register_controller::{ControllerRegistrationUnsupported, RegisterController};
pub use result::{ControllerResult, TooManyChanges};
pub use state::{Controller, ControllerSettings, ControllerState, StaleBrokerEpoch};
pub use unregister_broker::BrokerIdNotRegistered;
pub use update_features::{FeatureUpdate, UpdateFeaturesError, UpgradeType};
