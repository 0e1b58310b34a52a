//! The words of every mail: files of `email-templates/`, compiled in, each replaceable by a file of the
//! same name in an operator's directory (decision 15).
//!
//! Templates are strict: a name that is not there, or a value that is absent, stops the rendering
//! instead of leaving a hole. What people typed is cleaned wherever it is printed; only the committee's
//! letter and the record keep their line ends, through the filter `as_written`. Work is bounded by
//! fuel. Committee text is never a template program (decision 24): it arrives expanded.

use std::collections::BTreeMap;
use std::path::Path;

use conclave_core::facts::{EventFacts, Facts, placeholder};
use conclave_core::purpose::{PURPOSES, Purpose};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value, context};
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use crate::layout::{self, AS_WRITTEN, BREAK, COLUMNS, Layout};
use crate::{clean, samples};

/// A render may take this many steps; the longest of ours takes a few hundred.
const FUEL: u64 = 100_000;
/// Longest subject in characters, whatever the title was.
const SUBJECT_CHARACTERS: usize = 200;
/// A committee's own subject may be this long; `Re: ` stays possible.
const OFFERED_SUBJECT: usize = 150;
/// Largest file that is read from the operator's directory.
const LARGEST_FILE: u64 = 256 * 1024;

/// Sources compiled into the program (read from the source tree in debug builds).
#[derive(rust_embed::Embed)]
#[folder = "../../email-templates"]
struct BuiltIn;

/// Words for every purpose, ready to render.
#[derive(Debug)]
pub struct Templates {
    env: Environment<'static>,
    names: Vec<String>,
    /// Files of the operator's directory that replace nothing.
    strangers: Vec<String>,
}

/// A mail's words. Secrets are placeholders until it is composed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The thread's where the mail answers one, else that of the template.
    pub subject: String,
    /// The complete text part, lines ended by `\n`.
    pub text: String,
    /// The same words as HTML, if the event mails HTML.
    pub html: Option<String>,
}

/// Why a template could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct TemplateError {
    pub file: String,
    pub line: Option<usize>,
    pub reason: String,
}

/// Something `mail templates check` found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    pub file: String,
    /// Line of the file, or of the rendered mail when the reason says so.
    pub line: Option<usize>,
    pub reason: String,
}

impl Templates {
    /// Reads the compiled-in files and those of `override_dir` that replace them.
    ///
    /// Refuses when the directory or a file in it cannot be read. Mistakes inside a template are found
    /// by [`Templates::check`] and refuse when rendered.
    pub fn load(override_dir: Option<&Path>) -> Result<Self, TemplateError> {
        let mut sources = built_in();
        let mut strangers = Vec::new();
        if let Some(dir) = override_dir {
            for name in files_below(dir)? {
                match sources.get_mut(&name) {
                    Some(source) => *source = read(dir, &name)?,
                    None => strangers.push(name),
                }
            }
        }
        Ok(Self::of(sources, strangers))
    }

    /// The compiled-in files alone.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of(built_in(), Vec::new())
    }

    fn of(sources: BTreeMap<String, String>, strangers: Vec<String>) -> Self {
        let names = sources.keys().cloned().collect();
        let mut env = environment();
        env.set_loader(move |name| Ok(sources.get(name).cloned()));
        Self { env, names, strangers }
    }

    /// Renders a mail. The same facts give the same words, byte for byte.
    ///
    /// Refuses when a template is wrong or asks for a fact that is absent.
    pub fn render(&self, purpose: Purpose, facts: &Facts) -> Result<Rendered, TemplateError> {
        let values = values(facts);
        let subject = match &facts.subject {
            Some(of_the_thread) if purpose.keeps_the_subject() => of_the_thread.clone(),
            _ => self.render_file(&file(purpose, "subject.txt"), &values)?,
        };
        let subject = clean::header(&subject);
        let layout = Layout::read(&self.render_file(&file(purpose, "body.txt"), &values)?);
        let html = match &facts.event {
            Some(event) if event.html_mail => {
                let body = Value::from_safe_string(layout.html());
                Some(self.render_file("base.html", &context! { body })?)
            }
            _ => None,
        };
        Ok(Rendered {
            subject: subject.chars().take(SUBJECT_CHARACTERS).collect(),
            text: layout.text(),
            html,
        })
    }

    /// The letter offered when the committee writes: the event's facts filled in and its lines wrapped,
    /// the words in single braces left for each person. Empty for a purpose the committee does not write.
    pub fn default_letter(&self, purpose: Purpose, event: &EventFacts) -> Result<String, TemplateError> {
        let name = file(purpose, "letter.txt");
        if !self.names.contains(&name) {
            return Ok(String::new());
        }
        let letter = self.render_file(&name, &context! { event => Serde(without_braces(event)) })?;
        Ok(layout::filled(letter.trim()))
    }

    /// The subject offered when the committee writes: at most 150 letters, as many as one may have.
    pub fn default_subject(&self, purpose: Purpose, event: &EventFacts) -> Result<String, TemplateError> {
        let values = context! { event => Serde(without_braces(event)), subject => Value::from(()) };
        let subject = clean::header(&self.render_file(&file(purpose, "subject.txt"), &values)?);
        Ok(subject.chars().take(OFFERED_SUBJECT).collect())
    }

    /// Renders every purpose with hard samples and says what is wrong: what cannot be rendered, lines
    /// over 72 columns, and files of the operator's directory that replace nothing.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .strangers
            .iter()
            .map(|name| Problem { file: name.clone(), line: None, reason: "replaces no template".to_owned() })
            .collect();
        for purpose in PURPOSES {
            for facts in samples::all(purpose) {
                match self.render(purpose, &facts) {
                    Ok(rendered) => problems.extend(too_wide(purpose, &rendered)),
                    Err(e) => problems.push(Problem { file: e.file, line: e.line, reason: e.reason }),
                }
            }
            if let Err(e) = self.default_letter(purpose, &samples::event()) {
                problems.push(Problem { file: e.file, line: e.line, reason: e.reason });
            }
        }
        problems.sort();
        problems.dedup();
        problems
    }

    fn render_file(&self, name: &str, values: &Value) -> Result<String, TemplateError> {
        let template = self.env.get_template(name).map_err(|e| explain(name, &e))?;
        template.render(values).map_err(|e| explain(name, &e))
    }
}

