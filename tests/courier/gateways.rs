//! Text messages, as a gateway's HTTP server gets them.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chatlink::{
    adapters::sms::{
        http::Webhook,
        twilio::{self, Twilio},
    },
    courier::ports::{CarrierError, CarrierResult, TextCarrier},
};
use reqwest::Url;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::world::World;

const PHONE: &str = "+491711234567";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

/// A request as it came in.
#[derive(Clone, Debug, Default)]
struct Request {
    line: String,
    headers: String,
    body: String,
}

/// Answers everything alike, and closes the connection.
struct Gateway {
    url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
    serving: JoinHandle<()>,
}

impl Gateway {
    async fn answering(response: &'static str) -> Self {
        // Whoever comes first installs it; the others find it installed.
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let received = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let request = read(&mut stream).await;
                received.lock().unwrap().push(request);
                stream.write_all(response.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        Self { url, requests, serving }
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    fn webhook(&self) -> Webhook {
        Webhook::new(self.url.join("/send").unwrap(), "the-token").unwrap()
    }

    fn twilio(&self, sender: &str) -> Twilio {
        Twilio::new(twilio::Settings {
            url: self.url.clone(),
            account: ACCOUNT.into(),
            token: "12345".into(),
            sender: twilio::Sender::parse(sender),
            receipts: Some("https://chatlink.example/receipts".parse().unwrap()),
        })
        .unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Request {
    let mut request = Request::default();
    stream.read_line(&mut request.line).await.unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request.headers.extend([&name.to_lowercase(), ": ", value, "\n"]);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    request.body = String::from_utf8(body).unwrap();
    request
}

/// What a carrier makes of an answer, and how many requests that took.
fn verdict(result: &CarrierResult) -> &'static str {
    match result {
        Ok(()) => "taken",
        Err(CarrierError::Retry(_)) => "retry",
        Err(CarrierError::Fail(_)) => "fail",
    }
}

const ANSWERS: [(&str, &str); 11] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "taken"),
    ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "taken"),
    ("HTTP/1.1 204 No Content\r\n\r\n", "taken"),
    ("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "retry"),
    ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "fail"),
    ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "fail"),
    ("HTTP/1.1 422 Unprocessable\r\nContent-Length: 14\r\n\r\n+491711234567!", "fail"),
    ("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "retry"),
    ("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "retry"),
    ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 14\r\n\r\n+491711234567!", "retry"),
    ("", "retry"),
];

async fn judge(carrier: &dyn TextCarrier, gateway: &Gateway, answer: &str, expected: &str) {
    let text = World::new().text(PHONE);
    let result = carrier.send_text(&text).await;
    assert_eq!(verdict(&result), expected, "{answer:?}: {result:?}");
    assert_eq!(gateway.requests().len(), 1, "{answer:?} is not followed or repeated");
    let said = format!("{result:?}");
    let code = text.slip.code.as_ref().unwrap().digits();
    for secret in [code, "171123", "the-token", "12345", ACCOUNT, gateway.url.as_str()] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test]
async fn a_webhook_gets_the_documented_request() {
    let gateway = Gateway::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let text = World::new().text(PHONE);
    gateway.webhook().send_text(&text).await.unwrap();
    let [request] = &gateway.requests()[..] else { panic!("one request") };
    assert_eq!(request.line, "POST /send HTTP/1.1\r\n");
    assert!(request.headers.contains("authorization: Bearer the-token\n"));
    assert!(request.headers.contains("content-type: application/json\n"));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let id = text.slip.message.to_string();
    assert_eq!(body, serde_json::json!({ "message_id": id, "to": PHONE, "text": text.body }));
}

#[tokio::test]
async fn a_webhooks_answer_says_whether_to_try_again() {
    for (answer, expected) in ANSWERS {
        let gateway = Gateway::answering(answer).await;
        judge(&gateway.webhook(), &gateway, answer, expected).await;
    }
}

#[tokio::test]
async fn a_gateway_that_is_away_is_tried_again() {
    let gateway = Gateway::answering("").await;
    gateway.serving.abort();
    while !gateway.serving.is_finished() {
        tokio::task::yield_now().await;
    }
    let text = World::new().text(PHONE);
    assert_eq!(verdict(&gateway.webhook().send_text(&text).await), "retry");
    assert_eq!(verdict(&gateway.twilio("+15005550006").send_text(&text).await), "retry");
}

#[tokio::test]
async fn twilio_gets_a_form_that_bears_what_its_receipt_will() {
    let service = format!("MG{}", "0".repeat(32));
    for (sender, field) in [("+15005550006", "From"), (service.as_str(), "MessagingServiceSid")] {
        let gateway = Gateway::answering("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}").await;
        let text = World::new().text(PHONE);
        let twilio = gateway.twilio(sender);
        twilio.send_text(&text).await.unwrap();
        let [request] = &gateway.requests()[..] else { panic!("one request") };
        assert_eq!(request.line, format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1\r\n"));
        let credentials = STANDARD.encode(format!("{ACCOUNT}:12345"));
        assert!(request.headers.contains(&format!("authorization: Basic {credentials}\n")));

        let form = Url::parse(&format!("form:?{}", request.body)).unwrap();
        let value = |name| form.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
        assert_eq!((value("To").unwrap(), value("Body").unwrap()), (PHONE.to_owned(), text.body.clone()));
        assert_eq!(value(field).as_deref(), Some(sender));
        let callback = value("StatusCallback").unwrap();
        assert_eq!(callback, format!("https://chatlink.example/receipts?ref={}", text.slip.receipts.unwrap()));
    }
}

/// Of a reset, or a notice, nobody may be told what became of it.
#[tokio::test]
async fn twilio_is_asked_for_no_receipt_where_none_will_be_taken() {
    let gateway = Gateway::answering("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}").await;
    let mut text = World::new().text(PHONE);
    text.slip.receipts = None;
    gateway.twilio("+15005550006").send_text(&text).await.unwrap();
    let [request] = &gateway.requests()[..] else { panic!("one request") };
    assert!(!request.body.contains("StatusCallback"), "{}", request.body);
}

#[tokio::test]
async fn twilios_answer_says_whether_to_try_again() {
    for (answer, expected) in ANSWERS {
        let gateway = Gateway::answering(answer).await;
        judge(&gateway.twilio("+15005550006"), &gateway, answer, expected).await;
    }
    let problem = "HTTP/1.1 400 Bad Request\r\nContent-Length: 66\r\n\r\n\
                   {\"code\": 21211, \"message\": \"+491711234567 is no number\", \"status\":400}";
    let gateway = Gateway::answering(problem).await;
    judge(&gateway.twilio("+15005550006"), &gateway, problem, "fail").await;
}
