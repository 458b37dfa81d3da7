//! Estate files: an estate as compressed, documented text, and back without loss (docs/estate-file.md).
//!
//! A file is a sequence of gzip members, so that `zcat` shows it. The first holds one line: the header. Each of
//! the others holds up to [`BLOCK`] resources, one JSON object a line; they are unpacked side by side.

mod json;

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use crate::estate::{Estate, Gap};
use crate::resource::{Call, Origin, Resource, Suppression};
use crate::value::{Span, Value};

/// The version that is written, and the newest that is read.
pub const VERSION: u64 = 1;

const FORMAT: &str = "palisade-estate";

/// Resources in a block.
const BLOCK: usize = 2_000;

// Limit: bytes of one block once unpacked. A block of real resources takes a few megabytes; a bomb takes what
// it can get.
const BLOCK_BYTES_MAX: u64 = 512 << 20;

// Limit: bytes of the header once unpacked: mostly the paths of files.
const HEADER_BYTES_MAX: u64 = 64 << 20;

/// Why an estate file could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum FileError {
    /// The bytes are no estate file.
    NotAnEstate,
    /// The file is of a newer version than this program knows.
    Newer(u64),
    /// Something in it is cut or garbled: the block's number (0 is the header), and the line in it.
    Damaged(usize, usize),
    /// A block unpacks to more than it may.
    TooBig(usize),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::NotAnEstate => f.write_str("not an estate file"),
            FileError::Newer(version) => {
                write!(f, "an estate file of version {version}; this program reads up to {VERSION}")
            }
            FileError::Damaged(block, line) => {
                write!(f, "the estate file is damaged in block {block}, line {line}")
            }
            FileError::TooBig(block) => {
                write!(f, "block {block} of the estate file unpacks to too many bytes")
            }
        }
    }
}

impl std::error::Error for FileError {}

/// The bytes of a file that holds an estate.
pub fn write(estate: &Estate) -> Vec<u8> {
    let blocks: Vec<Vec<u8>> = estate
        .resources
        .par_chunks(BLOCK)
        .map(|chunk| {
            let mut text = Vec::new();
            for resource in chunk {
                // Writing to memory cannot fail.
                let _ = serde_json::to_writer(&mut text, &line(resource));
                text.push(b'\n');
            }
            pack(&text)
        })
        .collect();
    let gap = |gap: &Gap| json!({ "type": gap.type_name.as_deref(), "scope": &*gap.scope, "why": json::unknown(&gap.why) });
    let header = json!({
        "format": FORMAT,
        "version": VERSION,
        "resources": estate.resources.len(),
        "files": estate.files.iter().map(|path| &**path).collect::<Vec<_>>(),
        "gaps": estate.gaps.iter().map(gap).collect::<Vec<_>>(),
        "blocks": blocks.iter().map(Vec::len).collect::<Vec<_>>(),
    });
    let mut bytes = pack(format!("{header}\n").as_bytes());
    blocks.into_iter().for_each(|block| bytes.extend(block));
    bytes
}

/// The estate that a file holds.
pub fn read(bytes: &[u8]) -> Result<Estate, FileError> {
    let mut rest = bytes;
    let mut header = Vec::new();
    unpack(&mut rest, HEADER_BYTES_MAX, 0, &mut header).map_err(|error| match error {
        FileError::Damaged(..) if !bytes.starts_with(&[0x1f, 0x8b]) => FileError::NotAnEstate,
        error => error,
    })?;
    let header: Json = serde_json::from_slice(&header).map_err(|_| FileError::NotAnEstate)?;
    if header["format"] != FORMAT {
        return Err(FileError::NotAnEstate);
    }
    match header["version"].as_u64() {
        Some(VERSION) => {}
        Some(version) => return Err(FileError::Newer(version)),
        None => return Err(FileError::NotAnEstate),
    }
    let damaged = || FileError::Damaged(0, 1);
    let files = header["files"].as_array().ok_or_else(damaged)?;
    let files: Option<Vec<Arc<str>>> = files.iter().map(|path| path.as_str().map(Arc::from)).collect();
    let gaps = header["gaps"].as_array().ok_or_else(damaged)?.iter().map(gap).collect::<Option<Vec<Gap>>>();
    let mut blocks = Vec::new();
    for length in header["blocks"].as_array().ok_or_else(damaged)? {
        let length = length.as_u64().and_then(|length| usize::try_from(length).ok()).ok_or_else(damaged)?;
        let (block, after) = rest.split_at_checked(length).ok_or(FileError::Damaged(blocks.len() + 1, 0))?;
        blocks.push(block);
        rest = after;
    }
    let read: Result<Vec<Vec<Resource>>, FileError> = blocks
        .par_iter()
        .enumerate()
        .map_init(Vec::new, |text, (i, block)| resources(block, i + 1, text))
        .collect();
    let mut read = read?;
    let mut resources = Vec::with_capacity(read.iter().map(Vec::len).sum());
    read.iter_mut().for_each(|block| resources.append(block));
    Ok(Estate::new(files.ok_or_else(damaged)?, resources, gaps.ok_or_else(damaged)?))
}

fn gap(json: &Json) -> Option<Gap> {
    let type_name = json["type"].as_str().map(Arc::from);
    Some(Gap { type_name, scope: Arc::from(json["scope"].as_str()?), why: json::read_unknown(&json["why"])? })
}

