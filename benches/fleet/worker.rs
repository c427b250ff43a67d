//! One process of a fleet: gets ready, waits for the start, and prints how long a check takes.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use ringtrue::Contract;
use ringtrue::client::{Config, RedisStore, ReferenceClient};

use crate::by_hand::ByHand;

/// The number of tenants.
const TENANTS: usize = 500;
/// How often each tenant is checked where all are in the first level.
const HITS: usize = 400;
/// How many checks a process makes at a time where they take a round trip.
const AT_ONCE: usize = 8;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// All balances are in the first level.
    FirstLevel,
    /// All balances are in Redis, and none in the first level.
    SecondLevel,
    /// No balance is cached, and each process has tenants of its own.
    Miss,
    /// No balance is cached, and all processes check the same tenants at the same time.
    SharedMiss,
}

impl Case {
    pub(crate) const ALL: [Self; 4] = [Self::FirstLevel, Self::SecondLevel, Self::Miss, Self::SharedMiss];
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstLevel => "hit on the first level",
            Self::SecondLevel => "hit on the second level",
            Self::Miss => "miss, tenants of its own",
            Self::SharedMiss => "miss, the same tenants",
        })
    }
}

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    ByHand,
    Reference,
}

/// What a process does.
pub(crate) struct Job {
    pub(crate) case: Case,
    pub(crate) client: Client,
    pub(crate) round: usize,
    pub(crate) redis: String,
    pub(crate) provider: String,
}

impl Job {
    fn arguments(&self, number: usize) -> Vec<String> {
        let case = Case::ALL.iter().position(|case| *case == self.case).unwrap();
        // Each process has tenants of its own only where that is what is measured.
        let own = if self.case == Case::Miss { number } else { 0 };
        let client = usize::from(self.client == Client::Reference);
        vec![
            case.to_string(),
            client.to_string(),
            (self.round * 100 + own).to_string(),
            self.redis.clone(),
            self.provider.clone(),
        ]
    }

    pub(crate) fn from_arguments(arguments: &[String]) -> Self {
        let [case, client, round, redis, provider, ..] = arguments else { panic!("five arguments") };
        Self {
            case: Case::ALL[case.parse::<usize>().unwrap()],
            client: if client == "1" { Client::Reference } else { Client::ByHand },
            round: round.parse().unwrap(),
            redis: redis.clone(),
            provider: provider.clone(),
        }
    }
}

/// A process, as the benchmark sees it.
pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(job: &Job, number: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("--worker")
            .args(job.arguments(number))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub(crate) fn wait_ready(&mut self) {
        assert_eq!(self.line(), "ready");
    }

    pub(crate) fn go(&mut self) {
        self.input.write_all(b"go\n").unwrap();
    }

    /// The time of one check.
    pub(crate) fn finish(mut self) -> Duration {
        let nanos = self.line().parse().unwrap();
        let _ = self.child.wait();
        Duration::from_nanos(nanos)
    }
}

/// What this process does.
pub(crate) fn run(job: &Job) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let keys: Vec<String> = (0..TENANTS).map(|tenant| format!("k_{:06}_{tenant:010}", job.round)).collect();
        match job.client {
            Client::ByHand => {
                let open = async || {
                    let client = ByHand::open(&job.redis, &job.provider).await;
                    keys.iter().map(|key| (client.clone(), key.clone())).collect::<Vec<_>>()
                };
                measure(job.case, open, async |(client, key): &(ByHand, String)| {
                    client.check(key).await.unwrap();
                })
                .await;
            }
            Client::Reference => {
                let contract = Arc::new(Contract::load("leadmagic").unwrap());
                let open = async || {
                    let store = RedisStore::open(&job.redis).unwrap();
                    assert!(store.connected_within(Duration::from_secs(10)).await);
                    let config = Config::new(&job.provider).key("k_none");
                    let builder = ReferenceClient::builder(contract.clone(), config).fleet(Arc::new(store));
                    let client = builder.open().unwrap();
                    let open = |key: &String| {
                        let key = Some(key.as_str().into());
                        client.account(ringtrue::client::ClientAccount { tenant: None, key }).unwrap()
                    };
                    keys.iter().map(open).collect::<Vec<_>>()
                };
                measure(job.case, open, async |client: &ReferenceClient| {
                    client.check().await.unwrap();
                })
                .await;
            }
        }
    });
}

/// Prepares the caches, waits for the start, and prints the time of one check.
async fn measure<T>(case: Case, open: impl AsyncFn() -> Vec<T>, check: impl AsyncFn(&T)) {
    let accounts = open().await;
    let all = async |accounts: &[T]| {
        stream::iter(accounts).for_each_concurrent(AT_ONCE, |account| check(account)).await;
    };
    let accounts = match case {
        Case::FirstLevel => {
            all(&accounts).await;
            accounts
        }
        Case::SecondLevel => {
            all(&accounts).await;
            // Another first level, which is empty.
            open().await
        }
        Case::Miss | Case::SharedMiss => accounts,
    };
    println!("ready");
    let mut start = String::new();
    std::io::stdin().read_line(&mut start).unwrap();
    let begun = Instant::now();
    let checks = match case {
        Case::FirstLevel => {
            for _ in 0..HITS {
                for account in &accounts {
                    check(account).await;
                }
            }
            HITS * accounts.len()
        }
        _ => {
            all(&accounts).await;
            accounts.len()
        }
    };
    println!("{}", begun.elapsed().as_nanos() / checks as u128);
}
