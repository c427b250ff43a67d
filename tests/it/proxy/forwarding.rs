//! What passes is what was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::proxy::{Proxy, ProxyError, UpstreamTarget};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::peers::{Origin, ask, connect, message, options, rest, start};

const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

async fn through(origin: &Origin) -> Proxy {
    start(options(UpstreamTarget::Url(origin.url.clone()))).await
}

#[tokio::test]
async fn messages_pass_as_the_bytes_that_were_sent() {
    let reply = "HTTP/1.1 200 Sure\r\nx-B: 1\r\nDATE: now\r\nX-a:2\r\nx-b:  3\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n\
                 4;ext=1\r\n{\"cr\r\n0B\r\nedits\": 5 }\r\n0\r\nX-Sum: abc\r\n\r\n";
    let origin = Origin::start(&[reply]).await;
    let proxy = through(&origin).await;
    let body = "5\r\nhello\r\n0\r\nx-T: 1\r\n\r\n";
    let fields =
        "X-One: 1\r\nhOST: example\r\nx-two:2\r\nX-One: 3\r\nTransfer-Encoding: chunked\r\nAccept-Encoding: br\r\n";
    let request = format!("POST /v1/credits?a=%2f&&b HTTP/1.1\r\n{fields}\r\n{body}");
    assert_eq!(ask(&mut connect(&proxy).await, &request).await, reply);
    let expected = request.replace("hOST: example", &format!("hOST: {}", origin.host()));
    assert_eq!(origin.requests(), [expected]);
}

#[tokio::test]
async fn fields_of_one_connection_are_not_passed_on() {
    let reply = "HTTP/1.1 200 OK\r\nConnection: keep-alive, x-own\r\nKeep-Alive: timeout=5\r\nX-Own: 1\r\nContent-Length: 2\r\nX-B: 1\r\n\r\n{}";
    let origin = Origin::start(&[reply]).await;
    let proxy = through(&origin).await;
    let request = "GET / HTTP/1.1\r\nConnection: x-hop, Keep-Alive, TE\r\nHost: a\r\nX-Hop: 1\r\nTE: trailers, gzip\r\nUpgrade: h2c\r\n\
                   Proxy-Connection: keep-alive\r\nX: 1\r\n\r\n";
    let response = ask(&mut connect(&proxy).await, request).await;
    assert_eq!(response, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-B: 1\r\n\r\n{}");
    let expected =
        format!("GET / HTTP/1.1\r\nHost: {}\r\nX: 1\r\nTE: trailers\r\nConnection: TE\r\n\r\n", origin.host());
    assert_eq!(origin.requests(), [expected]);
}

#[tokio::test]
async fn connections_carry_several_exchanges() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let origin = Origin::start(&[reply; 5]).await;
    let proxy = through(&origin).await;
    let mut client = connect(&proxy).await;
    for _ in 0..3 {
        assert_eq!(ask(&mut client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, reply);
    }
    assert_eq!(origin.connections(), 1);
    // Requests behind each other without a pause, and the last one ends the connection.
    let both = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(both.as_bytes()).await.unwrap();
    let closing = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    assert_eq!(rest(&mut client).await, format!("{reply}{closing}"));
}

#[tokio::test]
async fn responses_end_as_rfc_9112_says() {
    let until_end = "HTTP/1.1 200 OK\r\n\r\nuntil the endCLOSE";
    let replies = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        until_end,
    ];
    let origin = Origin::start(&replies).await;
    let proxy = through(&origin).await;
    let mut client = connect(&proxy).await;
    for (method, reply) in ["HEAD", "GET", "GET"].iter().zip(replies) {
        client.write_all(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
        let mut bytes = vec![0; reply.len()];
        client.read_exact(&mut bytes).await.unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), reply);
    }
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert_eq!(rest(&mut client).await, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
}

#[tokio::test]
async fn client_that_waits_for_100_continue_gets_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let read = stream.read(&mut head).await.unwrap();
        assert!(head[..read].ends_with(b"\r\n\r\n"));
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        stream.read_exact(&mut head[..5]).await.unwrap();
        stream.write_all(EMPTY.as_bytes()).await.unwrap();
    });
    let proxy = start(options(UpstreamTarget::Url(url))).await;
    let mut client = connect(&proxy).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(ask(&mut client, head).await, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(ask(&mut client, "hello").await, EMPTY);
}

