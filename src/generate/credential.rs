//! Edits of a credential. A case stores the kind and the position of each edit, and never the credential.

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use serde::{Deserialize, Serialize};

use super::sampler::Sampler;

/// Characters that stand in credentials.
const CHARACTERS: &[char] = &['0', '1', '7', 'a', 'f', 'x', 'z', 'A', 'Q', '-', '_', '.', '~'];

/// One edit of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What is done.
    pub change: CredentialChange,
    /// Where, in thousandths of the way from its beginning to its end.
    pub at: u16,
}

/// What is done to a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialChange {
    /// A character is left out.
    Delete,
    /// A character comes in between.
    Insert(char),
    /// A character gives way to another.
    Substitute(char),
    /// A character changes places with the next one that is not the same.
    Transpose,
    /// A letter is written in the other case.
    OtherCase,
    /// What stands behind is cut off.
    Truncate,
    /// A character is written twice.
    Double,
    /// A character is put behind the last one.
    Append(char),
    /// A character is put in front of the first one.
    Prepend(char),
    /// A character gives way to one that looks like it.
    LookAlike,
    /// A character is written as `%` and its number, as in addresses.
    Escape,
    /// A character is written in full width, which is the same once the text is normalised.
    FullWidth,
    /// A hyphen gives way to an underscore, or the other way round.
    OtherMark,
    /// It is put between these, as texts are in programs and placeholders in documentation.
    Enclose(char, char),
}

impl CredentialChange {
    /// The edit in words, without the characters that it inserts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delete => "a character left out",
            Self::Insert(_) => "a character put in",
            Self::Substitute(_) => "a character replaced",
            Self::Transpose => "two characters swapped",
            Self::OtherCase => "a letter in the other case",
            Self::Truncate => "the end cut off",
            Self::Double => "a character doubled",
            Self::Append(_) => "a character behind",
            Self::Prepend(_) => "a character in front",
            Self::LookAlike => "a look-alike",
            Self::Escape => "a character escaped",
            Self::FullWidth => "a character in full width",
            Self::OtherMark => "a hyphen for an underscore",
            Self::Enclose(..) => "enclosed",
        }
    }
}

/// How many kinds of edits there are.
const KINDS: u32 = 32;

/// Lists of one to three edits, the first of them of the kind that is dealt.
pub fn edits(sampler: Sampler) -> BoxedStrategy<Vec<Edit>> {
    let (change, at) = kind(sampler.stratum(KINDS));
    let first = (change, at).prop_map(|(change, at)| Edit { change, at });
    // One edit is a typing mistake; two and three find comparisons by sum or by sorted characters.
    let anywhere = 0_u16..1000;
    let more = proptest::collection::vec((any_change(), anywhere).prop_map(|(change, at)| Edit { change, at }), 0..3);
    let alone = sampler.round(KINDS).is_multiple_of(2);
    (first, more).prop_map(move |(first, more)| [vec![first], if alone { Vec::new() } else { more }].concat()).boxed()
}

/// What is done by an edit of that kind, and where.
fn kind(n: u32) -> (BoxedStrategy<CredentialChange>, std::ops::Range<u16>) {
    let eighth = |k: u16| (k * 125)..(k * 125 + 125);
    let character = || proptest::sample::select(CHARACTERS);
    let substitute = |k: u16| (character().prop_map(CredentialChange::Substitute).boxed(), eighth(k));
    let always = |change: CredentialChange| (Just(change).boxed(), 0_u16..1000);
    match n {
        0 => substitute(0),
        1 => substitute(2),
        // A credential may have digits alone for a while.
        2 => (Just(CredentialChange::OtherCase).boxed(), 300..450),
        3 => always(CredentialChange::Transpose),
        4 => always(CredentialChange::LookAlike),
        5 => (Just(CredentialChange::Insert(' ')).boxed(), 200..800),
        6 => substitute(3),
        7 => substitute(5),
        8 => always(CredentialChange::Delete),
        9 => (Just(CredentialChange::OtherCase).boxed(), 450..650),
        10 => (character().prop_map(CredentialChange::Append).boxed(), 0..1000),
        11 => (character().prop_map(CredentialChange::Insert).boxed(), 0..1000),
        12 => substitute(6),
        13 => always(CredentialChange::Truncate),
        14 => always(CredentialChange::Double),
        15 => (character().prop_map(CredentialChange::Prepend).boxed(), 0..1000),
        // What servers take off or undo before they compare.
        16 => always(CredentialChange::Escape),
        17 => always(CredentialChange::FullWidth),
        18 => always(CredentialChange::OtherMark),
        19 => always(CredentialChange::Enclose('"', '"')),
        20 => always(CredentialChange::Enclose('\'', '\'')),
        21 => always(CredentialChange::Enclose('<', '>')),
        22 => always(CredentialChange::Enclose('{', '}')),
        23 => always(CredentialChange::Append(':')),
        24 => always(CredentialChange::Append('.')),
        25 => always(CredentialChange::Append(';')),
        26 => always(CredentialChange::Append('#')),
        27 => always(CredentialChange::Append('/')),
        28 => always(CredentialChange::Prepend('0')),
        29 => (Just(CredentialChange::OtherCase).boxed(), 0..1),
        30 => (Just(CredentialChange::OtherCase).boxed(), 999..1000),
        _ => substitute(7),
    }
}

