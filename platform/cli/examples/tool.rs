//! Runs one tool by itself, without the rest of `ottla`: `cargo run -p ottla-cli --example tool -- topics --help`.

fn main() {
    let mut words = std::env::args().skip(1);
    let tool = words.next().unwrap_or_default();
    std::process::exit(ottla_cli::run(&tool, words.collect()));
}
