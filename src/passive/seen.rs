//! The secrets that traffic carried, and the exchanges that reports show, without them.

use std::cell::RefCell;
use std::sync::Arc;

use foldhash::HashSet;

use crate::contract::{Contract, CredentialPlace};
use crate::exchange::{Exchange, Journal};

/// How many credentials are remembered whose exchanges are not shown: other responses may quote them.
const MAX_CREDENTIALS: usize = 1000;
/// How many secrets are known by number. Those of an exchange that is shown are always known.
const MAX_SECRETS: usize = 10_000;

/// The secrets seen so far, and the exchanges to show.
#[derive(Debug, Default)]
pub(super) struct Seen {
    journal: Journal,
    secrets: RefCell<HashSet<String>>,
    numbers: HashSet<u64>,
}

impl Seen {
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Replaces a secret in everything that is shown from now on.
    pub(super) fn learn(&self, secret: &str, name: Option<&str>) {
        let mut secrets = self.secrets.borrow_mut();
        if secrets.contains(secret) {
            return;
        }
        let number = secrets.len() + 1;
        let numbered = if number == 1 { "RINGTRUE_KEY".to_owned() } else { format!("RINGTRUE_KEY_{number}") };
        self.journal.redactor().learn(secret, name.unwrap_or(&numbered));
        if secrets.len() < MAX_SECRETS {
            secrets.insert(secret.to_owned());
        }
    }

    /// Replaces a credential in everything that is shown from now on, unless there are too many of them.
    pub(super) fn learn_credential(&self, credential: &str) {
        if self.secrets.borrow().len() < MAX_CREDENTIALS {
            self.learn(credential, None);
        }
    }

    /// Records an exchange that a finding refers to.
    pub(super) fn show(&mut self, contract: &Contract, base: &Arc<str>, mut exchange: Exchange) {
        if !self.numbers.insert(exchange.n) {
            return;
        }
        mask_cookies(contract, &mut exchange.request.headers);
        if let Ok(response) = &mut exchange.result {
            mask_cookies(contract, &mut response.headers);
        }
        self.journal.record(base, Arc::new(exchange));
    }
}

/// Removes the values of cookies, which are secrets of the user and unknown as such. The documented one is known, and replaced by name.
fn mask_cookies(contract: &Contract, headers: &mut [(String, Vec<u8>)]) {
    let mut places = contract.credential.iter().flat_map(crate::contract::Credential::places);
    let own = places.find_map(|place| match place {
        CredentialPlace::Cookie { name } => Some(name.as_str()),
        _ => None,
    });
    for (name, value) in headers {
        let is_set = name.eq_ignore_ascii_case("set-cookie");
        if !is_set && !name.eq_ignore_ascii_case("cookie") {
            continue;
        }
        let text = String::from_utf8_lossy(value).into_owned();
        // Of `Set-Cookie` only the first pair is the cookie, the others are attributes.
        let pairs = text.split(';').enumerate().map(|(n, pair)| match pair.trim().split_once('=') {
            Some((name, _)) if Some(name) != own && (!is_set || n == 0) => format!("{name}=…"),
            _ => pair.trim().to_owned(),
        });
        *value = pairs.collect::<Vec<_>>().join("; ").into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::mask_cookies;
    use crate::contract::Contract;

    #[test]
    fn cookies_lose_their_values_and_keep_their_attributes() {
        let contract = Contract::load(&crate::contract::bundled()[0]).unwrap();
        let mut headers = vec![
            ("Cookie".to_owned(), b"session=s3cr3t; theme=dark".to_vec()),
            ("set-cookie".to_owned(), b"session=other; Path=/; HttpOnly".to_vec()),
            ("accept".to_owned(), b"a=b".to_vec()),
        ];
        mask_cookies(&contract, &mut headers);
        let text = |n: usize| String::from_utf8_lossy(&headers[n].1).into_owned();
        assert_eq!(text(0), "session=…; theme=…");
        assert_eq!(text(1), "session=…; Path=/; HttpOnly");
        assert_eq!(text(2), "a=b");
    }
}
