//! What Java prints of exceptions: the class, a colon, the message; and an exception around another says all of that.

use ottla_client::ClientError;
use std::fmt;

/// An exception as its texts show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// With its package.
    pub class: String,
    /// `getMessage`.
    pub message: String,
}

impl Exception {
    /// Of that class.
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into() }
    }

    /// What a `KafkaFuture` throws that has failed with `error`.
    pub fn in_future(error: &ClientError) -> Self {
        Self::from(error).inside("java.util.concurrent.ExecutionException")
    }

    /// The exception of another class around this one.
    pub fn inside(&self, class: &str) -> Self {
        Self::new(class, self.to_string())
    }

    /// The exception that carries this one out of a method that declares none.
    pub fn unchecked(&self) -> Self {
        self.inside("java.lang.RuntimeException")
    }
}

impl From<&ClientError> for Exception {
    fn from(error: &ClientError) -> Self {
        Self { class: error.exception_name(), message: error.to_string() }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::Exception;
    use ottla_client::ClientError;

    #[test]
    fn an_exception_says_what_it_was_made_of() {
        let error = ClientError::Timeout("late".to_owned());
        assert_eq!(
            Exception::in_future(&error).unchecked().to_string(),
            "java.lang.RuntimeException: java.util.concurrent.ExecutionException: \
             org.apache.kafka.common.errors.TimeoutException: late"
        );
    }
}
