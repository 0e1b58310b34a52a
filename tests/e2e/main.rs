//! Stories told to the real program: its commands, its server, both databases.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod itself;
mod kills;
mod letters;
mod reading;
mod seats;
mod seed;
mod sending;
mod setting_up;
mod town;
