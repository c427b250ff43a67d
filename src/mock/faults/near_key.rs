//! Faults of comparing credentials: similar credentials are accepted.

use super::ServerFault;
use super::applies::has_credential;
use super::hooks::admit;
use crate::mock::admission::{Admission, Presented};
use crate::mock::behaviour::AdmitView;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "key-truncated-admitted",
        about: "a credential without its last characters is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| given.len() > 6 && key.len() > given.len() && key.starts_with(given))
            });
        },
    },
    ServerFault {
        name: "key-extended-admitted",
        about: "characters after the end of a credential are ignored",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| given.starts_with(key))),
    },
    ServerFault {
        name: "key-other-case-admitted",
        about: "credentials are compared without regard to letter case",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, str::eq_ignore_ascii_case)),
    },
    ServerFault {
        name: "key-by-prefix-admitted",
        about: "only the first twelve characters of a credential are compared",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| near(view, |key, given| key.len() > 12 && key.get(..12) == given.get(..12)));
        },
    },
    ServerFault {
        name: "key-middle-ignored",
        about: "only the first eight and the last four characters of a credential are compared",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    key.len() == given.len()
                        && key.get(..8) == given.get(..8)
                        && key.get(key.len() - 4..) == given.get(given.len() - 4..)
                })
            });
        },
    },
    ServerFault {
        name: "key-without-prefix-admitted",
        about: "a credential without what stands before its first separator is accepted",
        applies: |contract| {
            contract.credential.as_ref().is_some_and(|credential| credential.prefix.contains(['-', '_']))
        },
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| key.split_once(['-', '_']).is_some_and(|(_, rest)| rest == given))
            });
        },
    },
    ServerFault {
        name: "key-with-wildcard-admitted",
        about: "a credential that ends with `*` or `%` is accepted if the characters before it are right, as by a search",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let stem = given.strip_suffix(['*', '%']).filter(|stem| stem.len() > 6);
                    stem.is_some_and(|stem| key.starts_with(stem))
                })
            });
        },
    },
    ServerFault {
        name: "key-second-quarter-ignored",
        about: "the second quarter of a credential is not compared",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let (from, to) = (key.len() / 4, key.len() / 2);
                    key.len() == given.len() && key.get(..from) == given.get(..from) && key.get(to..) == given.get(to..)
                })
            });
        },
    },
    ServerFault {
        name: "key-case-ignored-in-the-middle",
        about: "letter case is ignored in the middle of a credential",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let (from, to) = (key.len() / 4, key.len() - 4);
                    key.get(..from) == given.get(..from)
                        && key.get(to..) == given.get(to..)
                        && key.eq_ignore_ascii_case(given)
                })
            });
        },
    },
    ServerFault {
        name: "key-anagram-admitted",
        about: "the order of the characters of a credential is ignored",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let sorted = |text: &str| {
                        let mut bytes = text.as_bytes().to_vec();
                        bytes.sort_unstable();
                        bytes
                    };
                    sorted(key) == sorted(given)
                })
            });
        },
    },
    ServerFault {
        name: "key-look-alikes-admitted",
        about: "characters that look alike, such as O and 0, are equal in a credential",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let plain = |text: &str| text.replace('O', "0").replace(['l', 'I'], "1").replace('S', "5");
                    let plain = |text: &str| plain(text).replace('B', "8").replace('Z', "2");
                    plain(key) == plain(given)
                })
            });
        },
    },
    ServerFault {
        name: "key-spaces-ignored",
        about: "spaces within a credential are ignored",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| key == given.replace(' ', ""))),
    },
    ServerFault {
        name: "key-quotes-removed",
        about: "quotation marks around a credential are removed",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| key == given.trim_matches(['"', '\'']))),
    },
    ServerFault {
        name: "key-percent-decoded",
        about: "a credential is percent-decoded before it is compared",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let plus = given.replace('+', "%2B");
                    url::form_urlencoded::parse(plus.as_bytes()).next().is_some_and(|(name, _)| name == key)
                })
            });
        },
    },
    ServerFault {
        name: "key-full-width-normalized",
        about: "full-width characters of a credential are equal to the ASCII characters",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| {
                    let narrow = |c: char| match c {
                        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
                        c => c,
                    };
                    key == given.chars().map(narrow).collect::<String>()
                })
            });
        },
    },
    ServerFault {
        name: "key-trailing-punctuation-ignored",
        about: "dots and semicolons after a credential are ignored",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| near(view, |key, given| key == given.trim_end_matches(['.', ';'])));
        },
    },
];

/// Admits the tenant whose credential counts as equal to the one presented.
fn near(view: &AdmitView<'_>, same: fn(&str, &str) -> bool) -> Option<Admission> {
    let Presented::Value(given) = view.presented else { return None };
    let (_, tenant) = view.keys.iter().find(|(key, _)| same(key, given))?;
    Some(Admission::Tenant(tenant.clone()))
}
