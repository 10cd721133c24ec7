//! An SMTP server that takes every mail and keeps the code in it.
//!
//! It speaks what a relay in front of carriers speaks (RFC 5321 with `PIPELINING` and `8BITMIME`), without TLS and
//! without asking who is there: for loopback and test networks. A connection may bring any number of mails.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

use super::{BREATH, Inbox, code};

/// Longer than any line that RFC 5321 allows.
const LONGEST_LINE: u64 = 64 * 1024;

/// Takes mails there until the program ends.
pub async fn listen(address: SocketAddr, inbox: Arc<Inbox>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            // Out of descriptors, it can only wait for one.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            // Replies are short, and are waited for.
            let _ = stream.set_nodelay(true);
            let (reader, writer) = stream.into_split();
            let talk = Talk { reader: BufReader::new(reader), writer, inbox: Arc::clone(&inbox), to: Vec::new() };
            // A peer that breaks off has nothing more to say.
            tokio::spawn(async move { drop(talk.go().await) });
        }
    });
    Ok(address)
}

struct Talk<R, W> {
    reader: BufReader<R>,
    writer: W,
    inbox: Arc<Inbox>,
    to: Vec<String>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Talk<R, W> {
    async fn go(mut self) -> io::Result<()> {
        self.say("220 sink ESMTP").await?;
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say("250-sink\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME").await?,
                "RCPT" => {
                    self.to.extend(address(&line));
                    self.say("250 OK").await?;
                }
                "DATA" => {
                    self.say("354 go on").await?;
                    let Some(mail) = self.mail().await? else { return Ok(()) };
                    self.take(&mail);
                    self.say("250 taken").await?;
                }
                "QUIT" => return self.say("221 bye").await,
                "MAIL" | "RSET" | "HELO" => {
                    self.to.clear();
                    self.say("250 OK").await?;
                }
                "NOOP" => self.say("250 OK").await?,
                _ => self.say("502 not known").await?,
            }
        }
        Ok(())
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes()).await
    }

    /// The next line, with its end; none where the peer has closed.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        Ok((!line.is_empty()).then_some(line))
    }

    /// A mail up to the line with nothing but a dot. Dots that begin other lines were doubled.
    async fn mail(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut mail = Vec::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            if line == b".\r\n" {
                return Ok(Some(mail));
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    fn take(&mut self, mail: &[u8]) {
        let code = code::in_mail(mail);
        for recipient in self.to.drain(..) {
            if let Some(code) = &code {
                self.inbox.put(&recipient, code.clone());
            }
        }
    }
}

/// Of `RCPT TO:<ann@example.org> ORCPT=…`, the address.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_connection_brings_several_mails_pipelined_or_not() {
        let inbox = Arc::new(Inbox::default());
        let address = listen("127.0.0.1:0".parse().unwrap(), Arc::clone(&inbox)).await.unwrap();
        let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let talk = "EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n\
            Subject: s\r\n\r\nCode:\r\n\r\n111111\r\n..\r\n.\r\n\
            MAIL FROM:<a@b.example> BODY=8BITMIME\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<cyd@example.org>\r\nDATA\r\n\
            Subject: s\r\n\r\n222222\r\n.\r\nWHAT\r\nQUIT\r\n";
        stream.write_all(talk.as_bytes()).await.unwrap();
        let mut replies = String::new();
        stream.read_to_string(&mut replies).await.unwrap();
        let codes: Vec<&str> =
            replies.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
        assert_eq!(codes.join(" "), "220 250 250 250 354 250 250 250 250 354 250 502 221");
        assert_eq!(inbox.code("ann@example.org").await, "111111");
        assert_eq!(inbox.code("bob@example.org").await, "222222");
        assert_eq!(inbox.code("cyd@example.org").await, "222222");
    }
}
