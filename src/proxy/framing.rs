//! Where the body of a message ends (RFC 9112, section 6.3). Bodies are passed on as they are; only their end is looked for.

use super::head::{Head, Kind};

/// The longest line of chunked coding: a chunk size with its extensions, or a field of the trailer section.
const LONGEST_LINE: usize = 64 * 1024;

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is no body.
    Empty,
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Until the connection ends.
    UntilEnd,
}

/// A message whose end is not certain. Passing it on would let client and server disagree about where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// Finds how the body of a message ends. `method` is that of the request.
pub(super) fn framing(head: &Head, method: &str) -> Result<Framing, Ambiguous> {
    let lengths: Vec<&[u8]> = head.values("content-length").collect();
    let coded = head.values("transfer-encoding").next().is_some();
    let is_request = match head.kind {
        Kind::Request { .. } => true,
        Kind::Response { status } => {
            if method == "HEAD" || (100..200).contains(&status) || matches!(status, 204 | 304) {
                return Ok(Framing::Empty);
            }
            false
        }
    };
    if coded {
        let codings: Vec<String> = head
            .values("transfer-encoding")
            .flat_map(|value| {
                String::from_utf8_lossy(value)
                    .to_ascii_lowercase()
                    .split(',')
                    .map(|c| c.trim().to_owned())
                    .collect::<Vec<_>>()
            })
            .filter(|coding| !coding.is_empty())
            .collect();
        let chunked = codings.last().is_some_and(|last| last == "chunked");
        let once = codings.iter().filter(|coding| *coding == "chunked").count() <= 1;
        return match (is_request, chunked && once) {
            (_, true) if lengths.is_empty() => Ok(Framing::Chunked),
            (false, true) => Ok(Framing::Chunked),
            (false, false) => Ok(Framing::UntilEnd),
            (true, _) => Err(Ambiguous),
        };
    }
    let Some(first) = lengths.first() else {
        return Ok(if is_request { Framing::Empty } else { Framing::UntilEnd });
    };
    let text = str::from_utf8(first).map_err(|_| Ambiguous)?;
    let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !valid || lengths.iter().any(|other| other != first) {
        return Err(Ambiguous);
    }
    text.parse().map(|length| if length == 0 { Framing::Empty } else { Framing::Length(length) }).map_err(|_| Ambiguous)
}

/// Follows the bytes of a body to its end.
#[derive(Debug)]
pub(super) enum Follow {
    /// So many bytes are left.
    Left(u64),
    /// Chunked coding.
    Chunks(Chunks),
    /// All bytes belong to it.
    UntilEnd,
}

/// Where in chunked coding the next byte stands.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    state: ChunkState,
    size: u64,
    /// The length of the current line.
    line: usize,
    digits: bool,
    extension: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum ChunkState {
    /// In the line with the size.
    #[default]
    Size,
    /// In the data.
    Data,
    /// In the line end behind the data.
    DataEnd,
    /// In the trailer section.
    Trailer,
    /// Behind the last byte.
    Done,
}

impl Follow {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Empty => Self::Left(0),
            Framing::Length(length) => Self::Left(length),
            Framing::Chunked => Self::Chunks(Chunks::default()),
            Framing::UntilEnd => Self::UntilEnd,
        }
    }

    /// Whether the body has ended.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Left(left) => *left == 0,
            Self::Chunks(chunks) => chunks.state == ChunkState::Done,
            Self::UntilEnd => false,
        }
    }

    /// Follows these bytes. Returns how many belong to the body, and passes on what is content.
    pub(super) fn advance(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Result<usize, Ambiguous> {
        match self {
            Self::Left(left) => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= take as u64;
                content(bytes.get(..take).unwrap_or_default());
                Ok(take)
            }
            Self::Chunks(chunks) => chunks.advance(bytes, content),
            Self::UntilEnd => {
                content(bytes);
                Ok(bytes.len())
            }
        }
    }
}

