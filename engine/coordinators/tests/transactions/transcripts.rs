//! The transcripts in `tests/transactions/scripts`; the commands are those of `script.rs`.

use super::script::Script;
use super::transcript;

#[test]
fn situations_go_as_written() {
    transcript::check("transactions/scripts", || {
        let mut script = Script::new();
        move |command: &str| script.run(command)
    });
}
