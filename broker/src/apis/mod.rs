//! Every API that this broker answers, one file each, in key order. Nothing in here keeps state.
//!
//! A request comes in as a frame: [`Apis::start`] reads its header, finds its row in [`TABLE`], decodes its body and
//! hands it to the row's handler. What is not in the table is not advertised (ApiVersions reads the same table) and
//! closes the connection, as in Kafka.

mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_topic_partitions;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sasl_authenticate;
mod sasl_handshake;
mod sync_group;

use crate::listener::{Answer, ConnectionContext, Pending, Service};
use crate::node::Node;
use bytes::Bytes;
use ottla_model::LeaderEpoch;
use ottla_protocol::messages::{RequestHeader, ResponseHeader};
use ottla_protocol::{ApiKey, Message, Reader, Request, Writer};
use std::future::Future;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

/// One API: what it answers and how.
pub struct Api {
    /// Which.
    pub key: ApiKey,
    start: fn(&Arc<Node>, Call, Reader) -> Result<Pending, String>,
}

impl Api {
    /// The versions that are answered. Those that are advertised may be more: see `api_versions`.
    pub fn versions(&self) -> RangeInclusive<i16> {
        self.key.enabled_versions(false)
    }
}

macro_rules! table {
    ($($key:ident $module:ident),* $(,)?) => {
        /// Every API of the client listener, in key order.
        pub const TABLE: &[Api] = &[
            $(Api { key: ApiKey::$key, start: |node, call, body| start(node, call, body, $module::handle) }),*
        ];
    };
}

table! {
    Produce produce,
    Fetch fetch,
    ListOffsets list_offsets,
    Metadata metadata,
    OffsetCommit offset_commit,
    OffsetFetch offset_fetch,
    FindCoordinator find_coordinator,
    JoinGroup join_group,
    Heartbeat heartbeat,
    LeaveGroup leave_group,
    SyncGroup sync_group,
    DescribeGroups describe_groups,
    ListGroups list_groups,
    SaslHandshake sasl_handshake,
    ApiVersions api_versions,
    CreateTopics create_topics,
    DeleteTopics delete_topics,
    DeleteRecords delete_records,
    InitProducerId init_producer_id,
    OffsetForLeaderEpoch offset_for_leader_epoch,
    DescribeConfigs describe_configs,
    SaslAuthenticate sasl_authenticate,
    CreatePartitions create_partitions,
    DeleteGroups delete_groups,
    OffsetDelete offset_delete,
    DescribeCluster describe_cluster,
    DescribeTopicPartitions describe_topic_partitions,
}

/// The row of `key`, if it is answered at all.
pub fn find(key: ApiKey) -> Option<&'static Api> {
    TABLE.binary_search_by_key(&key.key(), |api| api.key.key()).ok().map(|row| &TABLE[row])
}

/// What a handler may know of a request besides its body.
pub struct Call {
    /// Of the body.
    pub version: i16,
    /// As the client calls itself; may be absent.
    pub client_id: Option<String>,
    /// Where the request came from.
    pub connection: Rc<ConnectionContext>,
    correlation_id: i32,
    response_header_version: i16,
    response_version: i16,
}

/// What a handler gives back.
pub enum Reply<R> {
    /// The response.
    Send(R),
    /// Nothing: the client did not ask for a response.
    Nothing,
    /// The connection is closed, with this reason in the log.
    Close(String),
}

impl<R> From<R> for Reply<R> {
    fn from(response: R) -> Self {
        Self::Send(response)
    }
}

/// The service of a core: all APIs over one node.
#[derive(Clone)]
pub struct Apis {
    node: Arc<Node>,
}

impl Apis {
    /// All APIs over `node`.
    pub fn new(node: Arc<Node>) -> Self {
        Self { node }
    }
}

