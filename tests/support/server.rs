//! A whole server in this process, at a place of its own, on a clock that the test moves.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chatlink::{
    adapters::mailbox::Mailbox,
    app::{App, Surroundings},
};
use chatlink_actors::{testkit::World, time::Timestamp};
use redis::AsyncCommands as _;
use serde_json::{Value, json};
use time::{Date, Month};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use super::{
    Flow, PATIENCE, Place,
    client::{Client, PASSWORD, profile},
};

/// A server in development mode.
pub struct Server {
    pub url: String,
    /// Where operators ask.
    pub admin_url: String,
    pub clock: World,
    place: Arc<Place>,
    overrides: Vec<(String, String)>,
    mailbox: Arc<Mailbox>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Deref for Server {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::launch(Arc::new(Place::new().await), World::new(1), Vec::new()).await
    }

    pub async fn with<V: AsRef<str>>(overrides: &[(&str, V)]) -> Self {
        Self::launch(Arc::new(Place::new().await), World::new(1), owned(overrides)).await
    }

    /// For browsers: its public URL is where they find it, so that cookies and origins are right.
    pub async fn for_browsers(overrides: &[(&str, &str)]) -> Self {
        Self::with(&[&[("http.public_url", "")], overrides].concat()).await
    }

    /// At noon of that day, which has to lie in the future: Redis has a clock of its own.
    pub async fn start_on(day: &str) -> Self {
        let parts: Vec<u16> = day.split('-').map(|part| part.parse().unwrap()).collect();
        let month = Month::try_from(u8::try_from(parts[1]).unwrap()).unwrap();
        let noon = Date::from_calendar_date(parts[0].into(), month, u8::try_from(parts[2]).unwrap()).unwrap();
        let noon = noon.with_hms(12, 0, 0).unwrap().assume_utc();
        let world = World::new(1);
        world.set(Timestamp::from_millis(noon.unix_timestamp() * 1000));
        Self::launch(Arc::new(Place::new().await), world, Vec::new()).await
    }

    pub async fn with_own_services() -> Self {
        Self::launch(Arc::new(Place::with_own_services().await), World::new(1), Vec::new()).await
    }

    /// Another node of the same cluster, on the same clock. Its randomness is its own.
    pub async fn second_node(&self) -> Self {
        let world = World::new(2);
        world.set(chatlink_actors::ports::Clock::now(&self.clock));
        Self::launch(Arc::clone(&self.place), world, self.overrides.clone()).await
    }

    /// Stops the server in order, and starts it anew at the same place.
    pub async fn restart(self) -> Self {
        let (place, clock, overrides) = (Arc::clone(&self.place), self.clock.clone(), self.overrides.clone());
        self.stop().await;
        Self::launch(place, clock, overrides).await
    }

    /// The same under other settings.
    pub async fn restart_with<V: AsRef<str>>(mut self, overrides: &[(&str, V)]) -> Self {
        self.overrides = owned(overrides);
        self.restart().await
    }

