//! Seat arithmetic: the same words on every screen that counts (domain.md 3.3). In person and by
//! video stand apart.

use askama::Template;
use askama::filters::HtmlSafe;
use conclave_core::event::{Event, Remote, SeatPolicy};
use conclave_core::seats::{EventSeats, Seats};

/// Taken, held, free, what may still be offered, who waits, and by how many it is over.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<dl class="arith">{% for line in lines %}<div><dt>{{ line.name }}</dt> <dd>{% if let Some(over) = line.over %}<b class="over">{{ over }}</b>; {% endif %}{{ line.words }}</dd></div>{% endfor %}{% if !policy.is_empty() %}<div><dt>Policy</dt> <dd>{{ policy }}</dd></div>{% endif %}</dl>"#
)]
pub struct SeatCount {
    lines: Vec<Line>,
    policy: String,
}
impl HtmlSafe for SeatCount {}

#[derive(Clone, Debug)]
struct Line {
    name: &'static str,
    words: String,
    over: Option<String>,
}

impl SeatCount {
    /// Both counters of `event`; the one by video where there is video.
    #[must_use]
    pub fn of(event: &Event, seats: &EventSeats) -> Self {
        let mut lines = vec![Line::of("In the room", &seats.in_person)];
        if event.remote != Remote::Off {
            lines.push(Line::of("By video", &seats.remote));
        }
        let policy = match event.policy {
            SeatPolicy::Hold => String::new(),
            SeatPolicy::OverInvite(n) => {
                format!("over-invite by {n}: an open invitation holds no seat, the first answers win")
            }
        };
        Self { lines, policy }
    }
}

impl Line {
    fn of(name: &'static str, seats: &Seats) -> Self {
        let taken = match seats.limit {
            Some(limit) => format!("{} of {limit} taken", seats.taken()),
            None => format!("{} taken, no limit", seats.taken()),
        };
        let mut words = vec![taken, format!("{} held", seats.held())];
        if let Some(free) = seats.free() {
            words.push(format!("{} free", free.max(0)));
        }
        if matches!(seats.policy, SeatPolicy::OverInvite(_)) {
            words.push(format!("{} invited without an answer", seats.open));
        }
        if let Some(more) = seats.may_still_be_offered() {
            words.push(format!("{} may still be offered", more.max(0)));
        }
        if seats.waiting > 0 {
            words.push(format!("{} on the waiting list", seats.waiting));
        }
        let over = (seats.over() > 0).then(|| format!("over by {}", seats.over()));
        Self { name, words: words.join(", "), over }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(limit: Option<u32>, policy: SeatPolicy) -> Seats {
        Seats { limit, policy, accepted: 9, tentative: 1, open: 2, waiting: 1 }
    }

    #[test]
    fn every_number_has_its_word() {
        let words = |limit, policy| Line::of("In the room", &seats(limit, policy)).words;

        assert_eq!(
            words(Some(14), SeatPolicy::Hold),
            "9 of 14 taken, 3 held, 2 free, 2 may still be offered, 1 on the waiting list"
        );
        assert_eq!(
            words(Some(14), SeatPolicy::OverInvite(3)),
            "9 of 14 taken, 1 held, 4 free, 2 invited without an answer, 5 may still be offered, \
             1 on the waiting list"
        );
        assert_eq!(words(None, SeatPolicy::Hold), "9 taken, no limit, 3 held, 1 on the waiting list");
    }

    #[test]
    fn too_many_is_said_first() {
        let over = Line::of("In the room", &seats(Some(10), SeatPolicy::Hold));

        assert_eq!(over.over.as_deref(), Some("over by 2"));
        assert!(over.words.contains("0 free, 0 may still be offered"), "{}", over.words);
    }
}
