//! What every request meets, the log's stream, and what operators ask.

mod hostile_http;
mod inside;
mod operation;
mod requests;
mod stream;
mod texts;