    /// A node under other settings.
    pub async fn second_node_with<V: AsRef<str>>(&self, overrides: &[(&str, V)]) -> Self {
        let world = World::new(2);
        world.set(chatlink_actors::ports::Clock::now(&self.clock));
        Self::launch(Arc::clone(&self.place), world, owned(overrides)).await
    }

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap();
    }

    async fn launch(place: Arc<Place>, clock: World, overrides: Vec<(String, String)>) -> Self {
        let borrowed: Vec<(&str, &str)> = overrides.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let settings = place.development(&borrowed);
        let surroundings = Surroundings { clock: clock.clock(), entropy: clock.entropy() };
        let app = App::build(&settings, surroundings).await.unwrap();
        let (url, mailbox) = (format!("http://{}", app.address()), Arc::clone(app.mailbox()));
        let admin_url = format!("http://{}", app.admin_address());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            app.run_until(stopped).await.unwrap();
        });
        Self { url, admin_url, clock, place, overrides, mailbox, stop, running }
    }

    /// Somebody new.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The messages to an identifier, newest first.
    pub fn messages(&self, to: &str) -> Vec<Value> {
        self.mailbox.letters(Some(to)).iter().map(|letter| serde_json::to_value(letter).unwrap()).collect()
    }

    /// Waits for so many messages to an identifier, and gives the newest.
    pub async fn message(&self, to: &str, number: usize) -> Value {
        let mut arrivals = self.mailbox.arrivals();
        let arrived = async {
            loop {
                let messages = self.messages(to);
                if messages.len() >= number {
                    return messages[messages.len() - number].clone();
                }
                arrivals.changed().await.unwrap();
            }
        };
        timeout(PATIENCE, arrived).await.expect("a message in time")
    }

    /// Waits for a message of that kind to an identifier, and gives the newest.
    pub async fn message_of(&self, to: &str, kind: &str) -> Value {
        let mut arrivals = self.mailbox.arrivals();
        let arrived = async {
            loop {
                match self.messages(to).into_iter().find(|message| message["kind"] == kind) {
                    Some(message) => return message,
                    None => arrivals.changed().await.unwrap(),
                }
            }
        };
        timeout(PATIENCE, arrived).await.expect("a message in time")
    }

    /// The kinds of the messages to an identifier, newest first.
    pub fn kinds(&self, to: &str) -> Vec<String> {
        self.messages(to).iter().map(|message| message["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// The newest code that was sent to an identifier, once there is one.
    pub async fn code(&self, to: &str) -> String {
        self.message(to, 1).await;
        let messages = self.messages(to);
        messages.iter().find_map(|message| message["code"].as_str()).expect("a message with a code").to_owned()
    }

    /// A code that was never sent to an identifier.
    pub fn wrong_code(&self, to: &str) -> String {
        let sent: Vec<Value> = self.messages(to).iter().map(|message| message["code"].clone()).collect();
        (0..=sent.len()).map(|n| format!("{n:06}")).find(|code| !sent.contains(&json!(code))).unwrap()
    }

    /// Somebody new to whom a flow sends its codes at that identifier.
    pub async fn persona(&self, flow: Flow, identifier: &str) -> Client {
        if flow == Flow::PasswordReset {
            self.register(identifier, &nobodys_name()).await;
        }
        self.stranger(flow).await
    }

    /// Somebody new who may use a flow.
    pub async fn stranger(&self, flow: Flow) -> Client {
        if flow != Flow::IdentifierChange {
            return self.client().on(flow);
        }
        let name = nobodys_name();
        self.register(&format!("{name}@example.com"), &name).await;
        let credentials = json!({"login": name, "password": PASSWORD, "session_kind": "cookie"});
        self.client().logged_in(credentials).await.on(flow)
    }

    /// Starts a session of the client's flow, waits for its message, and gives its id.
    pub async fn started(&self, client: &Client, identifier: &str) -> String {
        let before = self.messages(identifier).len();
        let session = client.start(identifier).await.expect(202);
        self.message(identifier, before + 1).await;
        session["id"].as_str().unwrap().to_owned()
    }

    /// Starts and verifies a session of the client's flow; gives its id and completion token.
    pub async fn verified(&self, client: &Client, identifier: &str) -> (String, Value) {
        let id = self.started(client, identifier).await;
        let code = self.code(identifier).await;
        let session = client.verify(&id, &code).await.expect(200);
        (id, session["completion_token"].clone())
    }

    /// Makes an account; gives its owner, logged in.
    pub async fn register(&self, identifier: &str, username: &str) -> Client {
        let client = self.client();
        let (id, token) = self.verified(&client, identifier).await;
        let session = client.complete(&id, profile(&token, username)).await.expect(201);
        client.with_token(session["access_token"].as_str().unwrap())
    }

    pub async fn accounts_named(&self, username: &str) -> i64 {
        self.count("select count(*) from users where lower(username) = lower($1)", username).await
    }

    pub async fn accounts_with_email(&self, email: &str) -> i64 {
        self.count("select count(*) from users where lower(email) = lower($1)", email).await
    }

    /// The states of all actors as they are now.
    pub async fn redis_snapshot(&self) -> Vec<(String, Vec<u8>)> {
        let mut redis = self.redis().await;
        let keys: Vec<String> = redis.keys(format!("{}:*:otp:*", self.prefix())).await.unwrap();
        let mut states = Vec::new();
        for key in keys {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut redis).await.unwrap();
            states.push((key, dump));
        }
        states
    }

    /// Puts the states back.
    pub async fn restore_redis(&self, states: Vec<(String, Vec<u8>)>) {
        let mut redis = self.redis().await;
        for (key, dump) in states {
            let restore = redis::cmd("RESTORE").arg(&key).arg(0).arg(dump).arg("REPLACE").query_async(&mut redis).await;
            let (): () = restore.unwrap();
        }
    }
}

/// A username that nobody has.
fn nobodys_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("persona{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn owned<V: AsRef<str>>(overrides: &[(&str, V)]) -> Vec<(String, String)> {
    overrides.iter().map(|(key, value)| ((*key).to_owned(), value.as_ref().to_owned())).collect()
}
