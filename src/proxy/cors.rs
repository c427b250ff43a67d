//! What a page on this machine needs to use the proxy from another origin (Fetch, section 3.2).

use super::head::{Field, Head};

/// The origin of a request, if it is a page on this machine: a loopback address, or a file.
pub(super) fn local_origin(request: &Head) -> Option<String> {
    let origin = String::from_utf8(request.values("origin").next()?.to_vec()).ok()?;
    let is_local = match url::Url::parse(&origin) {
        Ok(url) => match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        Err(_) => origin == "null",
    };
    is_local.then_some(origin)
}

/// The response to a preflight request.
pub(super) fn preflight(request: &Head, origin: &str) -> Option<Vec<u8>> {
    let method = request.values("access-control-request-method").next()?;
    let asked: Vec<&[u8]> = request.values("access-control-request-headers").collect();
    let mut text = format!("HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: {origin}\r\n").into_bytes();
    text.extend_from_slice(b"Access-Control-Allow-Credentials: true\r\nAccess-Control-Allow-Methods: ");
    text.extend_from_slice(method);
    text.extend_from_slice(b"\r\n");
    if !asked.is_empty() {
        text.extend_from_slice(b"Access-Control-Allow-Headers: ");
        text.extend_from_slice(&asked.join(&b", "[..]));
        text.extend_from_slice(b"\r\n");
    }
    if request.values("access-control-request-private-network").next().is_some() {
        text.extend_from_slice(b"Access-Control-Allow-Private-Network: true\r\n");
    }
    text.extend_from_slice(b"Vary: Origin\r\n\r\n");
    Some(text)
}

/// Lets the page read a response.
pub(super) fn permit(response: &mut Head, origin: &str) {
    for name in ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"] {
        response.remove(name);
    }
    let mut names: Vec<String> = response.fields.iter().map(|field| field.name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !matches!(name.as_str(), "set-cookie" | "set-cookie2"));
    response.fields.push(Field::new("Access-Control-Allow-Origin", origin.as_bytes()));
    response.fields.push(Field::new("Access-Control-Allow-Credentials", b"true"));
    if !names.is_empty() {
        // With credentials, `*` is not a wildcard.
        response.fields.push(Field::new("Access-Control-Expose-Headers", names.join(", ").as_bytes()));
    }
    response.fields.push(Field::new("Vary", b"Origin"));
}

#[cfg(test)]
mod tests {
    use super::super::head::Head;
    use super::{local_origin, permit, preflight};

    fn request(origin: &str) -> Head {
        let text = format!("OPTIONS / HTTP/1.1\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        Head::of_request(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_pages_of_this_machine_are_permitted() {
        for origin in
            ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:1", "null", "https://a.localhost"]
        {
            assert_eq!(local_origin(&request(origin)).as_deref(), Some(origin));
        }
        for origin in ["https://shop.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "x"] {
            assert_eq!(local_origin(&request(origin)), None, "{origin}");
        }
        assert!(preflight(&request("null"), "null").is_some());
        let get = Head::of_request(b"OPTIONS / HTTP/1.1\r\nOrigin: null\r\n\r\n").unwrap();
        assert!(preflight(&get, "null").is_none());
    }

    #[test]
    fn response_keeps_one_permission() {
        let mut head = Head::of_response(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: x\r\nB: 1\r\n\r\n").unwrap();
        permit(&mut head, "null");
        assert_eq!(head.values("access-control-allow-origin").collect::<Vec<_>>(), [b"null"]);
        assert_eq!(head.values("access-control-expose-headers").collect::<Vec<_>>(), [b"b"]);
    }
}
