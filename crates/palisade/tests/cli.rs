//! The built program, end to end: each test runs it in a temporary folder of its own, without network and
//! without looking at the clock. What is expected is what the book and the program's own help promise.

mod cli {
    mod authoring;
    mod choose;
    mod compare;
    mod estate;
    mod example;
    mod exit_codes;
    mod formats;
    mod hostile;
    mod limits;
    mod lsp;
    mod reference;
    mod settings;
    mod support;
    mod waivers;
}
