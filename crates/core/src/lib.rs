//! The words of the project and its rules, as plain functions over plain values.
//!
//! No async, no I/O, no clock but an argument. Each of the five lifecycles has one file that holds
//! its states and moves and nothing else: [`event`], [`invitation`] (the offer), [`answer`] (what
//! they said), [`topic`] and [`message`] (what became of our mail). Offer, answer and delivery are
//! never folded into one; [`badge`] computes the word that sums them up.

pub mod address;
pub mod answer;
pub mod badge;
pub mod balance;
pub mod calendar_entry;
pub mod candidate;
pub mod change;
pub mod chase;
pub mod clock;
pub mod committee;
pub mod deadline;
pub mod digest;
pub mod event;
pub mod export;
pub mod facts;
pub mod forecast;
pub mod ids;
pub mod import;
pub mod invitation;
pub mod link_token;
pub mod log_chain;
pub mod log_entry;
pub mod look_alike;
pub mod message;
pub mod name;
pub mod page;
pub mod password;
pub mod personal_lines;
pub mod placeholders;
pub mod purpose;
pub mod question;
pub mod reminder;
pub mod reserve;
pub mod seats;
pub mod spreadsheet;
pub mod text;
pub mod topic;
