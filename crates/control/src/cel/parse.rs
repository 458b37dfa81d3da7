//! Tokens to a tree.

use std::ops::Range;
use std::sync::Arc;

use super::lex::{Token, lex};
use super::{Comprehension, Expr, ExprKind, Literal, Operator, SyntaxError};

// Limit: nesting of an expression. The specification asks for 12 levels of a message and 24 to 32 of operators;
// each level here takes a few stack frames of the parser and of the evaluator.
const DEPTH_MAX: usize = 60;

// Limit: levels of the finished tree. A chain such as `a || b || c` adds a level with each operator, although it
// is not nested in the text; whoever walks the tree recurses as deep.
const HEIGHT_MAX: usize = 96;

// Limit: tokens of an expression; it bounds the tree before its height is measured.
const TOKENS_MAX: usize = 6_000;

// Limit: bytes of an expression; a page of text is far less.
const BYTES_MAX: usize = 64 << 10;

const RESERVED: [&str; 18] = [
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
    "in",
];

/// Parses an expression.
pub fn parse(text: &str) -> Result<Expr, SyntaxError> {
    if text.len() > BYTES_MAX {
        return Err(SyntaxError {
            span: 0..text.chars().next().map_or(0, char::len_utf8),
            message: format!("the expression is longer than {BYTES_MAX} bytes"),
        });
    }
    let tokens = lex(text)?;
    if let Some((_, span)) = tokens.get(TOKENS_MAX) {
        return Err(SyntaxError {
            span: span.clone(),
            message: format!("more than {TOKENS_MAX} words and signs"),
        });
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let expr = parser.expression()?;
    if let Some(span) = too_high(&expr) {
        let message = format!("the expression is nested deeper than {HEIGHT_MAX} levels");
        return Err(SyntaxError { span, message });
    }
    if *parser.peek() != Token::End {
        return parser.fail("expected an operator or the end of the expression");
    }
    Ok(expr)
}

/// Where a tree becomes too high, if it does; measured without recursion.
fn too_high(expr: &Expr) -> Option<Range<usize>> {
    let mut open = vec![(expr, 1)];
    while let Some((expr, height)) = open.pop() {
        if height > HEIGHT_MAX {
            return Some(expr.span.clone());
        }
        expr.children(&mut |child| open.push((child, height + 1)));
    }
    None
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Expr, SyntaxError>;

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    fn next(&mut self) -> (Token, Range<usize>) {
        let token = self.tokens[self.at].clone();
        // The last token is the end, and stays.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(s) if *s == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let is = self.is(symbol);
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, symbol: &str) -> Result<Range<usize>, SyntaxError> {
        let span = self.span();
        if self.take(symbol) { Ok(span) } else { self.fail(format!("expected `{symbol}`")) }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { span: self.span(), message: message.into() })
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Parser) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= DEPTH_MAX {
            return self.fail(format!("the expression is nested deeper than {DEPTH_MAX} levels"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn expression(&mut self) -> Parsed {
        self.deeper(|parser| {
            let condition = parser.or()?;
            if !parser.take("?") {
                return Ok(condition);
            }
            let yes = parser.or()?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let span = condition.span.start..no.span.end;
            Ok(Expr { kind: ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no)), span })
        })
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.take("||") {
            let right = self.and()?;
            let span = left.span.start..right.span.end;
            left = Expr { kind: ExprKind::Or(Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.relation()?;
        while self.take("&&") {
            let right = self.relation()?;
            let span = left.span.start..right.span.end;
            left = Expr { kind: ExprKind::And(Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn binary(&mut self, operators: &[(&str, Operator)], operand: fn(&mut Parser) -> Parsed) -> Parsed {
        let mut left = operand(self)?;
        loop {
            let found = operators.iter().find(|(symbol, _)| match self.peek() {
                Token::Symbol(s) => s == symbol,
                Token::Name(name) => *symbol == "in" && &**name == "in",
                _ => false,
            });
            let Some(&(_, operator)) = found else { return Ok(left) };
            self.next();
            let right = operand(self)?;
            let span = left.span.start..right.span.end;
            left = Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span };
        }
    }

    fn relation(&mut self) -> Parsed {
        const OPERATORS: [(&str, Operator); 7] = [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<", Operator::Less),
            ("<=", Operator::LessOrEqual),
            (">", Operator::Greater),
            (">=", Operator::GreaterOrEqual),
            ("in", Operator::In),
        ];
        self.binary(&OPERATORS, Parser::sum)
    }

    fn sum(&mut self) -> Parsed {
        self.binary(&[("+", Operator::Add), ("-", Operator::Subtract)], Parser::product)
    }

    fn product(&mut self) -> Parsed {
        let operators = [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.binary(&operators, Parser::unary)
    }

    fn unary(&mut self) -> Parsed {
        let start = self.span().start;
        if self.take("!") {
            let operand = self.deeper(Parser::unary)?;
            let span = start..operand.span.end;
            return Ok(Expr { kind: ExprKind::Not(Box::new(operand)), span });
        }
        if self.take("-") {
            // The smallest integer has no positive counterpart, so the sign belongs to the literal.
            if let Token::Int(i) = *self.peek() {
                let end = self.span().end;
                self.next();
                let Ok(value) = i64::try_from(-i128::from(i)) else {
                    return self.fail("the number is too large");
                };
                let literal = Expr { kind: ExprKind::Literal(Literal::Int(value)), span: start..end };
                return self.members(literal);
            }
            if let Token::Double(d) = *self.peek() {
                let end = self.span().end;
                self.next();
                return self.members(Expr { kind: ExprKind::Literal(Literal::Double(-d)), span: start..end });
            }
            let operand = self.deeper(Parser::unary)?;
            let span = start..operand.span.end;
            return Ok(Expr { kind: ExprKind::Negate(Box::new(operand)), span });
        }
        let primary = self.primary()?;
        self.members(primary)
    }

    /// What follows a value: `.field`, `.method(…)`, `[index]`.
    fn members(&mut self, mut expr: Expr) -> Parsed {
        // The tree grows by a level with each member, although the parser does not recurse.
        for _ in 0..DEPTH_MAX {
            let start = expr.span.start;
            if self.take("[") {
                let index = self.expression()?;
                let end = self.expect("]")?.end;
                expr = Expr { kind: ExprKind::Index(Box::new(expr), Box::new(index)), span: start..end };
            } else if self.take(".") {
                let (token, span) = self.next();
                let (Token::Name(name) | Token::Quoted(name)) = token else {
                    return Err(SyntaxError { span, message: "expected a name after `.`".to_owned() });
                };
                if self.take("(") {
                    let (arguments, end) = self.arguments()?;
                    expr = method(expr, name, arguments, start..end)?;
                } else if self.is("{") {
                    expr = self.message(&expr, &name, start)?;
                } else {
                    expr = Expr { kind: ExprKind::Select(Box::new(expr), name), span: start..span.end };
                }
            } else {
                return Ok(expr);
            }
        }
        self.fail(format!("more than {DEPTH_MAX} members in a row"))
    }

    /// A message literal: parsed to say clearly that controls have none.
    fn message(&mut self, before: &Expr, name: &str, start: usize) -> Parsed {
        let mut full = String::new();
        let mut part = before;
        loop {
            match &part.kind {
                ExprKind::Select(inner, field) => {
                    full = format!(".{field}{full}");
                    part = inner;
                }
                ExprKind::Name(first) => {
                    full = format!("{first}{full}.{name}");
                    break;
                }
                _ => return self.fail("expected an operator"),
            }
        }
        self.message_body(&full, start)
    }

    fn message_body(&mut self, name: &str, start: usize) -> Parsed {
        self.expect("{")?;
        while !self.is("}") {
            self.take("?");
            self.next();
            self.expect(":")?;
            self.expression()?;
            if !self.take(",") {
                break;
            }
        }
        let end = self.expect("}")?.end;
        Ok(Expr { kind: ExprKind::Message(Arc::from(name)), span: start..end })
    }

    fn arguments(&mut self) -> Result<(Vec<Expr>, usize), SyntaxError> {
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        let end = self.expect(")")?.end;
        Ok((arguments, end))
    }

    fn primary(&mut self) -> Parsed {
        let (token, span) = self.next();
        let literal = |literal| Ok(Expr { kind: ExprKind::Literal(literal), span: span.clone() });
        match token {
            Token::Int(i) => match i64::try_from(i) {
                Ok(i) => literal(Literal::Int(i)),
                Err(_) => Err(SyntaxError { span, message: "the number is too large".to_owned() }),
            },
            Token::Uint(u) => literal(Literal::Uint(u)),
            Token::Double(d) => literal(Literal::Double(d)),
            Token::Text(text) => literal(Literal::Text(text)),
            Token::Bytes(bytes) => literal(Literal::Bytes(bytes)),
            Token::Symbol("(") => {
                let inner = self.expression()?;
                let end = self.expect(")")?.end;
                Ok(Expr { kind: inner.kind, span: span.start..end })
            }
            Token::Symbol("[") => self.list(span.start),
            Token::Symbol("{") => self.map(span.start),
            // A leading dot names something in the outermost scope; there is only one here.
            Token::Symbol(".") => {
                let (token, inner) = self.next();
                match token {
                    Token::Name(name) => self.name(name, span.start..inner.end),
                    _ => Err(SyntaxError { span: inner, message: "expected a name after `.`".to_owned() }),
                }
            }
            Token::Name(name) => self.name(name, span),
            Token::End => Err(SyntaxError { span, message: "the expression ends too early".to_owned() }),
            _ => Err(SyntaxError { span, message: "expected a value".to_owned() }),
        }
    }

    fn name(&mut self, name: Arc<str>, span: Range<usize>) -> Parsed {
        let literal = match &*name {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(literal) = literal {
            return Ok(Expr { kind: ExprKind::Literal(literal), span });
        }
        if RESERVED.contains(&&*name) {
            return Err(SyntaxError { span, message: format!("`{name}` is a reserved word") });
        }
        if self.take("(") {
            let (arguments, end) = self.arguments()?;
            return function(name, arguments, span.start..end);
        }
        if self.is("{") {
            return self.message_body(&name, span.start);
        }
        Ok(Expr { kind: ExprKind::Name(name), span })
    }

    fn list(&mut self, start: usize) -> Parsed {
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        let end = self.expect("]")?.end;
        Ok(Expr { kind: ExprKind::List(items), span: start..end })
    }

    fn map(&mut self, start: usize) -> Parsed {
        let mut entries = Vec::new();
        while !self.is("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.take(",") {
                break;
            }
        }
        let end = self.expect("}")?.end;
        Ok(Expr { kind: ExprKind::Map(entries), span: start..end })
    }
}

fn function(name: Arc<str>, mut arguments: Vec<Expr>, span: Range<usize>) -> Parsed {
    if &*name == "has" {
        let one = if arguments.len() == 1 { arguments.pop() } else { None };
        return match one.map(|argument| argument.kind) {
            Some(ExprKind::Select(operand, field)) => Ok(Expr { kind: ExprKind::Has(operand, field), span }),
            // `has(Name)`: a property of the resource itself.
            Some(ExprKind::Name(name)) => {
                let resource = Expr { kind: ExprKind::Name(Arc::from("resource")), span: span.clone() };
                Ok(Expr { kind: ExprKind::Has(Box::new(resource), name), span })
            }
            _ => Err(SyntaxError { span, message: "`has` takes one field, as in `has(a.b)`".to_owned() }),
        };
    }
    Ok(Expr { kind: ExprKind::Call { target: None, function: name, arguments }, span })
}

fn method(target: Expr, name: Arc<str>, mut arguments: Vec<Expr>, span: Range<usize>) -> Parsed {
    let kind = match (&*name, arguments.len()) {
        ("exists", 2) => Comprehension::Exists,
        ("all", 2) => Comprehension::All,
        ("exists_one" | "existsOne", 2) => Comprehension::ExistsOne,
        ("filter", 2) => Comprehension::Filter,
        ("map", 2 | 3) => Comprehension::Map,
        _ => {
            let kind = ExprKind::Call { target: Some(Box::new(target)), function: name, arguments };
            return Ok(Expr { kind, span });
        }
    };
    let ExprKind::Name(variable) = arguments[0].kind.clone() else {
        let span = arguments[0].span.clone();
        return Err(SyntaxError {
            span,
            message: format!("the first argument of `{name}` is a variable's name"),
        });
    };
    // Two arguments at least: the arms above.
    let body = arguments.pop().map(Box::new).ok_or_else(|| SyntaxError {
        span: span.clone(),
        message: format!("`{name}` takes a variable and an expression"),
    })?;
    let filter = if arguments.len() == 2 { arguments.pop().map(Box::new) } else { None };
    Ok(Expr { kind: ExprKind::Comprehension { kind, range: Box::new(target), variable, body, filter }, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_text_that_is_too_long_lies_between_characters() {
        let text = "é".repeat(BYTES_MAX);
        let error = parse(&text).unwrap_err();
        assert_eq!(text.get(error.span), Some("é"));
    }
}
