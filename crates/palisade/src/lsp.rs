//! `palisade lsp`: a language server over standard input and output.
//!
//! What is open in the editor is judged as `check` judges what is on the disk. This file holds the life of a session
//! and hands each message to who knows; nothing here waits: whatever is in the queue is taken first, and then the
//! newest state is judged once.

mod answer;
mod diagnose;
mod documents;
mod judge;
mod mend;
mod text;
mod transport;
mod uri;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use lsp_server::{Connection, ErrorCode, Message, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, LogMessage, Notification, PublishDiagnostics,
};
use lsp_types::request::{CodeActionRequest, Completion, HoverRequest, Initialize, Request, Shutdown};
use lsp_types::{
    Diagnostic, LogMessageParams, MessageType, PublishDiagnosticsParams, TextDocumentIdentifier,
};
use serde_json::{Value as Json, json};

use answer::Asked;
use documents::Document;
use judge::{Judged, Root, Workspace};
use text::Encoding;

/// The arguments of `palisade lsp`.
#[derive(clap::Args, Debug)]
pub(crate) struct Lsp {
    /// Speak over standard input and output. It always does; editors that ask for it may
    #[arg(long)]
    stdio: bool,
}

/// Serves until the editor says goodbye.
pub(crate) fn run(lsp: &Lsp) -> ExitCode {
    // There is no other way to speak, so that nothing hangs on the flag.
    let _ = lsp.stdio;
    let (connection, writer) = transport::open();
    let mut server = Server::new(connection);
    while let Some(message) = server.receive() {
        if server.take(message).is_break() {
            break;
        }
    }
    // To leave without `shutdown` is a fault, says the protocol.
    let code = if server.is_shut { crate::CLEAN } else { crate::FINDINGS };
    // With the last sender gone the writer writes what is left and ends.
    drop(server);
    let _ = writer.join();
    ExitCode::from(code)
}

/// Why a request is not answered.
struct Refusal {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into() }
    }
}

/// One session with one editor.
struct Server {
    connection: Connection,
    workspace: Workspace,
    /// What was found, by what is judged as a whole.
    judged: BTreeMap<Root, Judged>,
    /// Files that changed since.
    changed: BTreeSet<PathBuf>,
    /// What the editor was told.
    published: BTreeMap<PathBuf, Vec<Diagnostic>>,
    is_initialized: bool,
    is_shut: bool,
}

impl Server {
    fn new(connection: Connection) -> Server {
        Server {
            connection,
            workspace: Workspace::default(),
            judged: BTreeMap::new(),
            changed: BTreeSet::new(),
            published: BTreeMap::new(),
            is_initialized: false,
            is_shut: false,
        }
    }

    /// The next message. Before it waits for one it judges what has changed.
    fn receive(&mut self) -> Option<Message> {
        if let Ok(message) = self.connection.receiver.try_recv() {
            return Some(message);
        }
        self.refresh();
        self.connection.receiver.recv().ok()
    }

