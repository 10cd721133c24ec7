//! Log events as one JSON object a line (RFC 8259): when, how grave, what, then the fields as they were given, and which
//! request it was for. Written straight into the line: a served request is logged for each request, so this is hot.

use std::fmt::{self, Debug, Write as _};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::request;

/// The field that names a request. Events within it have it from there, unless they name one themselves.
const REQUEST_ID: &str = "request_id";

/// Formats events as JSON.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        line.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut line)?;
        line.write_str("\",\"level\":\"")?;
        line.write_str(event.metadata().level().as_str())?;
        line.write_char('"')?;
        let mut fields = Fields { line: &mut line, names_request: false, outcome: Ok(()) };
        event.record(&mut fields);
        let Fields { names_request, outcome, .. } = fields;
        outcome?;
        if !names_request {
            request::id(|id| {
                line.write_str(",\"request_id\":\"")?;
                Escaped(&mut line).write_str(id)?;
                line.write_char('"')
            })?;
        }
        line.write_str(",\"target\":\"")?;
        Escaped(&mut line).write_str(event.metadata().target())?;
        line.write_str("\"}\n")
    }
}

struct Fields<'a, 'line> {
    line: &'a mut Writer<'line>,
    names_request: bool,
    outcome: fmt::Result,
}

impl Fields<'_, '_> {
    fn put(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        self.names_request |= field.name() == REQUEST_ID;
        let put = |line: &mut Writer<'_>| {
            line.write_str(",\"")?;
            Escaped(line).write_str(field.name())?;
            line.write_str("\":")?;
            value(line)
        };
        self.outcome = self.outcome.and_then(|()| put(self.line));
    }

    fn put_text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        self.put(field, |line| {
            line.write_char('"')?;
            Escaped(line).write_fmt(text)?;
            line.write_char('"')
        });
    }
}

impl Visit for Fields<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put_text(field, format_args!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, |line| write!(line, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, |line| write!(line, "{value}"));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, |line| write!(line, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, |line| write!(line, "{value}"));
    }
}

/// Writes what belongs between the quotes of a JSON string.
struct Escaped<'a, 'line>(&'a mut Writer<'line>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_special = |byte: char| byte == '"' || byte == '\\' || byte < ' ';
        let mut rest = text;
        while let Some((plain, special)) = rest.find(is_special).and_then(|at| rest.split_at_checked(at)) {
            self.0.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('\n') => self.0.write_str("\\n")?,
                Some(escaped @ ('"' | '\\')) => write!(self.0, "\\{escaped}")?,
                Some(control) => write!(self.0, "\\u{:04x}", u32::from(control))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The one line that is logged meanwhile, without its time.
    fn line(log: impl FnOnce()) -> Value {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt().event_format(Json).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let mut line: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        line
    }

    #[test]
    fn an_event_is_an_object_of_its_fields() {
        let line = line(
            || tracing::warn!(name = "a", debug = ?Some("b"), count = -3, long = u128::MAX >> 64, yes = true, "said"),
        );
        let expected = json!({
            "level": "WARN", "message": "said", "name": "a", "debug": "Some(\"b\")", "count": -3,
            "long": u64::MAX, "yes": true, "target": module_path!(),
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn nothing_breaks_out_of_its_string() {
        let hostile = "\"},{\"level\":\"ERROR\"\\\n\r\t\u{0}\u{1f}é\u{2028}";
        let line = line(|| tracing::info!(hostile, shown = %hostile, "{hostile}"));
        for field in ["hostile", "shown", "message"] {
            assert_eq!(line[field], hostile, "{field}");
        }
    }

    #[tokio::test]
    async fn an_event_bears_the_id_of_the_request_that_it_is_within() {
        let within = request::within("r1".into(), async {
            let own = line(|| tracing::info!(request_id = "r2", "said"));
            (line(|| tracing::info!("said")), own)
        });
        let (theirs, own) = within.await;
        assert_eq!((&theirs["request_id"], &own["request_id"]), (&json!("r1"), &json!("r2")));
        assert_eq!(line(|| tracing::info!("said")).get("request_id"), None);
    }
}
