//! No token but our own is taken.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chatlink::accounts::tokens::{Caller, Signer};
use chatlink_actors::ports::Entropy;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use chatlink_actors::testkit::World;

use super::support::{SECRET, START};

const HERE: &str = "https://chatlink.example";
const OTHER_SECRET: &[u8] = b"another secret of the tests, 32 bytes";
const NONE: [&[u8]; 0] = [];
const LIFETIME: Duration = Duration::from_secs(600);
const CALLER: Caller = Caller { user: Uuid::from_u128(1), session: Uuid::from_u128(2) };

fn signer() -> Signer {
    Signer::new(SECRET, &NONE, HERE).unwrap()
}

fn token_of(signer: &Signer) -> String {
    let entropy: &dyn Entropy = &World::new(1);
    signer.sign(CALLER, START, LIFETIME, entropy).unwrap()
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// The token with one of its parts replaced.
fn with(token: &str, index: usize, value: &Value) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[index] = BASE64.encode(value.to_string());
    parts.join(".")
}

#[test]
fn a_token_says_who_calls() {
    let token = token_of(&signer());
    assert_eq!(signer().verify(&token, START), Some(CALLER));
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(header["kid"], signer().jwks().keys[0].common.key_id.clone().unwrap());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(HERE), &json!(HERE)));
    assert_eq!((&claims["sub"], &claims["sid"]), (&json!(CALLER.user), &json!(CALLER.session)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert!(claims["jti"].is_string());
}

#[test]
fn a_token_ends_on_its_instant() {
    let token = token_of(&signer());
    assert!(signer().verify(&token, START + Duration::from_millis(599_999)).is_some());
    assert!(signer().verify(&token, START + LIFETIME).is_none());
}

/// A token that was seen before has its signature remembered, and nothing else.
#[test]
fn a_token_that_was_seen_ends_on_its_instant_and_no_other_is_taken_for_it() {
    let (signer, token) = (signer(), token_of(&signer()));
    for _ in 0..2 {
        assert_eq!(signer.verify(&token, START), Some(CALLER));
    }
    let (content, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let forged = [format!("{content}.{first}{}", &signature[1..]), with(&token, 1, &json!({})), format!("{token}A")];
    for forged in &forged {
        assert_eq!(signer.verify(forged, START), None, "{forged}");
    }
    for _ in 0..2 {
        assert_eq!(signer.verify(&token, START + LIFETIME), None);
    }
    // A clock that was set back finds it as good as before.
    assert_eq!(signer.verify(&token, START), Some(CALLER));
}

#[test]
fn no_claim_of_another_place_is_taken() {
    let elsewhere = Signer::new(SECRET, &NONE, "https://elsewhere.example").unwrap();
    assert_eq!(signer().verify(&token_of(&elsewhere), START), None);
}

#[test]
fn each_claim_is_required_of_a_token_that_is_well_signed() {
    let token = token_of(&signer());
    let kid = part(&token, 0)["kid"].as_str().unwrap().to_owned();
    let key = signing_key();
    let resigned = |claims: &Value| {
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &key).unwrap()
    };
    let claims = part(&token, 1);
    assert_eq!(signer().verify(&resigned(&claims), START), Some(CALLER));
    for name in ["iss", "aud", "sub", "sid", "exp"] {
        let mut without = claims.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(signer().verify(&resigned(&without), START), None, "without {name}");
        for value in [json!("https://elsewhere.example"), json!(null), json!([]), json!({})] {
            let mut other = claims.clone();
            other[name] = value;
            assert_eq!(signer().verify(&resigned(&other), START), None, "{name}");
        }
    }
}

#[test]
fn forged_tokens_are_refused() {
    let token = token_of(&signer());
    let (header, mut claims) = (part(&token, 0), part(&token, 1));
    let kid = header["kid"].as_str().unwrap();

    let mut forged = vec![
        ("of another key", token_of(&Signer::new(OTHER_SECRET, &NONE, HERE).unwrap())),
        ("empty", String::new()),
        ("no token", "a.b.c".into()),
        ("unsigned", format!("{}.", token.rsplit_once('.').unwrap().0)),
        ("too long", format!("{token}.x")),
        ("without key id", with(&token, 0, &json!({"alg": "EdDSA", "typ": "JWT"}))),
    ];
    claims["sub"] = json!(Uuid::from_u128(3));
    forged.push(("altered", with(&token, 1, &claims)));
    for alg in ["none", "None", "HS256", "ES256"] {
        let renamed = with(&token, 0, &json!({"alg": alg, "typ": "JWT", "kid": kid}));
        forged.push((alg, format!("{}.", renamed.rsplit_once('.').unwrap().0)));
    }
    let jwk = serde_json::to_value(&signer().jwks().keys[0]).unwrap();
    let public = BASE64.decode(jwk["x"].as_str().unwrap()).unwrap();
    let confused = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
    forged.push(("MAC by the public key", encode(&confused, &claims, &EncodingKey::from_secret(&public)).unwrap()));
    // An attacker's own key under the id of ours.
    let stolen_id = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    let own = EncodingKey::from_ed_der(&pkcs8(&[9; 32]));
    forged.push(("another key under our id", encode(&stolen_id, &claims, &own).unwrap()));

    for (what, forged) in forged {
        assert_eq!(signer().verify(&forged, START), None, "{what}");
    }
}

#[test]
fn a_rotated_secret_still_verifies_until_it_is_dropped() {
    let old = token_of(&signer());
    let rotated = Signer::new(OTHER_SECRET, &[SECRET], HERE).unwrap();
    assert_eq!(rotated.verify(&old, START), Some(CALLER));
    assert_eq!(signer().verify(&token_of(&rotated), START), None);
    assert_eq!(rotated.jwks().keys.len(), 2);
    let dropped = Signer::new(OTHER_SECRET, &NONE, HERE).unwrap();
    assert_eq!(dropped.verify(&old, START), None);
}

#[test]
fn a_token_counts_by_the_key_that_it_names_alone() {
    let rotated = Signer::new(OTHER_SECRET, &[SECRET], HERE).unwrap();
    let (newest, old) = (token_of(&rotated), token_of(&signer()));
    let claims = part(&old, 1);
    let renamed = |kid: &Value| {
        let header = Header { kid: kid.as_str().map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &signing_key()).unwrap()
    };
    assert_eq!(rotated.verify(&renamed(&part(&old, 0)["kid"]), START), Some(CALLER));
    assert_eq!(rotated.verify(&renamed(&part(&newest, 0)["kid"]), START), None);
}

#[test]
fn published_keys_are_public_halves_alone() {
    let jwks = serde_json::to_value(signer().jwks()).unwrap();
    let key = &jwks["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    assert!(key.get("d").is_none());
}

fn signing_key() -> EncodingKey {
    let mut seed = [0; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, SECRET).expand(b"chatlink/access-token/v1", &mut seed).unwrap();
    EncodingKey::from_ed_der(&pkcs8(&seed))
}

fn pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    const PREFIX: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    [&PREFIX[..], seed].concat()
}
