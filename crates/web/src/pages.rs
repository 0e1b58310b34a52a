//! Pages, by who sees them. Each module lists its routes; `crate::router` puts them together.
//!
//! | Module | Sees it | Right |
//! | --- | --- | --- |
//! | [`personal`] | an invitee | the token in the address |
//! | [`public`] | anybody | none |
//! | [`ask`] | anybody, if the event allows | none |
//! | [`desk`] | the committee | session, and a seat in the event's committee |
//! | [`doors`] | who wants in | none yet: log-in, log-out, set-up |
//! | [`captured`] | whoever tries the program out | an operator, or the machine itself |
//! | [`health`] | machines | none |

pub mod ask;
pub mod captured;
pub mod desk;
pub mod doors;
pub mod health;
pub mod personal;
pub mod public;
mod test_mail;
