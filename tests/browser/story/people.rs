//! Who is in the story.

/// A person's name; the address is made from it.
pub type Name = &'static str;

/// Came to Netconf 2019, and are in the first wave of 2020.
pub const CAME: [Name; 12] = [
    "Ada Abel",
    "Ben Bode",
    "Cleo Carr",
    "Dov Dahl",
    "Eva Ekman",
    "Finn Falk",
    "Gita Gold",
    "Hugo Hart",
    "Ines Iver",
    "Jan Jansen",
    "Kira Kahn",
    "Leo Lund",
];
/// Declined in 2019.
pub const STAYED_AWAY: Name = "Nils Nyman";
/// Proposed for 2020, in the order of the reserve; the last one asked for it.
pub const PROPOSED: [Name; 4] = ["Olga Orlow", "Pia Prinz", "Quin Quast", "Rolf Rand"];
/// Proposed, and turned down.
pub const TURNED_DOWN: Name = "Sten Stahl";
/// Named by somebody who cannot come.
pub const SUGGESTED: Name = "Uma Ulrich";

/// The second member of the committee, beside the chair.
pub const MEMBER: Name = "Mia Okafor";

/// `ada.abel@example.org`
pub fn address(who: Name) -> String {
    format!("{}@example.org", who.to_lowercase().replace(' ', "."))
}
