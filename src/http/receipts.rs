//! What an SMS gateway says became of a text message. There only where the gateway that is set up sends receipts.

use actix_web::{HttpRequest, HttpResponse, web};
use chatlink_actors::{ports::BoxFuture, shell::SendError};

use super::{
    Front,
    problem::{Kind, Problem},
};

/// Where gateways send their receipts.
pub const PATH: &str = "/v1/sms-receipts";

/// A request as it came in.
#[derive(Debug)]
pub struct RawReceipt {
    /// The header by which the gateway proves that it sent this.
    pub signature: Option<String>,
    /// Path and query, as asked for.
    pub target: String,
    /// The fields of the form, in order.
    pub form: Vec<(String, String)>,
}

/// Knows the gateway's receipts, and whom they concern.
pub trait Receipts: Send + Sync + 'static {
    /// The name of the header with the signature.
    fn signature_header(&self) -> &'static str;

    /// Takes a receipt in. One that is forged, or tells nothing new, changes nothing and is no error.
    ///
    /// # Errors
    /// When the actor could not be told.
    fn take(&self, receipt: RawReceipt) -> BoxFuture<'_, Result<(), SendError>>;
}

/// `POST /v1/sms-receipts`
pub async fn take(
    front: web::Data<Front>,
    request: HttpRequest,
    form: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    let receipts = front.services.receipts.as_ref().ok_or(Kind::NotFound)?;
    let signature = request.headers().get(receipts.signature_header());
    let receipt = RawReceipt {
        signature: signature.and_then(|value| value.to_str().ok()).map(str::to_owned),
        target: request.uri().to_string(),
        form: form.into_inner(),
    };
    receipts.take(receipt).await?;
    Ok(HttpResponse::NoContent().finish())
}
