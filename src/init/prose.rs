//! What sentences of a description promise: caching, costs, limits, and that credits do not suffice.

use super::words::{any, words};

/// A sentence about caching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CachingSentence {
    /// Whether it is about the caller's cache, and not about the provider's.
    pub(super) is_client: bool,
    /// The longest time, in milliseconds.
    pub(super) max_ttl_ms: u64,
}

/// Reads a sentence about how old a balance may be.
pub(super) fn caching(sentence: &str) -> Option<CachingSentence> {
    let said = words(sentence);
    let text = sentence.to_lowercase();
    let is_caching = said.iter().any(|word| word.starts_with("cach"))
        || text.contains("delayed by")
        || text.contains("delay of up to")
        || text.contains("updated every")
        || text.contains("refreshed every")
        || text.contains("out of date by")
        || text.contains("stale for");
    if !is_caching || text.contains("not cached") || text.contains("never cache") || text.contains("do not cache") {
        return None;
    }
    let max_ttl_ms = duration(&text)?;
    let is_client = any(&said, &["client", "you", "your", "caller", "recommend"]);
    Some(CachingSentence { is_client, max_ttl_ms })
}

/// The only duration in a text, in milliseconds; `None` if there is none or several.
fn duration(text: &str) -> Option<u64> {
    let plain: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| !word.is_empty()).collect();
    let mut found = Vec::new();
    for (index, word) in plain.iter().enumerate() {
        let unit = |word: &str| {
            let milliseconds = match word.trim_end_matches('.') {
                "second" | "seconds" | "sec" | "secs" | "s" => 1000,
                "minute" | "minutes" | "min" | "mins" => 60_000,
                "hour" | "hours" | "hr" | "hrs" => 3_600_000,
                "day" | "days" => 86_400_000,
                _ => return None,
            };
            Some(milliseconds)
        };
        let Some(unit) = plain.get(index + 1).and_then(|next| unit(next)) else { continue };
        let number = match *word {
            "a" | "an" | "one" | "every" => Some(1),
            "two" => Some(2),
            "five" => Some(5),
            "ten" => Some(10),
            digits => digits.parse::<u64>().ok(),
        };
        found.extend(number.and_then(|number| number.checked_mul(unit)));
    }
    match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Whether a sentence says that the call costs nothing.
pub(super) fn is_free(sentence: &str) -> bool {
    const SAID: [&str; 14] = [
        "does not consume",
        "doesn't consume",
        "do not consume",
        "does not cost",
        "doesn't cost",
        "costs nothing",
        "does not use any credit",
        "free of charge",
        "is free",
        "are free",
        "no credits are",
        "without consuming",
        "not count against",
        "does not deduct",
    ];
    let text = sentence.to_lowercase();
    SAID.iter().any(|said| text.contains(said)) && !text.contains("free plan") && !text.contains("free tier")
}

/// Whether a sentence says that the call is not limited in rate.
pub(super) fn is_unlimited(sentence: &str) -> bool {
    let text = sentence.to_lowercase();
    ["not rate limited", "not rate-limited", "no rate limit", "isn't rate limited", "not subject to rate limit"]
        .iter()
        .any(|said| text.contains(said))
}

/// A sentence about what a call costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CostSentence {
    /// So many credits for each call.
    Fixed(String),
    /// It says that there is a cost, and not how much.
    Varies,
}

