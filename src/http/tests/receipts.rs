//! Receipts of an SMS gateway.

use std::sync::{Arc, Mutex};

use actix_web::{
    App,
    test::{TestRequest, init_service},
};
use chatlink_actors::{ports::BoxFuture, shell::SendError};

use super::{Answer, Stage, call};
use crate::http::{RECEIPTS_PATH, RawReceipt, Receipts, Services, routes};

/// Keeps what comes in, unless nobody can be told.
#[derive(Default)]
struct Desk {
    taken: Mutex<Vec<RawReceipt>>,
    is_closed: bool,
}

impl Receipts for Desk {
    fn signature_header(&self) -> &'static str {
        "x-signature"
    }

    fn take(&self, receipt: RawReceipt) -> BoxFuture<'_, Result<(), SendError>> {
        Box::pin(async move {
            self.taken.lock().unwrap().push(receipt);
            if self.is_closed { Err(SendError::Unavailable) } else { Ok(()) }
        })
    }
}

fn receipt() -> TestRequest {
    let request = TestRequest::post().uri(&format!("{RECEIPTS_PATH}?of=x")).insert_header(("x-signature", "abc"));
    request.set_form([("b", "2"), ("a", "1 &")])
}

async fn send(stage: &Stage, desk: &Arc<Desk>, request: TestRequest) -> Answer {
    let receipts: Arc<dyn Receipts> = Arc::<Desk>::clone(desk);
    let services = Services { receipts: Some(receipts), ..stage.services() };
    call(&init_service(App::new().configure(routes(services))).await, request).await
}

#[actix_web::test]
async fn a_receipt_is_passed_on_as_it_came() {
    let (stage, desk) = (Stage::new(), Arc::default());
    assert_eq!(send(&stage, &desk, receipt()).await.status, 204);
    let taken = desk.taken.lock().unwrap();
    let [RawReceipt { signature, target, form }] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!((signature.as_deref(), target.as_str()), (Some("abc"), "/v1/sms-receipts?of=x"));
    assert_eq!(*form, [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1 &".to_owned())]);
}

#[actix_web::test]
async fn a_receipt_that_did_not_get_through_is_asked_for_again() {
    let desk = Arc::new(Desk { is_closed: true, ..Desk::default() });
    assert_eq!(send(&Stage::new(), &desk, receipt()).await.slug(), "temporarily-unavailable");
}

#[actix_web::test]
async fn what_is_no_form_is_no_receipt() {
    let desk = Arc::default();
    let json = TestRequest::post().uri(RECEIPTS_PATH).set_json(["x"]);
    assert_eq!(send(&Stage::new(), &desk, json).await.slug(), "unsupported-media-type");
    let long = TestRequest::post().uri(RECEIPTS_PATH).set_form([("a", "x".repeat(20_000))]);
    assert_eq!(send(&Stage::new(), &desk, long).await.slug(), "payload-too-large");
    assert!(desk.taken.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn without_a_gateway_there_is_nobody_to_take_receipts() {
    let stage = Stage::new();
    assert_eq!(call(&stage.app().await, receipt()).await.slug(), "not-found");
}
