//! One partition's rules: leader, in-sync replicas, high watermark.
