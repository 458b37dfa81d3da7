//! Pages of memory: small ones for small runs, huge ones for large estates.
//!
//! The allocator asks Linux for huge pages. They make a large estate a third faster to read, but Linux clears each
//! of two megabytes when it is first touched: on a run that needs thirty megabytes that is most of the memory, and
//! on a machine whose memory was just in other hands more than all the judging.
//! <https://docs.kernel.org/admin-guide/mm/transhuge.html>

/// Bytes of an estate file from which on huge pages pay: it unpacks to some thirty times as much.
const LARGE_BYTES: usize = 2 << 20;

/// Keeps to small pages until more is known of the run.
pub(crate) fn small() {
    set(false);
}

/// Takes huge pages from now on where an estate file is large.
pub(crate) fn for_estate(file: &[u8]) {
    if file.len() >= LARGE_BYTES {
        set(true);
    }
}

#[cfg(target_os = "linux")]
fn set(huge: bool) {
    // A kernel that does not know of this has no huge pages to keep from: only time hangs on it.
    let _ = rustix::thread::disable_transparent_huge_pages(!huge);
}

#[cfg(not(target_os = "linux"))]
fn set(_: bool) {}
