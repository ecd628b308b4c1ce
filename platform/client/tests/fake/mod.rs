//! A broker of a few lines: it answers what a test tells it to.

// Every test file compiles this for itself and uses some of it.
#![allow(dead_code)]

pub mod group;

use bytes::{BufMut as _, Bytes, BytesMut};
use ottla_client::config::{ClientKind, ClientProperties};
use ottla_model::TopicId;
use ottla_protocol::messages::api_versions_response::ApiVersion;
use ottla_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use ottla_protocol::messages::{ApiVersionsResponse, MetadataResponse, RequestHeader, ResponseHeader};
use ottla_protocol::{ApiKey, Message, Reader, Request, Writer};
use ottla_transport::FrameBuffer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Call {
    pub api: ApiKey,
    pub version: i16,
    body: Bytes,
}

impl Call {
    /// The request, if it is an `R`.
    pub fn request<R: Request>(&self) -> Option<R> {
        (self.api == R::API_KEY).then(|| R::decode(&mut Reader::new(self.body.clone()), self.version).unwrap())
    }

    /// An answer in the version of the question.
    pub fn answer<M: Message>(&self, message: &M) -> Reply {
        self.answer_in(message, self.version)
    }

    /// An answer in another version.
    pub fn answer_in<M: Message>(&self, message: &M, version: i16) -> Reply {
        let mut writer = Writer::new();
        message.encode(&mut writer, version).unwrap();
        Reply::Answer(writer.finish_to_bytes().unwrap())
    }
}

/// What the broker does about a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with this body.
    Answer(Bytes),
    /// Answers with these bytes instead of a frame.
    Bytes(Vec<u8>),
    /// Closes the connection.
    Close,
    /// Says nothing.
    Silence,
}

/// Answers requests; `None` leaves a request to the defaults.
pub type Script = dyn FnMut(&Call) -> Option<Reply> + Send;

/// A broker on a port of its own.
pub struct FakeBroker {
    pub port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl FakeBroker {
    /// Starts a broker with id 1 that leads every partition of every topic it is asked for.
    pub async fn start(script: impl FnMut(&Call) -> Option<Reply> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Box<Script>>> = Arc::new(Mutex::new(Box::new(script)));
        tokio::spawn({
            let calls = Arc::clone(&calls);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, port, Arc::clone(&script), Arc::clone(&calls)));
                }
            }
        });
        Self { port, calls }
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Every request so far of one kind.
    pub fn calls_of<R: Request>(&self) -> Vec<R> {
        self.calls().iter().filter_map(Call::request).collect()
    }

    /// Client configurations that lead here.
    pub fn properties(&self, kind: ClientKind, more: &[(&str, &str)]) -> ClientProperties {
        let mut properties = ClientProperties::new(kind);
        properties.set("bootstrap.servers", format!("127.0.0.1:{}", self.port));
        properties.set("retry.backoff.ms", "1");
        properties.set("retry.backoff.max.ms", "5");
        properties.set("reconnect.backoff.ms", "1");
        properties.set("reconnect.backoff.max.ms", "5");
        for (key, value) in more {
            properties.set(*key, *value);
        }
        properties
    }
}

async fn serve(mut stream: TcpStream, port: u16, script: Arc<Mutex<Box<Script>>>, calls: Arc<Mutex<Vec<Call>>>) {
    let mut buffer = FrameBuffer::new(64 << 20);
    loop {
        while let Some(frame) = buffer.next_frame().unwrap() {
            let (correlation_id, call) = read_call(frame);
            calls.lock().unwrap().push(call.clone());
            let scripted = (script.lock().unwrap())(&call);
            match scripted.or_else(|| default_reply(&call, port)) {
                Some(Reply::Answer(body)) => {
                    let frame = framed(&call, correlation_id, &body);
                    if stream.write_all(&frame).await.is_err() {
                        return;
                    }
                }
                Some(Reply::Bytes(bytes)) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Some(Reply::Silence) => {}
                Some(Reply::Close) => return,
                None => panic!("nobody told the broker what to say to {call:?}"),
            }
        }
        match stream.read_buf(buffer.space()).await {
            Ok(length) if length > 0 => {}
            _ => return,
        }
    }
}

fn read_call(frame: Bytes) -> (i32, Call) {
    let mut reader = Reader::new(frame.clone());
    let key = ApiKey::try_from(reader.int16().unwrap()).unwrap();
    let version = reader.int16().unwrap();
    let mut reader = Reader::new(frame);
    let header = RequestHeader::decode(&mut reader, key.request_header_version(version)).unwrap();
    (header.correlation_id, Call { api: key, version, body: reader.rest() })
}

fn framed(call: &Call, correlation_id: i32, body: &[u8]) -> Bytes {
    let mut writer = Writer::new();
    let header = ResponseHeader { correlation_id, ..ResponseHeader::default() };
    header.encode(&mut writer, call.api.response_header_version(call.version)).unwrap();
    let header = writer.finish_to_bytes().unwrap();
    let mut frame = BytesMut::new();
    frame.put_i32((header.len() + body.len()) as i32);
    frame.extend_from_slice(&header);
    frame.extend_from_slice(body);
    frame.freeze()
}

fn default_reply(call: &Call, port: u16) -> Option<Reply> {
    match call.api {
        ApiKey::ApiVersions => Some(call.answer(&all_versions())),
        ApiKey::Metadata => {
            let asked: ottla_protocol::messages::MetadataRequest = call.request()?;
            let names = asked.topics.into_iter().flatten().filter_map(|topic| topic.name);
            let topics: BTreeMap<String, usize> = names.map(|name| (name, 1)).collect();
            Some(call.answer(&metadata(port, &topics)))
        }
        _ => None,
    }
}

/// Every version that we know of every API.
pub fn all_versions() -> ApiVersionsResponse {
    let api_keys = ApiKey::all().filter(|key| !key.is_removed()).map(|key| {
        let versions = key.enabled_versions(false);
        version_range(key, *versions.start(), *versions.end())
    });
    ApiVersionsResponse { api_keys: api_keys.collect(), ..ApiVersionsResponse::default() }
}

/// An API's versions.
pub fn version_range(key: ApiKey, lowest: i16, highest: i16) -> ApiVersion {
    ApiVersion { api_key: key.key(), min_version: lowest, max_version: highest, ..ApiVersion::default() }
}

/// The id of the topic of that name.
pub fn topic_id(name: &str) -> TopicId {
    let mut bytes = [7; 16];
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    TopicId::from_bytes(bytes)
}

/// One broker with id 1 that leads so many partitions of each topic.
pub fn metadata(port: u16, topics: &BTreeMap<String, usize>) -> MetadataResponse {
    let partition = |partition_index| MetadataResponsePartition {
        partition_index,
        leader_id: 1,
        leader_epoch: 0,
        replica_nodes: vec![1],
        isr_nodes: vec![1],
        ..MetadataResponsePartition::default()
    };
    let topic = |(name, partitions): (&String, &usize)| MetadataResponseTopic {
        name: Some(name.clone()),
        topic_id: topic_id(name),
        partitions: (0..*partitions as i32).map(partition).collect(),
        ..MetadataResponseTopic::default()
    };
    let broker = MetadataResponseBroker {
        node_id: 1,
        host: "127.0.0.1".to_owned(),
        port: i32::from(port),
        ..MetadataResponseBroker::default()
    };
    MetadataResponse {
        brokers: vec![broker],
        cluster_id: Some("fake".to_owned()),
        controller_id: 1,
        topics: topics.iter().map(topic).collect(),
        ..MetadataResponse::default()
    }
}
