//! What the OpenAPI document promises, and what the server does, over whichever operations there are.

mod framework;
mod schemathesis;
