//! A balance as it is stored: a line of text with the version of the format, both amounts, and the flag.

use rust_decimal::Decimal;

use crate::client::balance::Balance;

/// The version of the format.
const VERSION: &str = "1";
/// Stands for what the balance does not have.
const ABSENT: &str = "-";

/// Writes a balance, without its source.
pub(super) fn write(balance: &Balance) -> String {
    let amount = |amount: Option<Decimal>| amount.map_or_else(|| ABSENT.to_owned(), |amount| amount.to_string());
    let allowed = match balance.allowed {
        Some(true) => "yes",
        Some(false) => "no",
        None => ABSENT,
    };
    format!("{VERSION} {} {} {allowed}", amount(balance.remaining), amount(balance.total))
}

/// Reads a balance; `None` if it is not in this format.
pub(super) fn read(text: &[u8]) -> Option<Balance> {
    let parts: Vec<&str> = std::str::from_utf8(text).ok()?.split(' ').collect();
    let [VERSION, remaining, total, allowed] = parts.as_slice() else { return None };
    let amount = |text: &str| match text {
        ABSENT => Some(None),
        text => Decimal::from_str_exact(text).ok().map(Some),
    };
    let allowed = match *allowed {
        "yes" => Some(true),
        "no" => Some(false),
        ABSENT => None,
        _ => return None,
    };
    Some(Balance { remaining: amount(remaining)?, total: amount(total)?, allowed, source: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::balance::Source;

    #[test]
    fn balance_is_read_as_it_was_written_except_for_its_source() {
        let amounts = [None, Some(Decimal::ZERO), Some(Decimal::MAX), Some(Decimal::MIN), Some(Decimal::new(-150, 2))];
        for remaining in amounts {
            for total in amounts {
                for allowed in [None, Some(true), Some(false)] {
                    let balance = Balance { remaining, total, allowed, source: Some(Source::Network) };
                    let found = read(write(&balance).as_bytes());
                    assert_eq!(found, Some(Balance { source: None, ..balance }));
                }
            }
        }
    }

    #[test]
    fn other_text_is_no_balance() {
        for text in ["", "1", "1 5 -", "2 5 - -", "1 x - -", "1 5 - maybe", "1 5 - - -", "1  - -", "1 1e999 - -"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read(&[0xff, 0xfe]), None);
    }
}
