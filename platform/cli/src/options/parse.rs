//! From words to options.

use super::spec::{Argument, HELP, OptionSpec, OptionTable, VERSION};
use std::str::FromStr;

/// Why the words cannot be read. The texts are those of Kafka's tools.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No such option.
    #[error("{0} is not a recognized option")]
    Unrecognized(String),
    /// The last word is an option that needs another word.
    #[error("Option {0} requires an argument")]
    MissingArgument(&'static str),
    /// Given more than once where one value is asked for.
    #[error("Found multiple arguments for option {0}, but you asked for only one")]
    MultipleArguments(&'static str),
    /// Not a number of the right size.
    #[error("Cannot parse argument '{argument}' of option {option}")]
    CannotParse {
        /// As given.
        argument: String,
        /// Its option.
        option: &'static str,
    },
    /// Nothing works without these.
    #[error("Missing required option(s) [{}]", .0.join(", "))]
    MissingRequired(Vec<&'static str>),
    /// These go with other options only.
    #[error("Option(s) [{}] are unavailable given other options on the command line", .0.join(", "))]
    Unavailable(Vec<&'static str>),
}

impl OptionError {
    /// The class of the exception that JOpt Simple throws for this: tools that do not catch it show it.
    pub fn exception_name(&self) -> &'static str {
        match self {
            Self::Unrecognized(_) => "joptsimple.UnrecognizedOptionException",
            Self::MissingArgument(_) => "joptsimple.OptionMissingRequiredArgumentException",
            Self::MultipleArguments(_) => "joptsimple.MultipleArgumentsForOptionException",
            Self::CannotParse { .. } => "joptsimple.OptionArgumentConversionException",
            Self::MissingRequired(_) => "joptsimple.MissingRequiredOptionsException",
            Self::Unavailable(_) => "joptsimple.UnavailableOptionException",
        }
    }
}

/// The options that a command line gave. Asked by spec, so that a misspelt name does not compile.
#[derive(Debug, Clone)]
pub struct Options {
    table: OptionTable,
    /// In the order given.
    given: Vec<(&'static OptionSpec, Option<String>)>,
    /// How many words there were.
    words: usize,
}

impl Options {
    /// Reads `words` (without the program's name).
    ///
    /// # Errors
    /// An unknown option, one without its argument, or without the others that it needs, or a required one that is
    /// missing.
    pub fn parse(table: OptionTable, words: &[String]) -> Result<Self, OptionError> {
        let mut options = Self { table, given: Vec::new(), words: words.len() };
        let mut rest = words.iter().map(String::as_str).peekable();
        while let Some(word) = rest.next() {
            if word == "--" {
                break;
            }
            let Some(body) = option_body(word) else { continue };
            let (name, inline) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let Some(spec) = table.find(name) else {
                return Err(options.unrecognized(word, name));
            };
            let value = match spec.argument {
                Argument::None => None,
                Argument::Required { .. } => match inline {
                    Some(value) => Some(value),
                    None => Some(rest.next().ok_or(OptionError::MissingArgument(spec.name))?.to_owned()),
                },
                Argument::Optional { .. } => {
                    inline.or_else(|| rest.next_if(|next| option_body(next).is_none()).map(str::to_owned))
                }
            };
            options.given.push((spec, value));
        }
        options.check_company()?;
        Ok(options)
    }

    /// Options that need each other. Whoever asks for help or the version need not know.
    fn check_company(&self) -> Result<(), OptionError> {
        if self.has(&HELP) || self.has(&VERSION) {
            return Ok(());
        }
        let names = |wrong: &dyn Fn(&OptionSpec) -> bool| -> Vec<&'static str> {
            self.table.0.iter().filter(|spec| wrong(spec)).map(|spec| spec.name).collect()
        };
        let missing = names(&|spec| spec.is_required && !self.has(spec));
        if !missing.is_empty() {
            return Err(OptionError::MissingRequired(missing));
        }
        let alone = |spec: &OptionSpec| {
            let others = spec.available_with;
            self.has(spec) && !others.is_empty() && !others.iter().any(|other| self.has(other))
        };
        let unavailable = names(&alone);
        if unavailable.is_empty() { Ok(()) } else { Err(OptionError::Unavailable(unavailable)) }
    }

    /// `-xyz` is read as the options `-x -y -z`; the first that does not exist is named.
    fn unrecognized(&self, word: &str, name: &str) -> OptionError {
        let single_dash = !word.starts_with("--");
        let unknown = name.chars().find(|letter| self.table.find(letter.encode_utf8(&mut [0; 4])).is_none());
        match unknown {
            Some(letter) if single_dash => OptionError::Unrecognized(letter.to_string()),
            _ => OptionError::Unrecognized(name.to_owned()),
        }
    }

    /// Whether the option was given.
    pub fn has(&self, spec: &OptionSpec) -> bool {
        self.given.iter().any(|(given, _)| given.name == spec.name)
    }

    /// Every value given, in order; the default if the option is absent and has one.
    pub fn values(&self, spec: &OptionSpec) -> Vec<&str> {
        if !self.has(spec) {
            return spec.default.into_iter().collect();
        }
        self.given
            .iter()
            .filter(|(given, _)| given.name == spec.name)
            .filter_map(|(_, value)| value.as_deref())
            .collect()
    }

    /// The one value, or the default.
    ///
    /// # Errors
    /// Several were given.
    pub fn value(&self, spec: &OptionSpec) -> Result<Option<&str>, OptionError> {
        match *self.values(spec) {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            _ => Err(OptionError::MultipleArguments(spec.name)),
        }
    }

    /// The one value as a number, or the default.
    ///
    /// # Errors
    /// Several were given, or it is no such number.
    pub fn number<T: FromStr>(&self, spec: &OptionSpec) -> Result<Option<T>, OptionError> {
        self.value(spec)?.map(|argument| number(spec, argument)).transpose()
    }

    /// Every value as a number.
    ///
    /// # Errors
    /// One is no such number.
    pub fn numbers<T: FromStr>(&self, spec: &OptionSpec) -> Result<Vec<T>, OptionError> {
        self.values(spec).into_iter().map(|argument| number(spec, argument)).collect()
    }

    /// Whether usage is to be printed: nothing was said, or `--help`.
    pub fn wants_help(&self) -> bool {
        self.words == 0 || self.has(&HELP)
    }

    /// Whether `--version` was given.
    pub fn wants_version(&self) -> bool {
        self.has(&VERSION)
    }

    /// The table that was parsed against.
    pub fn table(&self) -> OptionTable {
        self.table
    }
}

fn number<T: FromStr>(spec: &OptionSpec, argument: &str) -> Result<T, OptionError> {
    argument.parse().map_err(|_| OptionError::CannotParse { argument: argument.to_owned(), option: spec.name })
}

/// What stands behind the dashes if the word is an option. A dash alone is a word.
fn option_body(word: &str) -> Option<&str> {
    match word.strip_prefix("--") {
        Some(body) => Some(body),
        None => word.strip_prefix('-').filter(|body| !body.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::{OptionError, Options};
    use crate::options::{OptionSpec, OptionTable};

    const TOPIC: OptionSpec = OptionSpec::text("topic", "topic", "");
    const LIST: OptionSpec = OptionSpec::flag("list", "");
    const COUNT: OptionSpec = OptionSpec::integer("count", "", "").or("7");
    const CODEC: OptionSpec = OptionSpec::text("codec", "", "").optional();
    const TABLE: OptionTable = OptionTable(&[&TOPIC, &LIST, &COUNT, &CODEC]);

    fn parse(line: &str) -> Result<Options, OptionError> {
        Options::parse(TABLE, &line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_value_may_follow_or_stand_behind_an_equals_sign() {
        for line in ["--topic a=b --list", "--topic=a=b -list", "-topic a=b --list=ignored", "x --list y -topic=a=b z"]
        {
            let options = parse(line).unwrap();
            assert_eq!(options.value(&TOPIC), Ok(Some("a=b")), "{line}");
            assert!(options.has(&LIST), "{line}");
        }
        assert_eq!(parse("--topic=").unwrap().value(&TOPIC), Ok(Some("")));
    }

    #[test]
    fn a_required_value_may_look_like_an_option_and_an_optional_one_may_not() {
        let options = parse("--topic --list").unwrap();
        assert_eq!(options.value(&TOPIC), Ok(Some("--list")));
        assert!(!options.has(&LIST));

        let options = parse("--codec --list").unwrap();
        assert!(options.has(&CODEC) && options.has(&LIST));
        assert_eq!(options.value(&CODEC), Ok(None));
        assert_eq!(parse("--codec zstd").unwrap().value(&CODEC), Ok(Some("zstd")));
        assert_eq!(parse("--codec").unwrap().value(&CODEC), Ok(None));
    }

    #[test]
    fn two_dashes_end_the_options() {
        let options = parse("--list -- --topic a").unwrap();
        assert!(options.has(&LIST) && !options.has(&TOPIC));
    }

    #[test]
    fn what_is_wrong_is_said_as_kafka_says_it() {
        let message = |line| parse(line).unwrap_err().to_string();
        assert_eq!(message("--top a"), "top is not a recognized option");
        assert_eq!(message("-xy"), "x is not a recognized option");
        assert_eq!(message("--list --topic"), "Option topic requires an argument");

        let options = parse("--topic a --topic b --count x").unwrap();
        assert_eq!(
            options.value(&TOPIC).unwrap_err().to_string(),
            "Found multiple arguments for option topic, but you asked for only one"
        );
        assert_eq!(options.values(&TOPIC), ["a", "b"]);
        assert_eq!(options.number::<i32>(&COUNT).unwrap_err().to_string(), "Cannot parse argument 'x' of option count");
    }

    #[test]
    fn options_that_need_others_are_refused_without_them() {
        const SERVER: OptionSpec = OptionSpec::text("server", "", "").required();
        const VERBOSE: OptionSpec = OptionSpec::flag("verbose", "").with_one_of(&[&LIST]);
        const NEEDY: OptionTable = OptionTable(&[&LIST, &SERVER, &VERBOSE]);
        let refusal = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Options::parse(NEEDY, &words).err().map(|error| error.to_string())
        };
        assert_eq!(refusal("--server a --list --verbose"), None);
        assert_eq!(refusal("--help --verbose"), None);
        assert_eq!(refusal("--list"), Some("Missing required option(s) [server]".to_owned()));
        let alone = "Option(s) [verbose] are unavailable given other options on the command line";
        assert_eq!(refusal("--server a --verbose"), Some(alone.to_owned()));
    }

    #[test]
    fn defaults_stand_in_for_absent_options() {
        let options = parse("--list").unwrap();
        assert_eq!(options.number::<i32>(&COUNT), Ok(Some(7)));
        assert!(!options.has(&COUNT));
        assert_eq!(options.value(&TOPIC), Ok(None));
    }

    #[test]
    fn help_is_wanted_by_silence_or_by_name() {
        assert!(parse("").unwrap().wants_help());
        assert!(parse("--list --help").unwrap().wants_help());
        assert!(!parse("--list").unwrap().wants_help());
        assert!(parse("--version").unwrap().wants_version());
    }
}
