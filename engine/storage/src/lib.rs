//! One partition's log on disk, and the log directory.
