//! Where callers and the network meet the service: keys at rest, limits, origins, connections.

mod connections;
mod keys;
mod limits;
mod origins;
mod turns;
mod vendor;
