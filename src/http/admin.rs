//! What operators ask on an address of their own: metrics, and whether all is well. Nothing else is served there, and
//! metrics nowhere else.

use std::sync::Arc;

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::{Next, from_fn},
    web::{self, ServiceConfig},
};
use chatlink_actors::ports::Entropy;

use super::{
    Readiness,
    edge::{RequestId, finished},
    operations,
    problem::{Kind, Problem},
    routes::{at, get, nowhere},
};
use crate::telemetry::metrics::{CONTENT_TYPE, Exposition};

/// What the operators' address is built on.
#[derive(Clone)]
pub struct Admin {
    /// The metrics.
    pub exposition: Exposition,
    /// Whether what this process depends on is there.
    pub readiness: Arc<dyn Readiness>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
}

/// Everything that is served on the operators' address.
pub fn routes(admin: Admin) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let admin = web::Data::new(admin);
    move |config| {
        let table = |config: &mut ServiceConfig| {
            config
                .service(at("/metrics", [get(metrics)]))
                .service(at("/healthz", [get(operations::healthz)]))
                .service(at("/readyz", [get(readyz)]));
        };
        let scope = web::scope("").wrap(from_fn(finish)).default_service(web::to(nowhere));
        config.app_data(admin.clone()).service(scope.configure(table));
    }
}

/// Errors are problems here too. Nobody's page may read anything: no origin is let in.
async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(admin) = request.app_data::<web::Data<Admin>>().cloned() else {
        return Err(Problem::from(Kind::Internal).into());
    };
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(finished(response, &RequestId::random(&*admin.entropy), false))
}

async fn metrics(admin: web::Data<Admin>) -> Result<HttpResponse, Problem> {
    let text = admin.exposition.text().map_err(|_| Kind::Internal)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, CONTENT_TYPE)).body(text))
}

async fn readyz(admin: web::Data<Admin>) -> Result<HttpResponse, Problem> {
    operations::readiness(&*admin.readiness).await
}
