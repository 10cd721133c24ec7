//! Where the mail of all candidates ends: a mail server that takes everything, counts it, and keeps of each address that
//! somebody waits for the newest message.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

/// How long a message may be on its way.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long no message may come while there are some to come.
const STALLED: Duration = Duration::from_secs(20);

/// A mail server on a free port, for as long as the runtime lives that it was started in.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Messages so far.
    count: watch::Sender<u64>,
    /// The newest message, of those addresses that are watched.
    watched: Mutex<HashMap<String, Option<String>>>,
}

impl Shared {
    fn watched(&self) -> MutexGuard<'_, HashMap<String, Option<String>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, to: &str, message: &str) {
        if let Some(newest) = self.watched().get_mut(to) {
            *newest = Some(message.to_owned());
        }
        self.count.send_modify(|count| *count += 1);
    }
}

impl Sink {
    /// Starts it.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sink = Self { address: listener.local_addr()?, shared: Arc::default() };
        let shared = Arc::clone(&sink.shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle has sent nothing.
                tokio::spawn(async move { drop(converse(stream, &shared).await) });
            }
        });
        Ok(sink)
    }

    /// How many messages have arrived.
    pub fn count(&self) -> u64 {
        *self.shared.count.borrow()
    }

    /// From now on the newest message to that address is kept. What was kept before is forgotten.
    pub fn watch(&self, address: &str) {
        self.shared.watched().insert(address.to_owned(), None);
    }

    /// The newest message to an address that is watched, once there is one that has what is looked for.
    pub async fn message<T>(&self, address: &str, look: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = || self.shared.watched().get(address).and_then(|newest| look(newest.as_deref()?));
        let mut count = self.shared.count.subscribe();
        let deadline = Instant::now() + PATIENCE;
        loop {
            count.borrow_and_update();
            if let Some(found) = found() {
                return Some(found);
            }
            timeout_at(deadline, count.changed()).await.ok()?.ok()?;
        }
    }

    /// Waits until so many messages have arrived, or none comes any more. Says when the last one came.
    pub async fn reach(&self, wanted: u64) -> Instant {
        let mut count = self.shared.count.subscribe();
        let mut last = Instant::now();
        while *count.borrow_and_update() < wanted {
            if !matches!(timeout(STALLED, count.changed()).await, Ok(Ok(()))) {
                break;
            }
            last = Instant::now();
        }
        last
    }
}

/// One connection, to its end.
async fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let (mut line, mut to) = (Vec::new(), String::new());
    while next_line(&mut stream, &mut line).await? {
        let text = String::from_utf8_lossy(&line);
        let (verb, rest) = text.trim_end().split_at_checked(4).unwrap_or((&text, ""));
        let reply: &[u8] = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                let address = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                address.map_or("", |(address, _)| address).clone_into(&mut to);
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let message = message(&mut stream, &mut line).await?;
                shared.take(&to, &message);
                b"250 taken\r\n"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => b"250 ok\r\n",
        };
        stream.write_all(reply).await?;
    }
    Ok(())
}

/// The lines up to the single dot.
async fn message(stream: &mut BufReader<TcpStream>, line: &mut Vec<u8>) -> io::Result<String> {
    let mut message = String::new();
    while next_line(stream, line).await? {
        if line == b".\r\n" {
            return Ok(message);
        }
        message.push_str(&String::from_utf8_lossy(line));
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

async fn next_line(stream: &mut BufReader<TcpStream>, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(stream.read_until(b'\n', line).await? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_everything_and_keeps_what_is_watched() {
        let sink = Sink::start().await.unwrap();
        sink.watch("ann@example.org");
        let mut stream = TcpStream::connect(sink.address).await.unwrap();
        for to in ["ann@example.org", "bob@example.org"] {
            let mail = format!("MAIL FROM:<a@b>\r\nrcpt to:<{to}>\r\nDATA\r\nSubject: x\r\n\r\n123456\r\n.\r\n");
            stream.write_all(mail.as_bytes()).await.unwrap();
        }
        let first_line = |text: &str| text.lines().last().map(str::to_owned);
        assert_eq!(sink.message("ann@example.org", first_line).await.as_deref(), Some("123456"));
        sink.reach(2).await;
        assert_eq!(sink.count(), 2);
        assert!(!sink.shared.watched().contains_key("bob@example.org"));
    }
}
