//! Arbitrary messages stay what they are: through bytes, and through JSON.
//!
//! `OTTLA_ROUNDS` and `OTTLA_SEED` in the environment ask for more, or for one failure again.

use ottla_protocol::Reader;
use ottla_protocol::json::arbitrary::{self, Random};
use ottla_protocol::json::catalogue::CATALOGUE;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn messages_survive_bytes_and_json() {
    let rounds = from_environment("OTTLA_ROUNDS", 8);
    let first_seed = from_environment("OTTLA_SEED", 1);
    println!("OTTLA_SEED={first_seed} OTTLA_ROUNDS={rounds}");
    for seed in first_seed..first_seed + rounds {
        for entry in &CATALOGUE {
            for version in entry.schema.versions.clone() {
                let place = format!("{} v{version}, OTTLA_SEED={seed}", entry.schema.name);
                let bytes = arbitrary::bytes(entry.schema, version, &Random::from_seed(seed)).expect(&place);
                let mut reader = Reader::new(bytes.clone());
                let message = entry.decode(&mut reader, version).expect(&place);
                assert_eq!(reader.remaining(), 0, "{place}");
                assert_eq!(message.encode(version).expect(&place), bytes, "{place}");

                let json = message.to_json(version).expect(&place);
                let read = entry.from_json(&json, version).expect(&place);
                assert_eq!(read.to_json(version).expect(&place), json, "{place}");
            }
        }
    }
}
