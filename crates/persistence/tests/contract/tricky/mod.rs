//! The tricky cases of domain.md 3.6, by their numbers.

mod changes;
mod invitee;
mod joined;
mod members;
mod own_case;
mod people;
mod seats;
mod sending;
