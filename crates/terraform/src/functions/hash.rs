//! Hashes, and what is random or needs a key.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use md5::Md5;

use super::encoding::to_base64;
use super::{Context, Function, file};
use crate::eval::Result;
use crate::value::{Kind, Node, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("base64sha256", (1, 1), Kind::Text, |context, arguments| {
        of_text::<Sha256>(context, arguments, base64)
    }),
    Function::of("base64sha512", (1, 1), Kind::Text, |context, arguments| {
        of_text::<Sha512>(context, arguments, base64)
    }),
    // Each call gives another: https://developer.hashicorp.com/terraform/language/functions/bcrypt
    Function::of("bcrypt", (1, 2), Kind::Text, later),
    Function::of("filebase64sha256", (1, 1), Kind::Text, |context, arguments| {
        of_file::<Sha256>(context, arguments, base64)
    }),
    Function::of("filebase64sha512", (1, 1), Kind::Text, |context, arguments| {
        of_file::<Sha512>(context, arguments, base64)
    }),
    Function::of("filemd5", (1, 1), Kind::Text, |context, arguments| of_file::<Md5>(context, arguments, hex)),
    Function::of("filesha1", (1, 1), Kind::Text, |context, arguments| {
        of_file::<Sha1>(context, arguments, hex)
    }),
    Function::of("filesha256", (1, 1), Kind::Text, |context, arguments| {
        of_file::<Sha256>(context, arguments, hex)
    }),
    Function::of("filesha512", (1, 1), Kind::Text, |context, arguments| {
        of_file::<Sha512>(context, arguments, hex)
    }),
    Function::of("md5", (1, 1), Kind::Text, |context, arguments| of_text::<Md5>(context, arguments, hex)),
    Function::of("rsadecrypt", (2, 2), Kind::Text, later),
    Function::of("sha1", (1, 1), Kind::Text, |context, arguments| of_text::<Sha1>(context, arguments, hex)),
    Function::of("sha256", (1, 1), Kind::Text, |context, arguments| {
        of_text::<Sha256>(context, arguments, hex)
    }),
    Function::of("sha512", (1, 1), Kind::Text, |context, arguments| {
        of_text::<Sha512>(context, arguments, hex)
    }),
    Function::of("uuid", (0, 0), Kind::Text, later),
    Function::of("uuidv5", (2, 2), Kind::Text, uuid_of_name),
];

fn later(context: &Context, _: &[Node]) -> Result<Value> {
    Ok(context.later())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    to_base64(bytes)
}

fn digest<D: Digest>(bytes: &[u8]) -> Vec<u8> {
    let mut digest = D::new();
    digest.update(bytes);
    digest.finalize().to_vec()
}

fn of_text<D: Digest>(context: &Context, arguments: &[Node], write: fn(&[u8]) -> String) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    Ok(Value::text(write(&digest::<D>(text.as_bytes()))))
}

fn of_file<D: Digest>(context: &Context, arguments: &[Node], write: fn(&[u8]) -> String) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    match file::bytes(context, &path) {
        Ok(bytes) => Ok(Value::text(write(&digest::<D>(&bytes)))),
        Err(unknown) => Ok(unknown),
    }
}

/// RFC 9562, section 5.5.
fn uuid_of_name(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (namespace, name) = (context.text(&arguments[0])?, context.text(&arguments[1])?);
    // Section 6.6 lists the namespaces.
    let id = match &*namespace {
        "dns" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "url" => "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
        "oid" => "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
        "x500" => "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
        other => other,
    };
    let digits: String = id.chars().filter(|letter| *letter != '-').collect();
    let number = if digits.len() == 32 { u128::from_str_radix(&digits, 16).ok() } else { None };
    let Some(number) = number else {
        return Err(context.fault(format!("`{namespace}` is no namespace and no UUID")));
    };
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.extend_from_slice(name.as_bytes());
    let hashed = digest::<Sha1>(&bytes);
    let mut made = [0u8; 16];
    made.copy_from_slice(&hashed[..16]);
    made[6] = (made[6] & 0x0f) | 0x50;
    made[8] = (made[8] & 0x3f) | 0x80;
    let text = hex(&made);
    let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
    Ok(Value::text(parts.join("-")))
}
