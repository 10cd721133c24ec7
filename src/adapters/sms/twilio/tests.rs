//! Signatures, receipts, and what refusals mean.

use super::*;
use crate::courier::{fixture, reference::Flow};

const TOKEN: &str = "12345";

fn twilio() -> Twilio {
    // Whoever comes first installs it; the others find it installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    let settings = Settings {
        url: DEFAULT_URL.parse().unwrap(),
        account: "AC00000000000000000000000000000000".into(),
        token: TOKEN.into(),
        sender: Sender::parse("+15005550006"),
        receipts: None,
    };
    Twilio::new(settings).unwrap()
}

fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn sign(url: &str, form: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    let mut form = form.to_vec();
    form.sort();
    for (name, value) in &form {
        mac.update(format!("{name}{value}").as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

fn url() -> Url {
    receipt_url(&"https://chatlink.example/receipts".parse().unwrap(), fixture::reference()).parse().unwrap()
}

/// The examples in Twilio's documentation and libraries.
#[test]
fn knows_twilios_signature() {
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let fields = form(&[
        ("Digits", "1234"),
        ("To", "+18005551212"),
        ("From", "+14158675309"),
        ("Caller", "+14158675309"),
        ("CallSid", "CA1234567890ABCDE"),
    ]);
    assert!(is_signed(TOKEN, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, &fields));
    let repeated =
        form(&[("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]);
    assert!(is_signed(TOKEN, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", url, &repeated));
    assert!(!is_signed("12346", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, &fields));
}

#[test]
fn a_receipt_tells_which_message_arrived_or_did_not() {
    for (status, outcome) in [
        ("delivered", Some(Delivery::Delivered)),
        ("read", Some(Delivery::Delivered)),
        ("undelivered", Some(Delivery::Failed)),
        ("failed", Some(Delivery::Failed)),
        ("queued", None),
        ("sent", None),
    ] {
        let form = form(&[("MessageStatus", status), ("MessageSid", "SM1")]);
        let receipt = twilio().receipt(Some(&sign(url().as_str(), &form)), &url(), &form);
        let expected = outcome.map(|outcome| Receipt { reference: fixture::reference(), outcome });
        assert_eq!(receipt, expected, "{status}");
    }
}

#[test]
fn a_receipt_that_is_not_twilios_counts_for_nothing() {
    let fields = form(&[("MessageStatus", "delivered")]);
    let signature = sign(url().as_str(), &fields);
    assert!(twilio().receipt(Some(&signature), &url(), &fields).is_some());

    let other_url: Url = format!("{}&more=1", url()).parse().unwrap();
    let other_form = form(&[("MessageStatus", "failed")]);
    assert_eq!(twilio().receipt(None, &url(), &fields), None);
    assert_eq!(twilio().receipt(Some(""), &url(), &fields), None);
    assert_eq!(twilio().receipt(Some("not base64"), &url(), &fields), None);
    assert_eq!(twilio().receipt(Some(&signature), &other_url, &fields), None);
    assert_eq!(twilio().receipt(Some(&signature), &url(), &other_form), None);
}

#[test]
fn a_signed_receipt_for_no_message_counts_for_nothing() {
    let fields = form(&[("MessageStatus", "delivered")]);
    for url in ["https://chatlink.example/receipts", "https://chatlink.example/receipts?ref=registration.00.00"] {
        assert_eq!(twilio().receipt(Some(&sign(url, &fields)), &url.parse().unwrap(), &fields), None);
    }
}

#[test]
fn refusals_are_final_unless_the_fault_is_ours_or_passing() {
    let retried =
        |status: u16, code| matches!(refusal(StatusCode::from_u16(status).unwrap(), code), CarrierError::Retry(_));
    assert!(!retried(400, Some(21211)), "no such number");
    assert!(!retried(400, Some(21610)), "the recipient wants none");
    assert!(!retried(404, None));
    assert!(retried(401, Some(20003)), "wrong credentials");
    assert!(retried(429, Some(20429)), "too many requests");
    assert!(retried(503, None));
    assert!(retried(302, None));
}

#[test]
fn a_messaging_service_is_told_from_a_number() {
    let service = format!("MG{}", "0".repeat(32));
    assert_eq!(Sender::parse(&service), Sender::Service(service));
    assert_eq!(Sender::parse("MGM"), Sender::From("MGM".into()));
}

/// Even one that is signed: it would tell whoever started the reset that there is an account.
#[test]
fn a_receipt_for_a_reset_tells_nothing() {
    let reference = fixture::reference();
    for (flow, told) in [(Flow::Registration, true), (Flow::IdentifierChange, true), (Flow::PasswordReset, false)] {
        let base = "https://chatlink.example/receipts".parse().unwrap();
        let url: Url = receipt_url(&base, Reference { flow, ..reference }).parse().unwrap();
        let fields = form(&[("MessageStatus", "delivered")]);
        let signature = sign(url.as_str(), &fields);
        assert_eq!(twilio().receipt(Some(&signature), &url, &fields).is_some(), told, "{}", flow.name());
    }
}
