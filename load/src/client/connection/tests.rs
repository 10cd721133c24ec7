use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server that answers the requests of each connection with these, then closes it.
async fn server(connections: Vec<Vec<&'static str>>) -> Arc<Target> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::at(listener.local_addr().unwrap()).unwrap();
    tokio::spawn(async move {
        for answers in connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    Arc::new(target)
}

#[tokio::test]
async fn a_connection_is_kept_and_made_anew_when_it_was_closed() {
    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
    let target = server(vec![vec![OK, OK], vec![OK]]).await;
    let mut connection = Connection::new(target, PATIENCE);
    for _ in 0..3 {
        let answer = connection.send(Request::get("/")).await.unwrap();
        assert_eq!((answer.status, answer.body.as_ref()), (200, b"hi".as_slice()));
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let problem = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 34\r\n\r\n{\"type\": \"/problems/rate-limited\"}";
    let target = server(vec![vec![problem, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi"]]).await;
    let mut connection = Connection::new(Arc::clone(&target), PATIENCE);
    let answer = connection.send(Request::get("/")).await.unwrap();
    assert!(answer.says_when_to_retry());
    assert_eq!(answer.expect(200).unwrap_err().to_string(), "429 rate-limited");
    assert_eq!(connection.send(Request::get("/")).await.unwrap_err(), Failure::Broken);
    // Nobody listens any more.
    assert_eq!(connection.send(Request::get("/")).await.unwrap_err(), Failure::Connect);
}

#[tokio::test]
async fn patience_ends() {
    let target = server(vec![vec!["HTTP/1.1 200 OK\r\n", ""]]).await;
    let mut connection = Connection::new(target, Duration::from_millis(20));
    assert_eq!(connection.send(Request::get("/")).await.unwrap_err(), Failure::Timeout);
}
