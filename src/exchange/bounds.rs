//! How much of a response is read, and how much of it is kept.

use bytes::{Bytes, BytesMut};

/// Longer bodies are not read to their end: no balance needs them.
pub(super) const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// What is kept of a body that was not read to its end. Many such bodies may be held at a time, and a part of them shows as much as the
/// whole.
const KEPT_OF_CUT: usize = 128 * 1024;
/// How many header fields a response may have. The usual limit of 100 is a choice of clients: HTTP has none.
pub(crate) const MAX_FIELDS: usize = 500;

/// A body that is received in pieces, up to the largest size.
#[derive(Debug, Default)]
pub(super) struct Body {
    received: BytesMut,
    is_cut: bool,
}

impl Body {
    /// Adds a piece. Returns whether more is to be read.
    pub(super) fn add(&mut self, piece: &[u8]) -> bool {
        self.received.extend_from_slice(piece);
        self.is_cut = self.received.len() > LARGEST_BODY;
        !self.is_cut
    }

    /// Whether nothing has been received yet.
    pub(super) fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    /// The body, or the beginning of one that is too large.
    pub(super) fn finish(self) -> Bytes {
        if self.is_cut { beginning(&self.received) } else { self.received.freeze() }
    }
}

/// The beginning of a body that is too large, copied so that the rest is released.
pub(super) fn beginning(body: &[u8]) -> Bytes {
    Bytes::copy_from_slice(body.get(..KEPT_OF_CUT).unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_up_to_the_limit_is_kept_whole_and_a_longer_one_in_part() {
        let piece = vec![b' '; LARGEST_BODY / 4];
        let mut body = Body::default();
        assert!((0..4).all(|_| body.add(&piece)));
        assert_eq!(body.finish().len(), LARGEST_BODY);
        let mut body = Body::default();
        assert_eq!((0..5).take_while(|_| body.add(&piece)).count(), 4);
        assert_eq!(body.finish().len(), KEPT_OF_CUT);
    }
}
