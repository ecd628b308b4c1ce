//! The machine: listens, drives the engine, answers.
