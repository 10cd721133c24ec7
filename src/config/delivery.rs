//! How codes and notices leave the house: SMTP for mail, a gateway for texts, or the mailbox of development mode.

use std::{collections::BTreeSet, path::PathBuf};

use lettre::message::Mailbox;

use super::{
    reader::Reader,
    secrets::Secret,
    texts::TextLimits,
    urls::{GatewayUrl, SmtpUrl},
    value::{Setting, Word},
};

/// `smtp.*`
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Whom mails are from.
    pub from: Sender,
    /// Who carries them.
    pub carrier: Mail,
}

/// Who carries mail.
#[derive(Clone, Debug)]
pub enum Mail {
    /// Development mode's mailbox page.
    Mailbox,
    /// A mail server.
    Smtp {
        /// Where it is.
        url: SmtpUrl,
        /// PEM certificates to trust besides those of the system.
        ca_file: Option<PathBuf>,
    },
}

impl Smtp {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let url = if r.is_production() { r.required("smtp.url") } else { r.optional("smtp.url") };
        let from = if r.is_production() {
            r.required("smtp.from")
        } else {
            Sender::parse("ChatLink <no-reply@chatlink.localhost>").map(|sender| r.with_default("smtp.from", sender))
        };
        let ca_file = r.optional::<PathBuf>("smtp.ca_file");
        if ca_file.as_ref().is_some_and(|path| !path.is_file()) {
            r.refuse("smtp.ca_file", "is not a file");
        }
        if r.is_production() && url.as_ref().is_some_and(SmtpUrl::is_exposed) {
            r.refuse("smtp.url", "would send codes in the clear: use smtps:// or smtp://…?tls=required");
        }
        let carrier = match url {
            Some(url) => Mail::Smtp { url, ca_file },
            None if r.is_production() => return None,
            None => Mail::Mailbox,
        };
        Some(Self { from: from?, carrier })
    }
}

/// Whom mails are from: an address, with a name or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(pub Mailbox);

impl Setting for Sender {
    fn expected() -> String {
        r#"an address such as "ChatLink <no-reply@example.org>""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.0.to_string())
    }
}

/// `sms.*`
#[derive(Clone, Debug)]
pub struct Sms {
    /// Who carries texts.
    pub gateway: TextGateway,
    /// To which countries; numbers of others are refused before anything is spent.
    pub countries: Countries,
    /// How many of them; `None` where they cost nothing and nobody set it.
    pub limits: Option<TextLimits>,
}

/// Who carries texts.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are named as their keys")]
pub enum TextGateway {
    /// Nobody: phone numbers are refused.
    Off,
    /// Development mode's mailbox page.
    Mailbox,
    /// The generic JSON webhook.
    Http { url: GatewayUrl, token: Secret },
    /// Twilio's Messages resource: `account` is the account's SID, `token` its auth token, `from` a number or a
    /// messaging service's SID.
    Twilio { url: GatewayUrl, account: String, token: Secret, from: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Provider {
    Http,
    Twilio,
}

impl Setting for Provider {
    fn expected() -> String {
        r#""http" or "twilio""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "twilio" => Some(Self::Twilio),
            _ => None,
        }
    }

    fn show(&self) -> toml::Value {
        let name = match self {
            Self::Http => "http",
            Self::Twilio => "twilio",
        };
        toml::Value::String(name.into())
    }
}

impl Sms {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let provider = r.optional::<Provider>("sms.provider");
        let url = r.optional::<GatewayUrl>("sms.url");
        let token = r.optional::<Secret>("sms.token");
        let account = r.optional::<Word>("sms.account");
        let from = r.optional::<TextSender>("sms.from");
        let countries = r.optional_list::<Country>("sms.countries").map(Countries::from);
        let (limits, wanted) = TextLimits::read(r);
        if r.is_production() && url.as_ref().is_some_and(GatewayUrl::is_exposed) {
            r.refuse("sms.url", "is not https: codes and the token would travel in the clear");
        }
        let Some(provider) = provider else {
            return Some(Self { limits: wanted.then_some(limits), ..Self::without_provider(r, countries) });
        };
        need(r, "sms.token", token.is_some());
        need(r, "sms.countries", countries.is_some() || !r.is_production());
        let countries = countries.unwrap_or(Countries::All);
        let gateway = match provider {
            Provider::Http => {
                need(r, "sms.url", url.is_some());
                TextGateway::Http { url: url?, token: token? }
            }
            Provider::Twilio => {
                need(r, "sms.account", account.is_some());
                need(r, "sms.from", from.is_some());
                let url = url.or_else(|| GatewayUrl::constant("https://api.twilio.com"))?;
                TextGateway::Twilio { url, account: account?.0, token: token?, from: from?.0 }
            }
        };
        Some(Self { gateway, countries, limits: Some(limits) })
    }

    fn without_provider(r: &mut Reader, countries: Option<Countries>) -> Self {
        for key in ["sms.url", "sms.token", "sms.account", "sms.from"] {
            if r.is_chosen(key) {
                r.refuse(key, "does nothing without sms.provider");
            }
        }
        let gateway = if r.is_production() { TextGateway::Off } else { TextGateway::Mailbox };
        Self { gateway, countries: countries.unwrap_or(Countries::All), limits: None }
    }
}

fn need(r: &mut Reader, key: &str, given: bool) {
    if !given {
        r.refuse(key, "is missing, and sms.provider needs it");
    }
}

/// Whom texts are from: a number, a name that phones show, or a provider's id.
struct TextSender(String);

impl Setting for TextSender {
    fn expected() -> String {
        "a number in E.164, a name of up to 11 letters and digits, or the provider's id of a sender".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('+').unwrap_or(text);
        let fits = (1..=64).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        fits.then(|| Self(text.to_owned()))
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.0.clone())
    }
}

/// Countries to which texts may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Countries {
    /// Any: `*`.
    All,
    /// These, ISO 3166-1 alpha-2 in upper case.
    Only(BTreeSet<String>),
}

impl Countries {
    /// Whether texts may go to a country, named by its ISO 3166-1 alpha-2 code in upper case.
    pub fn contain(&self, country: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(countries) => countries.contains(country),
        }
    }
}

impl From<Vec<Country>> for Countries {
    fn from(countries: Vec<Country>) -> Self {
        let codes: Option<BTreeSet<String>> = countries
            .into_iter()
            .map(|country| match country {
                Country::Any => None,
                Country::Code(code) => Some(code),
            })
            .collect();
        codes.map_or(Self::All, Self::Only)
    }
}

/// One item of `sms.countries`.
enum Country {
    Any,
    Code(String),
}

impl Setting for Country {
    fn expected() -> String {
        r#"an ISO 3166-1 alpha-2 code such as "DE", or "*" for any country"#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_uppercase();
        if code == "*" {
            return Some(Self::Any);
        }
        rust_iso3166::from_alpha2(&code).map(|country| Self::Code(country.alpha2.to_owned()))
    }

    fn show(&self) -> toml::Value {
        let text = match self {
            Self::Any => "*",
            Self::Code(code) => code,
        };
        toml::Value::String(text.to_owned())
    }
}
