//! Documents that are made to do harm: loading ends in time with a message, and reads nothing outside of its folder.

use std::time::Duration;

use tokio::time::Instant;

use ringtrue::__cli::contract::Contract;

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://a.example'}]\n";

fn cases() -> Vec<(&'static str, String)> {
    let path = |rest: &str| {
        format!(
            "{HEAD}paths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: d\n          content:\n            application/json:\n              schema: {rest}\n"
        )
    };
    let bomb = {
        let mut text = format!("{HEAD}x-a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("x-{n}: &a{n} [{aliases}]\n"));
        }
        text + "paths: {}\n"
    };
    vec![
        ("an alias bomb", bomb),
        ("deep brackets", format!("{HEAD}paths: {}{}\n", "[".repeat(100_000), "]".repeat(100_000))),
        ("deep maps", (0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("a long key", format!("{HEAD}? {}\n: 1\npaths: {{}}\n", "k".repeat(2_000_000))),
        ("a long scalar", format!("{HEAD}x-a: {}\npaths: {{}}\n", "k".repeat(5_000_000))),
        (
            "many keys",
            HEAD.to_owned() + &(0..100_000).map(|n| format!("x-{n}: 1\n")).collect::<String>() + "paths: {}\n",
        ),
        ("a file of the system", path("{$ref: '/etc/passwd'}")),
        ("a file above", path("{$ref: '../../../../../../etc/passwd'}")),
        ("a file by URL", path("{$ref: 'file:///etc/passwd'}")),
        ("a device", path("{$ref: '/dev/zero'}")),
        ("a remote file", path("{$ref: 'http://192.0.2.1/schema.json'}")),
        ("an encoded file", path("{$ref: '..%2f..%2f..%2fetc%2fpasswd'}")),
        ("itself", path("{$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema'}")),
        (
            "a loop of two",
            path("{$ref: '#/components/schemas/A'}")
                + "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n",
        ),
        ("a pattern that explodes", path("{type: string, pattern: '^(a+)+$'}")),
        ("a pattern with a huge repetition", path("{type: string, pattern: 'a{1000}{1000}{1000}'}")),
        ("a pattern that is none", path("{type: string, pattern: '(('}")),
        ("a huge length", path("{type: string, minLength: 9999999999}")),
        ("a huge array", path("{type: array, minItems: 999999999, items: {type: array, minItems: 999999999}}")),
        (
            "a template as a name",
            format!("{HEAD}paths: {{'/{{a}}{{b}}/${{x}}': {{get: {{responses: {{'200': {{description: d}}}}}}}}}}\n"),
        ),
        (
            "a path without a slash",
            format!("{HEAD}paths: {{'@evil.example/x': {{get: {{responses: {{'200': {{description: d}}}}}}}}}}\n"),
        ),
        ("a command as a title", format!("{}paths: {{}}\n", HEAD.replace("title: T", "title: '::add-mask::x'"))),
        ("a bell", format!("{HEAD}x-a: \"\\a\\e[2J\"\npaths: {{}}\n")),
        ("tags", format!("{HEAD}x-a: !!python/object/apply:os.system ['touch PWNED']\npaths: {{}}\n")),
        ("a merge of itself", format!("{HEAD}x-a: &a {{<<: *a}}\npaths: {{}}\n")),
        ("nothing", String::new()),
        ("NUL", "\0".repeat(1000)),
        ("a byte order mark", format!("\u{feff}{HEAD}paths: {{}}\n")),
        ("two documents", format!("{HEAD}paths: {{}}\n---\na: 1\n")),
        ("deep JSON", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
        ("a huge number", format!("{HEAD}x-a: 1e999999999\npaths: {{}}\n")),
    ]
}

#[test]
fn document_of_any_kind_is_read_or_refused_in_time() {
    let cases = cases();
    assert_eq!(cases.len(), 31);
    for (name, text) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("openapi.yaml");
        std::fs::write(&path, text).unwrap();
        let begun = Instant::now();
        let loaded = Contract::load(&path.display().to_string());
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
        let shown = format!("{loaded:?}");
        assert!(!shown.contains("root:x:0:0"), "{name}");
        if let Err(error) = loaded {
            let message = ringtrue::__cli::run::chain(&error);
            assert!(message.len() < 20_000, "{name}: a message of {} bytes", message.len());
        }
    }
}

#[cfg(unix)]
#[test]
fn device_and_folder_in_place_of_a_document_are_refused() {
    for path in ["/dev/zero", "/dev/urandom", "/dev/null", "/dev/stdin", "/proc/self/mem", "/", "/etc"] {
        let begun = Instant::now();
        assert!(Contract::load(path).is_err(), "{path}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{path}: {:?}", begun.elapsed());
    }
}
