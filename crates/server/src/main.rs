//! The `conclave` program: configuration, command line, accept loop and mail worker around the
//! library crates. `cli` lists the commands, `commands` carries them out.

mod config;
mod serve;
mod telemetry;

fn main() {}
