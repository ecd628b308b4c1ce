//! The order in which a node comes up and goes down.

use super::directories::Directories;
use super::housekeeping::Housekeeping;
use super::registration::{Registration, endpoint};
use super::{Followed, Node, ProducerIds, groups};
use crate::apis::Apis;
use crate::clock::Clock;
use crate::drivers::controller;
use crate::drivers::coordinators::Coordinators;
use crate::drivers::partitions::{Flusher, Partitions};
use crate::drivers::quorum::{MetadataLog, OpenMetadataLog, QuorumError};
use crate::fetch_sessions::FetchSessions;
use crate::listener::{ConnectionLimits, Cores, NamedListener};
use crate::random;
use ottla_config::BrokerConfig;
use ottla_config::broker::Listener;
use ottla_coordinators::GroupShard;
use ottla_metadata::controller::{
    BootstrapMetadata, Controller, ControllerSettings, NodeConfigRules, RegisterBrokerError, StaleBrokerEpoch,
};
use ottla_metadata::features::{Feature, MetadataVersion};
use ottla_metadata::image::{BrokerEpoch, Endpoint};
use ottla_metadata::records;
use ottla_model::{BrokerId, Offset, Uuid};
use ottla_raft::snapshot::{MetadataRetention, SnapshotPolicy};
use ottla_raft::{ReplicaKey, SnapshotId, Voter, VoterSet, bootstrap};
use ottla_storage::disk::{Disk, RealDisk};
use ottla_storage::{LogDirectory, LogDirectoryError, StorageError};
use std::io;
use std::net::{TcpListener, ToSocketAddrs as _};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

