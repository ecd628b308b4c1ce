//! What a leader does.

mod append;
mod delete_records;
mod epoch_end;
mod offsets;
mod read;

pub use append::{AppendRefused, RequiredAcks};
pub use delete_records::DeleteRefused;
pub use epoch_end::EpochEnd;
pub use offsets::{FoundOffset, LookupRefused, OffsetSpec};
pub use read::{FetchOutcome, FetchSpec, Fetched, Isolation, ReadRefused};
