//! What people type for a code, and what is made of it.

use chatlink_actors::otp::{Refusal, SessionState};

use crate::support::*;

/// Types the code of a session in some disguise.
fn typed(disguise: impl Fn(&str) -> String) -> Result<SessionState, Refusal> {
    let mut bench = Bench::new();
    let session = bench.start();
    let input = disguise(&bench.code(session));
    bench.verify(session, &input).map(|it| it.state)
}

fn in_script(code: &str, zero: u32) -> String {
    code.bytes().map(|digit| char::from_u32(zero + u32::from(digit - b'0')).unwrap()).collect()
}

#[test]
fn spaces_and_dashes_mean_nothing() {
    let separators =
        [" ", "  ", "\t", "\n", "\r\n", "\u{a0}", "\u{3000}", "\u{202f}", "-", "–", "—", "\u{2011}", "−", "－"];
    for separator in separators {
        let halves = typed(|code| format!("{separator}{}{separator}{}{separator}", &code[..3], &code[3..]));
        assert_eq!(halves, Ok(SessionState::Verified), "{separator:?}");
        let single = typed(|code| code.split("").collect::<Vec<_>>().join(separator));
        assert_eq!(single, Ok(SessionState::Verified), "{separator:?}");
    }
}

/// Copied from a mail that is written from right to left.
#[test]
fn marks_of_direction_mean_nothing() {
    for (before, after) in [("\u{200f}", ""), ("\u{202a}", "\u{202c}"), ("\u{2066}", "\u{2069}"), ("\u{61c}", "")] {
        assert_eq!(typed(|code| format!("{before}{code}{after}")), Ok(SessionState::Verified), "{before:?}");
    }
}

/// The keyboards of the languages we write in, some of those who learn them, and the odd ones at the end of Unicode.
#[test]
fn digits_of_any_script_are_digits() {
    let zeros = [
        ('0', "ASCII"),
        ('٠', "Arabic"),
        ('۰', "Persian"),
        ('०', "Devanagari"),
        ('০', "Bengali"),
        ('൦', "Malayalam"),
        ('௦', "Tamil"),
        ('๐', "Thai"),
        ('၀', "Burmese"),
        ('０', "full-width"),
        ('\u{1e950}', "Adlam"),
        ('\u{11136}', "Chakma"),
        ('\u{1d7ce}', "mathematical bold"),
        ('\u{1d7f6}', "mathematical monospace"),
        ('\u{1fbf0}', "segmented"),
    ];
    for (zero, script) in zeros {
        assert_eq!(typed(|code| in_script(code, zero.into())), Ok(SessionState::Verified), "{script}");
    }
    let mixed = |code: &str| format!("{}{}", &code[..3], in_script(&code[3..], '٠'.into()));
    assert_eq!(typed(mixed), Ok(SessionState::Verified), "two scripts in one code");
}

/// Digits by look or value, but not decimal digits: to guess what is meant would be to judge what was not typed.
#[test]
fn what_only_resembles_digits_is_no_code() {
    let expected = policy().code_length;
    for input in ["①②③④⑤⑥", "²³¹²³¹", "Ⅰ23456", "一二三四五六", "½23456", "O23456", "l23456", "123456\0", "1234५६७८"]
    {
        assert_eq!(typed(|_| input.to_owned()), Err(Refusal::CodeMalformed { expected }), "{input:?}");
    }
}

/// Nothing grows with what a stranger sends.
#[test]
fn absurd_lengths_are_no_code() {
    let expected = policy().code_length;
    for input in ["0".repeat(1_000_000), " ".repeat(1_000_000), "٠".repeat(65), "-".repeat(64) + "123456"] {
        assert_eq!(typed(|_| input.clone()), Err(Refusal::CodeMalformed { expected }), "{} bytes", input.len());
    }
}
