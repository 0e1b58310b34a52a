//! One file per table: raw columns, no logic, no hooks. They never leave this crate.

pub mod account;
pub mod address;
pub mod answer;
pub mod balance_cap;
pub mod change_request;
pub mod committee_line;
pub mod committee_seat;
pub mod event;
pub mod import;
pub mod installation;
pub mod invitation;
pub mod link;
pub mod log_entry;
pub mod message;
pub mod message_step;
pub mod nomination;
pub mod person;
pub mod quota;
pub mod reminder;
pub mod session;
pub mod single_use_secret;
pub mod suggestion;
pub mod topic;
pub mod vote;
pub mod wave;
pub mod wave_person;