impl Service for Apis {
    fn start(&self, connection: &Rc<ConnectionContext>, frame: Bytes) -> Result<Pending, String> {
        let Some(&[k0, k1, v0, v1]) = frame.first_chunk::<4>() else {
            return Err(format!("a frame of {} bytes holds no request header", frame.len()));
        };
        let (key, version) = (i16::from_be_bytes([k0, k1]), i16::from_be_bytes([v0, v1]));
        let api = ApiKey::try_from(key)
            .ok()
            .and_then(find)
            .ok_or_else(|| format!("request with API key {key}, which is not offered"))?;
        let supported = api.versions().contains(&version);
        if !supported && api.key != ApiKey::ApiVersions {
            return Err(format!("{} request of version {version}, which is not offered", api.key.name()));
        }

        let mut reader = Reader::new(frame);
        let header = RequestHeader::decode(&mut reader, api.key.request_header_version(version))
            .map_err(|error| format!("{} request: header: {error}", api.key.name()))?;
        // Whoever asks in a version that we do not know is told in one that everybody knows (KIP-511).
        let response_version = if supported { version } else { 0 };
        let call = Call {
            version,
            client_id: header.client_id,
            connection: Rc::clone(connection),
            correlation_id: header.correlation_id,
            response_header_version: api.key.response_header_version(response_version),
            response_version,
        };
        if !supported {
            let response = api_versions::unsupported_version();
            return Ok(Box::pin(std::future::ready(encode(&response, &AnswerTo::from(&call), api.key))));
        }
        (api.start)(&self.node, call, reader)
    }
}

/// What of a call is needed to encode its answer.
struct AnswerTo {
    correlation_id: i32,
    header_version: i16,
    version: i16,
}

impl From<&Call> for AnswerTo {
    fn from(call: &Call) -> Self {
        Self {
            correlation_id: call.correlation_id,
            header_version: call.response_header_version,
            version: call.response_version,
        }
    }
}

fn start<R, H, F, O>(node: &Arc<Node>, call: Call, mut reader: Reader, handle: H) -> Result<Pending, String>
where
    R: Request,
    H: FnOnce(Arc<Node>, Call, R) -> F,
    F: Future<Output = O> + 'static,
    O: Into<Reply<R::Response>>,
{
    let body = R::decode(&mut reader, call.version)
        .map_err(|error| format!("{} request of version {}: {error}", R::API_KEY.name(), call.version))?;
    if reader.remaining() > 0 {
        tracing::debug!("{} bytes follow a {} request", reader.remaining(), R::API_KEY.name());
    }
    drop(reader); // so that a handler can be the only one to hold the frame's memory
    let to = AnswerTo::from(&call);
    let handled = handle(Arc::clone(node), call, body);
    Ok(Box::pin(async move {
        match handled.await.into() {
            Reply::Send(response) => encode(&response, &to, R::API_KEY),
            Reply::Nothing => Answer::Nothing,
            Reply::Close(reason) => Answer::Close(reason),
        }
    }))
}

/// Whether a client that waits that long for the controller has stopped waiting before it asked: nothing is decided for it.
fn is_over(timeout_ms: i32) -> bool {
    timeout_ms <= 0
}

/// A leader epoch that a client may leave out, which it does by -1. Other negative numbers are epochs, older than any.
fn leader_epoch(on_wire: i32) -> Option<LeaderEpoch> {
    (on_wire != -1).then(|| LeaderEpoch::new(on_wire))
}

fn encode<M: Message>(response: &M, to: &AnswerTo, api: ApiKey) -> Answer {
    let mut writer = Writer::default();
    let header = ResponseHeader { correlation_id: to.correlation_id, ..ResponseHeader::default() };
    match header.encode(&mut writer, to.header_version).and_then(|()| response.encode(&mut writer, to.version)) {
        Ok(()) => Answer::Frame(writer.finish()),
        Err(error) => {
            Answer::Close(format!("cannot say the answer to {} in version {}: {error}", api.name(), to.version))
        }
    }
}
