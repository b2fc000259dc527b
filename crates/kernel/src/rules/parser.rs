//! Tokens to a tree, by precedence. Its own, because the `cel` crate's generated parser takes up to 170 KiB of
//! stack for one pair of brackets and milliseconds for a long rule; a test compares the two tree by tree.

use super::error::{At, RuleError, refuse};
use super::functions;
use super::lexer::{Placed, Token};
use super::limits;
use super::pattern::Pattern;
use super::piece::{Kind, Piece};
use cel::common::ast::operators;

const COMPARISONS: [&str; 7] = ["==", "!=", "<", "<=", ">", ">=", "in"];

/// Reads one expression and remembers the facts and patterns that it uses.
pub(super) struct Parser<'s> {
    tokens: Vec<Placed<'s>>,
    next: usize,
    nesting: usize,
    pub variables: &'s [&'s str],
    /// The variable of the loop being read, and how long its texts may be.
    pub element: Option<(&'s str, u64)>,
    pub reads: Vec<String>,
    pub patterns: Vec<Pattern>,
}

impl<'s> Parser<'s> {
    pub fn new(tokens: Vec<Placed<'s>>, variables: &'s [&'s str]) -> Self {
        Parser { tokens, next: 0, nesting: 0, variables, element: None, reads: Vec::new(), patterns: Vec::new() }
    }

    /// The whole text as one condition.
    pub fn condition(&mut self) -> Result<Piece, At> {
        let piece = self.expression()?;
        match self.peek() {
            (_, Token::End) => piece.boolean(),
            (at, _) => refuse(*at, RuleError::SYNTAX, "expected an operator such as && or ==, or the end"),
        }
    }

    pub fn peek(&self) -> &Placed<'s> {
        &self.tokens[self.next]
    }

    pub fn take(&mut self) -> Placed<'s> {
        let token = self.tokens[self.next].clone();
        // `End` is never stepped over, so there is always a token to look at.
        self.next += usize::from(self.next + 1 < self.tokens.len());
        token
    }

    /// Step over `symbol` if it is next, and say where it was.
    pub fn eat(&mut self, symbol: &str) -> Option<usize> {
        let at = self.peek().0;
        let here = matches!(self.peek().1, Token::Symbol(next) if next == symbol);
        here.then(|| {
            self.take();
            at
        })
    }

    pub fn expect(&mut self, symbol: &str) -> Result<usize, At> {
        let at = self.peek().0;
        match self.eat(symbol) {
            Some(at) => Ok(at),
            None => refuse(at, RuleError::SYNTAX, format!("expected `{symbol}` here")),
        }
    }

    /// `a ? b : c`, or less.
    pub fn expression(&mut self) -> Result<Piece, At> {
        if self.nesting == limits::NESTING {
            return refuse(self.peek().0, RuleError::TOO_DEEP, "brackets sit too deep inside one another; split the rule");
        }
        self.nesting += 1;
        let piece = self.choice();
        self.nesting -= 1;
        piece
    }

    fn choice(&mut self) -> Result<Piece, At> {
        let condition = self.either()?;
        let Some(at) = self.eat("?") else { return Ok(condition) };
        let condition = condition.boolean()?;
        let yes = self.either()?;
        self.expect(":")?;
        let no = self.expression()?;
        for branch in [&yes, &no] {
            if matches!(branch.kind, Kind::List(_)) {
                return refuse(branch.at, RuleError::SYNTAX, "`? :` cannot choose between lists; choose after `in` or size()");
            }
        }
        let kind = match (yes.kind, no.kind) {
            (left, right) if left == right => left,
            (Kind::Bool | Kind::Any, _) | (_, Kind::Bool | Kind::Any) => Kind::Any,
            _ => Kind::Other,
        };
        let bytes = yes.bytes.max(no.bytes);
        Piece::call(operators::CONDITIONAL, vec![condition, yes, no], kind, bytes, 0, at)
    }

    fn either(&mut self) -> Result<Piece, At> {
        self.chain("||", operators::LOGICAL_OR, Self::both)
    }

    fn both(&mut self) -> Result<Piece, At> {
        self.chain("&&", operators::LOGICAL_AND, Self::comparison)
    }

    /// `a && b && c`, as a balanced tree: a long chain stays shallow.
    fn chain(&mut self, symbol: &str, name: &str, part: fn(&mut Self) -> Result<Piece, At>) -> Result<Piece, At> {
        let mut parts = vec![part(self)?];
        let mut places = Vec::new();
        while let Some(at) = self.eat(symbol) {
            places.push(at);
            parts.push(part(self)?);
        }
        if places.is_empty() {
            return Ok(parts.remove(0));
        }
        let parts = parts.into_iter().map(Piece::boolean).collect::<Result<Vec<_>, _>>()?;
        balanced(name, &mut parts.into_iter(), &places)
    }

    fn comparison(&mut self) -> Result<Piece, At> {
        let left = self.sum()?;
        let Some((at, symbol)) = self.comparator() else { return Ok(left) };
        let right = self.sum()?;
        if let Some((at, _)) = self.comparator() {
            return refuse(at, RuleError::SYNTAX, "comparisons cannot be chained; join two with &&");
        }
        functions::compare(symbol, left, right, at)
    }

    fn comparator(&mut self) -> Option<(usize, &'static str)> {
        COMPARISONS.iter().find_map(|symbol| self.eat(symbol).map(|at| (at, *symbol)))
    }

    fn sum(&mut self) -> Result<Piece, At> {
        self.arithmetic(&["+", "-"], |parser| parser.arithmetic(&["*", "/", "%"], Self::unary))
    }

    fn arithmetic(&mut self, symbols: &[&'static str], part: fn(&mut Self) -> Result<Piece, At>) -> Result<Piece, At> {
        let mut left = part(self)?;
        while let Some((at, symbol)) = symbols.iter().find_map(|symbol| self.eat(symbol).map(|at| (at, *symbol))) {
            let right = part(self)?;
            left = functions::calculate(symbol, left, right, at)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Piece, At> {
        let start = self.peek().0;
        if self.eat("!").is_some() {
            let piece = self.member()?.boolean()?;
            return Piece::call(operators::LOGICAL_NOT, vec![piece], Kind::Bool, 0, 4, start);
        }
        if self.eat("-").is_none() {
            return self.member();
        }
        match self.peek().1 {
            Token::Int(_) | Token::Double(_) => {
                let token = self.take();
                functions::number(&token.1, true, start)
            }
            _ => {
                let piece = self.member()?;
                Piece::call(operators::NEGATE, vec![piece], Kind::Number, 0, 6, start)
            }
        }
    }
}

/// The tree CEL makes of a chain: split at the middle operator, again on both sides.
fn balanced(name: &str, parts: &mut impl Iterator<Item = Piece>, places: &[usize]) -> Result<Piece, At> {
    let middle = places.len() / 2;
    let mut side = |places: &[usize]| match places.is_empty() {
        true => parts.next().map_or_else(|| refuse(0, RuleError::SYNTAX, "expected a value"), Ok),
        false => balanced(name, &mut *parts, places),
    };
    let left = side(&places[..middle])?;
    let right = side(&places[middle + 1..])?;
    Piece::call(name, vec![left, right], Kind::Bool, 0, 0, places[middle])
}
