//! A piece of a rule while it is read: its tree in the form `cel` evaluates, and what it may cost.
//!
//! Cost is known from the text alone: a loop is charged for the longest list that facts may hold, a text
//! for the longest text. So a rule that could be slow is refused when it is written, never when it decides.

use super::error::{At, RuleError, refuse};
use super::limits;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, SelectExpr, operators};

/// What is known of a value before facts are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Bool,
    Number,
    Text,
    /// A list of at most so many elements.
    List(u64),
    /// Surely not true or false, else unknown.
    Other,
    /// Whatever the facts hold.
    Any,
}

/// A tree and what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub expr: IdedExpr,
    pub kind: Kind,
    /// Byte of the source to point at.
    pub at: usize,
    /// Levels of evaluation inside.
    pub depth: u32,
    /// Work of one evaluation, at worst.
    pub steps: u64,
    /// Length of the text that it, or an element of it, may be.
    pub bytes: u64,
    /// Fields of a plain dotted path; 0 for anything else.
    pub path: u32,
    /// Which of the recorded reads this extends.
    pub read: Option<usize>,
}

/// The loops, by the names that vendors write.
pub(super) const LOOPS: [&str; 5] = ["exists", "all", "exists_one", "filter", "map"];

const RESULT: &str = "@result";

/// Work of one turn of a loop besides its body: clone the element, bind it, fold the result.
const TURN: u64 = 6;

fn node(expr: Expr) -> IdedExpr {
    IdedExpr { id: 1, expr }
}

fn raw_call(name: &str, args: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args }))
}

fn name(name: &str) -> IdedExpr {
    node(Expr::Ident(name.to_owned()))
}

impl Piece {
    fn leaf(expr: Expr, kind: Kind, at: usize, bytes: u64) -> Self {
        Piece { expr: node(expr), kind, at, depth: 1, steps: 1, bytes, path: 0, read: None }
    }

    /// A literal, as written.
    pub fn literal(value: LiteralValue, at: usize) -> Self {
        let (kind, bytes) = match &value {
            LiteralValue::Boolean(_) => (Kind::Bool, 0),
            LiteralValue::String(text) => (Kind::Text, text.inner().len() as u64),
            LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => (Kind::Number, 0),
            LiteralValue::Null | LiteralValue::Bytes(_) => (Kind::Other, 0),
        };
        Self::leaf(Expr::Literal(value), kind, at, bytes)
    }

    /// A fact or a loop variable, whose texts are at most `bytes` long.
    pub fn variable(variable: &str, at: usize, bytes: u64, read: Option<usize>) -> Self {
        let leaf = Self::leaf(Expr::Ident(variable.to_owned()), Kind::Any, at, bytes);
        Piece { steps: 3, path: 1, read, ..leaf }
    }

    /// A list of literals.
    pub fn list(items: Vec<Piece>, at: usize) -> Self {
        let (count, bytes) = (items.len() as u64, items.iter().map(|item| item.bytes).max().unwrap_or(0));
        let steps = 1 + count + items.iter().map(|item| item.bytes / 1024).sum::<u64>();
        let items = items.into_iter().map(|item| item.expr).collect();
        let leaf = Self::leaf(Expr::List(ListExpr::new(items)), Kind::List(count), at, bytes);
        Piece { depth: 2, steps, ..leaf }
    }

    /// `self.field`.
    pub fn field(self, field: &str, at: usize) -> Result<Self, At> {
        if self.path == limits::PATH {
            return refuse(at, RuleError::TOO_DEEP, format!("a path has at most {} fields", limits::PATH));
        }
        let depth = if self.path > 0 { 1 } else { self.depth + 1 };
        let path = if self.path > 0 { self.path + 1 } else { 0 };
        let select = SelectExpr { operand: Box::new(self.expr), field: field.to_owned(), test: false };
        let steps = self.steps + 2;
        Piece { expr: node(Expr::Select(select)), kind: Kind::Any, depth, steps, path, ..self }.checked()
    }

    /// `has(self)`, which only a field can be asked.
    pub fn presence(mut self) -> Result<Self, At> {
        match &mut self.expr.expr {
            Expr::Select(select) => select.test = true,
            _ => return refuse(self.at, RuleError::SYNTAX, "`has` asks for a field, as in has(customer.tax_id)"),
        }
        Ok(Piece { kind: Kind::Bool, path: 0, read: None, ..self })
    }

    /// An operator or a function over `args`, costing `extra` beyond them.
    pub fn call(name: &str, args: Vec<Piece>, kind: Kind, bytes: u64, extra: u64, at: usize) -> Result<Self, At> {
        Self::apply(name, None, args, kind, bytes, extra, at)
    }

