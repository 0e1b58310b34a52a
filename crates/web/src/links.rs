//! Addresses with a query: the URL is the view (ux.md 3), so filters, sorting and pages are links.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// The pairs after `?`, in order. Shows itself with the question mark, or as nothing when empty.
/// As an extractor it never refuses: what cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part after `?`.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .filter(|(name, _)| !name.is_empty())
                .collect(),
        )
    }

    /// The first value of `name`, trimmed; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// All values of `name`, also those written `a,b`: `state=invited,bounced`.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// This query with `name` set to `value` alone; an empty value takes it out.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(key, _)| key != name).cloned().collect();
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }

    /// This query without `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        self.with(name, "")
    }

    /// All pairs, for hidden fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let written: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        write!(f, "?{written}")
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// `next` when it is a path of ours that a redirect may lead to; `None` for anything that could
/// leave (`//host`, `/\\host`, another scheme) or break a header.
#[must_use]
pub fn own_path(next: &str) -> Option<&str> {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    (inside && next.bytes().all(|byte| byte.is_ascii_graphic())).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_gone_back_to() {
        assert_eq!(own_path("/c/netconf-2019?state=invited"), Some("/c/netconf-2019?state=invited"));
        for foreign in
            ["", "c", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/ b"]
        {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_query_can_be_read_changed_and_written() {
        let query = Query::parse("state=invited,bounced&q=a%26b&sort=name&state=waiting");

        assert_eq!(query.list("state").collect::<Vec<_>>(), ["invited", "bounced", "waiting"]);
        assert_eq!(query.text("q"), "a&b");
        assert_eq!(query.without("state").with("sort", "-name").to_string(), "?q=a%26b&sort=-name");
        assert_eq!(query.text("page"), "");
        assert_eq!(Query::parse("").to_string(), "");
    }
}