/// The resources of a block. `text` is room that was used for the block before: memory is dear where it is new.
fn resources(block: &[u8], number: usize, text: &mut Vec<u8>) -> Result<Vec<Resource>, FileError> {
    text.clear();
    // A member ends with its length once unpacked (RFC 1952, ISIZE), and no byte of it holds more than 1,032.
    let length = block.last_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    text.reserve(usize::try_from(length).unwrap_or(0).min(block.len().saturating_mul(1_032)));
    unpack(&mut &*block, BLOCK_BYTES_MAX, number, text)?;
    let text = std::str::from_utf8(text).map_err(|error| {
        let lines = text[..error.valid_up_to()].split(|byte| *byte == b'\n');
        FileError::Damaged(number, lines.count())
    })?;
    let mut interner = json::Interner::default();
    text.split('\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(i, line)| {
            json::line(line, |line| resource(line, &mut interner)).ok_or(FileError::Damaged(number, i + 1))
        })
        .collect()
}

fn pack(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

/// Unpacks one gzip member into an empty `text` and moves past it.
fn unpack(bytes: &mut &[u8], limit: u64, block: usize, text: &mut Vec<u8>) -> Result<(), FileError> {
    let mut decoder = flate2::bufread::GzDecoder::new(*bytes);
    (&mut decoder).take(limit + 1).read_to_end(text).map_err(|_| FileError::Damaged(block, 0))?;
    if text.len() as u64 > limit {
        return Err(FileError::TooBig(block));
    }
    *bytes = decoder.into_inner();
    Ok(())
}

/// A resource as a line. What is not there is left out.
fn line(resource: &Resource) -> Json {
    let mut spans = json::Spans::default();
    let mut line = serde_json::Map::new();
    let mut put = |key: &str, value: Json| {
        line.insert(key.to_owned(), value);
    };
    put("type", json!(&*resource.type_name));
    put("key", json!(&*resource.key));
    put("address", json!(&*resource.address));
    for (key, value) in [
        ("id", &resource.id),
        ("arn", &resource.arn),
        ("account", &resource.account),
        ("region", &resource.region),
        ("construct", &resource.origin.construct),
    ] {
        if let Some(value) = value {
            put(key, json!(&**value));
        }
    }
    if let Some(why) = &resource.presence {
        put("presence", json::unknown(why));
    }
    spans.put(resource.origin.name);
    spans.put(resource.origin.body);
    put("properties", json::map(&resource.properties, &mut spans));
    for (key, node) in [
        ("deletion_policy", &resource.deletion_policy),
        ("update_replace_policy", &resource.update_replace_policy),
    ] {
        if let Some(node) = node {
            put(key, json::node(node, &mut spans));
        }
    }
    if !resource.origin.via.is_empty() {
        resource.origin.via.iter().for_each(|call| spans.put(call.span));
        put("via", resource.origin.via.iter().map(|call| json!(&*call.name)).collect());
    }
    if !resource.suppressions.is_empty() {
        resource.suppressions.iter().for_each(|suppression| spans.put(suppression.span));
        put("suppressions", resource.suppressions.iter().map(|s| json!([&*s.control, &*s.reason])).collect());
    }
    put("at", Json::String(spans.text()));
    Json::Object(line)
}

fn resource(line: &json::Line, interner: &mut json::Interner) -> Option<Resource> {
    let mut spans = json::Spans::parse(&line.at)?;
    let mut text = |text: &Option<std::borrow::Cow<str>>| text.as_deref().map(|text| interner.intern(text));
    let (key, address): (Arc<str>, Arc<str>) = (Arc::from(&*line.key), Arc::from(&*line.address));
    // A live resource goes by its ARN and its id: each is kept once.
    let shared = |text: &Option<std::borrow::Cow<str>>| {
        let text = text.as_deref()?;
        let same = [&key, &address].into_iter().find(|known| &***known == text);
        Some(same.cloned().unwrap_or_else(|| Arc::from(text)))
    };
    let (id, arn) = (shared(&line.id), shared(&line.arn));
    let (account, region, construct) = (text(&line.account), text(&line.region), text(&line.construct));
    let type_name = interner.intern(&line.type_name);
    let mut resource = Resource::new(type_name, key, address);
    (resource.id, resource.arn, resource.account, resource.region) = (id, arn, account, region);
    let json = &line.rest;
    if let Some(presence) = json.get("presence") {
        resource.presence = Some(json::read_unknown(presence)?);
    }
    let (name, body): (Span, Span) = (spans.take()?, spans.take()?);
    let Value::Map(properties) = json::read_map(line.properties, &mut spans, interner)? else { return None };
    resource.properties = *properties;
    for (key, place) in [
        ("deletion_policy", &mut resource.deletion_policy),
        ("update_replace_policy", &mut resource.update_replace_policy),
    ] {
        if let Some(value) = json.get(key) {
            *place = Some(Box::new(json::read_node(value, &mut spans, interner, 0)?));
        }
    }
    let mut via = Vec::new();
    for name in json.get("via").and_then(Json::as_array).into_iter().flatten() {
        via.push(Call { name: Arc::from(name.as_str()?), span: spans.take()? });
    }
    for entry in json.get("suppressions").and_then(Json::as_array).into_iter().flatten() {
        resource.suppressions.push(Suppression {
            control: Arc::from(entry[0].as_str()?),
            reason: Arc::from(entry[1].as_str()?),
            span: spans.take()?,
        });
    }
    resource.origin = Origin { name, body, via, construct };
    Some(resource)
}
