//! Record batches: read, check, build, compress.
