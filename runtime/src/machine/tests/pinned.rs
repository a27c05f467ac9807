//! What programs compute is pinned by the semantics version: results that come from other crates and from the standard
//! library (float functions, Unicode, regular expressions, time zones, patterns of `format`), as golden values.
//!
//! A row that changes after an update of a crate or of the compiler means that a job would go on differently than it
//! began. Then either the update waits, or `SEMANTICS_VERSION` is raised, as docs/language/stability.md says.

use std::fmt::Write;

use aeth_lang::library::Builtin as B;

use super::*;

/// Hashes lines as they come.
#[derive(Default)]
struct Golden(blake3::Hasher);

impl Golden {
    fn line(&mut self, line: &str) {
        self.0.update(line.as_bytes()).update(b"\n");
    }

    fn end(&self) -> String {
        self.0.finalize().to_hex()[..16].to_owned()
    }
}

fn of(builtin: B, args: &[Value]) -> Result<Value, Error> {
    let d = u16::try_from(args.len()).unwrap();
    run(module(), args.to_vec(), vec![Instr::Builtin { d, f: builtin, first: 0 }, Instr::Return { s: d }])
}

/// Numbers of every size, small ones more often: the same ones each time.
fn floats(count: usize) -> impl Iterator<Item = f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    (0..count).map(move |at| {
        let bits = next();
        let unit = (bits >> 11) as f64 / (1u64 << 53) as f64;
        match at % 4 {
            0 => unit,
            1 => (unit - 0.5) * 100.0,
            2 => (unit - 0.5) * 1e9,
            _ => Some(f64::from_bits(next())).filter(|float| float.is_finite()).unwrap_or(unit),
        }
    })
}

fn float_function(function: impl Fn(f64, f64) -> f64) -> String {
    let mut golden = Golden::default();
    let values: Vec<f64> = floats(4_000).collect();
    for pair in values.windows(2) {
        let value = function(pair[0], pair[1]);
        golden.line(&if value.is_finite() { format!("{:016x}", value.to_bits()) } else { "-".to_owned() });
    }
    golden.end()
}

/// Every scalar value of the planes that are in daily use, and some of the others.
fn characters() -> impl Iterator<Item = char> {
    (0..0x2_0000u32).chain((0x2_0000..0x11_0000).step_by(61)).filter_map(char::from_u32)
}

fn cases(builtin: B) -> String {
    let change = |text: &str| of(builtin, &[Value::text(text)]).unwrap().as_text().unwrap().to_owned();
    let mut golden = Golden::default();
    for char in characters() {
        let text = char.to_string();
        let changed = change(&text);
        if changed != text {
            golden.line(&format!("{text} {changed}"));
        }
    }
    golden.line(&change("ΟΔΟΣ ΟΔΟΣ. ΑΣΑ İI ǅ ŉ ﬃ"));
    golden.end()
}

fn class(pattern: &str) -> String {
    let all: String = characters().collect();
    let pattern = regex::Regex::new(pattern).unwrap();
    let mut golden = Golden::default();
    for found in pattern.find_iter(&all) {
        golden.line(&format!("{} {}", found.start(), found.end()));
    }
    golden.end()
}

fn zones() -> String {
    const DAY: i64 = 86_400;
    let database = jiff::tz::TimeZoneDatabase::bundled();
    let mut names: Vec<String> = database.available().map(|name| name.to_string()).collect();
    names.sort();
    let mut golden = Golden::default();
    for name in names {
        let zone = database.get(&name).unwrap();
        let mut before = String::new();
        for second in (-20 * 365 * DAY..90 * 365 * DAY).step_by((73 * DAY) as usize) {
            let at = jiff::Timestamp::from_second(second).unwrap();
            let info = zone.to_offset_info(at);
            let now = format!("{} {}", info.offset().seconds(), info.abbreviation());
            if now != before {
                golden.line(&format!("{name} {second} {now}"));
                before = now;
            }
        }
    }
    golden.end()
}

fn float_texts() -> String {
    let mut golden = Golden::default();
    for float in floats(4_000) {
        let text = crate::value::text::float(float);
        assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(float.to_bits()), "{text}");
        golden.line(&text);
    }
    golden.end()
}

