//! What people see and press, in a real browser.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod browser;
mod gallery;
mod itself;
mod keyboard;
mod main_path;
mod story;
