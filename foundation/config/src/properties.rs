//! `server.properties`, read by the rules of `java.util.Properties`, with the place of every key.

mod line;
mod unescape;

use line::logical_lines;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unescape::split_and_unescape;

/// Keys and their texts, each with the place it was read from. Of a key that stands twice, the last one holds.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    entries: BTreeMap<String, Property>,
}

/// One key's text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The text as it stands, blanks at its end included.
    pub text: String,
    /// Where it was read.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A line of a file, counted from 1. Of a line that continues, the first.
    File {
        /// The file as it was named.
        path: Arc<Path>,
        /// The line.
        line: u32,
    },
    /// `--override key=value` on the command line.
    Override,
    /// What Ottla starts with when it is given no file.
    QuickStart,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Override => f.write_str("--override"),
            Self::QuickStart => f.write_str("quick start"),
        }
    }
}

/// Why a `.properties` file cannot be read, or an override makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum PropertiesError {
    /// The file is not there, or may not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `\u` that four hexadecimal digits do not follow.
    #[error("{}:{line}: \\u must be followed by four hexadecimal digits", path.display())]
    MalformedEscape {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u32,
    },
    /// An override without `=`, or with nothing before it.
    #[error("--override {0}: expected key=value")]
    MalformedOverride(String),
}

impl Properties {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or holds a malformed `\u` escape.
    pub fn read(path: &Path) -> Result<Self, PropertiesError> {
        let bytes = std::fs::read(path).map_err(|source| PropertiesError::Io { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Reads `bytes` as the content of the file at `path`, which is only named in errors and origins.
    ///
    /// As in Java, the bytes are Latin-1: what is beyond it has to be written as `\uXXXX`.
    ///
    /// # Errors
    /// A malformed `\u` escape.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, PropertiesError> {
        let path: Arc<Path> = path.into();
        let mut entries = BTreeMap::new();
        for (line, text) in logical_lines(bytes) {
            let (key, text) = split_and_unescape(&text)
                .ok_or_else(|| PropertiesError::MalformedEscape { path: path.to_path_buf(), line })?;
            entries.insert(key, Property { text, origin: Origin::File { path: path.clone(), line } });
        }
        Ok(Self { entries })
    }

    /// Sets one key from `key=value`, over whatever the file says.
    ///
    /// # Errors
    /// There is no `=`, or nothing before it.
    pub fn set_override(&mut self, key_and_value: &str) -> Result<(), PropertiesError> {
        match key_and_value.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                self.set(key.trim(), value.trim(), Origin::Override);
                Ok(())
            }
            _ => Err(PropertiesError::MalformedOverride(key_and_value.to_owned())),
        }
    }

    /// Sets one key.
    pub fn set(&mut self, key: &str, text: &str, origin: Origin) {
        self.entries.insert(key.to_owned(), Property { text: text.to_owned(), origin });
    }

    /// The key's text and where it stands.
    pub fn get(&self, key: &str) -> Option<&Property> {
        self.entries.get(key)
    }

    /// The key's text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|property| property.text.as_str())
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Property)> {
        self.entries.iter().map(|(key, property)| (key.as_str(), property))
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Properties, PropertiesError};
    use std::path::Path;

    fn parse(text: &str) -> Properties {
        Properties::parse(text.as_bytes(), Path::new("server.properties")).expect("well-formed")
    }
    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).iter().map(|(key, property)| (key.to_owned(), property.text.clone())).collect()
    }
    fn pair(text: &str) -> (String, String) {
        let mut pairs = pairs(text);
        assert_eq!(pairs.len(), 1, "{text:?} gives {pairs:?}");
        pairs.remove(0)
    }

    #[test]
    fn keys_end_at_the_first_bare_separator() {
        for text in ["a=b", "a:b", "a b", "  a = b", "a\t:\tb", "a  b", "\x0ca=b"] {
            assert_eq!(pair(text), ("a".into(), "b".into()), "{text:?}");
        }
        assert_eq!(pair("a==b"), ("a".into(), "=b".into()));
        assert_eq!(pair("a : = b"), ("a".into(), "= b".into()));
        assert_eq!(pair("a"), ("a".into(), String::new()));
        assert_eq!(pair("=b"), (String::new(), "b".into()));
        assert_eq!(pair(r"a\=b\:c\ d=e"), ("a=b:c d".into(), "e".into()));
    }

    #[test]
    fn blanks_at_the_end_belong_to_the_value() {
        assert_eq!(pair("a=b \t"), ("a".into(), "b \t".into()));
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        assert_eq!(pairs("# a=1\n! b=2\n\n   \n  # c=3 \\\nd=4"), [("d".into(), "4".into())]);
        assert_eq!(pair("a=b # no comment"), ("a".into(), "b # no comment".into()));
    }

    #[test]
    fn an_odd_backslash_at_the_end_continues_the_line() {
        assert_eq!(pair("a=b,\\\n   c,\\\r\n\td"), ("a".into(), "b,c,d".into()));
        assert_eq!(pairs("a=b\\\\\nc=d"), [("a".into(), "b\\".into()), ("c".into(), "d".into())]);
        assert_eq!(pair("a=b\\\n# c"), ("a".into(), "b# c".into()));
        assert_eq!(pairs("a=b\\\n\nc=d"), [("a".into(), "b".into()), ("c".into(), "d".into())]);
        assert_eq!(pair("a=b\\"), ("a".into(), "b".into()));
    }

    #[test]
    fn escapes_are_javas() {
        assert_eq!(pair(r"a=\t\n\r\f\q\\"), ("a".into(), "\t\n\r\x0cq\\".into()));
        assert_eq!(pair(r"\u0061=\u00e9\uD83D\uDE00"), ("a".into(), "é😀".into()));
    }

    #[test]
    fn bytes_are_latin_1() {
        let properties = Properties::parse(b"a=\xe9", Path::new("p")).expect("well-formed");
        assert_eq!(properties.text("a"), Some("é"));
    }

    #[test]
    fn a_malformed_escape_names_its_line() {
        let error = Properties::parse(b"a=1\nb=\\u12g4\n", Path::new("p")).expect_err("malformed");
        assert!(matches!(error, PropertiesError::MalformedEscape { line: 2, .. }), "{error}");
    }

    #[test]
    fn the_last_one_holds_and_places_are_remembered() {
        let properties = parse("a=1\nb=x,\\\n y\na=2\r\rc=3");
        let place = |key: &str| properties.get(key).map(|property| property.origin.to_string());
        assert_eq!(properties.text("a"), Some("2"));
        assert_eq!(place("a").as_deref(), Some("server.properties:4"));
        assert_eq!(place("b").as_deref(), Some("server.properties:2"));
        assert_eq!(place("c").as_deref(), Some("server.properties:6"));
    }

    #[test]
    fn overrides_win_and_need_an_equals_sign() {
        let mut properties = parse("a=1");
        properties.set_override("a = 2 = 3").expect("a key and a value");
        assert_eq!(properties.text("a"), Some("2 = 3"));
        assert_eq!(properties.get("a").map(|property| &property.origin), Some(&Origin::Override));
        assert!(properties.set_override("a").is_err());
        assert!(properties.set_override("=1").is_err());
    }
}
