//! The receiving side of a connection: bytes, and the heads of messages.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest head of a message. Servers accept 8 to 64 KiB.
const LONGEST_HEAD: usize = 128 * 1024;
/// How much is read at a time.
const CHUNK: usize = 16 * 1024;

/// The receiving side of a connection, with what was received and not used yet.
#[derive(Debug)]
pub(super) struct Input<R> {
    stream: R,
    pub(super) buffer: BytesMut,
}

/// The head of a message, as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole head, with the empty line at its end.
    Head(BytesMut),
    /// The connection ended before the first byte.
    End,
    /// The connection ended in the middle, or the head is too long.
    Incomplete,
}

impl<R: AsyncRead + Unpin> Input<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// Receives more bytes. `false` at the end of the connection.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        self.buffer.reserve(CHUNK);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Receives the head of a message. Can be cancelled.
    pub(super) async fn head(&mut self) -> io::Result<Received> {
        let mut searched = 0;
        loop {
            if searched == 0 {
                self.skip_empty_lines();
            }
            if let Some(end) = end_of_head(&self.buffer, searched) {
                return Ok(Received::Head(self.buffer.split_to(end)));
            }
            searched = self.buffer.len().saturating_sub(3);
            if self.buffer.len() > LONGEST_HEAD {
                return Ok(Received::Incomplete);
            }
            if !self.fill().await? {
                return Ok(if self.buffer.is_empty() { Received::End } else { Received::Incomplete });
            }
        }
    }

    /// Empty lines in front of a message have no meaning (RFC 9112, section 2.2).
    fn skip_empty_lines(&mut self) {
        let empty = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let _ = self.buffer.split_to(empty);
    }
}

/// Where the empty line behind the fields ends. A line may end without a carriage return (RFC 9112, section 2.2).
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'\n') {
        let line = at + found + 1;
        match bytes.get(line..)? {
            [b'\n', ..] => return Some(line + 1),
            [b'\r', b'\n', ..] => return Some(line + 2),
            _ => at = line,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Input, Received};

    #[tokio::test]
    async fn heads_are_split_from_what_follows() {
        let mut input = Input::new(&b"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nbodyHTTP/1.0 200\nC: d\n\nrest"[..]);
        assert_eq!(input.head().await.unwrap(), Received::Head(b"GET / HTTP/1.1\r\nA: b\r\n\r\n"[..].into()));
        assert_eq!(&input.buffer.split_to(4)[..], b"body");
        assert_eq!(input.head().await.unwrap(), Received::Head(b"HTTP/1.0 200\nC: d\n\n"[..].into()));
        assert_eq!(input.head().await.unwrap(), Received::Incomplete);
        assert_eq!(Input::new(&b""[..]).head().await.unwrap(), Received::End);
        let long = vec![b'x'; 200_000];
        assert_eq!(Input::new(&long[..]).head().await.unwrap(), Received::Incomplete);
    }
}
