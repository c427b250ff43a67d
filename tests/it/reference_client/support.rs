//! A scripted server and small contracts for the client's tests.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringtrue::__cli::client::{Clock, Config, ReferenceClient};
use ringtrue::__cli::contract::{
    CacheKind, CacheRule, Caching, Condition, Content, Contract, Credential, CredentialPlace, DocumentedResponse,
    FailureMode, FailurePolicy, Fields, Grade, Level, Locator, Operation, Promise, RequestBody, Response, Role,
    StatusRange, Tenant,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub method: String,
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What the server does about a request.
pub(crate) enum Reaction {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes.
    Close(Vec<u8>),
    /// Sends these bytes and then nothing more.
    Stall(Vec<u8>),
    /// Sends these bytes, and then a space now and then, for ever.
    Drip(Vec<u8>),
    /// Sends what comes out, when it comes out.
    Later(Pin<Box<dyn Future<Output = Vec<u8>> + Send>>),
}

type Script = dyn Fn(&Seen, usize) -> Reaction + Send + Sync;

/// A server on loopback that does as scripted and writes down what it saw.
pub(crate) struct Server {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// The script gets the request and its number, beginning with 0.
    pub(crate) async fn start(script: impl Fn(&Seen, usize) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/t/9f3a", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let journal = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&journal)));
            }
        });
        Self { base, seen, task }
    }

    /// A server that always sends the same.
    pub(crate) async fn always(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_, _| Reaction::Send(bytes.clone())).await
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(&self.base).key("k_secret_1").tenant("shop-1").timeout(Duration::from_secs(5))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, journal: Arc<Mutex<Vec<Seen>>>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(seen) = request(&mut stream, &mut buffer).await? else { return Ok(()) };
        let number = {
            let mut journal = journal.lock().unwrap();
            journal.push(seen.clone());
            journal.len() - 1
        };
        match script(&seen, number) {
            Reaction::Send(bytes) => stream.write_all(&bytes).await?,
            Reaction::Close(bytes) => return stream.write_all(&bytes).await,
            Reaction::Stall(bytes) => {
                stream.write_all(&bytes).await?;
                std::future::pending::<()>().await;
            }
            Reaction::Drip(bytes) => {
                stream.write_all(&bytes).await?;
                loop {
                    stream.write_all(b" ").await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            Reaction::Later(bytes) => stream.write_all(&bytes.await).await?,
        }
    }
}

