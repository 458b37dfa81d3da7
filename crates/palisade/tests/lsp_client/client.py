"""Drives `palisade lsp` with a language client of somebody else's: pygls. Usage: client.py PROGRAM"""

import asyncio
import pathlib
import sys
import tempfile

from lsprotocol import types
from pygls.lsp.client import LanguageClient

# A server that says nothing for this long will say nothing any more.
PATIENCE_SECS = 60

TEMPLATE = """\
Resources:
  Store:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: postgres, StorageEncrypted: false }
"""
CONTROL = "rds-instance-storage-unencrypted"


async def run(program: str, folder: pathlib.Path) -> None:
    client = LanguageClient("palisade-test", "1")
    published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def _(params: types.PublishDiagnosticsParams) -> None:
        published.put_nowait(params)

    async def version(wanted: int) -> list[types.Diagnostic]:
        """What is published for a state of the document."""
        while True:
            params = await asyncio.wait_for(published.get(), PATIENCE_SECS)
            if params.uri == uri and params.version == wanted:
                return list(params.diagnostics)

    await client.start_io(program, "lsp", "--stdio")
    uri = (folder / "a b.yaml").as_uri()
    result = await client.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf16])
            ),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="work")],
        )
    )
    assert result.server_info and result.server_info.name == "palisade", result
    assert result.capabilities.position_encoding == types.PositionEncodingKind.Utf16, result
    client.initialized(types.InitializedParams())

    document = types.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=TEMPLATE)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))
    told = [one for one in await version(1) if one.code == CONTROL]
    assert len(told) == 1 and told[0].severity == types.DiagnosticSeverity.Error, told
    place = told[0].range
    assert (place.start.line, place.start.character, place.end.character) == (3, 54, 59), place

    identifier = types.TextDocumentIdentifier(uri=uri)
    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=identifier, position=place.start)
    )
    assert hover and isinstance(hover.contents, types.MarkupContent), hover
    assert hover.contents.kind == types.MarkupKind.Markdown and f"`{CONTROL}`" in hover.contents.value, hover

    context = types.CodeActionContext(diagnostics=told)
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(text_document=identifier, range=place, context=context)
    )
    fitting = [one for one in actions or [] if one.title == f"Suppress {CONTROL} here"]
    assert len(fitting) == 1 and isinstance(fitting[0], types.CodeAction), actions
    edit = fitting[0].edit
    assert edit and edit.changes, fitting
    (insert,) = edit.changes[uri]
    assert insert.new_text == f"  # palisade:ignore {CONTROL} \n" and insert.range.start.line == 1, insert

    def change(number: int, where: types.Range, text: str) -> None:
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=number),
                content_changes=[types.TextDocumentContentChangePartial(range=where, text=text)],
            )
        )

    change(2, insert.range, "  # palisade:ignore \n")
    at = types.Position(line=1, character=20)
    items = await client.text_document_completion_async(
        types.CompletionParams(text_document=identifier, position=at)
    )
    assert isinstance(items, list) and CONTROL in [item.label for item in items], items

    change(3, types.Range(start=at, end=at), f"{CONTROL} holds nothing")
    left = [one.code for one in await version(3)]
    assert CONTROL not in left and "suppression-void" not in left, left

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


with tempfile.TemporaryDirectory() as made:
    asyncio.run(run(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(made).resolve()))
print("1 passed, 0 failed")
