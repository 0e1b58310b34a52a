//! Parts of lists: heads that sort, pages of more than 200 rows, terms with their facts.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::links::Query;

/// How a list is sorted: `?sort=name`, `?sort=-sent` (ux.md 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The column's word.
    pub column: String,
    pub descending: bool,
    query: Query,
}

impl Sort {
    /// Reads `sort` of `query`; a word that is not in `columns` is the first of them.
    #[must_use]
    pub fn of(query: &Query, columns: &[&str]) -> Self {
        let asked = query.text("sort");
        let (descending, column) = match asked.strip_prefix('-') {
            Some(column) => (true, column),
            None => (false, asked),
        };
        if columns.contains(&column) {
            Self { column: column.to_owned(), descending, query: query.clone() }
        } else {
            let first = columns.first().copied().unwrap_or_default();
            Self { column: first.to_owned(), descending: false, query: query.clone() }
        }
    }

    /// The head of `column`: a link that sorts by it, or turns the order round.
    /// `class` is `""`, `n` (counts) or `f-hide` (hidden on the phone).
    #[must_use]
    pub fn header(&self, column: &str, label: &str, class: &'static str) -> SortHeader {
        let current = self.column == column;
        let target = if current && !self.descending { format!("-{column}") } else { column.to_owned() };
        SortHeader {
            href: self.query.without("page").with("sort", &target).to_string(),
            label: label.to_owned(),
            class,
            aria_sort: match (current, self.descending) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        }
    }
}

/// A `th` with a sorting link. Only the sorted column has `aria-sort`.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<th scope="col"{% if !class.is_empty() %} class="{{ class }}"{% endif %}{% if !aria_sort.is_empty() %} aria-sort="{{ aria_sort }}"{% endif %}><a href="{{ href }}">{{ label }}</a></th>"#
)]
pub struct SortHeader {
    href: String,
    label: String,
    class: &'static str,
    aria_sort: &'static str,
}
impl HtmlSafe for SortHeader {}

/// Previous and Next with the range; nothing when everything fits on one page.
#[derive(Clone, Debug, Template)]
#[template(path = "components/pager.html")]
pub struct Pager {
    page: u64,
    pages: u64,
    total: u64,
    query: Query,
}
impl HtmlSafe for Pager {}

impl Pager {
    /// Rows of one page.
    pub const ROWS: u64 = 200;

    /// Reads `page` of `query`, from 1; a page that does not exist is the nearest that does.
    #[must_use]
    pub fn of(query: &Query, total: u64) -> Self {
        let pages = total.div_ceil(Self::ROWS).max(1);
        let page = query.text("page").parse().unwrap_or(1).clamp(1, pages);
        Self { page, pages, total, query: query.clone() }
    }

    /// Rows left out before this page.
    #[must_use]
    pub fn offset(&self) -> u64 {
        (self.page - 1) * Self::ROWS
    }

    fn first(&self) -> u64 {
        self.offset() + 1
    }

    fn last(&self) -> u64 {
        (self.page * Self::ROWS).min(self.total)
    }

    fn href(&self, page: u64) -> String {
        self.query.with("page", &page.to_string()).to_string()
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.href(self.page - 1))
    }

    fn next(&self) -> Option<String> {
        (self.page < self.pages).then(|| self.href(self.page + 1))
    }
}

/// Terms and their facts, in a panel or at the end of a page.
#[derive(Clone, Debug, Default, Template)]
#[template(
    ext = "html",
    source = r#"<dl class="facts">{% for (term, fact) in rows %}<dt>{{ term }}</dt><dd>{{ fact }}</dd>{% endfor %}</dl>"#
)]
pub struct Facts {
    rows: Vec<(String, String)>,
}
impl HtmlSafe for Facts {}

impl Facts {
    /// Adds a row; an empty fact is left out.
    #[must_use]
    pub fn with(mut self, term: impl Into<String>, fact: impl Into<String>) -> Self {
        let fact = fact.into();
        if !fact.is_empty() {
            self.rows.push((term.into(), fact));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_by_its_column_or_turns_the_order_round() {
        let columns = ["name", "sent"];
        let sort = Sort::of(&Query::parse("state=invited&sort=sent&page=3"), &columns);

        assert_eq!(
            sort.header("sent", "Sent", "f-hide").to_string(),
            r##"<th scope="col" class="f-hide" aria-sort="ascending"><a href="?state=invited&#38;sort=-sent">Sent</a></th>"##
        );
        assert_eq!(
            sort.header("name", "Name", "").to_string(),
            r##"<th scope="col"><a href="?state=invited&#38;sort=name">Name</a></th>"##
        );
        let unknown = Sort::of(&Query::parse("sort=-password"), &columns);
        assert_eq!((unknown.column.as_str(), unknown.descending), ("name", false));
    }

    #[test]
    fn pages_stay_within_what_exists() {
        let pager = |query: &str, total| Pager::of(&Query::parse(query), total);

        assert_eq!(pager("page=2", 450).offset(), 200);
        assert_eq!(pager("page=99", 450).offset(), 400);
        assert_eq!(pager("page=-1", 0).offset(), 0);
        assert_eq!(pager("", 200).to_string(), "");
        assert!(pager("page=3", 450).to_string().contains("401–450 of 450"));
    }
}
