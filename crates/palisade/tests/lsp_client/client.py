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
# One whose edit costs nothing, and that the template fails.
SAFE_CONTROL = "rds-instance-tags-not-copied-to-snapshots"
FIX_ALL = "source.fixAll.palisade"


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
                general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf16]),
                workspace=types.WorkspaceClientCapabilities(
                    workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
                ),
            ),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="work")],
        )
    )
    assert result.server_info and result.server_info.name == "palisade", result
    assert result.capabilities.position_encoding == types.PositionEncodingKind.Utf16, result
    offered = result.capabilities.code_action_provider
    assert isinstance(offered, types.CodeActionOptions), offered
    assert list(offered.code_action_kinds or []) == [types.CodeActionKind.QuickFix, FIX_ALL], offered
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

    async def actions(where: types.Range, context: types.CodeActionContext) -> list[types.CodeAction]:
        params = types.CodeActionParams(text_document=identifier, range=where, context=context)
        found = await client.text_document_code_action_async(params)
        return [one for one in found or [] if isinstance(one, types.CodeAction)]

    def edits(action: types.CodeAction, number: int) -> list[types.TextEdit]:
        """The edits of an action that changes a state of the document and nothing else."""
        assert action.edit and not action.edit.changes, action
        (changed,) = action.edit.document_changes or []
        assert isinstance(changed, types.TextDocumentEdit), changed
        assert (changed.text_document.uri, changed.text_document.version) == (uri, number), changed
        return [one for one in changed.edits if isinstance(one, types.TextEdit)]

    def change(number: int, *changes: tuple[types.Range, str]) -> None:
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=number),
                content_changes=[
                    types.TextDocumentContentChangePartial(range=where, text=text) for where, text in changes
                ],
            )
        )

    def make(number: int, made: list[types.TextEdit]) -> None:
        # The last first, so that none moves another.
        change(number, *((one.range, one.new_text) for one in reversed(made)))

    here = await actions(place, types.CodeActionContext(diagnostics=told))
    (risky,) = [one for one in here if one.title.startswith("Fix: ") and list(one.diagnostics or []) == told]
    assert "(unsafe: " in risky.title and not risky.is_preferred, risky
    fitting = [one for one in here if one.title == f"Suppress {CONTROL} here"]
    assert len(fitting) == 1, here
    (insert,) = edits(fitting[0], 1)
    assert insert.new_text == f"  # palisade:ignore {CONTROL} \n" and insert.range.start.line == 1, insert

    change(2, (insert.range, "  # palisade:ignore \n"))
    at = types.Position(line=1, character=20)
    items = await client.text_document_completion_async(
        types.CompletionParams(text_document=identifier, position=at)
    )
    assert isinstance(items, list) and CONTROL in [item.label for item in items], items

    change(3, (types.Range(start=at, end=at), f"{CONTROL} holds nothing"))
    published_now = await version(3)
    left = [one.code for one in published_now]
    assert CONTROL not in left and "suppression-void" not in left, left

    # A quick fix that is applied mends what it is for.
    (told_now,) = [one for one in published_now if one.code == SAFE_CONTROL]
    here = await actions(told_now.range, types.CodeActionContext(diagnostics=[told_now]))
    (fix,) = [one for one in here if one.is_preferred and list(one.diagnostics or []) == [told_now]]
    assert fix.kind == types.CodeActionKind.QuickFix and fix.title.startswith("Fix: "), fix
    make(4, edits(fix, 3))
    left_now = [one.code for one in await version(4)]
    assert SAFE_CONTROL not in left_now and len(left_now) < len(left), left_now

    # All others of the file, until there are none.
    whole = types.Range(start=types.Position(line=0, character=0), end=types.Position(line=9, character=0))
    only = types.CodeActionContext(diagnostics=[], only=[types.CodeActionKind.SourceFixAll])
    (fix,) = await actions(whole, only)
    assert fix.kind == FIX_ALL, fix
    make(5, edits(fix, 4))
    assert len(await version(5)) < len(left_now)
    assert await actions(whole, only) == []

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


with tempfile.TemporaryDirectory() as made:
    asyncio.run(run(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(made).resolve()))
print("1 passed, 0 failed")