    fn take(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Request(request) => {
                let response = match self.answer(&request.method, request.params) {
                    Ok(result) => Response::new_ok(request.id, result),
                    Err(refusal) => Response::new_err(request.id, refusal.code as i32, refusal.message),
                };
                self.send(Message::Response(response));
            }
            Message::Notification(told) if told.method == Exit::METHOD => return ControlFlow::Break(()),
            Message::Notification(told) => {
                if self.is_initialized
                    && !self.is_shut
                    && let Err(refusal) = self.told(&told.method, told.params)
                {
                    let message = format!("{}: {}", told.method, refusal.message);
                    self.notify::<LogMessage>(LogMessageParams { typ: MessageType::WARNING, message });
                }
            }
            // This server asks its client nothing.
            Message::Response(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn send(&self, message: Message) {
        // The channel is closed only where standard output is: whoever listened has gone.
        let _ = self.connection.sender.send(message);
    }

    fn notify<N: Notification>(&self, params: N::Params) {
        self.send(Message::Notification(lsp_server::Notification::new(N::METHOD.to_owned(), params)));
    }

    fn answer(&mut self, method: &str, params: Json) -> Result<Json, Refusal> {
        if self.is_shut {
            return Err(Refusal::new(ErrorCode::InvalidRequest, "the server is shut down"));
        }
        if method == Initialize::METHOD {
            if self.is_initialized {
                return Err(Refusal::new(ErrorCode::InvalidRequest, "initialized before"));
            }
            return Ok(self.initialize(&params));
        }
        if !self.is_initialized {
            return Err(Refusal::new(ErrorCode::ServerNotInitialized, "not initialized"));
        }
        match method {
            Shutdown::METHOD => {
                self.is_shut = true;
                Ok(Json::Null)
            }
            HoverRequest::METHOD => {
                let asked = request::<HoverRequest>(params)?.text_document_position_params;
                let found = self.asked(&asked.text_document).and_then(|a| a.hover(asked.position));
                result::<HoverRequest>(found)
            }
            CodeActionRequest::METHOD => {
                let asked = request::<CodeActionRequest>(params)?;
                let found = self.asked(&asked.text_document).map(|a| a.actions(asked.range, &asked.context));
                result::<CodeActionRequest>(found)
            }
            Completion::METHOD => {
                let asked = request::<Completion>(params)?.text_document_position;
                // Most are asked for at every key: only those in a comment of ours are worth a judgement.
                let path = uri::to_path(asked.text_document.uri.as_str());
                if !path.is_some_and(|path| answer::is_suppressing(&self.workspace, &path, asked.position)) {
                    return Ok(Json::Null);
                }
                let found = self.asked(&asked.text_document).and_then(|a| a.complete(asked.position));
                result::<Completion>(found)
            }
            _ => Err(Refusal::new(ErrorCode::MethodNotFound, format!("no method `{method}`"))),
        }
    }

    /// What is known of a document, as it is now.
    fn asked(&mut self, document: &TextDocumentIdentifier) -> Option<Asked<'_>> {
        let path = uri::to_path(document.uri.as_str())?;
        self.refresh();
        let judged = self.counted().collect();
        Some(Asked { workspace: &self.workspace, judged, path })
    }

    fn initialize(&mut self, params: &Json) -> Json {
        // Read by hand: an editor that sends a field in another form shall be served all the same.
        let listed = params["workspaceFolders"].as_array().into_iter().flatten();
        let mut folders: Vec<&str> = listed.filter_map(|folder| folder["uri"].as_str()).collect();
        if folders.is_empty() {
            folders.extend(params["rootUri"].as_str());
        }
        self.workspace.folders = folders.into_iter().filter_map(uri::to_path).collect();
        let offered = params["capabilities"]["general"]["positionEncodings"].as_array();
        let has_utf8 = offered.is_some_and(|list| list.iter().any(|encoding| encoding == "utf-8"));
        self.workspace.encoding = if has_utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
        let edits = &params["capabilities"]["workspace"]["workspaceEdit"];
        self.workspace.is_versioned = edits["documentChanges"].as_bool().unwrap_or(false);
        self.is_initialized = true;
        json!({
            "capabilities": {
                "positionEncoding": self.workspace.encoding.name(),
                // Changes come as ranges; the text of a saved document is known.
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "codeActionProvider": { "codeActionKinds": ["quickfix", answer::FIX_ALL.as_str()] },
                "completionProvider": { "triggerCharacters": [" "] },
                "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
            },
            "serverInfo": { "name": "palisade", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn told(&mut self, method: &str, params: Json) -> Result<(), Refusal> {
        match method {
            DidOpenTextDocument::METHOD => {
                let opened = notification::<DidOpenTextDocument>(params)?.text_document;
                let Some(path) = uri::to_path(opened.uri.as_str()) else { return Ok(()) };
                let document = Document {
                    uri: opened.uri.as_str().to_owned(),
                    version: opened.version,
                    text: opened.text,
                    roots: BTreeSet::new(),
                };
                self.workspace.forget();
                self.workspace.documents.insert(path.clone(), document);
                self.changed.insert(path);
            }
            DidChangeTextDocument::METHOD => {
                let change = notification::<DidChangeTextDocument>(params)?;
                let Some(path) = uri::to_path(change.text_document.uri.as_str()) else { return Ok(()) };
                let encoding = self.workspace.encoding;
                let Some(document) = self.workspace.documents.get_mut(&path) else {
                    return Err(Refusal::new(ErrorCode::InvalidParams, "the document is not open"));
                };
                document.version = change.text_document.version;
                for change in change.content_changes {
                    document.apply(change, encoding);
                }
                self.changed.insert(path);
            }
            DidCloseTextDocument::METHOD => {
                let closed = notification::<DidCloseTextDocument>(params)?.text_document;
                let Some(path) = uri::to_path(closed.uri.as_str()) else { return Ok(()) };
                self.workspace.forget();
                self.workspace.documents.remove(&path);
                self.changed.insert(path);
            }
            // Settings, controls or a module elsewhere may have changed.
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => self.all_changed(),
            DidChangeWorkspaceFolders::METHOD => {
                let event = notification::<DidChangeWorkspaceFolders>(params)?.event;
                let paths = |folders: Vec<lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
                    folders.iter().filter_map(|folder| uri::to_path(folder.uri.as_str())).collect()
                };
                let (added, removed) = (paths(event.added), paths(event.removed));
                self.workspace.folders.retain(|folder| !removed.contains(folder) && !added.contains(folder));
                self.workspace.folders.extend(added);
                self.all_changed();
            }
            // What is not known is not meant for this server.
            _ => {}
        }
        Ok(())
    }

    fn all_changed(&mut self) {
        self.workspace.forget();
        self.changed.extend(self.workspace.documents.keys().cloned());
    }

    /// Judges what has changed and tells the editor what is new.
    fn refresh(&mut self) {
        if self.changed.is_empty() || self.is_shut {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        let mut again = BTreeSet::new();
        for path in &changed {
            let readers = self.judged.iter().filter(|(_, judged)| judged.files.contains(path));
            again.extend(readers.map(|(root, _)| root.clone()));
            let roots = self.workspace.roots(path);
            if let Some(document) = self.workspace.documents.get_mut(path) {
                again.extend(roots.iter().cloned());
                document.roots = roots;
            }
        }
        let wanted: BTreeSet<Root> =
            self.workspace.documents.values().flat_map(|document| document.roots.iter().cloned()).collect();
        self.judged.retain(|root, _| wanted.contains(root));
        for root in again.intersection(&wanted) {
            self.judged.insert(root.clone(), self.workspace.judge(root));
        }
        self.publish(&changed);
    }

    /// What is judged and is not a part of something else that is judged as well: a nested stack is told as what
    /// it is there, with the parameters that it is given.
    fn counted(&self) -> impl Iterator<Item = (&Root, &Judged)> {
        self.judged.iter().filter(|(root, own)| !self.is_part(root, own))
    }

    fn is_part(&self, root: &Root, own: &Judged) -> bool {
        let Root::Template(path) = root else { return false };
        self.judged.iter().any(|(other, judged)| {
            // Where two nest each other, both count.
            other != root && judged.files.contains(path) && !own.files.contains(other.path())
        })
    }

    /// Tells the editor of every file for which something is new, and of the documents that it has just changed.
    fn publish(&mut self, changed: &BTreeSet<PathBuf>) {
        let mut now: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        for (_, judged) in self.counted() {
            for (path, told) in &judged.told {
                let list = now.entry(path.clone()).or_default();
                told.iter().for_each(|told| diagnose::add(list, &told.diagnostic));
            }
        }
        let before = std::mem::take(&mut self.published);
        let open = changed.iter().filter(|path| self.workspace.documents.contains_key(*path));
        let paths: BTreeSet<&PathBuf> = now.keys().chain(before.keys()).chain(open).collect();
        for path in paths {
            let list = now.get(path).cloned().unwrap_or_default();
            let known = before.get(path).map_or(&[][..], Vec::as_slice);
            // A change is answered also where nothing comes of it, so that the editor knows for which state that holds.
            let is_asked = changed.contains(path) && self.workspace.documents.contains_key(path);
            if is_asked || *known != *list {
                self.publish_one(path, list);
            }
        }
        now.retain(|_, list| !list.is_empty());
        self.published = now;
    }

    fn publish_one(&self, path: &Path, list: Vec<Diagnostic>) {
        let document = self.workspace.documents.get(path);
        // The editor's own spelling of the address, where it has the file open.
        let Some(uri) = self.workspace.uri(path) else { return };
        let version = document.map(|document| document.version);
        self.notify::<PublishDiagnostics>(PublishDiagnosticsParams::new(uri, list, version));
    }
}

fn request<R: Request>(params: Json) -> Result<R::Params, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::new(ErrorCode::InvalidParams, error.to_string()))
}

fn notification<N: Notification>(params: Json) -> Result<N::Params, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::new(ErrorCode::InvalidParams, error.to_string()))
}

fn result<R: Request>(result: R::Result) -> Result<Json, Refusal> {
    serde_json::to_value(result).map_err(|error| Refusal::new(ErrorCode::InternalError, error.to_string()))
}