fn file(purpose: Purpose, part: &str) -> String {
    format!("{}/{part}", purpose.as_str())
}

fn values(facts: &Facts) -> Value {
    context! {
        link => Value::from_safe_string(placeholder::LINK.to_owned()),
        sign_in_link => Value::from_safe_string(placeholder::SIGN_IN_LINK.to_owned()),
        sign_in_code => Value::from_safe_string(placeholder::SIGN_IN_CODE.to_owned()),
        ..Value::from(Serde(facts))
    }
}

fn built_in() -> BTreeMap<String, String> {
    BuiltIn::iter()
        .filter_map(|name| {
            let file = BuiltIn::get(&name)?;
            Some((name.to_string(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    // Built from constants; the builder refuses only delimiters that contradict each other.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        env.set_syntax(syntax);
    }
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_debug(false);
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(minijinja::Error::new(ErrorKind::UndefinedError, "the value is absent"));
        }
        if value.kind() == ValueKind::String && !value.is_safe() {
            let typed = clean::line(value.as_str().unwrap_or_default());
            return minijinja::escape_formatter(out, state, &Value::from(typed));
        }
        minijinja::escape_formatter(out, state, value)
    });
    env.add_global("br", Value::from_safe_string(BREAK.to_string()));
    env.add_filter("as_written", as_written);
    env.add_filter("names", names);
    env.add_filter("minutes", minutes);
    env
}

/// Keeps the lines of a letter as their author broke them.
fn as_written(text: &str) -> Value {
    let lines: Vec<String> = clean::lines(text).lines().map(|l| format!("{AS_WRITTEN}{l}")).collect();
    Value::from_safe_string(lines.join("\n"))
}

/// `a`, `a and b`, `a, b and c`.
#[expect(clippy::needless_pass_by_value, reason = "a filter receives its own list")]
fn names(list: Vec<String>) -> String {
    match list.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// `15 minutes`, `1 hour`, `72 hours`.
fn minutes(count: u32) -> String {
    let (count, unit) =
        if count >= 60 && count.is_multiple_of(60) { (count / 60, "hour") } else { (count, "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn explain(name: &str, error: &minijinja::Error) -> TemplateError {
    TemplateError {
        file: error.name().unwrap_or(name).to_owned(),
        line: error.line(),
        reason: match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        },
    }
}

fn too_wide(purpose: Purpose, rendered: &Rendered) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, line) in rendered.text.lines().enumerate() {
        // One word cannot be broken, and a placeholder is not what will stand there.
        if line.width() > COLUMNS && line.trim().contains(' ') && !line.contains('\u{1}') {
            problems.push(Problem {
                file: file(purpose, "body.txt"),
                line: Some(number + 1),
                reason: format!(
                    "line of the rendered mail is {} columns wide, {COLUMNS} fit: {line}",
                    line.width()
                ),
            });
        }
    }
    problems
}

/// Names relative to the directory, with `/`. One level of folders, as in `email-templates/`.
fn files_below(dir: &Path) -> Result<Vec<String>, TemplateError> {
    let mut found = Vec::new();
    let refuse = |path: &Path, e: &std::io::Error| TemplateError {
        file: path.display().to_string(),
        line: None,
        reason: e.to_string(),
    };
    let mut folders = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| refuse(&folder, &e))? {
            let entry = entry.map_err(|e| refuse(&folder, &e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                if prefix.is_empty() {
                    folders.push((path, format!("{name}/")));
                }
            } else {
                found.push(format!("{prefix}{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(dir: &Path, name: &str) -> Result<String, TemplateError> {
    let path = dir.join(name);
    let refuse = |reason: String| TemplateError { file: path.display().to_string(), line: None, reason };
    let size = std::fs::metadata(&path).map_err(|e| refuse(e.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(refuse(format!("larger than {LARGEST_FILE} bytes")));
    }
    let bytes = std::fs::read(&path).map_err(|e| refuse(e.to_string()))?;
    String::from_utf8(bytes).map_err(|_| refuse("is not UTF-8".to_owned()))
}

/// Braces in a title would be read as placeholders of the letter.
fn without_braces(event: &EventFacts) -> EventFacts {
    let plain = |text: &str| text.replace('{', "(").replace('}', ")");
    EventFacts {
        title: plain(&event.title),
        short_title: plain(&event.short_title),
        place: plain(&event.place),
        committee: event.committee.iter().map(|name| plain(name)).collect(),
        ..event.clone()
    }
}
