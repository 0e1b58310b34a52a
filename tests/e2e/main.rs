//! Stories told to the real program: its commands, its server, both databases.

mod itself;
mod sending;
