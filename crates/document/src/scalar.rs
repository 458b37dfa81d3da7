//! What a plain scalar is: the YAML 1.2 core schema, except that nothing loses its spelling.
//!
//! A number that would print otherwise than it is written (`012345678901`, `1.10`, `0x1F`) stays a text:
//! account ids and versions are written so, and CloudFormation keeps their digits.

use std::sync::Arc;

use estate::value::Value;

use crate::tree::Scalar;

impl Scalar {
    /// The value.
    pub fn value(&self) -> Value {
        if !self.plain {
            return Value::Text(self.text.clone());
        }
        match &*self.text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            text => number(text).unwrap_or_else(|| Value::Text(Arc::clone(&self.text))),
        }
    }
}

fn number(text: &str) -> Option<Value> {
    if !text.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    if let Ok(int) = text.parse::<i64>() {
        return (int.to_string() == text).then_some(Value::Int(int));
    }
    let double = text.parse::<f64>().ok().filter(|d| d.is_finite())?;
    (double.to_string() == text).then_some(Value::Double(double))
}
