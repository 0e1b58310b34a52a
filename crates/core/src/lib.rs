//! The words of the project and its rules, as plain functions over plain values.
//!
//! No async, no I/O, no clock but an argument. Specification: the project's domain tables; each
//! module names its rows.

pub mod address;
pub mod facts;
pub mod name;
pub mod purpose;
pub mod text;
