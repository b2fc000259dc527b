//! What the program yields: the pipeline, and what becomes of deals.

mod figures;
mod pipeline;
