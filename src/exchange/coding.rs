//! Content codings (RFC 9110, section 8.4): decodes what a server compressed, within bounds.
//!
//! Requests carry no `Accept-Encoding` unless a check adds one, so any coding is acceptable (section 12.5.3).

use std::io::Read;

use bytes::Bytes;

use super::bounds::{LARGEST_BODY, beginning};
use super::message::{Failure, Response};

/// The most codings that are decoded one after the other.
const MAX_CODINGS: usize = 4;

/// Replaces the body by its decoded form. The header fields stay as they were received.
///
/// # Errors
/// If the body is not coded as `Content-Encoding` says, or in a way that cannot be decoded here.
pub(super) fn decode(response: &mut Response) -> Result<(), Failure> {
    if response.body.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = response.header_all("content-encoding").collect();
    let codings = listed.iter().flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase());
    let codings: Vec<String> = codings.filter(|name| !name.is_empty() && name != "identity").collect();
    if codings.len() > MAX_CODINGS {
        return Err(Failure::Coding(format!("{} codings at once", codings.len())));
    }
    // They are listed in the order in which they were applied.
    for name in codings.iter().rev() {
        response.body = decoded(name, &response.body)?;
    }
    Ok(())
}

fn decoded(name: &str, body: &[u8]) -> Result<Bytes, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Coding(format!("not valid {name}: {error}"));
    let read = match name {
        "gzip" | "x-gzip" => bounded(flate2::read::MultiGzDecoder::new(body)),
        // Some servers leave out the zlib format around it, and all clients cope.
        "deflate" => {
            bounded(flate2::read::ZlibDecoder::new(body)).or_else(|_| bounded(flate2::read::DeflateDecoder::new(body)))
        }
        "br" => bounded(brotli_decompressor::Decompressor::new(body, 4096)),
        "zstd" => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(body).map_err(|error| wrong(&error))?;
            bounded(decoder)
        }
        // Registered, and never seen with JSON.
        "compress" | "x-compress" | "exi" | "pack200-gzip" | "aes128gcm" | "dcb" | "dcz" => {
            return Err(Failure::UnsupportedCoding(name.to_owned()));
        }
        _ => return Err(Failure::Coding(format!("`{name}` is no registered content coding"))),
    };
    read.map_err(|error| wrong(&error))
}

/// Reads to the end. Of a body that is too large, only the beginning is kept.
fn bounded(reader: impl Read) -> std::io::Result<Bytes> {
    let mut body = Vec::new();
    let limit = u64::try_from(LARGEST_BODY + 1).unwrap_or(u64::MAX);
    reader.take(limit).read_to_end(&mut body)?;
    Ok(if body.len() > LARGEST_BODY { beginning(&body) } else { body.into() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = br#"{"credits":5}"#;

    fn response(coding: &str, body: &[u8]) -> Response {
        let headers = vec![("content-encoding".to_owned(), coding.as_bytes().to_vec())];
        Response { status: 200, headers, body: Bytes::copy_from_slice(body) }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn every_usual_coding_is_decoded() {
        // The text in brotli, as one uncompressed block.
        let brotli = [&[0x0b, 0x06, 0x80], TEXT, &[0x03]].concat();
        let cases = [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("zstd", zstd(TEXT)),
            ("br", brotli),
            ("identity", TEXT.to_vec()),
            ("deflate, gzip", gzip(&zlib(TEXT))),
        ];
        for (coding, body) in cases {
            let mut response = response(coding, &body);
            assert_eq!(decode(&mut response), Ok(()), "{coding}");
            assert_eq!(response.body, TEXT, "{coding}");
        }
    }

    #[test]
    fn wrong_coding_is_a_failure_that_names_it() {
        for coding in ["gzip", "deflate", "zstd", "utf-8"] {
            let failure = decode(&mut response(coding, TEXT)).unwrap_err();
            assert!(matches!(&failure, Failure::Coding(why) if why.contains(coding)), "{failure}");
        }
        let failure = decode(&mut response("compress", TEXT)).unwrap_err();
        assert_eq!(failure, Failure::UnsupportedCoding("compress".to_owned()));
    }

    #[test]
    fn decoded_body_is_bounded() {
        let mut bomb = response("gzip", &gzip(&vec![b' '; 3 * LARGEST_BODY]));
        decode(&mut bomb).unwrap();
        assert!(!bomb.body.is_empty() && bomb.body.len() < LARGEST_BODY, "{}", bomb.body.len());
        let mut large = response("gzip", &gzip(&vec![b' '; LARGEST_BODY]));
        decode(&mut large).unwrap();
        assert_eq!(large.body.len(), LARGEST_BODY);
    }
}
