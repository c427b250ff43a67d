//! The order in which the exchanges of a recording began and ended. Programs write their entries in different orders.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::split::Piece;

/// An entry of the API, with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of the entry in the file, from 0.
    pub(super) number: u32,
    /// Where it stands.
    pub(super) piece: Piece,
    /// When the request was sent, in milliseconds since 1970; `None` if the recording does not say so.
    pub(super) at_ms: Option<u64>,
    /// The duration in milliseconds; `None` if it is not known.
    pub(super) took_ms: Option<u64>,
}

/// What happened next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The entry at this index began.
    Began(usize),
    /// The entry at this index ended.
    Ended(usize),
}

/// Sorts entries by time. One without a time stays behind the one before it in the file.
pub(super) fn sort(places: &mut [Place]) {
    let mut last_ms = 0;
    let mut keyed: Vec<(u64, Place)> = Vec::with_capacity(places.len());
    for place in places.iter() {
        last_ms = place.at_ms.unwrap_or(last_ms);
        keyed.push((last_ms, *place));
    }
    keyed.sort_by_key(|(at_ms, place)| (*at_ms, place.number));
    for (place, (_, sorted)) in places.iter_mut().zip(keyed) {
        *place = sorted;
    }
}

/// Begins and ends in the order in which they happened. A request that is sent when another one ends is sent after it.
pub(super) fn events(places: &[Place]) -> impl Iterator<Item = Event> {
    let mut open: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut next = 0;
    std::iter::from_fn(move || {
        let begins = places.get(next);
        if let Some(Reverse((end_ms, index))) = open.peek().copied()
            && begins.is_none_or(|place| place.at_ms.is_none_or(|at_ms| end_ms <= at_ms))
        {
            open.pop();
            return Some(Event::Ended(index));
        }
        let place = begins?;
        // Without a time nothing is concluded from the order.
        let end_ms = place.at_ms.map_or(0, |at_ms| at_ms.saturating_add(place.took_ms.unwrap_or(0)));
        open.push(Reverse((end_ms, next)));
        next += 1;
        Some(Event::Began(next - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::super::split::Piece;
    use super::{Event, Place, events, sort};

    fn place(number: u32, at_ms: Option<u64>, took_ms: u64) -> Place {
        Place { number, piece: Piece { position: 0, length: 0 }, at_ms, took_ms: Some(took_ms) }
    }

    fn order(mut places: Vec<Place>) -> Vec<String> {
        sort(&mut places);
        let name = |event| match event {
            Event::Began(index) => format!("+{}", places[index].number),
            Event::Ended(index) => format!("-{}", places[index].number),
        };
        events(&places).map(name).collect()
    }

    #[test]
    fn events_come_in_the_order_of_time() {
        let places = vec![place(0, Some(100), 50), place(1, Some(20), 100), place(2, Some(0), 20)];
        assert_eq!(order(places), ["+2", "-2", "+1", "+0", "-1", "-0"]);
    }

    #[test]
    fn entries_without_a_time_stay_where_they_are() {
        let places = vec![place(0, Some(10), 5), place(1, None, 5), place(2, Some(30), 5)];
        assert_eq!(order(places), ["+0", "-0", "+1", "-1", "+2", "-2"]);
    }
}
