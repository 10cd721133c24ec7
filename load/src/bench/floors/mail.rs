//! A mail server that takes every mail, keeps none, and says ten times a second how many there were.

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    time::sleep,
};

const PACE: Duration = Duration::from_millis(100);

/// Says where it listens, then how many mails it has taken, again and again, until it is killed.
pub fn run() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        say(&serde_json::to_string(&listener.local_addr()?)?)?;
        let taken = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A peer that breaks off has nothing more to say.
                tokio::spawn(talk(stream, Arc::clone(&counter)));
            }
        });
        loop {
            sleep(PACE).await;
            say(&taken.load(Ordering::Relaxed).to_string())?;
        }
    })
}

fn say(line: &str) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

/// One conversation, of any number of mails (RFC 5321).
async fn talk(stream: TcpStream, taken: Arc<AtomicU64>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let (mut reader, mut line) = (BufReader::new(reader), Vec::new());
    writer.write_all(b"220 counter ESMTP\r\n").await?;
    let mut in_mail = false;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if in_mail {
            if line == b".\r\n" {
                in_mail = false;
                taken.fetch_add(1, Ordering::Relaxed);
                writer.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_slice() {
            b"EHLO" => b"250-counter\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n",
            b"DATA" => {
                in_mail = true;
                b"354 go on\r\n"
            }
            b"QUIT" => b"221 bye\r\n",
            _ => b"250 OK\r\n",
        };
        writer.write_all(answer).await?;
    }
}
