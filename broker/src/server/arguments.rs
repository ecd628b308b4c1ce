//! The command line of `ottla start` and `kafka-server-start.sh`.

use std::path::PathBuf;

const USAGE: &str = "\
usage: ottla start [FILE] [--override KEY=VALUE]...

Runs one node in the foreground until SIGTERM or SIGINT.

  FILE                  server.properties as Apache Kafka takes it; without one, node 1 serves 127.0.0.1:9092
                        and keeps its data in ./ottla-data
  --override KEY=VALUE  sets a key of the configuration, whatever the file says
  -daemon               runs in the background
  --version             prints the version
  --help                prints this";

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// `server.properties`.
    pub file: Option<PathBuf>,
    /// `key=value` each.
    pub overrides: Vec<String>,
    /// Run in the background.
    pub daemon: bool,
}

/// What a command line comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Run a node.
    Run(Arguments),
    /// Print this and be done.
    Print(String),
}

impl Arguments {
    /// Reads a command line, the program's name not included.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(args: &[String], file_required: bool) -> Result<Parsed, String> {
        let mut parsed = Self { file: None, overrides: Vec::new(), daemon: false };
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            match arg {
                "--help" | "-h" => return Ok(Parsed::Print(USAGE.to_owned())),
                "--version" => return Ok(Parsed::Print(crate::version())),
                "-daemon" => parsed.daemon = true,
                "--override" => {
                    parsed.overrides.push(args.next().ok_or("--override needs key=value after it")?.to_owned());
                }
                _ if arg.starts_with("--override=") => {
                    parsed.overrides.push(arg["--override=".len()..].to_owned());
                }
                _ if arg.starts_with('-') => return Err(format!("unknown option {arg}\n{USAGE}")),
                _ if parsed.file.is_none() => parsed.file = Some(arg.into()),
                _ => return Err(format!("more than one file: {arg}\n{USAGE}")),
            }
        }
        if file_required && parsed.file.is_none() {
            return Err(format!("a properties file is needed\n{USAGE}"));
        }
        Ok(Parsed::Run(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Parsed};

    fn parse(line: &str) -> Result<Parsed, String> {
        Arguments::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), false)
    }

    #[test]
    fn a_file_and_overrides_in_any_order() {
        let expected = Arguments {
            file: Some("s.properties".into()),
            overrides: vec!["a=1".to_owned(), "b=2".to_owned()],
            daemon: false,
        };
        for line in ["s.properties --override a=1 --override=b=2", "--override a=1 s.properties --override b=2"] {
            assert_eq!(parse(line), Ok(Parsed::Run(expected.clone())), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["--overrride a=1", "a b", "--override"] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(Arguments::parse(&[], true).is_err());
    }
}