/// Reads a sentence about what a call costs.
pub(super) fn cost(sentence: &str) -> Option<CostSentence> {
    let lower = sentence.to_lowercase();
    if is_free(sentence) {
        return None;
    }
    let plain: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let charges = plain.iter().any(|word| {
        [
            "cost", "costs", "consume", "consumes", "uses", "charge", "charges", "charged", "deduct", "deducts",
            "deducted", "billed",
        ]
        .contains(word)
    });
    let per_call = plain.windows(2).any(|pair| {
        matches!(pair, ["per", what] if ["request", "call", "email", "image", "page", "search", "lookup", "message", "success", "successful"].contains(what))
    });
    let mut amounts = Vec::new();
    for pair in plain.windows(2) {
        let [number, unit] = pair else { continue };
        if !unit.starts_with("credit") {
            continue;
        }
        match *number {
            "a" | "one" => amounts.push("1".to_owned()),
            digits if super::members::is_number(digits) => amounts.push(digits.to_owned()),
            _ => {}
        }
    }
    if !(charges || per_call) || !plain.iter().any(|word| word.starts_with("credit")) {
        return None;
    }
    let hedged = [
        "from",
        "varies",
        "depends",
        "depending",
        "least",
        "approximately",
        "about",
        "plus",
        "base",
        "additional",
        "extra",
        "minimum",
        "maximum",
        "max",
    ]
    .iter()
    .any(|word| plain.contains(word))
        || lower.contains("up to")
        || lower.contains("starting");
    match amounts.as_slice() {
        [amount] if !hedged => Some(CostSentence::Fixed(amount.clone())),
        _ => Some(CostSentence::Varies),
    }
}

/// A limit of the rate of requests, as it is written.
pub(super) fn rate_limit(sentence: &str) -> bool {
    let said = words(sentence);
    let has_number = said.iter().any(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let text = sentence.to_lowercase();
    let per = [
        "per second",
        "per minute",
        "per hour",
        "per day",
        "/second",
        "/minute",
        "/hour",
        "/min",
        "/sec",
        "rpm",
        "rps",
    ];
    has_number && any(&said, &["request", "call", "rpm", "rp"]) && per.iter().any(|per| text.contains(per))
}

/// Whether a text is about credits that do not suffice.
pub(super) fn is_exhausted(text: &str) -> bool {
    const SAID: [&str; 19] = [
        "insufficient credit",
        "insufficient balance",
        "insufficient fund",
        "insufficient quota",
        "not enough credit",
        "out of credit",
        "no credits",
        "run out of",
        "ran out of",
        "payment required",
        "credits exhausted",
        "credit limit",
        "quota exceeded",
        "exceeded your quota",
        "insufficient amount",
        "not have enough",
        "low balance",
        "lack of credit",
        "top up",
    ];
    let text = text.to_lowercase().replace('_', " ");
    SAID.iter().any(|said| text.contains(said))
}

#[cfg(test)]
mod tests {
    use super::{CostSentence, caching, cost, is_exhausted, is_free, rate_limit};

    #[test]
    fn caching_has_one_time_and_a_side() {
        let read = |sentence: &str| caching(sentence).map(|found| (found.is_client, found.max_ttl_ms));
        assert_eq!(read("The balance is cached for up to 5 minutes."), Some((false, 300_000)));
        assert_eq!(read("We recommend caching the result for 60 seconds."), Some((true, 60_000)));
        assert_eq!(read("Usage is updated every minute."), Some((false, 60_000)));
        for sentence in
            ["Results are not cached.", "Cached for 5 minutes, or 1 hour on demand.", "Cached.", "Wait 5 minutes."]
        {
            assert_eq!(read(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn cost_is_fixed_only_where_one_amount_is_stated_plainly() {
        assert_eq!(cost("Each call costs 2 credits."), Some(CostSentence::Fixed("2".to_owned())));
        assert_eq!(cost("This endpoint consumes 1 credit."), Some(CostSentence::Fixed("1".to_owned())));
        assert_eq!(cost("Charged 0.5 credits per request."), Some(CostSentence::Fixed("0.5".to_owned())));
        assert_eq!(cost("Costs from 2 credits."), Some(CostSentence::Varies));
        assert_eq!(cost("Costs 2 credits, or 5 credits in high quality."), Some(CostSentence::Varies));
        assert_eq!(cost("Returns the credits."), None);
        assert_eq!(cost("It does not consume credits."), None);
    }

    #[test]
    fn free_limits_and_exhaustion_are_recognised() {
        assert!(is_free("Calling it does not consume credits.") && !is_free("On the free plan you get 10."));
        assert!(rate_limit("At most 100 requests per minute.") && !rate_limit("Requests are limited."));
        assert!(
            is_exhausted("INSUFFICIENT_CREDITS")
                && is_exhausted("You have run out of credits.")
                && !is_exhausted("Unauthorized")
        );
    }
}