async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Seen>> {
    loop {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut fields);
        if let Ok(httparse::Status::Complete(head)) = parsed.parse(buffer) {
            let headers: BTreeMap<_, _> = parsed
                .headers
                .iter()
                .map(|field| (field.name.to_lowercase(), String::from_utf8_lossy(field.value).into_owned()))
                .collect();
            let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            let (method, target) = (parsed.method.unwrap().to_owned(), parsed.path.unwrap().to_owned());
            if buffer.len() >= head + length {
                let body = buffer[head..head + length].to_vec();
                buffer.drain(..head + length);
                return Ok(Some(Seen { method, target, headers, body }));
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// A whole answer with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("content-type", "application/json")], body)
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

pub(crate) fn promise() -> Promise {
    Promise { level: Level::Must, grade: Grade::Primary, document: "test".into(), quote: "so it is".into() }
}

#[expect(clippy::unnecessary_wraps, reason = "fields of a contract are optional")]
pub(crate) fn pointer(pointer: &str) -> Option<Locator> {
    Some(Locator { pointer: Some(pointer.into()), ..Locator::default() })
}

fn response(status: StatusRange) -> Arc<Response> {
    let content = Content::new("application/json", None, vec![]);
    Arc::new(Response {
        status,
        headers: vec![],
        content: vec![content],
        description: String::new(),
        at: String::new(),
        promise: None,
        absent_headers: vec![],
    })
}

fn condition(status: Option<u16>, code: Option<&str>) -> DocumentedResponse {
    DocumentedResponse {
        status: status.map(StatusRange::Exact),
        canonical_status: status.unwrap_or(403),
        code: code.map(str::to_owned),
        code_at: vec!["/errors/0/code".into(), "/code".into()],
        when: None,
        alternatives: vec![],
        response: response(StatusRange::Default),
        media_type: None,
        example: None,
        promise: promise(),
    }
}

fn operation(id: &str, method: &str, path: &str, role: Role, fields: Fields) -> Operation {
    Operation {
        id: id.into(),
        method: method.into(),
        path: path.into(),
        summary: None,
        description: None,
        example_path: path.into(),
        example_headers: vec![],
        parameters: vec![],
        error_codes: vec![],
        success: None,
        role,
        cost: None,
        fields,
        secured: true,
        request: None,
        responses: vec![response(StatusRange::Exact(200)), response(StatusRange::Default)],
        conditions: BTreeMap::new(),
        invariants: vec![],
        capped_by: None,
        free: None,
        unlimited: None,
        promise: promise(),
    }
}

/// A balance in a field, kept for one to five minutes; a paid call; errors with codes; closed when it fails.
pub(crate) fn amounts() -> Contract {
    let fields = Fields { remaining: pointer("/credits"), ..Fields::default() };
    let mut check = operation("check", "GET", "/v1/credits", Role::Balance, fields);
    check.conditions.insert(Condition::CredentialUnknown, condition(Some(401), Some("invalid_api_key")));
    check.conditions.insert(Condition::BackendDown, condition(Some(500), None));
    let fields = Fields {
        remaining: Some(Locator { header: Some("x-credits-remaining".into()), ..Locator::default() }),
        ..Fields::default()
    };
    let mut spend = operation("find", "POST", "/v1/find", Role::Spend, fields);
    spend.conditions.insert(Condition::Exhausted, condition(Some(400), Some("insufficient_credits")));
    let examples = vec![
        ("long".to_owned(), serde_json::json!({"domain": "example.com", "first": "Ada"})),
        ("short".to_owned(), serde_json::json!({"domain": "example.com"})),
    ];
    spend.request =
        Some(RequestBody { required: true, content: vec![Content::new("application/json", None, examples)] });
    Contract {
        name: "amounts".into(),
        title: "Amounts".into(),
        digest: "sha256:0".into(),
        server_url: "https://api.example.com".into(),
        operations: vec![Arc::new(check), Arc::new(spend)],
        credential: Some(Credential {
            place: CredentialPlace::Header { name: "X-API-Key".into() },
            combined: Vec::new(),
            alternatives: Vec::new(),
            remark: None,
            prefix: "k_".into(),
            required: promise(),
            scheme_case_sensitive: None,
        }),
        tenant: Tenant::Credential,
        error_code: Some("/errors/0/code".into()),
        error_codes: vec!["/errors/0/code".into()],
        precedence: None,
        caching: Caching { server: None, client: Some(kept(60_000, 300_000)) },
        failure: None,
        conditions: BTreeMap::new(),
        sources: BTreeMap::new(),
        extended: true,
    }
}

/// A flag per shop, kept for two minutes; open when it fails; no credential.
pub(crate) fn flags() -> Contract {
    let fields = Fields { allowed: pointer("/allowed"), ..Fields::default() };
    let mut check = operation("check", "GET", "/check-credits", Role::Balance, fields);
    check.secured = false;
    let mut spend = operation("create", "POST", "/fitting-room", Role::Spend, Fields::default());
    spend.conditions.insert(Condition::Exhausted, condition(None, Some("QUOTA_EXCEEDED")));
    spend.secured = false;
    let policy = FailurePolicy {
        mode: FailureMode::Open,
        allowed: Some(true),
        server: Some(promise()),
        client: Some(promise()),
        enforced_on_spend: None,
    };
    Contract {
        name: "flags".into(),
        operations: vec![Arc::new(check), Arc::new(spend)],
        credential: None,
        tenant: Tenant::Query { name: "shop".into(), form: "{tenant}.example.com".into() },
        error_code: Some("/code".into()),
        error_codes: vec!["/code".into()],
        caching: Caching { server: None, client: Some(kept(120_000, 120_000)) },
        failure: Some(policy),
        ..amounts()
    }
}

/// What is left is the sum of rows, and there is a total.
pub(crate) fn rows() -> Contract {
    let fields = Fields { remaining: pointer("/rows/*/left"), total: pointer("/total"), ..Fields::default() };
    Contract {
        name: "rows".into(),
        operations: vec![Arc::new(operation("check", "GET", "/v1/rows", Role::Balance, fields))],
        credential: Some(Credential {
            place: CredentialPlace::Authorization { scheme: "Bearer".into() },
            combined: Vec::new(),
            alternatives: Vec::new(),
            remark: None,
            prefix: String::new(),
            required: promise(),
            scheme_case_sensitive: None,
        }),
        caching: Caching::default(),
        ..amounts()
    }
}

fn kept(min: u64, max: u64) -> CacheRule {
    CacheRule {
        kind: CacheKind::Cached,
        min_ttl_ms: Some(min),
        max_ttl_ms: Some(max),
        scope: None,
        invalidated_by: BTreeMap::new(),
        promise: promise(),
    }
}

/// A client in virtual time.
pub(crate) fn open(contract: Contract, config: Config) -> (ReferenceClient, Clock) {
    let clock = Clock::manual();
    let client = ReferenceClient::builder(Arc::new(contract), config).clock(clock.clone()).open().unwrap();
    (client, clock)
}