impl Chunks {
    fn advance(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Result<usize, Ambiguous> {
        let mut at = 0;
        while self.state != ChunkState::Done
            && let Some(byte) = bytes.get(at)
        {
            if self.state == ChunkState::Data {
                let take = usize::try_from(self.size).unwrap_or(usize::MAX).min(bytes.len() - at);
                content(bytes.get(at..at + take).unwrap_or_default());
                self.size -= take as u64;
                at += take;
                if self.size == 0 {
                    self.state = ChunkState::DataEnd;
                }
                continue;
            }
            self.byte(*byte)?;
            at += 1;
        }
        Ok(at)
    }

    /// Follows a byte that is not data.
    fn byte(&mut self, byte: u8) -> Result<(), Ambiguous> {
        if byte == b'\n' {
            let empty = self.line == 0;
            self.state = match self.state {
                ChunkState::Size if !self.digits => return Err(Ambiguous),
                ChunkState::Size if self.size == 0 => ChunkState::Trailer,
                ChunkState::Size => ChunkState::Data,
                ChunkState::DataEnd if empty => ChunkState::Size,
                ChunkState::Trailer if empty => ChunkState::Done,
                ChunkState::Trailer => ChunkState::Trailer,
                _ => return Err(Ambiguous),
            };
            (self.line, self.digits, self.extension) = (0, false, false);
            return Ok(());
        }
        if byte == b'\r' {
            return Ok(());
        }
        self.line += 1;
        if self.line > LONGEST_LINE || self.state == ChunkState::DataEnd {
            return Err(Ambiguous);
        }
        if self.state == ChunkState::Size && !self.extension {
            match char::from(byte).to_digit(16) {
                Some(digit) => {
                    let size = self.size.checked_mul(16).and_then(|size| size.checked_add(digit.into()));
                    self.size = size.ok_or(Ambiguous)?;
                    self.digits = true;
                }
                None if matches!(byte, b';' | b' ' | b'\t') && self.digits => self.extension = true,
                None => return Err(Ambiguous),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::Head;
    use super::{Ambiguous, Follow, Framing, framing};

    fn of_request(fields: &str) -> Result<Framing, Ambiguous> {
        framing(&Head::of_request(format!("POST / HTTP/1.1\r\n{fields}\r\n").as_bytes()).unwrap(), "POST")
    }

    fn of_response(status: u16, fields: &str, method: &str) -> Result<Framing, Ambiguous> {
        framing(&Head::of_response(format!("HTTP/1.1 {status} X\r\n{fields}\r\n").as_bytes()).unwrap(), method)
    }

    #[test]
    fn framing_follows_rfc_9112() {
        assert_eq!(of_request(""), Ok(Framing::Empty));
        assert_eq!(of_request("Content-Length: 5\r\nContent-Length: 5\r\n"), Ok(Framing::Length(5)));
        assert_eq!(of_request("Transfer-Encoding: gzip, Chunked\r\n"), Ok(Framing::Chunked));
        for ambiguous in [
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
        ] {
            assert_eq!(of_request(ambiguous), Err(Ambiguous), "{ambiguous}");
        }
        assert_eq!(of_response(200, "", "GET"), Ok(Framing::UntilEnd));
        assert_eq!(of_response(200, "Content-Length: 5\r\n", "HEAD"), Ok(Framing::Empty));
        assert_eq!(of_response(304, "Content-Length: 5\r\n", "GET"), Ok(Framing::Empty));
        assert_eq!(
            of_response(200, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "GET"),
            Ok(Framing::Chunked)
        );
    }

    #[test]
    fn end_of_chunked_coding_is_found_in_any_split() {
        let body = b"4;a=b\r\nwiki\r\n0A\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\nNEXT";
        for size in 1..body.len() {
            let mut follow = Follow::new(Framing::Chunked);
            let (mut content, mut used) = (Vec::new(), 0);
            for part in body.chunks(size) {
                used += follow.advance(part, |data| content.extend_from_slice(data)).unwrap();
            }
            assert!(follow.is_done());
            assert_eq!((used, content.as_slice()), (body.len() - 4, &b"wiki0123456789"[..]), "{size}");
        }
        for broken in ["x\r\n", "\r\n", "4\r\nwikiX\r\n", "ffffffffffffffffff\r\n", "-1\r\n"] {
            let mut follow = Follow::new(Framing::Chunked);
            assert!(follow.advance(broken.as_bytes(), |_| ()).is_err(), "{broken}");
        }
    }
}
