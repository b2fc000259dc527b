//! What every request meets, the log's stream, and what operators ask.

mod operation;
mod requests;
mod stream;
