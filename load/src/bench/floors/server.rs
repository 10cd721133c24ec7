//! The floors that answer HTTP: the paths are ChatLink's, so that both are asked the very same.

use std::{
    io::{self, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{
    App, HttpResponse, HttpServer, error,
    web::{self, Data, Json},
};
use clap::Args;
use serde::Deserialize;

use super::{
    answers::{Problem, Session},
    commits::Commits,
    echo,
    reads::{self, Reads},
};

/// How many bytes ChatLink writes to Redis, as measured.
#[derive(Args, Clone, Copy, Debug)]
pub struct Sizes {
    /// The state of a session that has been started.
    #[arg(long)]
    pub state: usize,
    /// The state of one that has seen a wrong code.
    #[arg(long)]
    pub judged: usize,
    /// The message in the outbox.
    #[arg(long)]
    pub message: usize,
}

/// A server of floors.
#[derive(Args, Debug)]
pub struct Serve {
    #[arg(long)]
    postgres: String,
    #[arg(long)]
    redis: String,
    #[command(flatten)]
    sizes: Sizes,
}

#[derive(Deserialize)]
struct Start {
    identifier: String,
}

#[derive(Deserialize)]
struct Guess {
    code: String,
}

impl Serve {
    /// Says where it listens, then answers until it is killed.
    pub fn run(&self) -> io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = serde_json::to_string(&listener.local_addr()?)?;
        let (postgres, redis): (Arc<str>, Arc<str>) = (self.postgres.as_str().into(), self.redis.as_str().into());
        let (sizes, workers) = (self.sizes, Arc::new(AtomicU64::new(0)));
        let app = move || {
            let worker = workers.fetch_add(1, Ordering::Relaxed);
            let (postgres, redis) = (Arc::clone(&postgres), Arc::clone(&redis));
            App::new()
                .data_factory(move || {
                    let redis = Arc::clone(&redis);
                    async move { Commits::open(&redis, worker, sizes).await }
                })
                .data_factory(move || {
                    let postgres = Arc::clone(&postgres);
                    async move { Reads::open(&postgres).await }
                })
                .configure(routes)
        };
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(app).listen(listener)?.run();
            io::stdout().write_all(format!("{address}\n").as_bytes())?;
            server.await
        })
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/empty", web::post().to(empty))
        .route("/echo", web::get().to(echo::open))
        .route("/v1/registrations", web::post().to(start))
        .route("/v1/registrations/{id}", web::get().to(status))
        .route("/v1/registrations/{id}/verify", web::post().to(judge))
        .route("/read/{id}", web::get().to(read))
        .route("/v1/me", web::get().to(me));
}

/// JSON in, JSON out.
async fn empty(Json(asked): Json<Start>) -> HttpResponse {
    HttpResponse::Accepted().json(Session::of(&asked.identifier))
}

/// The same, and a commit with a message.
async fn start(commits: Data<Commits>, Json(asked): Json<Start>) -> actix_web::Result<HttpResponse> {
    commits.start().await.map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Accepted().json(Session::of(&asked.identifier)))
}

/// JSON out.
async fn status(id: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(Session::of(&id))
}

/// The same, and a read from Redis.
async fn read(commits: Data<Commits>, id: web::Path<String>) -> actix_web::Result<HttpResponse> {
    commits.read().await.map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(Session::of(&id)))
}

/// JSON in, a commit, JSON out.
async fn judge(commits: Data<Commits>, Json(asked): Json<Guess>) -> actix_web::Result<HttpResponse> {
    if asked.code.is_empty() {
        return Ok(HttpResponse::BadRequest().finish());
    }
    commits.judge().await.map_err(error::ErrorInternalServerError)?;
    let mut answer = HttpResponse::UnprocessableEntity();
    Ok(answer.content_type("application/problem+json").json(Problem::WRONG_CODE))
}

/// A read from Postgres, JSON out.
async fn me(reads: Data<Reads>) -> actix_web::Result<HttpResponse> {
    let Some(row) = reads.next().await.map_err(error::ErrorInternalServerError)? else {
        return Ok(HttpResponse::NotFound().finish());
    };
    Ok(HttpResponse::Ok().json(reads::account(&row).map_err(error::ErrorInternalServerError)?))
}