    /// `target.name(args)`.
    pub fn method(self, name: &str, args: Vec<Piece>, kind: Kind, extra: u64, at: usize) -> Result<Self, At> {
        Self::apply(name, Some(self), args, kind, 0, extra, at)
    }

    fn apply(name: &str, target: Option<Piece>, args: Vec<Piece>, kind: Kind, bytes: u64, extra: u64, at: usize) -> Result<Self, At> {
        let all = || args.iter().chain(&target);
        let depth = 1 + all().map(|piece| piece.depth).max().unwrap_or(0);
        let steps = 1 + extra + all().map(|piece| piece.steps).sum::<u64>();
        let call = CallExpr {
            func_name: name.to_owned(),
            target: target.map(|target| Box::new(target.expr)),
            args: args.into_iter().map(|piece| piece.expr).collect(),
        };
        Piece { expr: node(Expr::Call(call)), kind, at, depth, steps, bytes, path: 0, read: None }.checked()
    }

    /// How many turns a loop over this takes at worst, and how long its elements may be.
    pub fn turns(&self) -> Result<(u64, u64), At> {
        match self.kind {
            Kind::List(count) => Ok((count, self.bytes)),
            Kind::Any => Ok((limits::LIST as u64, self.bytes)),
            _ => refuse(self.at, RuleError::SYNTAX, "only a list can be looped over"),
        }
    }

    /// `self.how(variable, body)`: the same trees that CEL's standard macros make.
    pub fn looped(self, how: &str, variable: &str, body: Piece, at: usize) -> Result<Self, At> {
        let (turns, element) = self.turns()?;
        let list = matches!(how, "filter" | "map");
        let bytes = if how == "map" { body.bytes } else { element };
        let copied = if list { bytes / 128 } else { 0 };
        let piece = Piece {
            kind: if list { Kind::List(turns) } else { Kind::Bool },
            at,
            depth: 1 + self.depth.max(body.depth + 2),
            steps: self.steps + 4 + turns.saturating_mul(body.steps + TURN + copied),
            bytes: if list { bytes } else { 0 },
            path: 0,
            read: None,
            expr: comprehension(self.expr, how, variable, body.expr),
        };
        piece.checked()
    }

    /// Refuse what has grown too deep or too costly.
    fn checked(self) -> Result<Self, At> {
        if self.depth > limits::DEPTH {
            let detail = "operators and calls sit too deep inside one another; split the rule in two";
            return refuse(self.at, RuleError::TOO_DEEP, detail);
        }
        if self.steps > limits::STEPS {
            let detail = format!(
                "this could take {} steps on large facts, {} are allowed; shorten what is done to each element of a list",
                self.steps,
                limits::STEPS
            );
            return refuse(self.at, RuleError::TOO_COMPLEX, detail);
        }
        Ok(self)
    }

    /// Refuse what can never be true or false.
    pub fn boolean(self) -> Result<Self, At> {
        match self.kind {
            Kind::Bool | Kind::Any => Ok(self),
            _ => refuse(self.at, RuleError::NOT_BOOLEAN, "this is not true or false; compare it with something"),
        }
    }
}

fn comprehension(range: IdedExpr, how: &str, variable: &str, body: IdedExpr) -> IdedExpr {
    let literal = |value| node(Expr::Literal(value));
    let truth = |value: bool| literal(LiteralValue::Boolean(value.into()));
    let lax = |condition| raw_call(operators::NOT_STRICTLY_FALSE, vec![condition]);
    let number = |value: i64| literal(LiteralValue::Int(value.into()));
    let empty = || node(Expr::List(ListExpr::new(Vec::new())));
    let push = |item| raw_call(operators::ADD, vec![name(RESULT), node(Expr::List(ListExpr::new(vec![item])))]);
    let when = |then| raw_call(operators::CONDITIONAL, vec![body.clone(), then, name(RESULT)]);
    let (accu_init, loop_cond, loop_step, result) = match how {
        "exists" => (
            truth(false),
            lax(raw_call(operators::LOGICAL_NOT, vec![name(RESULT)])),
            raw_call(operators::LOGICAL_OR, vec![name(RESULT), body]),
            name(RESULT),
        ),
        "all" => (truth(true), lax(name(RESULT)), raw_call(operators::LOGICAL_AND, vec![name(RESULT), body]), name(RESULT)),
        "exists_one" => (
            number(0),
            truth(true),
            when(raw_call(operators::ADD, vec![name(RESULT), number(1)])),
            raw_call(operators::EQUALS, vec![name(RESULT), number(1)]),
        ),
        "filter" => (empty(), truth(true), when(push(name(variable))), name(RESULT)),
        _ => (empty(), truth(true), push(body), name(RESULT)),
    };
    node(Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range: range,
        iter_var: variable.to_owned(),
        iter_var2: None,
        accu_var: RESULT.to_owned(),
        accu_init,
        loop_cond,
        loop_step,
        result,
    })))
}
