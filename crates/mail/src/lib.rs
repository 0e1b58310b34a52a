//! Purpose and facts become a message, and the message reaches a relay.
//!
//! [`templates`] turns facts into words, [`compose`] words into bytes, [`transport`] hands bytes to a
//! mail server and says in one word what came of it. Nothing here knows the queue or the database, and
//! nothing here writes an address, a link or a line of the conversation to a log.

pub mod calendar;
mod clean;
pub mod compose;
mod layout;
pub mod preview;
pub mod samples;
pub mod templates;
pub mod transport;
