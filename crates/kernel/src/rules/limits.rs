//! Every cap in one place. They hold in a debug build on a 512 KiB stack: the tests prove it there.

/// Bytes of one expression.
pub const SOURCE_BYTES: usize = 2_000;
/// Tokens of one expression.
pub const TOKENS: usize = 400;
/// Brackets, calls and `? :` inside one another while reading; each costs the reader a few frames.
pub const NESTING: usize = 12;
/// Levels of the compiled tree; each costs the evaluator up to 35 KiB of stack in a debug build.
pub const DEPTH: u32 = 12;
/// Fields in one dotted path.
pub const PATH: u32 = 16;
/// Worst-case work of one evaluation, in steps of at most 100 ns: 3 ms.
pub const STEPS: u64 = 30_000;
/// Bytes of a `matches` pattern.
pub const PATTERN_BYTES: usize = 200;
/// Bytes a compiled pattern may take; bounds repetition such as `(a{9}){9}`.
pub const PATTERN_SIZE: usize = 32 << 10;
/// Bytes of text that `matches` looks at; longer text is an error.
pub const MATCHED_BYTES: usize = 1_024;

/// Elements of one list, or entries of one object, in facts.
pub const LIST: usize = 200;
/// Values in facts, counting every list, object and leaf.
pub const NODES: usize = 5_000;
/// Bytes of one string or key in facts.
pub const TEXT_BYTES: usize = 4_096;
/// Bytes of all strings and keys in facts together.
pub const FACTS_BYTES: usize = 128 << 10;
/// Lists and objects inside one another in facts.
pub const FACTS_DEPTH: usize = 16;
