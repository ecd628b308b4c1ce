//! The KRaft quorum as a pure core.
