//! The functions behind the names: CEL's standard library, and the few that rules do their own way.

use super::limits;
use super::pattern::{PATTERN_TYPE, Pattern};
use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelString, DYN_TYPE, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Context, Env, ExecutionError, Value};
use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

/// Without macros: the parser expands them. Without optionals: rules have none.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::default().with_optional_support(false).with_stdlib();
    let pair = || vec![DYN_TYPE, DYN_TYPE];
    env.add_overload("min", "prm_min", pair(), min).expect("`min` is declared once");
    env.add_overload("max", "prm_max", pair(), max).expect("`max` is declared once");
    env.add_member_overload("matches", "prm_matches", STRING_TYPE, vec![PATTERN_TYPE], matches).expect("`matches` is declared once for patterns");
    Arc::new(env)
});

/// A context with the functions and no facts.
pub(super) fn context<'v>() -> Context<'static, 'v> {
    Context::with_env(Arc::clone(&ENV))
}

/// Whether an expression of literals evaluates at all.
pub(super) fn works(expr: &IdedExpr) -> bool {
    Value::resolve_val(expr, &context()).is_ok()
}

fn min<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    pick("min", args, Ordering::Greater)
}

fn max<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    pick("max", args, Ordering::Less)
}

/// The first of two, unless it compares as `unless` with the second.
fn pick<'b, 'v>(name: &str, mut args: Vec<CowVal<'b, 'v>>, unless: Ordering) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (Some(right), Some(left)) = (args.pop(), args.pop()) else {
        return Err(ExecutionError::function_error(name, "takes two arguments"));
    };
    let order = match left.as_comparer() {
        Some(comparer) => comparer.compare(right.as_ref())?,
        None => return Err(ExecutionError::function_error(name, "takes two numbers, texts or times")),
    };
    Ok(if order == unless { right } else { left })
}

fn matches<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let text = args.first().and_then(|text| text.downcast_ref::<CelString<'_>>());
    let pattern = args.get(1).and_then(|pattern| pattern.downcast_ref::<Pattern>());
    let (Some(text), Some(pattern)) = (text, pattern) else {
        return Err(ExecutionError::function_error("matches", "takes a text and a pattern"));
    };
    let found = pattern
        .matches(text.inner())
        .ok_or_else(|| ExecutionError::function_error("matches", format!("looks at {} bytes at most", limits::MATCHED_BYTES)))?;
    Ok(CowVal::owned(CelBool::from(found)))
}
