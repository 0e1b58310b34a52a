//! A sign of life on standard error while something takes a while; only at a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Turns until it is finished or dropped, and leaves nothing behind.
pub struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Shows nothing with `--quiet`, with `--json`, and where nobody looks.
    pub fn start(output: Output, text: &'static str) -> Self {
        if !is_watched(output) {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_message(text);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    /// Takes the sign away.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

/// Grows with counted work, and leaves nothing behind.
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// Shows nothing with `--quiet`, with `--json`, and where nobody looks.
    pub fn start(output: Output, text: &'static str, of: usize) -> Self {
        if !is_watched(output) {
            return Self(None);
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let length = u64::try_from(of).unwrap_or(u64::MAX);
        Self(Some(ProgressBar::new(length).with_style(style).with_message(text)))
    }

    /// So much is done.
    pub fn reach(&self, done: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

fn is_watched(output: Output) -> bool {
    !output.quiet && !output.json && std::io::stderr().is_terminal()
}
