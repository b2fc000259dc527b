//! Operands: literals, facts, calls, and what is chained to them with `.` and `[…]`.

use super::error::{At, RuleError, brief, refuse};
use super::functions;
use super::lexer::Token;
use super::limits;
use super::parser::Parser;
use super::piece::{Kind, LOOPS, Piece};
use cel::common::ast::{LiteralValue, operators};

/// Words that CEL keeps for itself.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl<'s> Parser<'s> {
    /// `a.b[0].c(d)`.
    pub fn member(&mut self) -> Result<Piece, At> {
        let mut piece = self.primary()?;
        loop {
            if let Some(at) = self.eat(".") {
                piece = self.dotted(piece, at)?;
            } else if let Some(at) = self.eat("[") {
                let index = self.expression()?;
                self.expect("]")?;
                piece = self.indexed(piece, index, at)?;
            } else {
                return Ok(piece);
            }
        }
    }

    fn dotted(&mut self, target: Piece, at: usize) -> Result<Piece, At> {
        let (at, name) = match self.take() {
            (at, Token::Name(name)) if !matches!(name, "true" | "false" | "null") => (at, name),
            _ => return refuse(at, RuleError::SYNTAX, "expected the name of a field or function after the point"),
        };
        if self.eat("(").is_none() {
            if let Some(read) = target.read {
                self.reads[read] = format!("{}.{name}", self.reads[read]);
            }
            return target.field(name, at);
        }
        if LOOPS.contains(&name) {
            return self.looped(target, name, at);
        }
        let args = self.arguments(")")?;
        functions::method(name, target, args, at, &mut self.patterns)
    }

    fn indexed(&mut self, target: Piece, index: Piece, at: usize) -> Result<Piece, At> {
        let text = functions::literal_text(&index).filter(|text| !text.contains('.'));
        let read = target.read.zip(text).map(|(read, text)| {
            self.reads[read] = format!("{}.{text}", self.reads[read]);
            read
        });
        let bytes = target.bytes.max(limits::TEXT_BYTES as u64);
        let piece = Piece::call(operators::INDEX, vec![target, index], Kind::Any, bytes, 2, at)?;
        Ok(Piece { read, ..piece })
    }

    /// `target.exists(c, …)`, after its opening bracket.
    fn looped(&mut self, target: Piece, how: &str, at: usize) -> Result<Piece, At> {
        if self.element.is_some() {
            let detail = "a loop cannot run inside another; compare with `in`, or prepare the list as a fact";
            return refuse(at, RuleError::TOO_COMPLEX, detail);
        }
        let (place, variable) = match self.take() {
            (place, Token::Name(name)) if !is_keyword(name) => (place, name),
            (place, _) => return refuse(place, RuleError::SYNTAX, format!("write it like list.{how}(c, …)")),
        };
        if self.variables.contains(&variable) {
            let detail = format!("`{variable}` is a fact; give the elements of the list another name");
            return refuse(place, RuleError::UNKNOWN_NAME, detail);
        }
        self.expect(",")?;
        self.element = Some((variable, target.turns()?.1.max(limits::TEXT_BYTES as u64)));
        let body = self.expression();
        self.element = None;
        let body = body?;
        self.expect(")")?;
        let body = if how == "map" { body } else { body.boolean()? };
        target.looped(how, variable, body, at)
    }

    fn primary(&mut self) -> Result<Piece, At> {
        let (at, token) = self.take();
        match token {
            Token::Text(text) => Ok(Piece::literal(LiteralValue::String(text.into()), at)),
            Token::Int(_) | Token::Uint(_) | Token::Double(_) => functions::number(&token, false, at),
            Token::Name("true") => Ok(Piece::literal(LiteralValue::Boolean(true.into()), at)),
            Token::Name("false") => Ok(Piece::literal(LiteralValue::Boolean(false.into()), at)),
            Token::Name("null") => Ok(Piece::literal(LiteralValue::Null, at)),
            Token::Name(name) if self.eat("(").is_some() => self.called(name, at),
            Token::Name(name) => self.variable(name, at),
            Token::Symbol("(") => {
                let piece = self.expression()?;
                self.expect(")")?;
                Ok(piece)
            }
            Token::Symbol("[") => {
                let items = self.arguments("]")?;
                functions::list(items, at)
            }
            _ => refuse(at, RuleError::SYNTAX, "expected a value here: a fact, a number, a text or a list"),
        }
    }

    fn called(&mut self, name: &str, at: usize) -> Result<Piece, At> {
        let mut args = self.arguments(")")?;
        match (name, args.len()) {
            ("has", 1) => args.remove(0).presence(),
            _ => functions::global(name, args, at),
        }
    }

    fn arguments(&mut self, close: &str) -> Result<Vec<Piece>, At> {
        let mut args = Vec::new();
        while self.eat(close).is_none() {
            if !args.is_empty() {
                self.expect(",")?;
            }
            args.push(self.expression()?);
        }
        Ok(args)
    }

    fn variable(&mut self, name: &'s str, at: usize) -> Result<Piece, At> {
        match self.element {
            Some((element, bytes)) if element == name => return Ok(Piece::variable(name, at, bytes, None)),
            _ if self.variables.contains(&name) => {}
            _ => {
                let detail = format!("there is no `{}`; a rule can use: {}", brief(name), self.variables.join(", "));
                return refuse(at, RuleError::UNKNOWN_NAME, detail);
            }
        }
        self.reads.push(name.to_owned());
        Ok(Piece::variable(name, at, limits::TEXT_BYTES as u64, Some(self.reads.len() - 1)))
    }
}

fn is_keyword(name: &str) -> bool {
    RESERVED.contains(&name) || matches!(name, "true" | "false" | "null")
}