/// Why a node does not come up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A log directory cannot be used.
    #[error(transparent)]
    Directory(#[from] LogDirectoryError),
    /// No directory says to which cluster it belongs.
    #[error("no log directory names its cluster: meta.properties has no cluster.id")]
    NoClusterId,
    /// Two directories are copies of each other.
    #[error("two log directories have the same directory.id {0}: one is a copy of the other")]
    DirectoryIdTwice(Uuid),
    /// A log cannot be opened.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The metadata log cannot be opened.
    #[error("metadata log: {0}")]
    Quorum(#[from] QuorumError),
    /// The controller does not take the broker.
    #[error("cannot register this broker: {0}")]
    Register(#[from] RegisterBrokerError),
    /// The controller does not take the broker's heartbeat.
    #[error("cannot register this broker: {0}")]
    Heartbeat(#[from] StaleBrokerEpoch),
    /// The controller keeps the broker fenced.
    #[error("the controller keeps this broker fenced")]
    StillFenced,
    /// A listener cannot be bound.
    #[error("cannot listen on {listener}: {source}")]
    Bind {
        /// The listener, as in `listeners`.
        listener: String,
        /// Why not.
        source: io::Error,
    },
    /// A role that is not there yet.
    #[error("process.roles={0}: this release runs nodes that are broker and controller at once")]
    Roles(&'static str),
    /// A thread could not be made.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
}

/// A node that serves.
#[derive(Debug)]
pub struct RunningNode {
    node: Arc<Node>,
    cores: Cores,
    controller_thread: JoinHandle<()>,
    flusher_threads: Vec<JoinHandle<()>>,
    housekeeping: Housekeeping,
    metadata_directory: Option<LogDirectory>,
    broker_epoch: BrokerEpoch,
    addresses: Vec<(String, std::net::SocketAddr)>,
    failures: mpsc::UnboundedReceiver<String>,
}

impl RunningNode {
    /// Brings a node up. Clients are served when this returns.
    ///
    /// # Errors
    /// See [`StartError`]. Nothing that lies on disk has been lost.
    pub fn start(config: BrokerConfig) -> Result<Self, StartError> {
        match (config.roles.broker, config.roles.controller) {
            (true, true) => {}
            (true, false) => return Err(StartError::Roles("broker")),
            (false, _) => return Err(StartError::Roles("controller")),
        }
        let clock = Clock::start();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        // Directories before sockets: whoever finds the port taken by another node should be told that the directory is.
        let directories = Directories::open(&disk, &config, random::uuid)?;
        let sockets = bind(&config)?;

        let mut log = open_metadata(&disk, &config, &directories, clock)?;
        let registration = registration(&config, &directories, &sockets);
        registration.register_controller(&mut log, clock.now())?;
        let published = log.commit(clock.now())?;
        let kraft_version = log.kraft_version();

        let cluster_id = directories.cluster_id.clone();
        let Directories { data, metadata: metadata_directory, .. } = directories;
        let group_settings = Arc::new(groups::settings(&config));
        let fresh = move || GroupShard::new(Arc::clone(&group_settings));
        let groups = Coordinators::start(groups::coordinators_config(&config), clock, fresh)?;
        let partitions = Partitions::new(config.node_id, clock, data);
        let followed = Arc::new(Followed::new(config.clone(), partitions, groups));
        followed.reconfigure(&published.image);
        followed.partitions.load(&published.image, &followed.config.load())?;
        followed.image.store(Arc::new(published.image));

        let broker_epoch = registration.register_broker(&mut log, clock.now())?;
        followed.follow(&log.commit(clock.now())?);
        registration.unfence(&mut log, broker_epoch, clock.now())?;
        followed.follow(&log.commit(clock.now())?);
        followed.groups.take_up(&followed.image.load(), &followed.partitions);

        let (failed, failures) = mpsc::unbounded_channel();
        let follower = Arc::clone(&followed);
        let (controller, controller_thread) = controller::start(
            log,
            clock,
            move |published| follower.follow(published),
            // Nobody is there to be told if the node is stopping already.
            move |error| drop(failed.send(format!("the metadata log cannot be written: {error}"))),
        )?;
        let (flusher, flusher_threads) = Flusher::start(clock)?;
        let housekeeping = Housekeeping::start(Arc::clone(&followed), clock, &config)?;
        let node = Arc::new(Node {
            id: config.node_id,
            cluster_id,
            kraft_version,
            clock,
            followed,
            controller,
            flusher,
            fetch_sessions: Mutex::new(FetchSessions::new(config.topics.fetch_sessions_max as usize)),
            producer_ids: ProducerIds::default(),
            creation_warnings: Default::default(),
        });

        let addresses = sockets.iter().map(|bound| (bound.listener.name.clone(), bound.address)).collect();
        let listeners = sockets
            .into_iter()
            .map(|bound| NamedListener { name: bound.listener.name.as_str().into(), socket: bound.socket });
        let limits = ConnectionLimits {
            frame_length_max: config.network.request_bytes_max as usize,
            idle_after: config.network.idle_max.unwrap_or(Duration::MAX),
            connections_max: config.network.connections_max as usize,
        };
        let core_count = std::thread::available_parallelism().map_or(1, usize::from);
        let served = Arc::clone(&node);
        let cores = Cores::start(core_count, listeners.collect(), limits, move || Apis::new(Arc::clone(&served)))?;
        Ok(Self {
            node,
            cores,
            controller_thread,
            flusher_threads,
            housekeeping,
            metadata_directory,
            broker_epoch,
            addresses,
            failures,
        })
    }

    /// The listeners that clients can connect to: names and addresses.
    pub fn addresses(&self) -> &[(String, std::net::SocketAddr)] {
        &self.addresses
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        self.node.cluster_id()
    }

    /// Waits until the node cannot go on; gives the reason.
    pub async fn failed(&mut self) -> String {
        match self.failures.recv().await {
            Some(reason) => reason,
            // The controller has gone without a reason, which it does only when the node stops.
            None => std::future::pending().await,
        }
    }

    /// Brings the node down: connections, then coordinators, then the controller, then the partitions, each cleanly.
    pub fn stop(self) {
        self.cores.stop();
        self.housekeeping.stop();
        self.node.groups().stop();
        let followed = Arc::clone(&self.node.followed);
        drop(self.node); // and with it the last handles of the threads below
        for thread in self.flusher_threads.into_iter().chain([self.controller_thread]) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
        match Arc::into_inner(followed) {
            Some(followed) => followed.partitions.close(self.broker_epoch.value()),
            None => tracing::error!("partitions are still in use at the end: they will be recovered"),
        }
        if let Some(directory) = self.metadata_directory
            && let Err(error) = directory.mark_clean_shutdown(self.broker_epoch.value())
        {
            tracing::error!("cannot mark the metadata directory as shut down cleanly: {error}");
        }
    }
}

struct Bound {
    listener: Listener,
    socket: TcpListener,
    address: std::net::SocketAddr,
}

/// Binds the brokers' listeners. The controllers' are not: nobody but this node takes part in its quorum.
fn bind(config: &BrokerConfig) -> Result<Vec<Bound>, StartError> {
    let is_for_clients = |listener: &&Listener| !config.listeners.controller_names.contains(&listener.name);
    config
        .listeners
        .all
        .iter()
        .filter(is_for_clients)
        .map(|listener| {
            let bound = bind_one(listener, config);
            let named = |source| StartError::Bind { listener: listener.to_string(), source };
            bound.map_err(named)
        })
        .collect()
}

fn bind_one(listener: &Listener, config: &BrokerConfig) -> io::Result<Bound> {
    // Without a host: all addresses, IPv6 with IPv4 where there is IPv6.
    let hosts: &[&str] = match &listener.host {
        Some(host) => &[host.as_str()],
        None => &["::", "0.0.0.0"],
    };
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for host in hosts {
        for address in (*host, listener.port).to_socket_addrs()? {
            match crate::listener::listen(address, &config.network) {
                Ok(socket) => {
                    let address = socket.local_addr()?;
                    return Ok(Bound { listener: listener.clone(), socket, address });
                }
                Err(error) => failure = error,
            }
        }
    }
    Err(failure)
}

fn registration<'a>(config: &'a BrokerConfig, directories: &Directories, sockets: &[Bound]) -> Registration<'a> {
    let host = own_host_name();
    let port_of =
        |name: &str| sockets.iter().find(|bound| bound.listener.name == name).map_or(0, |bound| bound.address.port());
    let endpoints = |listeners: &[Listener]| -> Vec<Endpoint> {
        listeners.iter().map(|listener| endpoint(listener, &host, port_of(&listener.name))).collect()
    };
    Registration {
        config,
        cluster_id: directories.cluster_id.clone(),
        incarnation_id: random::uuid(),
        broker_endpoints: endpoints(&config.listeners.advertised_brokers),
        controller_endpoints: endpoints(&config.listeners.advertised_controllers),
        directories: directories.data.iter().filter_map(|one| one.meta_properties().directory_id).collect(),
        previous_epoch: directories.previous_broker_epoch().map(BrokerEpoch::new),
    }
}

/// What others call this machine, for listeners that name no host.
fn own_host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Opens the metadata log and makes its controller active.
fn open_metadata(
    disk: &Arc<dyn Disk>,
    config: &BrokerConfig,
    directories: &Directories,
    clock: Clock,
) -> Result<MetadataLog, StartError> {
    let host = own_host_name();
    let listeners = config.listeners.advertised_controllers.iter().map(|listener| ottla_raft::Endpoint {
        listener: listener.name.clone(),
        host: listener.host.clone().unwrap_or_else(|| host.clone()),
        port: listener.port,
    });
    let static_voters = static_voters(config);
    let controller = Controller::new(ControllerSettings {
        node_id: config.node_id,
        cluster_id: directories.cluster_id.clone(),
        voters: vec![config.node_id],
        default_partitions: i32::try_from(config.topics.partitions_default).unwrap_or(i32::MAX),
        default_replication_factor: i16::try_from(config.topics.replication_factor_default).unwrap_or(i16::MAX),
        session_timeout_ms: config.lifecycle.session_timeout.as_millis().try_into().unwrap_or(i64::MAX),
        topics_may_be_deleted: config.topics.deletion_enabled,
        config_rules: Arc::new(NodeConfigRules(config.clone())),
    });
    let now = clock.now();
    let mut log = MetadataLog::open(
        OpenMetadataLog {
            disk: Arc::clone(disk),
            directory: directories.metadata_partition(),
            log: directories.open_metadata_log(config, now)?,
            quorum: ottla_raft::QuorumConfig {
                node_id: config.node_id,
                directory_id: directories.metadata_directory_id,
                listeners: listeners.collect(),
                append_no_op_when_idle: None,
            },
            controller,
            cluster_id: directories.cluster_id.clone(),
            static_voters,
            snapshots: SnapshotPolicy {
                bytes_max: config.metadata_log.bytes_between_snapshots,
                interval_ms: config
                    .metadata_log
                    .snapshot_interval
                    .map(|interval| interval.as_millis().try_into().unwrap_or(i64::MAX)),
            },
            retention: MetadataRetention {
                bytes: config.metadata_log.retention_bytes,
                age_ms: config.metadata_log.retention_ms,
            },
        },
        now,
    )?;
    let first_records = first_records(disk, directories)?;
    let activation = log.controller().activate(&first_records, now).map_err(QuorumError::from)?;
    log.carry_out(activation, now)?;
    Ok(log)
}

/// `controller.quorum.voters`, as the quorum knows voters.
fn static_voters(config: &BrokerConfig) -> VoterSet {
    let listener = config.listeners.controller_names.first().cloned().unwrap_or_default();
    let voters = config.quorum.voters.iter().map(|voter| Voter {
        key: ReplicaKey { id: BrokerId::new(voter.id), directory: None },
        endpoints: vec![ottla_raft::Endpoint {
            listener: listener.clone(),
            host: voter.address.host.clone(),
            port: voter.address.port,
        }],
        kraft_versions: 0..=0,
    });
    voters.collect()
}

/// What the first activation of a new cluster begins with: what `format` left, or the newest levels.
fn first_records(disk: &Arc<dyn Disk>, directories: &Directories) -> Result<BootstrapMetadata, StartError> {
    let read = |path: std::path::PathBuf| match disk.read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(QuorumError::from(error)),
    };
    let checkpoint = read(directories.metadata_path.join(bootstrap::BOOTSTRAP_FILE_NAME))?;
    let snapshot = read(directories.metadata_partition().join(SnapshotId::FORMATTED.file_name()))?;
    let name = bootstrap::BOOTSTRAP_FILE_NAME.to_owned();
    let frames =
        bootstrap::read_first_records(checkpoint, snapshot).map_err(|error| QuorumError::Snapshot { name, error })?;
    let Some(frames) = frames else {
        let version = MetadataVersion::LATEST;
        return Ok(BootstrapMetadata::for_levels(version, |feature: Feature| feature.default_level(version)));
    };
    let decoded = frames.into_iter().zip(0..).map(|(frame, offset)| records::decode(Offset::new(offset), frame));
    let decoded = decoded.collect::<Result<Vec<_>, _>>().map_err(QuorumError::from)?;
    Ok(BootstrapMetadata::from_records(decoded).map_err(QuorumError::from)?)
}