#[tokio::test]
async fn failures_of_the_server_reach_the_client() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ntoo short";
    let replies = [&format!("{cut}CLOSE"), "nonsense, and more of itCLOSE", "CLOSE", EMPTY, "CLOSE"];
    let origin = Origin::start(&replies).await;
    let proxy = through(&origin).await;
    let ask_once = async |method: &str| {
        let mut client = connect(&proxy).await;
        client.write_all(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
        rest(&mut client).await
    };
    assert_eq!(ask_once("GET").await, cut);
    assert_eq!(ask_once("GET").await, "nonsense, and more of it");
    assert!(ask_once("GET").await.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    // A connection that was idle may be closed just now.
    let mut client = connect(&proxy).await;
    assert_eq!(ask(&mut client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, EMPTY);
    drop(client);
    let absent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = start(options(UpstreamTarget::Url(format!("http://{absent}")))).await;
    let reply = ask(&mut connect(&proxy).await, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(reply.starts_with("HTTP/1.1 502 Bad Gateway\r\n") && reply.contains("cannot be reached"), "{reply}");
}

#[tokio::test]
async fn idle_connection_that_the_server_closed_is_replaced() {
    let closing = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nCLOSE";
    let origin = Origin::start(&[closing; 4]).await;
    let proxy = through(&origin).await;
    let mut client = connect(&proxy).await;
    for n in 1..4 {
        let reply = ask(&mut client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(reply, closing.trim_end_matches("CLOSE"), "{n}");
        assert_eq!(origin.connections(), n);
    }
}

#[tokio::test]
async fn requests_that_could_mean_two_things_are_refused() {
    let origin = Origin::start(&[EMPTY; 9]).await;
    let proxy = through(&origin).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("CONNECT api.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ] {
        let reply = ask(&mut connect(&proxy).await, request).await;
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{request}{reply}");
    }
    assert!(origin.requests().is_empty());
    // A client that takes this for its HTTP proxy.
    let mut client = connect(&proxy).await;
    assert_eq!(ask(&mut client, "GET http://other.example/x?y HTTP/1.1\r\nHost: other.example\r\n\r\n").await, EMPTY);
    assert!(origin.requests()[0].starts_with("GET /x?y HTTP/1.1\r\n"), "{:?}", origin.requests());
}

#[tokio::test]
async fn slow_client_holds_up_the_server() {
    const WHOLE: usize = 128 * 1024 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let written = Arc::new(AtomicUsize::new(0));
    let counted = written.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(message(&mut stream).await.is_some());
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {WHOLE}\r\n\r\n").as_bytes()).await.unwrap();
        let chunk = vec![b'x'; 64 * 1024];
        while counted.load(Ordering::Relaxed) < WHOLE {
            stream.write_all(&chunk).await.unwrap();
            counted.fetch_add(chunk.len(), Ordering::Relaxed);
        }
    });
    let proxy = start(options(UpstreamTarget::Url(url))).await;
    let mut client = connect(&proxy).await;
    client.write_all(b"GET /v1/credits HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // Until nothing moves any more: only the buffers of the system are full.
    let mut before = usize::MAX;
    while before != written.load(Ordering::Relaxed) {
        before = written.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(before < WHOLE / 2, "{before}");
    let mut received = 0;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = client.read(&mut buffer).await {
        received += read;
        if received >= WHOLE {
            return;
        }
    }
    panic!("{received} bytes");
}

#[tokio::test]
async fn server_elsewhere_needs_permission() {
    let contract = Arc::new(Contract::load("leadmagic").unwrap());
    let refused = async |url: &str, live: Option<&str>| {
        let mut options = options(UpstreamTarget::Url(url.to_owned()));
        options.live = live.map(str::to_owned);
        Proxy::start(contract.clone(), options, Box::new(|_| ())).await.err()
    };
    let error = refused("https://192.0.2.1/v1", None).await.unwrap();
    assert!(matches!(&error, ProxyError::Live { host } if host == "192.0.2.1"), "{error}");
    assert!(refused("https://192.0.2.1:8443/v1", Some("192.0.2.1")).await.is_some());
    assert!(refused("https://192.0.2.1/v1", Some("192.0.2.1")).await.is_none());
    for unusable in ["ftp://127.0.0.1", "127.0.0.1:80", "http://me:sk_secret_1@127.0.0.1"] {
        let error = refused(unusable, None).await.unwrap().to_string();
        assert!(error.contains("cannot be used") && !error.contains("sk_secret_1"), "{error}");
    }
}
