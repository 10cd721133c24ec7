//! One registration after another, each by somebody new, every answer checked.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use crate::report::{Report, now};

const PASSWORD: &str = "seven-violet-kettles-91";
/// How long one request, and the delivery of one code, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the mailbox is looked into.
const GLANCE: Duration = Duration::from_millis(20);

/// The scenario, shared by its workers.
#[derive(Debug)]
pub struct Smoke {
    client: Client,
    base: Url,
    /// Tells the people of this run from those of all others.
    run: u64,
    registrations: u32,
    begun: AtomicU32,
}

/// One person's way through, and what it took.
struct Journey<'a> {
    smoke: &'a Smoke,
    report: &'a mut Report,
}

type Step<T> = Result<T, String>;

impl Smoke {
    /// A scenario of so many registrations.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(base: Url, registrations: u32) -> reqwest::Result<Self> {
        let client = Client::builder().timeout(PATIENCE).build()?;
        let run = RandomState::new().hash_one(registrations);
        Ok(Self { client, base, run, registrations, begun: AtomicU32::new(0) })
    }

    /// Registers people until there are enough, whoever of the workers registers them.
    pub async fn work(self: Arc<Self>) -> Report {
        let mut report = Report::default();
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= self.registrations {
                return report;
            }
            let outcome = Journey { smoke: &self, report: &mut report }.go(number).await;
            match outcome {
                Ok(()) => report.finish(),
                Err(why) => report.fail(why),
            }
        }
    }
}

impl Journey<'_> {
    async fn go(mut self, number: u32) -> Step<()> {
        let name = format!("load{:x}_{number}", self.smoke.run);
        let email = format!("{name}@example.org");
        let username: String = name.chars().take(30).collect();

        let session = self.post("start", "/v1/registrations", None, &json!({ "identifier": email }), 202).await?;
        let session = format!("/v1/registrations/{}", text(&session, "id")?);
        let code = self.code(&email).await?;
        let verified = self.post("verify", &format!("{session}/verify"), None, &json!({ "code": code }), 200).await?;
        let profile = json!({
            "completion_token": text(&verified, "completion_token")?,
            "username": username, "password": PASSWORD, "full_name": "Load Test", "date_of_birth": "1990-05-17",
            "country": "DE", "native_language": "deu", "learning_languages": ["eng"],
        });
        self.post("complete", &format!("{session}/complete"), None, &profile, 201).await?;
        let login = json!({ "login": username, "password": PASSWORD });
        let login = self.post("login", "/v1/sessions", None, &login, 201).await?;
        let token = text(&login, "access_token")?;
        let me = self.request("me", Method::GET, "/v1/me", Some(token), None, 200).await?;
        if text(&me, "email")? != email {
            return Err("me: somebody else".into());
        }
        self.post("logout", "/v1/logout", Some(token), &json!({}), 204).await?;
        Ok(())
    }

    /// Waits for the code to be delivered.
    async fn code(&mut self, email: &str) -> Step<String> {
        let path = format!("/dev/messages?to={email}");
        let began = now();
        let arrival = async {
            loop {
                let messages = self.smoke.send(Method::GET, &path, None, None, 200).await?;
                if let Some(code) = messages.get(0).and_then(|message| message.get("code")?.as_str()) {
                    return Ok(code.to_owned());
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        let code = tokio::time::timeout(PATIENCE, arrival).await;
        let code = code
            .map_err(|_| "delivery: no code arrived".to_owned())?
            .map_err(|why: String| format!("delivery: {why}"))?;
        self.report.step("delivery", began.elapsed());
        Ok(code)
    }

    async fn post(
        &mut self,
        step: &'static str,
        path: &str,
        token: Option<&str>,
        body: &Value,
        status: u16,
    ) -> Step<Value> {
        self.request(step, Method::POST, path, token, Some(body), status).await
    }

    async fn request(
        &mut self,
        step: &'static str,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
        status: u16,
    ) -> Step<Value> {
        let began = now();
        let answer = self.smoke.send(method, path, token, body, status).await;
        let answer = answer.map_err(|why| format!("{step}: {why}"))?;
        self.report.step(step, began.elapsed());
        Ok(answer)
    }
}

impl Smoke {
    /// The body of an answer with that status; null where it has none.
    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
        status: u16,
    ) -> Step<Value> {
        let url = self.base.join(path).map_err(|error| error.to_string())?;
        let mut request = self.client.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let found = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|error| error.to_string())?;
        if found != status {
            return Err(format!("{found} instead of {status}: {}", String::from_utf8_lossy(&body)));
        }
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body).map_err(|error| error.to_string()) }
    }
}

/// A member of an answer that has to be there.
fn text<'a>(answer: &'a Value, member: &str) -> Step<&'a str> {
    answer.get(member).and_then(Value::as_str).ok_or_else(|| format!("an answer has no {member}"))
}
