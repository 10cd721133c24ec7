//! Reads `PromQL` as far as names go: which metrics a query asks for, by which labels, and of which values.
//!
//! Whether a query is well formed is for `promtool` to say, in the tests of `load`. Everything that is no keyword, no
//! function and no label is taken for a metric, so that a misspelt one cannot hide.

use std::collections::BTreeSet;

const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// Those that stand between an aggregation and what it aggregates.
const AGGREGATED: [&str; 2] = ["by", "without"];
const OPERATORS: [&str; 6] = ["and", "or", "unless", "bool", "offset", "atan2"];

/// What a query names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub selectors: Vec<Selector>,
    /// By which labels it groups or matches.
    pub groupings: BTreeSet<String>,
}

/// A metric, and what its labels are to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Selector {
    pub metric: String,
    pub matchers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

impl Query {
    pub fn read(query: &str) -> Self {
        let tokens = tokens(query);
        let (mut this, mut rest) = (Self::default(), tokens.as_slice());
        while let [first, following @ ..] = rest {
            rest = following;
            let Token::Word(word) = first else { continue };
            let opens = |sign| rest.first() == Some(&Token::Sign(sign));
            let is_function = opens('(') || rest.first().is_some_and(|next| AGGREGATED.iter().any(|it| next.is(it)));
            if GROUPINGS.contains(&word.as_str()) {
                let (labels, after) = until(rest, ')');
                this.groupings.extend(labels.iter().filter_map(Token::word));
                rest = after;
            } else if opens('{') {
                let (matchers, after) = until(rest, '}');
                this.selectors.push(Selector { metric: word.clone(), matchers: pairs(matchers) });
                rest = after;
            } else if !is_function && !OPERATORS.contains(&word.as_str()) {
                this.selectors.push(Selector { metric: word.clone(), matchers: Vec::new() });
            }
        }
        this
    }
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(it) if it == word)
    }

    fn word(&self) -> Option<String> {
        if let Self::Word(word) = self { Some(word.clone()) } else { None }
    }
}

/// What stands before the sign, and after it.
fn until(tokens: &[Token], sign: char) -> (&[Token], &[Token]) {
    let end = tokens.iter().position(|token| *token == Token::Sign(sign)).expect("what opens is closed");
    (&tokens[..end], &tokens[end + 1..])
}

/// Each label with the text that follows it.
fn pairs(matchers: &[Token]) -> Vec<(String, String)> {
    let meant = matchers.iter().filter(|token| !matches!(token, Token::Sign(_)));
    let meant: Vec<&Token> = meant.collect();
    let pair = |pair: &[&Token]| match pair {
        [Token::Word(label), Token::Text(value)] => (label.clone(), value.clone()),
        _ => panic!("a label and a text: {pair:?}"),
    };
    meant.chunks(2).map(pair).collect()
}

/// Numbers and the lengths of time in brackets are left out.
fn tokens(query: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), query);
    while let Some(first) = rest.chars().next() {
        let end_of = |is_part: fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let after = |sign| rest[1..].find(sign).map(|end| end + 2).expect("what opens is closed");
        let length = match first {
            'a'..='z' | 'A'..='Z' | '_' => end_of(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':'),
            '0'..='9' => end_of(|c| c.is_ascii_alphanumeric() || c == '.'),
            '[' => after(']'),
            '"' => after('"'),
            _ => first.len_utf8(),
        };
        let (part, following) = rest.split_at(length);
        match first {
            'a'..='z' | 'A'..='Z' | '_' => tokens.push(Token::Word(part.to_owned())),
            '"' => tokens.push(Token::Text(part.trim_matches('"').to_owned())),
            '(' | ')' | '{' | '}' => tokens.push(Token::Sign(first)),
            _ => {}
        }
        rest = following;
    }
    tokens
}

#[test]
fn a_query_names_metrics_labels_and_values() {
    let query = r#"histogram_quantile(0.99, sum by (job, le) (rate(a_bucket{x="1", y!~"2|3"}[$__rate_interval])))
        > 1 * scalar(b:c:limit) and ignoring (z) 1e3 < d offset 5m or d{}"#;
    let read = Query::read(query);
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let named: Vec<_> = read.selectors.iter().map(|it| (it.metric.as_str(), it.matchers.clone())).collect();
    let first = ("a_bucket", vec![pair("x", "1"), pair("y", "2|3")]);
    assert_eq!(named, [first, ("b:c:limit", vec![]), ("d", vec![]), ("d", vec![])]);
    assert_eq!(read.groupings, ["job", "le", "z"].map(str::to_owned).into());
}