fn any_change() -> BoxedStrategy<CredentialChange> {
    let character = || proptest::sample::select(CHARACTERS);
    proptest::prop_oneof![
        Just(CredentialChange::Delete),
        character().prop_map(CredentialChange::Insert),
        character().prop_map(CredentialChange::Substitute),
        Just(CredentialChange::Transpose),
        Just(CredentialChange::OtherCase),
        Just(CredentialChange::Double),
        Just(CredentialChange::LookAlike),
    ]
    .boxed()
}

/// The credential with these edits made, one after the other.
#[must_use]
pub fn edited(credential: &str, edits: &[Edit]) -> String {
    edits.iter().fold(credential.to_owned(), |text, edit| edit.make(&text))
}

impl Edit {
    fn make(self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        let at = |len: usize| (usize::from(self.at) * len / 1000).min(len.saturating_sub(1));
        let here = at(chars.len());
        // The one that is nearest behind, or else the first there is.
        let next = |fits: &dyn Fn(usize) -> bool| (here..chars.len()).chain(0..here).find(|at| fits(*at));
        match self.change {
            _ if chars.is_empty() => {}
            CredentialChange::Delete => drop(chars.remove(here)),
            CredentialChange::Insert(c) => chars.insert((here + 1).min(chars.len()), c),
            CredentialChange::Substitute(c) => {
                let spare = if c == 'x' { 'y' } else { 'x' };
                chars[here] = if chars[here] == c { spare } else { c };
            }
            CredentialChange::Transpose => {
                if let Some(at) = next(&|at| at + 1 < chars.len() && chars[at] != chars[at + 1]) {
                    chars.swap(at, at + 1);
                }
            }
            CredentialChange::OtherCase => {
                if let Some(at) = next(&|at| chars[at].is_ascii_alphabetic()) {
                    let c = chars[at];
                    chars[at] = if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                }
            }
            CredentialChange::Truncate => chars.truncate(here),
            CredentialChange::Double => chars.insert(here, chars[here]),
            CredentialChange::Append(c) => chars.push(c),
            CredentialChange::Prepend(c) => chars.insert(0, c),
            CredentialChange::LookAlike => {
                if let Some(at) = next(&|at| look_alike(chars[at]).is_some()) {
                    chars[at] = look_alike(chars[at]).unwrap_or_default();
                }
            }
            CredentialChange::Escape => {
                let mut buffer = [0; 4];
                let bytes = chars[here].encode_utf8(&mut buffer).bytes();
                let escaped: String = bytes.map(|byte| format!("%{byte:02x}")).collect();
                chars.splice(here..=here, escaped.chars());
            }
            CredentialChange::FullWidth => {
                if let Some(at) = next(&|at| chars[at].is_ascii_graphic()) {
                    chars[at] = full_width(chars[at]);
                }
            }
            CredentialChange::OtherMark => {
                if let Some(at) = next(&|at| matches!(chars[at], '-' | '_')) {
                    chars[at] = if chars[at] == '-' { '_' } else { '-' };
                }
            }
            CredentialChange::Enclose(before, after) => {
                chars.insert(0, before);
                chars.push(after);
            }
        }
        chars.into_iter().collect()
    }
}

/// The full-width form of a visible ASCII character.
fn full_width(c: char) -> char {
    char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)
}

/// Another character that a reader takes for this one.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        '0' => 'O',
        'O' => '0',
        '1' => 'l',
        'l' | 'I' => '1',
        '5' => 'S',
        'S' => '5',
        '8' => 'B',
        'B' => '8',
        '2' => 'Z',
        'Z' => '2',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{CredentialChange, Edit, edited};

    #[test]
    fn edits_are_made_where_they_say() {
        let made = |change, at| edited("k_aB01", &[Edit { change, at }]);
        assert_eq!(made(CredentialChange::Delete, 0), "_aB01");
        assert_eq!(made(CredentialChange::Substitute('k'), 0), "x_aB01");
        assert_eq!(made(CredentialChange::OtherCase, 400), "k_AB01");
        assert_eq!(made(CredentialChange::Transpose, 999), "_kaB01");
        assert_eq!(made(CredentialChange::LookAlike, 600), "k_a801");
        assert_eq!(made(CredentialChange::LookAlike, 700), "k_aBO1");
        assert_eq!(made(CredentialChange::Truncate, 500), "k_a");
        assert_eq!(made(CredentialChange::Insert(' '), 500), "k_aB 01");
        assert_eq!(made(CredentialChange::Double, 999), "k_aB011");
        assert_eq!(made(CredentialChange::Escape, 200), "k%5faB01");
        assert_eq!(made(CredentialChange::FullWidth, 0), "\u{ff4b}_aB01");
        assert_eq!(made(CredentialChange::OtherMark, 0), "k-aB01");
        assert_eq!(made(CredentialChange::Enclose('<', '>'), 0), "<k_aB01>");
        assert_eq!(edited("", &[Edit { change: CredentialChange::Delete, at: 3 }]), "");
    }
}
