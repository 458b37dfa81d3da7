//! Messages over standard input and output, framed as the protocol says.
//!
//! `lsp_server` has a transport of its own, but it ends at the first message that is no JSON; here such a message is
//! answered with an error and the next one is read.

use std::io::{self, BufRead, Read, Write};
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value as Json, json};

// Limit: bytes of a message. A text of the greatest size that is judged, with every character escaped, is less.
const MESSAGE_BYTES_MAX: usize = 6 * document::BYTES_MAX + (1 << 20);

// Limit: bytes of a header's line. The two headers that there are take a few dozen.
const HEADER_BYTES_MAX: u64 = 8 << 10;

/// Starts to read and to write. The thread that is given back writes until every sender is gone.
pub(super) fn open() -> (Connection, JoinHandle<()>) {
    let (editor, server) = Connection::memory();
    let Connection { sender, receiver } = editor;
    let writer = thread::spawn(move || {
        for message in receiver {
            if message.write(&mut io::stdout().lock()).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        // Input that ends or cannot be read ends the session: the server sees that no sender is left.
        while let Ok(Some(body)) = body(&mut input) {
            let taken = match body.map_err(|why| refusal(&Json::Null, ErrorCode::ParseError, &why)) {
                Ok(body) => parse(&body),
                Err(refused) => Err(refused),
            };
            match taken {
                Ok(message) => {
                    if sender.send(message).is_err() {
                        break;
                    }
                }
                Err(refused) => {
                    if write(&mut io::stdout().lock(), &refused).is_err() {
                        break;
                    }
                }
            }
        }
    });
    (server, writer)
}

/// The bytes of the next message, or why they are not taken; nothing at the end.
///
/// What does not belong to a message is skipped up to the next header.
fn body(input: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, String>>> {
    let mut length: Option<usize> = None;
    let length = loop {
        let mut line = Vec::new();
        if Read::take(&mut *input, HEADER_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
        let line = line.trim_end();
        match (line.is_empty(), length) {
            (true, Some(length)) => break length,
            (true, None) => {}
            (false, _) => {
                // Looked for anywhere in the line: before it may stand what is left of a message that was cut short.
                if let Some((_, value)) = line.rsplit_once("content-length:") {
                    length = value.trim().parse().ok();
                }
            }
        }
    };
    let mut body = Read::take(&mut *input, length as u64);
    if length > MESSAGE_BYTES_MAX {
        io::copy(&mut body, &mut io::sink())?;
        return Ok(Some(Err(format!("a message of more than {} MiB is not read", MESSAGE_BYTES_MAX >> 20))));
    }
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    Ok((bytes.len() == length).then_some(Ok(bytes)))
}

/// The message that some bytes are, or what is answered to them.
fn parse(body: &[u8]) -> Result<Message, Json> {
    let value: Json = serde_json::from_slice(body)
        .map_err(|error| refusal(&Json::Null, ErrorCode::ParseError, &error.to_string()))?;
    let id = value.get("id").filter(|id| id.is_number() || id.is_string()).cloned().unwrap_or_default();
    let refused = || refusal(&id, ErrorCode::InvalidRequest, "neither a request nor a notification");
    // By its `id` alone it would pass for an answer.
    if value.get("method").is_some_and(|method| !method.is_string()) {
        return Err(refused());
    }
    serde_json::from_value(value).map_err(|_| refused())
}

/// An answer that `lsp_server` has no form for: its `id` may be null.
fn refusal(id: &Json, code: ErrorCode, message: &str) -> Json {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code as i32, "message": message } })
}

fn write(out: &mut impl Write, value: &Json) -> io::Result<()> {
    let text = value.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(input: &str) -> Vec<String> {
        let mut input = input.as_bytes();
        let mut found = Vec::new();
        while let Ok(Some(body)) = body(&mut input) {
            found.push(body.map_or_else(|why| why, |bytes| String::from_utf8(bytes).unwrap()));
        }
        found
    }

    #[test]
    fn messages_are_found_behind_what_is_none() {
        let framed = "Content-Type: x\r\nContent-Length: 2\r\n\r\n{}content-length: 3\r\n\r\n[1]";
        assert_eq!(bodies(framed), ["{}", "[1]"]);
        assert_eq!(bodies(&format!("noise\n\n\n{{\"cut\"{framed}")), ["{}", "[1]"]);
        assert_eq!(bodies("Content-Length: many\r\n\r\nContent-Length: 2\r\n\r\n{}"), ["{}"]);
        assert_eq!(bodies("Content-Length: 9\r\n\r\n{}"), [""; 0]);
    }

    #[test]
    fn what_is_no_message_is_answered() {
        let code = |text: &str| parse(text.as_bytes()).map_or_else(|refused| refused, |_| Json::Null);
        assert_eq!(code("{")["error"]["code"], ErrorCode::ParseError as i32);
        assert_eq!(code("[]")["error"]["code"], ErrorCode::InvalidRequest as i32);
        assert_eq!(code(r#"{"id":7,"method":1}"#)["id"], 7);
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":7,"method":"x"}"#), Json::Null);
    }
}
