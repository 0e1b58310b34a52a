//! Seats as the story counts them: from what became of each person, and by nothing of the program.

use std::collections::BTreeMap;

use super::people::Name;

/// What became of somebody's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Invited, and silent or not sure yet: the seat is kept for them.
    Held,
    Taken,
    TakenByVideo,
    Waiting,
    /// Said no, gave the seat back, or let the day pass.
    Gone,
}

/// Everybody who was invited.
#[derive(Debug)]
pub struct Ledger {
    seats: usize,
    by_video: usize,
    people: BTreeMap<Name, Place>,
}

impl Ledger {
    pub fn of(seats: usize, by_video: usize) -> Self {
        Self { seats, by_video, people: BTreeMap::new() }
    }

    pub fn put(&mut self, who: Name, place: Place) {
        self.people.insert(who, place);
    }

    /// Everybody in a place, in the order of their names.
    pub fn all(&self, place: Place) -> Vec<Name> {
        self.people.iter().filter(|(_, at)| **at == place).map(|(who, _)| *who).collect()
    }

    /// Everybody who was invited and is not gone.
    pub fn concerned(&self) -> usize {
        self.people.len() - self.count(Place::Gone)
    }

    /// Everybody who said that they come, either way.
    pub fn coming(&self) -> Vec<Name> {
        [Place::Taken, Place::TakenByVideo].into_iter().flat_map(|place| self.all(place)).collect()
    }

    /// The room and the video, as the desk words them.
    pub fn words(&self) -> [String; 2] {
        let (taken, held) = (self.count(Place::Taken), self.count(Place::Held));
        let waiting = self.count(Place::Waiting);
        let mut room = line(self.seats, taken, held);
        if waiting > 0 {
            room.push_str(&format!(", {waiting} on the waiting list"));
        }
        [room, line(self.by_video, self.count(Place::TakenByVideo), 0)]
    }

    fn count(&self, place: Place) -> usize {
        self.people.values().filter(|at| **at == place).count()
    }
}

/// An open invitation holds a seat, so what is free may be offered.
fn line(seats: usize, taken: usize, held: usize) -> String {
    let free = seats - taken - held;
    format!("{taken} of {seats} taken, {held} held, {free} free, {free} may still be offered")
}
