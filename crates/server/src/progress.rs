//! A sign of life on standard error while something takes a while; only at a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::ProgressBar;

use crate::output::Output;

/// Turns until it is finished or dropped, and leaves nothing behind.
pub struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Shows nothing with `--quiet`, with `--json`, and where nobody looks.
    pub fn start(output: Output, text: &'static str) -> Self {
        if output.quiet || output.json || !std::io::stderr().is_terminal() {
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
