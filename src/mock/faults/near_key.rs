//! Faults of comparing credentials: what is almost right gets in.

use super::ServerFault;
use super::auth::{admit, has_credential};
use crate::mock::admission::{Admission, Presented};
use crate::mock::behaviour::AdmitView;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "key-truncated-admitted",
        about: "a credential is found by its beginning",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                near(view, |key, given| given.len() > 6 && key.len() > given.len() && key.starts_with(given))
            });
        },
    },
    ServerFault {
        name: "key-extended-admitted",
        about: "what stands behind a credential is cut off",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| given.starts_with(key))),
    },
    ServerFault {
        name: "key-other-case-admitted",
        about: "credentials are compared without regard to case",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, str::eq_ignore_ascii_case)),
    },
    ServerFault {
        name: "key-by-prefix-admitted",
        about: "only the first twelve characters of a credential count",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| near(view, |key, given| key.len() > 12 && key.get(..12) == given.get(..12)));
        },
    },
    ServerFault {
        name: "key-middle-ignored",
        about: "only the ends of a credential count",
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
        name: "key-in-part-ignored",
        about: "a quarter of a credential is not compared",
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
        about: "the middle of a credential is compared without regard to case",
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
        about: "of a credential only which characters it has counts, not their order",
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
        about: "characters of a credential that look alike count as the same",
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
        name: "key-blanks-ignored",
        about: "blanks within a credential are dropped",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| key == given.replace(' ', ""))),
    },
    ServerFault {
        name: "key-quotes-taken-off",
        about: "quotes around a credential are taken off",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| near(view, |key, given| key == given.trim_matches(['"', '\'']))),
    },
    ServerFault {
        name: "key-unescaped",
        about: "a credential is decoded as if it stood in an address",
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
        name: "key-normalised",
        about: "characters of a credential in full width count as the plain ones",
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
        name: "key-marks-behind-ignored",
        about: "dots and semicolons behind a credential are taken off",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| near(view, |key, given| key == given.trim_end_matches(['.', ';'])));
        },
    },
];

/// Whoever has a credential that counts as the one given.
fn near(view: &AdmitView<'_>, same: fn(&str, &str) -> bool) -> Option<Admission> {
    let Presented::Value(given) = view.presented else { return None };
    let (_, tenant) = view.keys.iter().find(|(key, _)| same(key, given))?;
    Some(Admission::Tenant(tenant.clone()))
}
