//! Writes arbitrary messages for `lab/conformance/golden-messages/golden-messages verify FILE`, so that Kafka's own code
//! can judge how we write.

use flate2::Compression;
use flate2::write::GzEncoder;
use ottla_protocol::Reader;
use ottla_protocol::json::arbitrary::{self, Random};
use ottla_protocol::json::catalogue::CATALOGUE;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;

const INSTANCES: u64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: write_for_java FILE")?;
    let mut out = GzEncoder::new(File::create(path)?, Compression::default());
    for entry in &CATALOGUE {
        for version in entry.schema.versions.clone() {
            for seed in 0..INSTANCES {
                let bytes = arbitrary::bytes(entry.schema, version, &Random::from_seed(seed))?;
                let message = entry.decode(&mut Reader::new(bytes), version)?;
                let hex: String = message.encode(version)?.iter().map(|byte| format!("{byte:02x}")).collect();
                let json = ottla_protocol::json::text(&message.to_json(version)?);
                writeln!(out, "{}\t{version}\t{seed}\t{hex}\t{json}", entry.schema.name)?;
            }
        }
    }
    out.finish()?.flush()?;
    Ok(())
}
