//! The words of the messages, in ten languages, compiled into the binary.
//!
//! Each locale is one Fluent file with one entry for each [`Kind`]; `layout` says which of its lines a message is
//! made of, and in which order. A message says whom it is from and what to do, and never holds a link.

mod html;
mod layout;

use std::{fmt, time::Duration};

use chatlink_actors::{identifier::Identifier, locale::Locale, time::Timestamp};
use fluent_bundle::{FluentArgs, FluentError, FluentResource, concurrent::FluentBundle};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use unic_langid::LanguageIdentifier;

use self::layout::{Block, Layout};
#[cfg(doc)]
use super::message::Kind;
use super::message::{Facts, Mail, Message, Slip, Text};

const MINUTE: Duration = Duration::from_secs(60);
/// An instant, readable in every language.
const TO_THE_MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");

/// The texts of one locale, as they are compiled in.
const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::En => include_str!("en.ftl"),
        Locale::Es => include_str!("es.ftl"),
        Locale::Fr => include_str!("fr.ftl"),
        Locale::De => include_str!("de.ftl"),
        Locale::Pt => include_str!("pt.ftl"),
        Locale::Hi => include_str!("hi.ftl"),
        Locale::Ml => include_str!("ml.ftl"),
        Locale::Ar => include_str!("ar.ftl"),
        Locale::Ja => include_str!("ja.ftl"),
        Locale::Zh => include_str!("zh.ftl"),
    }
}

/// A text that is missing or broken. The tests see to it that none is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no usable text for {locale}: {what}")]
pub struct TextError {
    locale: &'static str,
    what: String,
}

/// Renders messages.
pub struct Catalogue {
    /// The public host, which the messages name and to which phones bind the codes.
    host: String,
    bundles: Vec<(Locale, FluentBundle<FluentResource>)>,
}

/// One piece of a message, rendered.
enum Piece<'a> {
    Line(String),
    Code(&'a str),
}

impl Piece<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Line(line) => line,
            Self::Code(digits) => digits,
        }
    }
}

impl Catalogue {
    /// Parses the texts. `host` is that of the public URL, without port.
    ///
    /// # Errors
    /// When a text does not parse.
    pub fn new(host: impl Into<String>) -> Result<Self, TextError> {
        let bundles = Locale::ALL.into_iter().map(|locale| Ok((locale, bundle(locale)?))).collect::<Result<_, _>>()?;
        Ok(Self { host: host.into(), bundles })
    }

    /// Renders a message for whatever channel the identifier has. `lifetime` is how long it stays true from now on.
    ///
    /// # Errors
    /// When a text is missing or broken.
    pub fn compose(&self, to: &Identifier, slip: Slip, lifetime: Duration) -> Result<Message, TextError> {
        let layout = Layout::of(slip.kind);
        Ok(match to {
            Identifier::Email(to) => {
                let subject = self.line(&slip, layout.entry, layout::SUBJECT, lifetime)?;
                let pieces = self.pieces(&slip, &layout, layout.mail, lifetime)?;
                let text = join(&pieces, "\n\n") + "\n";
                let html = html::document(slip.locale, &subject, &pieces);
                Message::Mail(Mail { to: to.clone(), subject, text, html, slip })
            }
            Identifier::Phone(to) => {
                let body = join(&self.pieces(&slip, &layout, layout.text, lifetime)?, "\n");
                Message::Text(Text { to: to.clone(), body, slip })
            }
        })
    }

    fn pieces<'a>(
        &self,
        slip: &'a Slip,
        layout: &Layout,
        blocks: &[Block],
        lifetime: Duration,
    ) -> Result<Vec<Piece<'a>>, TextError> {
        let code = || slip.code.as_ref().ok_or_else(|| error(slip.locale, "there is no code"));
        let piece = |block: &Block| {
            Ok(match *block {
                Block::Line(name) => Piece::Line(self.line(slip, layout.entry, name, lifetime)?),
                Block::Shared(entry, name) => Piece::Line(self.line(slip, entry, name, lifetime)?),
                Block::Code => Piece::Code(code()?.digits()),
                // The format by which phones fill in a code on the right site alone:
                // https://wicg.github.io/sms-one-time-codes/
                Block::Origin => Piece::Line(format!("@{} #{}", self.host, code()?.digits())),
            })
        };
        blocks.iter().map(piece).collect()
    }

    fn line(&self, slip: &Slip, entry: &str, name: &str, lifetime: Duration) -> Result<String, TextError> {
        let missing = || error(slip.locale, format_args!("{entry}.{name} is missing"));
        let (_, bundle) = self.bundles.iter().find(|(it, _)| *it == slip.locale).ok_or_else(missing)?;
        let message = bundle.get_message(entry).ok_or_else(missing)?;
        let pattern = message.get_attribute(name).ok_or_else(missing)?.value();
        let mut arguments = FluentArgs::new();
        arguments.set("minutes", whole_minutes(lifetime));
        arguments.set("host", self.host.as_str());
        match slip.facts {
            Facts::None => {}
            Facts::Changed(channel) => arguments.set("channel", channel.name()),
            Facts::Login { at, ip } => {
                arguments.set("time", to_the_minute(at));
                arguments.set("address", ip.to_string());
            }
        }
        let mut errors = Vec::new();
        let line = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        if errors.is_empty() { Ok(line) } else { Err(broken(slip.locale, &errors)) }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("host", &self.host).finish_non_exhaustive()
    }
}

fn bundle(locale: Locale) -> Result<FluentBundle<FluentResource>, TextError> {
    let tag: LanguageIdentifier = locale.tag().parse().map_err(|cause| error(locale, cause))?;
    let resource = FluentResource::try_new(source(locale).to_owned())
        .map_err(|(_, causes)| error(locale, format_args!("{causes:?}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks that isolate directions would be copied along with a code and count as characters of an SMS.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|causes| broken(locale, &causes))?;
    Ok(bundle)
}

fn broken(locale: Locale, causes: &[FluentError]) -> TextError {
    error(locale, format_args!("{causes:?}"))
}

fn error(locale: Locale, what: impl fmt::Display) -> TextError {
    TextError { locale: locale.tag(), what: what.to_string() }
}

fn join(pieces: &[Piece<'_>], separator: &str) -> String {
    pieces.iter().map(Piece::as_str).collect::<Vec<_>>().join(separator)
}

fn to_the_minute(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.as_millis().div_euclid(1000)).ok();
    at.and_then(|at| at.format(TO_THE_MINUTE).ok()).unwrap_or_default()
}

/// To the nearest minute, since a code of five minutes is on its way for an instant; but never none.
fn whole_minutes(lifetime: Duration) -> u64 {
    ((lifetime + MINUTE / 2).as_secs() / MINUTE.as_secs()).max(1)
}

#[cfg(test)]
mod tests;
