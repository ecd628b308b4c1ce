//! `meta.properties`: whose directory this is.

use super::LogDirectoryError;
use crate::disk::Disk;
use crate::error::StorageError;
use crate::segment::replace_file;
use ottla_model::{BrokerId, Uuid};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// The file's name.
pub(super) const META_PROPERTIES: &str = "meta.properties";

/// `meta.properties`: whose directory this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// 1 since KRaft; 0 (without a `version` line) was written in ZooKeeper's time.
    pub version: u8,
    /// `cluster.id`; only version 0 may lack it.
    pub cluster_id: Option<String>,
    /// `node.id`, or `broker.id` in version 0; only that may lack it.
    pub node_id: Option<BrokerId>,
    /// `directory.id`, given at formatting or at the first start that finds none.
    pub directory_id: Option<Uuid>,
}

const VERSION: &str = "version";
const CLUSTER_ID: &str = "cluster.id";
const NODE_ID: &str = "node.id";
const BROKER_ID: &str = "broker.id";
const DIRECTORY_ID: &str = "directory.id";

impl MetaProperties {
    /// What a directory is formatted with today.
    pub fn new(cluster_id: impl Into<String>, node_id: BrokerId, directory_id: Uuid) -> Self {
        Self {
            version: 1,
            cluster_id: Some(cluster_id.into()),
            node_id: Some(node_id),
            directory_id: Some(directory_id),
        }
    }

    const fn node_id_key(&self) -> &'static str {
        if self.version == 0 { BROKER_ID } else { NODE_ID }
    }

    /// The file's content: `key=value` lines, keys in order. Ids consist of letters, digits, `-` and `_`, so nothing
    /// needs escaping; what does is escaped nevertheless.
    fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key}={}", escape(&value.to_string()));
        };
        if let Some(cluster_id) = &self.cluster_id {
            line(CLUSTER_ID, cluster_id);
        }
        if let Some(directory_id) = &self.directory_id {
            line(DIRECTORY_ID, directory_id);
        }
        if let Some(node_id) = &self.node_id {
            line(self.node_id_key(), node_id);
        }
        line(VERSION, &self.version);
        text
    }

    fn parse(text: &str) -> Result<Self, (&'static str, String)> {
        let value = |key: &str| text.lines().rev().find_map(|line| value_of(line, key));
        let version = match value(VERSION).as_deref() {
            None | Some("0") => 0,
            Some("1") => 1,
            Some(other) => return Err((VERSION, format!("there is no version \"{other}\""))),
        };
        let node_id_key = if version == 0 { BROKER_ID } else { NODE_ID };
        let node_id = match value(node_id_key) {
            Some(id) => Some(id.parse().map_err(|_| (node_id_key, format!("\"{id}\" is not a number")))?),
            None => None,
        };
        let directory_id = match value(DIRECTORY_ID) {
            Some(id) => Some(id.parse::<Uuid>().map_err(|error| (DIRECTORY_ID, error.to_string()))?),
            None => None,
        };
        if let Some(reserved) = directory_id.filter(|id| id.is_reserved()) {
            return Err((DIRECTORY_ID, format!("{reserved} is reserved")));
        }
        let properties =
            Self { version, cluster_id: value(CLUSTER_ID), node_id: node_id.map(BrokerId::new), directory_id };
        match &properties {
            Self { version: 1, cluster_id: None, .. } => Err((CLUSTER_ID, "is missing".to_owned())),
            Self { version: 1, node_id: None, .. } => Err((NODE_ID, "is missing".to_owned())),
            _ => Ok(properties),
        }
    }

    /// `None` if there is no such file.
    pub(super) fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<Self>, LogDirectoryError> {
        let path = directory.join(META_PROPERTIES);
        let text = match disk.read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StorageError::io("read", &path)(error).into()),
        };
        Self::parse(&String::from_utf8_lossy(&text))
            .map(Some)
            .map_err(|(key, reason)| LogDirectoryError::InvalidMetaProperties { path, key, reason })
    }

    pub(super) fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), StorageError> {
        // Java's Properties.store begins with these: a comment, and the date as one.
        let text = format!("#\n{}", self.to_text());
        replace_file(disk, &directory.join(META_PROPERTIES), text.as_bytes())
    }
}

/// The value in a line of a `.properties` file, if it is that of `key`. Of the format's rules, those are kept that a
/// program's own file can need: comments, blanks around, `=` or `:` between, backslash escapes.
fn value_of(line: &str, key: &str) -> Option<String> {
    let line = line.trim_start();
    let rest = line.strip_prefix(key)?.trim_start();
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
    let is_whole_key = rest.len() < line.len() - key.len() || rest.starts_with(['=', ':']);
    is_whole_key.then(|| unescape(value.trim_end()))
}

fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '\\' | '=' | ':' | '#' | '!') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::MetaProperties;
    use ottla_model::{BrokerId, Uuid};

    fn directory_id() -> Uuid {
        "72DdlFkRSvOTODhijJGSDw".parse().unwrap()
    }

    #[test]
    fn text_goes_both_ways() {
        let properties = MetaProperties::new("MkU3OEVBNTcwNTJENDM2Qk", BrokerId::new(7), directory_id());
        let text = properties.to_text();
        assert_eq!(
            text,
            format!("cluster.id=MkU3OEVBNTcwNTJENDM2Qk\ndirectory.id={}\nnode.id=7\nversion=1\n", directory_id())
        );
        assert_eq!(MetaProperties::parse(&text), Ok(properties));
        let odd = MetaProperties::new("a=b:c#\\ d", BrokerId::new(0), directory_id());
        assert_eq!(MetaProperties::parse(&odd.to_text()), Ok(odd));
    }

    #[test]
    fn kafkas_files_of_both_ages_are_read() {
        let new = "#\n#Sun Nov 22 19:41:32 UTC 2026\ncluster.id=abc\ndirectory.id=72DdlFkRSvOTODhijJGSDw\nnode.id=1\nversion=1\n";
        let parsed = MetaProperties::parse(new).unwrap();
        assert_eq!(
            (parsed.version, parsed.cluster_id.as_deref(), parsed.node_id),
            (1, Some("abc"), Some(BrokerId::new(1)))
        );
        let old = MetaProperties::parse("#\nbroker.id=3\n").unwrap();
        assert_eq!(
            (old.version, old.cluster_id, old.node_id, old.directory_id),
            (0, None, Some(BrokerId::new(3)), None)
        );
    }

    #[test]
    fn what_cannot_be_right_is_refused_by_key() {
        let key = |text: &str| MetaProperties::parse(text).unwrap_err().0;
        assert_eq!(key("version=2\nnode.id=1\ncluster.id=x"), "version");
        assert_eq!(key("version=1\nnode.id=1"), "cluster.id");
        assert_eq!(key("version=1\ncluster.id=x\nbroker.id=1"), "node.id");
        assert_eq!(key("version=1\ncluster.id=x\nnode.id=one"), "node.id");
        assert_eq!(key("version=1\ncluster.id=x\nnode.id=1\ndirectory.id=short"), "directory.id");
        assert_eq!(key("version=1\ncluster.id=x\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ"), "directory.id");
    }
}
