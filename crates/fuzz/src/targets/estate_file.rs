//! An estate file: bytes as they are, or a text that is packed first.
//!
//! Nearly every accident to packed bytes is caught by their checksum. So an input that does not begin as gzip does
//! is taken for the text of a file with one block: its first line is the header, in which `BLOCKS` stands for the
//! length of the block; the other lines are the block.

use estate::estate::Estate;
use estate::file;

pub(crate) fn run(input: &[u8]) {
    let packed;
    let bytes: &[u8] = if input.starts_with(&[0x1f, 0x8b]) {
        input
    } else {
        packed = pack(input);
        &packed
    };
    match (file::read(bytes), file::read(bytes)) {
        (Ok(estate), Ok(again)) => {
            same(&estate, &again, "read twice, a file gives another estate");
            round(&estate);
        }
        (Err(error), Err(again)) => {
            assert_eq!(error, again, "read twice, a file has another fault");
            assert!(!error.to_string().is_empty(), "a fault says nothing");
        }
        _ => panic!("a file can be read one time and not the other"),
    }
}

/// What is written comes out again, and what is cut off is missed.
fn round(estate: &Estate) {
    let written = file::write(estate);
    match file::read(&written) {
        Ok(read) => same(estate, &read, "a file changes the estate"),
        Err(error) => panic!("a file that was just written cannot be read: {error}"),
    }
    for end in [0, written.len() / 2, written.len() - 1] {
        assert!(
            file::read(&written[..end]).is_err(),
            "a file cut at byte {end} of {} is read",
            written.len()
        );
    }
}

fn same(one: &Estate, two: &Estate, message: &str) {
    assert!(one.resources == two.resources, "{message}: the resources");
    assert_eq!(one.gaps, two.gaps, "{message}: the gaps");
    assert_eq!(one.files, two.files, "{message}: the files");
}

fn pack(text: &[u8]) -> Vec<u8> {
    let end = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    let (header, block) = text.split_at(end);
    let block = gzip(block);
    let header = String::from_utf8_lossy(header).replace("BLOCKS", &block.len().to_string());
    let mut bytes = gzip(header.as_bytes());
    bytes.extend(block);
    bytes
}

/// A gzip member (RFC 1952) whose text is stored as it is.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // A stored block of RFC 1951 holds at most 65,535 bytes; a header without any ends the data.
    for chunk in text.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        bytes.push(0);
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(chunk);
    }
    bytes.extend([1, 0, 0, 0xff, 0xff]);
    bytes.extend(checksum(text).to_le_bytes());
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes
}

/// CRC-32 of RFC 1952, section 8.
fn checksum(text: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_its_check_value() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_text_is_packed_into_a_file_that_can_be_read() {
        let text = concat!(
            r#"{"format":"palisade-estate","version":1,"resources":1,"files":[],"gaps":[],"blocks":[BLOCKS]}"#,
            "\n",
            r#"{"type":"AWS::S3::Bucket","key":"a#B","address":"B","properties":{},"at":"- -"}"#,
            "\n",
        );
        let estate = file::read(&pack(text.as_bytes())).unwrap();
        assert_eq!(estate.resources.len(), 1);
    }
}
