//! The words that names of amounts consist of.

/// What can be left.
pub(super) const UNITS: [&str; 15] = [
    "credit",
    "balance",
    "quota",
    "token",
    "fund",
    "point",
    "coin",
    "unit",
    "character",
    "allowance",
    "wallet",
    "money",
    "request",
    "usd",
    "amount",
];

/// Names that mean "what is left".
pub(in crate::init) const LEFT: [&str; 4] = ["remaining", "remain", "left", "available"];

/// Names that mean "what there was in all".
pub(super) const TOTAL: [&str; 13] = [
    "total",
    "limit",
    "max",
    "maximum",
    "cap",
    "allowance",
    "included",
    "allotted",
    "granted",
    "purchased",
    "quota",
    "assigned",
    "allocated",
];

/// Names that mean "what was used".
pub(super) const USED: [&str; 6] = ["used", "usage", "consumed", "spent", "count", "use"];

/// Names of amounts that are neither of them.
pub(super) const OTHER: [&str; 47] = [
    "id",
    "time",
    "date",
    "timestamp",
    "reset",
    "unix",
    "second",
    "minute",
    "hour",
    "day",
    "expired",
    "expiration",
    "price",
    "cost",
    "fee",
    "tax",
    "discount",
    "overage",
    "overdue",
    "debt",
    "threshold",
    "alert",
    "minimum",
    "min",
    "reserved",
    "pending",
    "hold",
    "held",
    "frozen",
    "rate",
    "refunded",
    "charged",
    "page",
    "offset",
    "version",
    "slot",
    "seat",
    "memory",
    "concurrent",
    "priority",
    "percent",
    "percentage",
    "month",
    "interval",
    "history",
    "transaction",
    "attempt",
];
