//! Everything that is stored about the caller, to be kept. Members are named as the columns are.

use actix_web::{
    HttpResponse,
    http::header::{ContentDisposition, DispositionParam, DispositionType},
    web,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Front, address::ClientAddress, caller::Authenticated, instant::rfc3339, problem::Problem};
use crate::accounts::{
    SessionInfo,
    export::{Export, LoggedEvent, PendingNotice},
};

const FILE_NAME: &str = "chatlink-export.json";

/// Everything that is stored about the caller.
///
/// As it stands at one moment. Secrets and what is made of them are not among it.
#[utoipa::path(get, path = "/v1/me/export", operation_id = "export_me", tag = "Account", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Everything", body = ExportBody, headers(
            ("Content-Disposition" = String, description = "`attachment`, with a name for the file"))),
        (status = 401, description = "`not-authenticated`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn export(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
) -> Result<HttpResponse, Problem> {
    let export = front.services.accounts.export(caller.caller(), address.0).await?;
    let file = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(FILE_NAME.to_owned())],
    };
    Ok(HttpResponse::Ok().insert_header(file).json(ExportBody::from(export)))
}

/// Everything that is stored about somebody.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub struct ExportBody {
    /// When this was read.
    #[schema(format = DateTime)]
    exported_at: String,
    account: ExportedAccount,
    /// Those that have not ended, and expired ones that were not cleared away yet.
    sessions: Vec<ExportedSession>,
    /// Devices from which a login is no news.
    known_devices: Vec<ExportedDevice>,
    /// One-time codes that were used for something else than registering.
    otp_completions: Vec<ExportedCompletion>,
    /// What was done to the account, for as long as that is kept.
    audit_events: Vec<ExportedEvent>,
    /// What is about to be sent.
    notices: Vec<ExportedNotice>,
}

/// The account itself.
#[derive(Serialize, ToSchema)]
pub struct ExportedAccount {
    #[schema(format = Uuid)]
    id: String,
    username: String,
    full_name: String,
    bio: String,
    #[schema(required = true)]
    email: Option<String>,
    #[schema(required = true)]
    phone: Option<String>,
    #[schema(format = Date)]
    date_of_birth: String,
    gender: &'static str,
    /// ISO 3166-1 alpha-2.
    country: &'static str,
    /// ISO 639-3.
    native_language: &'static str,
    /// ISO 639-3, in their order.
    learning_languages: Vec<&'static str>,
    #[schema(required = true, format = DateTime)]
    languages_changed_at: Option<String>,
    /// In which language messages are sent.
    locale: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// How often any of this was changed.
    version: i32,
    /// How often the password was changed, or the account locked.
    credentials_version: i32,
    /// When the password, or what the owner is reached by, was last changed.
    #[schema(required = true, format = DateTime)]
    credentials_changed_at: Option<String>,
    /// Since when an operator lets nobody in.
    #[schema(required = true, format = DateTime)]
    locked_at: Option<String>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct ExportedSession {
    #[schema(format = Uuid)]
    id: String,
    kind: &'static str,
    #[schema(required = true)]
    device_name: Option<String>,
    ip: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_seen_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A device.
#[derive(Serialize, ToSchema)]
pub struct ExportedDevice {
    /// When somebody last logged in from it.
    #[schema(format = DateTime)]
    seen_at: String,
}

/// A one-time code that was used.
#[derive(Serialize, ToSchema)]
pub struct ExportedCompletion {
    #[schema(format = DateTime)]
    completed_at: String,
}

/// Something that was done to the account.
#[derive(Serialize, ToSchema)]
pub struct ExportedEvent {
    #[schema(format = DateTime)]
    at: String,
    #[schema(example = "logged_in")]
    event: &'static str,
    #[schema(required = true, format = Uuid)]
    session_id: Option<String>,
    /// From where.
    #[schema(required = true)]
    ip: Option<String>,
    /// Whether an operator of the server did it.
    by_operator: bool,
}

/// A message that is about to be sent.
#[derive(Serialize, ToSchema)]
pub struct ExportedNotice {
    #[schema(example = "password_changed")]
    kind: String,
    #[schema(required = true)]
    email: Option<String>,
    #[schema(required = true)]
    phone: Option<String>,
    locale: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// From where somebody logged in, if it tells of that.
    #[schema(required = true)]
    ip: Option<String>,
    /// Which kind of address was changed, if it tells of that.
    #[schema(required = true)]
    channel: Option<String>,
}

impl From<Export> for ExportBody {
    fn from(export: Export) -> Self {
        Self {
            exported_at: rfc3339(export.at),
            account: ExportedAccount::new(&export),
            sessions: export.sessions.into_iter().map(ExportedSession::from).collect(),
            known_devices: export.devices.into_iter().map(|at| ExportedDevice { seen_at: rfc3339(at) }).collect(),
            otp_completions: export
                .completions
                .into_iter()
                .map(|at| ExportedCompletion { completed_at: rfc3339(at) })
                .collect(),
            audit_events: export.events.into_iter().map(ExportedEvent::from).collect(),
            notices: export.notices.into_iter().map(ExportedNotice::from).collect(),
        }
    }
}

impl ExportedAccount {
    fn new(export: &Export) -> Self {
        let user = &export.user;
        Self {
            id: user.id.to_string(),
            username: user.username.clone(),
            full_name: user.full_name.clone(),
            bio: user.bio.clone(),
            email: user.email.clone(),
            phone: user.phone.clone(),
            date_of_birth: user.date_of_birth.to_string(),
            gender: user.gender.name(),
            country: user.country.code(),
            native_language: user.native_language.code(),
            learning_languages: user.learning_languages.iter().map(|language| language.code()).collect(),
            languages_changed_at: user.languages_changed_at.map(rfc3339),
            locale: export.locale.tag(),
            created_at: rfc3339(user.created_at),
            version: user.version.number(),
            credentials_version: export.credentials_version,
            credentials_changed_at: export.credentials_changed_at.map(rfc3339),
            locked_at: export.locked_at.map(rfc3339),
        }
    }
}

impl From<SessionInfo> for ExportedSession {
    fn from(session: SessionInfo) -> Self {
        Self {
            id: session.id.to_string(),
            kind: session.kind.name(),
            device_name: session.device_name,
            ip: session.ip.to_string(),
            created_at: rfc3339(session.created_at),
            last_seen_at: rfc3339(session.last_seen_at),
            expires_at: rfc3339(session.expires_at),
        }
    }
}

impl From<LoggedEvent> for ExportedEvent {
    fn from(logged: LoggedEvent) -> Self {
        Self {
            at: rfc3339(logged.at),
            event: logged.event.name(),
            session_id: logged.session.map(|id| id.to_string()),
            ip: logged.ip.map(|ip| ip.to_string()),
            by_operator: logged.by_operator,
        }
    }
}

impl From<PendingNotice> for ExportedNotice {
    fn from(notice: PendingNotice) -> Self {
        Self {
            kind: notice.kind,
            email: notice.email,
            phone: notice.phone,
            locale: notice.locale,
            created_at: rfc3339(notice.created_at),
            ip: notice.ip.map(|ip| ip.to_string()),
            channel: notice.channel,
        }
    }
}