#[test]
fn what_the_semantics_version_pins() {
    let found = [
        ("math.exp", float_function(|a, _| libm::exp(a))),
        ("math.log", float_function(|a, _| libm::log(a.abs()))),
        ("math.sin", float_function(|a, _| libm::sin(a))),
        ("math.cos", float_function(|a, _| libm::cos(a))),
        ("math.tan", float_function(|a, _| libm::tan(a))),
        ("math.pow", float_function(|a, b| libm::pow(a.abs(), b % 50.0))),
        ("math.floor", float_function(|a, _| libm::floor(a))),
        ("math.ceil", float_function(|a, _| libm::ceil(a))),
        ("math.round", float_function(|a, _| libm::round(a))),
        ("math.sqrt", float_function(|a, _| a.abs().sqrt())),
        ("Float % Float", float_function(libm::fmod)),
        ("Float as text", float_texts()),
        ("Unicode", format!("{:?}", char::UNICODE_VERSION)),
        ("String.upper", cases(B::TextUpper)),
        ("String.lower", cases(B::TextLower)),
        ("String.trim", cases(B::TextTrim)),
        (r"regex \w", class(r"\w+")),
        (r"regex \d", class(r"\d+")),
        (r"regex \s", class(r"\s+")),
        (r"regex \b", class(r"\b")),
        (r"regex \p{L}", class(r"\p{L}+")),
        (r"regex \p{Greek}", class(r"\p{Greek}+")),
        (r"regex (?i)", class(r"(?i)[a-zß-ÿσǆ]+")),
        ("time zones", zones()),
    ];
    let expected: &[(&str, &str)] = &[
        ("math.exp", "f6ad0fc850774849"),
        ("math.log", "d5f02a423d8cbf32"),
        ("math.sin", "add28694e82d1b67"),
        ("math.cos", "1a643876cc2555e5"),
        ("math.tan", "33009307a7a6f73e"),
        ("math.pow", "ddb5dc6b22dee01e"),
        ("math.floor", "a481e8565e7a2823"),
        ("math.ceil", "c3909133eebe5d74"),
        ("math.round", "336e67b5f0c0ffc5"),
        ("math.sqrt", "288c3d0566e96948"),
        ("Float % Float", "aa5a4f9e9a3293bb"),
        ("Float as text", "ba6bd369973d4c0f"),
        ("Unicode", "(17, 0, 0)"),
        ("String.upper", "6bf1a7f5db627b7c"),
        ("String.lower", "04e03f4a57e05868"),
        ("String.trim", "922c3f02bdb6caa6"),
        ("regex \\w", "0785a2419a90c928"),
        ("regex \\d", "6ded17515cf2dd55"),
        ("regex \\s", "6b660a4bfbdd1cf1"),
        ("regex \\b", "a41820a355f1297f"),
        ("regex \\p{L}", "f468af47465c1014"),
        ("regex \\p{Greek}", "159b8401959c56f6"),
        ("regex (?i)", "675e922a50b3ed14"),
        ("time zones", "6df8c62b5b90c153"),
    ];
    let mut changed = String::new();
    for (at, (subject, found)) in found.iter().enumerate() {
        if expected.get(at) != Some(&(*subject, found.as_str())) {
            let _ = writeln!(changed, "        ({subject:?}, {found:?}),");
        }
    }
    assert!(
        changed.is_empty(),
        "these results are not those of semantics version {SEMANTICS_VERSION}; see docs/language/stability.md:\n{changed}"
    );
}

/// Each directive at one instant, in summer in Berlin.
#[test]
fn the_directives_of_format() {
    let at = crate::value::time::parse_timestamp("2026-07-05T19:08:09.045Z").unwrap();
    let show = |pattern: &str, zone: &str| {
        let args = [Value::Timestamp(at), Value::text(pattern), Value::text(zone)];
        match of(B::TimestampFormat, &args) {
            Ok(value) => format!("{:?}", value.as_text().unwrap()),
            Err(error) => error.message,
        }
    };
    let mut table = String::new();
    let directives = "% A a B b C c D d e F f .f .3f G g H h I j k l M m N n P p Q q R r S s T t U u V v W w X x Y y Z z :z ::z";
    for directive in directives.split(' ').chain(["-d", "_d", "04d", "^a", "255Y", "E", "", "é"]) {
        let _ = writeln!(table, "%{directive} {}", show(&format!("%{directive}"), "Europe/Berlin"));
    }
    for zone in ["UTC", "america/new_york", "Asia/Kathmandu", "EST5EDT", "", "+02:00", "Europe/Berlin\0"] {
        let _ = writeln!(table, "{zone:?} {}", show("%F %T %Z %z", zone));
    }
    assert_eq!(table, DIRECTIVES);
}

const DIRECTIVES: &str = r#"%% "%"
%A "Sunday"
%a "Sun"
%B "July"
%b "Jul"
%C "20"
%c "2026 M07 5, Sun 21:08:09"
%D "07/05/26"
%d "05"
%e " 5"
%F "2026-07-05"
%f "045"
%.f ".045"
%.3f ".045"
%G "2026"
%g "26"
%H "21"
%h "Jul"
%I "09"
%j "186"
%k "21"
%l " 9"
%M "08"
%m "07"
%N "045000000"
%n "\n"
%P "pm"
%p "PM"
%Q "Europe/Berlin"
%q "3"
%R "21:08"
%r "9:08:09 PM"
%S "09"
%s "1783278489"
%T "21:08:09"
%t "\t"
%U "27"
%u "7"
%V "27"
%v the pattern "%v" cannot be used: strftime formatting failed: found unrecognized specifier directive `v`
%W "26"
%w "0"
%X "21:08:09"
%x "2026 M07 5"
%Y "2026"
%y "26"
%Z "CEST"
%z "+0200"
%:z "+02:00"
%::z "+02:00:00"
%-d "5"
%_d " 5"
%04d "0005"
%^a "SUN"
%255Y "00000000000000002026"
%E the pattern "%E" cannot be used: strftime formatting failed: found unrecognized specifier directive `E`
% the pattern "%" cannot be used: strftime formatting failed: invalid format string, expected byte after `%`, but found end of format string
%é the pattern "%é" cannot be used: strftime formatting failed: found unrecognized specifier directive `\xC3`
"UTC" "2026-07-05 19:08:09 UTC +0000"
"america/new_york" "2026-07-05 15:08:09 EDT -0400"
"Asia/Kathmandu" "2026-07-06 00:53:09 +0545 +0545"
"EST5EDT" "2026-07-05 15:08:09 EDT -0400"
"" there is no time zone ""
"+02:00" there is no time zone "+02:00"
"Europe/Berlin\0" there is no time zone "Europe/Berlin\0"
"#;
