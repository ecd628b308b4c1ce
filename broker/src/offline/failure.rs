//! Why a tool gives up.

use std::io;

/// What ends a tool with exit code 1.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// In words for whoever called the tool.
    #[error("{0}")]
    Said(String),
    /// Nobody reads what the tool writes, or it cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    pub(super) fn said(message: impl ToString) -> Self {
        Self::Said(message.to_string())
    }
}

/// A tool's exit code for how it ended; what it has to say about that goes to `err`.
pub(super) fn exit_code(ended: Result<i32, Failure>, err: &mut dyn io::Write) -> i32 {
    match ended {
        Ok(code) => code,
        // A reader that has seen enough (`| head`) is no error to talk about.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 1,
        Err(failure) => {
            // If this cannot be written either, there is nobody left to tell.
            let _ = writeln!(err, "{failure}");
            1
        }
    }
}
