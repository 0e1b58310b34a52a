//! Charts drawn on the server: words are HTML, marks are SVG with classes, so that dark mode, print
//! and the content policy hold (ux.md 9).

use askama::Template;
use askama::filters::HtmlSafe;

/// One square per seat.
#[derive(Clone, Debug, Template)]
#[template(path = "components/seat_chart.html")]
pub struct SeatChart {
    label: String,
    width: usize,
    height: usize,
    marks: Vec<Mark>,
}
impl HtmlSafe for SeatChart {}

/// One seat: who has it, and how sure that is.
#[derive(Clone, Debug)]
pub struct Seat {
    pub kind: SeatKind,
    /// `Hana Sato, bounced`; `free`.
    pub title: String,
}

/// How a seat is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatKind {
    Accepted,
    /// Not sure yet, seat kept.
    Tentative,
    /// By an open invitation.
    Held,
    Bounced,
    Free,
}

#[derive(Clone, Debug)]
struct Mark {
    class: &'static str,
    x: usize,
    y: usize,
    title: String,
    crossed: bool,
}

impl SeatChart {
    /// Seats in order, 20 a row, 30 above 60 seats. `label` is the finding in words.
    #[must_use]
    pub fn new(label: impl Into<String>, seats: Vec<Seat>) -> Self {
        const STEP: usize = 30;
        let per_row = if seats.len() > 60 { 30 } else { 20 };
        let columns = seats.len().clamp(1, per_row);
        let rows = seats.len().div_ceil(per_row).max(1);
        let marks = seats
            .into_iter()
            .enumerate()
            .map(|(index, seat)| Mark {
                class: match seat.kind {
                    SeatKind::Accepted => "a",
                    SeatKind::Tentative => "t",
                    SeatKind::Held => "h",
                    SeatKind::Bounced => "x",
                    SeatKind::Free => "f",
                },
                x: index % per_row * STEP + 1,
                y: index / per_row * STEP + 1,
                crossed: seat.kind == SeatKind::Bounced,
                title: seat.title,
            })
            .collect();
        // A chart with few seats keeps its squares small: it is drawn as wide as a full row.
        Self { label: label.into(), width: columns.max(per_row) * STEP - 4, height: rows * STEP - 4, marks }
    }
}

/// A bar of shares, such as the time of topics or the progress of a wave. Hidden from screen
/// readers: a sentence or table beside it says the same.
#[derive(Clone, Debug, Template)]
#[template(path = "components/bar.html")]
pub struct Bar {
    parts: Vec<PlacedPart>,
    limit: Option<String>,
}
impl HtmlSafe for Bar {}

/// What a part of a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarPart {
    /// Green: accepted, done.
    Accepted,
    /// Blue: invited, new.
    Invited,
    /// Orange: waiting, in discussion.
    Waiting,
    /// Brown: declined.
    Declined,
    /// Grey: anything else.
    Other,
    /// Red: broken.
    Broken,
}

#[derive(Clone, Debug)]
struct PlacedPart {
    class: &'static str,
    x: String,
    width: String,
}

impl Bar {
    /// Parts side by side, of a whole of `total`.
    #[must_use]
    pub fn new(total: u64, parts: &[(BarPart, u64)]) -> Self {
        let total = total.max(parts.iter().map(|(_, amount)| amount).sum()).max(1);
        let mut x = 0.0;
        let parts = parts
            .iter()
            .filter(|(_, amount)| *amount > 0)
            .map(|(part, amount)| {
                let width = share(*amount, total);
                let placed = PlacedPart { class: part.class(), x: decimal(x), width: decimal(width) };
                x += width;
                placed
            })
            .collect();
        Self { parts, limit: None }
    }

    /// A mark at `amount` of `total`, such as the minutes the days hold.
    #[must_use]
    pub fn limit(self, amount: u64, total: u64) -> Self {
        Self { limit: Some(decimal(share(amount, total.max(1)).min(99.5))), ..self }
    }
}

impl BarPart {
    fn class(self) -> &'static str {
        match self {
            Self::Accepted => "a",
            Self::Invited => "i",
            Self::Waiting => "w",
            Self::Declined => "dn",
            Self::Other => "s",
            Self::Broken => "r",
        }
    }
}

fn share(amount: u64, total: u64) -> f64 {
    100.0 * amount as f64 / total as f64
}

fn decimal(percent: f64) -> String {
    format!("{percent:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_fill_rows_and_carry_names() {
        let seats = |count: usize| {
            let seat = Seat { kind: SeatKind::Bounced, title: "Hana <Sato>, bounced".to_owned() };
            SeatChart::new("all bounced", vec![seat; count]).to_string()
        };

        assert!(seats(20).contains(r#"viewBox="0 0 596 26""#));
        assert!(seats(21).contains(r#"viewBox="0 0 596 56""#));
        assert!(seats(61).contains(r#"viewBox="0 0 896 86""#));
        assert!(seats(1).contains("<title>Hana &#60;Sato&#62;, bounced</title>"));
        assert!(seats(0).contains(r#"role="img" aria-label="all bounced""#));
    }

    #[test]
    fn parts_of_a_bar_lie_side_by_side_and_never_beyond_it() {
        let bar =
            Bar::new(660, &[(BarPart::Accepted, 345), (BarPart::Waiting, 150), (BarPart::Invited, 165)]);
        let shown = bar.limit(630, 660).to_string();

        assert!(shown.contains(r#"<rect class="w" x="52.3" width="22.7" height="10"/>"#), "{shown}");
        assert!(shown.contains(r#"<rect class="lim" x="95.5""#), "{shown}");
        assert!(Bar::new(0, &[]).to_string().contains(r#"class="bg""#));
        assert!(Bar::new(1, &[(BarPart::Other, 4)]).to_string().contains(r#"width="100.0""#));
    }
}
