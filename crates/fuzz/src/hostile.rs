//! Inputs that try to bring a reader down: floods, bombs and chains. Each is short to describe and long to write
//! out, so they are made here and not kept as files.
//!
//! None may overflow a stack, take unbounded time or memory, or go through without a word where a limit is reached.

/// Levels that no reader follows.
const DEEP: usize = 20_000;

/// Links of a chain of names: more than a stack has room for, if each is a call.
const CHAIN: usize = 1_500;

/// A hostile input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostile {
    /// What it is.
    pub what: &'static str,
    /// The input.
    pub bytes: Vec<u8>,
}

fn hostile(what: &'static str, text: impl Into<String>) -> Hostile {
    Hostile { what, bytes: text.into().into_bytes() }
}

/// The hostile inputs of a target, by its name.
pub fn inputs(target: &str) -> Vec<Hostile> {
    match target {
        "yaml" | "json" | "parameters" | "framework" => floods(),
        "exception" => exceptions(),
        "template" => templates(),
        "intrinsics" => letters(),
        "control" => controls(),
        "expression" => expressions(),
        "policy" => policies(),
        "estate-file" => estate_files(),
        "hcl" => hcl_texts(),
        "terraform" => code(),
        "terraform-json" => code_in_json(),
        "tfvars" => variables(),
        "plan" => plans(),
        _ => Vec::new(),
    }
}

/// Any text that is read as YAML or JSON.
fn floods() -> Vec<Hostile> {
    let mut inputs = vec![
        hostile("opening brackets", "[".repeat(DEEP)),
        hostile("opening maps of JSON", "{\"a\":".repeat(DEEP / 2)),
        hostile("opening maps of YAML", "{a: ".repeat(DEEP / 2)),
        hostile("lists in lists on a line", "- ".repeat(DEEP)),
        hostile("questions", "? ".repeat(DEEP)),
        hostile("opened and closed", format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP))),
        hostile("quotes", "\"".repeat(DEEP)),
        hostile("backslashes", format!("[\"{}\"]", "\\".repeat(DEEP))),
        hostile("one long line", format!("[{}]", "a, ".repeat(DEEP))),
        hostile("blank lines", "\n".repeat(DEEP)),
        hostile("carriage returns", "a\r".repeat(DEEP)),
        hostile("anchors on nothing", "&a ".repeat(DEEP)),
        hostile("tags on nothing", "!a ".repeat(DEEP)),
        hostile("an anchor inside itself", "&a [*a, &b [*b, *a]]\n"),
        hostile("a long key", format!("{}: 1\n", "k".repeat(DEEP))),
        hostile("two names for many values", bomb(2, 14)),
        hostile("nine names for billions of values", bomb(9, 12)),
    ];
    inputs.push(hostile("one key again and again", "a: 1\n".repeat(DEEP / 4)));
    let keys: String = (0..CHAIN).map(|i| format!("k{i}: 1\n")).collect();
    inputs.push(hostile("many keys twice", format!("{keys}{keys}")));
    let steps: String = (0..250).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    inputs.push(hostile("stairs", steps));
    inputs
}

/// Aliases of aliases: each name stands for `width` of the one before.
fn bomb(width: usize, height: usize) -> String {
    let mut text = String::from("a0: &a0 [x]\n");
    for i in 1..=height {
        let aliases = vec![format!("*a{}", i - 1); width].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    text
}

fn exceptions() -> Vec<Hostile> {
    let mut inputs = floods();
    let stars = "*a".repeat(CHAIN);
    let fields = "reason: x, owner: y, expires: 2026-06-30";
    inputs.push(hostile(
        "stars",
        format!("- {{ control: '{stars}b', resource: '{stars}b', file: '{stars}b', {fields} }}\n"),
    ));
    inputs.push(hostile("many", format!("- {{ control: '*', resource: '*', {fields} }}\n").repeat(500)));
    inputs
}

const VERSION: &str = "AWSTemplateFormatVersion: '2010-09-09'\n";

/// A template of resources, in YAML.
fn template(sections: &str, value: &str) -> String {
    format!(
        "{VERSION}{sections}Resources:\n  R:\n    Type: Custom::Thing\n    Properties:\n      Value: {value}\n"
    )
}

fn templates() -> Vec<Hostile> {
    let mut inputs: Vec<Hostile> = floods()
        .into_iter()
        .map(|flood| {
            let head = format!("{VERSION}Resources:\n  R: {{ Type: Custom::Thing }}\nMetadata:\n");
            Hostile { bytes: [head.as_bytes(), flood.bytes.as_slice()].concat(), ..flood }
        })
        .collect();
    let mut conditions = String::from("Conditions:\n  C0: !Equals [a, a]\n");
    for i in (1..CHAIN).rev() {
        conditions.push_str(&format!("  C{i}: !Condition C{}\n", i - 1));
    }
    let last = CHAIN - 1;
    inputs.push(hostile("a chain of conditions", template(&conditions, &format!("!If [C{last}, a, b]"))));
    let mut vpcs = format!("{VERSION}Resources:\n");
    for i in 0..CHAIN {
        vpcs.push_str(&format!(
            "  V{i}: {{ Type: AWS::EC2::VPC, Properties: {{ CidrBlock: !GetAtt V{}.CidrBlock }} }}\n",
            i + 1
        ));
    }
    vpcs.push_str(&format!(
        "  V{CHAIN}: {{ Type: AWS::EC2::VPC, Properties: {{ CidrBlock: 10.0.0.0/16 }} }}\n"
    ));
    inputs.push(hostile("a chain of attributes", vpcs));
    let mapping = "Mappings: { M: { a: { b: !FindInMap [M, a, b] } } }\n";
    inputs.push(hostile("a mapping that looks itself up", template(mapping, "!FindInMap [M, a, b]")));
    let stack = "{ Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: template.yaml } }";
    inputs.push(hostile(
        "a stack in itself",
        format!("{VERSION}Resources:\n  A: {stack}\n  B: {stack}\n  C: {stack}\n"),
    ));
    let own = "{ TemplateURL: template.yaml, Parameters: { P: !GetAtt A.Outputs.O } }";
    let stack = format!("{{ Type: AWS::CloudFormation::Stack, Properties: {own} }}");
    let outputs = "Outputs: { O: { Value: !GetAtt A.Outputs.O } }\n";
    inputs.push(hostile("an output of itself", format!("{VERSION}Resources:\n  A: {stack}\n{outputs}")));
    inputs.push(hostile(
        "calls in calls",
        template("", &format!("{}x{}", "!If [A, ".repeat(90), ", y]".repeat(90))),
    ));
    inputs.push(hostile(
        "lists to the limit",
        template("", &format!("{}x{}", "[".repeat(190), "]".repeat(190))),
    ));
    inputs.push(hostile(
        "a text with many variables",
        template("", &format!("!Sub '{}'", "${R}${AWS::Region}".repeat(CHAIN))),
    ));
    let pieces = "${a}".repeat(300);
    let sub = |inner: &str| format!("!Sub ['{pieces}', {{ a: {inner} }}]");
    inputs.push(hostile("texts of texts", template("", &sub(&sub(&format!("'{}'", "x".repeat(300)))))));
    inputs.push(hostile(
        "loops that double a text",
        template("Transform: AWS::LanguageExtensions\n", &doubling(25)),
    ));
    inputs.push(hostile("loops in loops", template("Transform: AWS::LanguageExtensions\n", &loops(5))));
    inputs
}

/// Loops in loops, each over one text that is twice the text of the loop around it.
fn doubling(levels: usize) -> String {
    let mut body = format!("{{ Key: '${{V{levels}}}' }}");
    for i in (0..levels).rev() {
        body = format!("{{ 'Fn::ForEach::L{i}': [V{}, ['${{V{i}}}${{V{i}}}'], {body}] }}", i + 1);
    }
    format!("{{ 'Fn::ForEach::L': [V0, [x], {body}] }}")
}

/// Loops in loops, each over ten values.
fn loops(levels: usize) -> String {
    let mut body = String::from("{ Key: x }");
    for i in 0..levels {
        body = format!("{{ 'Fn::ForEach::L{i}': [V{i}, [a, b, c, d, e, f, g, h, i, j], {body}] }}");
    }
    body
}

fn letters() -> Vec<Hostile> {
    vec![
        hostile("conditions in conditions", "f0".repeat(DEEP)),
        hostile("texts of texts of texts", "S6".repeat(DEEP)),
        hostile("lists in lists", "[7".repeat(DEEP)),
        hostile("loops in loops", "L[3ABD".repeat(DEEP / 4)),
        hostile("lookups in lookups", "mmm".repeat(DEEP / 4)),
        hostile("joins of choices", "j27".repeat(DEEP / 4)),
        hostile("ands of ors", "a7x7".repeat(DEEP / 4)),
    ]
}

/// A control whose expression and named expressions are given.
fn control(lets: &str, pass: &str) -> String {
    format!(
        "id: hostile\ntitle: T\nseverity: low\nlayer: data\nresource: AWS::S3::Bucket\nlet: {{ {lets} }}\n\
         pass: >-\n  {pass}\nmessage: m\nwhy: w\nfix: {{ text: f }}\n\
         tests:\n  - {{ name: n, resource: {{ BucketName: a }}, expect: pass }}\n"
    )
}

fn controls() -> Vec<Hostile> {
    let mut inputs = floods();
    inputs.push(hostile(
        "many alternatives",
        control("", &format!("{}true", "BucketName == 'b' || ".repeat(2_000))),
    ));
    let doubles: String = (1..18).map(|i| format!(", l{i}: l{} + l{}", i - 1, i - 1)).collect();
    inputs.push(hostile(
        "named texts that double",
        control(&format!("l0: '\"xxxxxxxx\"'{doubles}"), "size(l17) > 0"),
    ));
    let names: String = (1..CHAIN).map(|i| format!(", l{i}: l{}", i - 1)).collect();
    let last = CHAIN - 1;
    inputs.push(hostile("a chain of names", control(&format!("l0: 'true'{names}"), &format!("l{last}"))));
    inputs
}

fn expressions() -> Vec<Hostile> {
    let around = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let members = format!("({})", ".a".repeat(100));
    vec![
        hostile("many alternatives", format!("{}true", "false || ".repeat(DEEP / 4))),
        hostile("many conditions", format!("{}true", "true && ".repeat(DEEP / 4))),
        hostile("a long sum", format!("{}1", "1 + ".repeat(DEEP / 2))),
        hostile("a long comparison", format!("{}1", "1 < ".repeat(DEEP / 2))),
        hostile("parentheses", around("(", "1", ")", DEEP)),
        hostile("lists in lists", around("[", "1", "]", 100)),
        hostile("negations", format!("{}true", "!".repeat(DEEP))),
        hostile("signs", format!("{}1", "- ".repeat(DEEP))),
        hostile("members", format!("record{}", ".a".repeat(DEEP))),
        hostile("members of members", around("(", "record", &members[1..], 100)),
        hostile("calls of calls", around("size(", "list", ")", DEEP / 4)),
        hostile("choices of choices", format!("{}1", "true ? 1 : ".repeat(DEEP / 4))),
        hostile("loops in loops", around("[1,2,3,4,5,6,7,8,9,10].exists(x, ", "x > 10", ")", 8)),
        hostile("lists that double", format!("[[1]]{}", ".map(x, x + x)".repeat(16))),
        hostile("texts that double", format!("['xxxxxxxx']{}", ".map(x, x + x)".repeat(20))),
        hostile("a pattern that backtracks", format!("'{}'.matches('(a+)+$')", "a".repeat(10_000))),
        hostile("a pattern that grows", "'a'.matches('((a{1000}){1000}){1000}')"),
        hostile("stars", format!("'{}'.glob('{}b')", "a".repeat(5_000), "*a".repeat(2_000))),
        hostile("digits", format!("{}.{}", "9".repeat(DEEP), "9".repeat(DEEP))),
        hostile("a text without an end", format!("'{}", "a".repeat(DEEP))),
        hostile("messages", "A{a: ".repeat(DEEP / 4)),
    ]
}

fn policies() -> Vec<Hostile> {
    let quoted =
        |texts: Vec<String>| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(",");
    let statement = |effect: &str, actions: &str, resources: &str| {
        format!(r#"{{"Effect":"{effect}","Principal":"*","Action":[{actions}],"Resource":[{resources}]}}"#)
    };
    let stars = "*a".repeat(1_000);
    let lines = "a".repeat(2_000);
    let actions = quoted((0..300).map(|i| format!("s3:Get*{i}*")).collect());
    let resources = quoted((0..300).map(|i| format!("arn:aws:s3:::b{i}/*")).collect());
    let small = statement("Allow", "\"s3:*\"", "\"*\"");
    vec![
        hostile("lists in lists", "[".repeat(DEEP)),
        hostile("statements in statements", "{\"Statement\":".repeat(DEEP / 4)),
        hostile(
            "stars against letters",
            format!(
                "[{},{}]",
                statement("Allow", &format!("\"{lines}\""), &format!("\"{lines}\"")),
                statement("Deny", &format!("\"{stars}b\""), &format!("\"{stars}b\""))
            ),
        ),
        hostile(
            "stars against stars",
            format!(
                "[{},{}]",
                statement("Allow", &format!("\"{stars}\""), &format!("\"{stars}\"")),
                statement("Deny", &format!("\"b{stars}\""), &format!("\"b{stars}\""))
            ),
        ),
        hostile(
            "many of everything",
            format!(
                "[{},{}]",
                statement("Allow", &actions, &resources),
                statement("Deny", &actions, &resources)
            ),
        ),
        hostile("a thousand statements and more", format!("[{}]", vec![small; 1_001].join(","))),
        hostile("variables", format!("\"{}\"", "${aws:username}".repeat(2_000))),
        hostile(
            "choices",
            format!("{{\"either\":[{}]}}", vec![r#"{"either":["?","…",null]}"#; 500].join(",")),
        ),
    ]
}

/// An estate file of one resource whose property is given.
fn estate_file(value: &str, spans: usize) -> String {
    let header = r#"{"format":"palisade-estate","version":1,"resources":1,"files":["a.yaml"],"gaps":[],"blocks":[BLOCKS]}"#;
    let at = vec!["-"; spans + 2].join(" ");
    let line = format!(
        r#"{{"type":"Custom::Thing","key":"a.yaml#R","address":"R","properties":{{"Value":{value}}},"at":"{at}"}}"#
    );
    format!("{header}\n{line}\n")
}

fn estate_files() -> Vec<Hostile> {
    let nested = |times: usize| format!("{}1{}", "[".repeat(times), "]".repeat(times));
    let special = |times: usize| {
        let open = r#"{"?":"list","items":["#.repeat(times);
        let close = r#"],"rest":{"is":"any","why":["stated","x"]}}"#.repeat(times);
        format!("{open}1{close}")
    };
    vec![
        hostile("a deep value", estate_file(&nested(100), 101)),
        hostile("too deep a value", estate_file(&nested(DEEP / 4), DEEP / 4 + 1)),
        hostile("a deep list that may hold more", estate_file(&special(50), 51)),
        hostile("many values", estate_file(&format!("[{}1]", "1,".repeat(DEEP / 4)), DEEP / 4 + 2)),
        hostile("fewer positions than values", estate_file("[1,2,3]", 2)),
        hostile("no lines", "\n".repeat(DEEP)),
    ]
}

/// Values within each other, as expressions of HCL.
fn hcl_values() -> Vec<Hostile> {
    let around = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    vec![
        hostile("brackets", around("[", "1", "]", DEEP)),
        hostile("opening brackets", "[".repeat(DEEP)),
        hostile("parentheses", around("(", "1", ")", DEEP)),
        hostile("objects", around("{ a = ", "1", " }", DEEP / 2)),
        hostile("negations", format!("{}true", "!".repeat(DEEP))),
        hostile("signs", format!("{}1", "-".repeat(DEEP))),
        hostile("conditions after each other", format!("{}1", "true ? 1 : ".repeat(DEEP / 4))),
        hostile("conditions in each other", around("true ? ", "1", " : 2", DEEP / 4)),
        hostile("calls of calls", around("abs(", "1", ")", DEEP / 4)),
        hostile("a long sum", format!("{}1", "1 + ".repeat(DEEP / 2))),
        hostile("a long alternative", format!("{}true", "false || ".repeat(DEEP / 4))),
        hostile("indexes of indexes", around("a[", "0", "]", DEEP / 4)),
        hostile("steps", format!("a{}", ".b".repeat(DEEP))),
        hostile("splats", format!("a{}", "[*]".repeat(DEEP / 2))),
        hostile("texts in texts", around("\"${", "a", "}\"", DEEP / 4)),
        hostile("loops in loops", around("[for a in [1, 2] : ", "a", "]", DEEP / 8)),
        hostile("loops in loops to the limit", around("[for a in [1, 2] : ", "a", "]", 45)),
        hostile(
            "loops of a text to the limit",
            format!("\"{}\"", around("%{ for a in [1, 2] }", "c", "%{ endfor }", 95)),
        ),
        hostile("loops over loops", around("[for a in ", "b", " : a]", DEEP / 8)),
        hostile("digits", format!("{}.{}e9", "9".repeat(DEEP), "9".repeat(DEEP))),
        hostile("backslashes", format!("\"{}\"", "\\".repeat(DEEP))),
        hostile("a text without an end", format!("\"{}", "${\"".repeat(DEEP / 4))),
        hostile("many values after a wide character", format!("[\"ü\", {}1]", "1, ".repeat(DEEP / 2))),
        hostile("many comments on a line", format!("[{}]", "/* a */ 1, ".repeat(DEEP / 4))),
        hostile(
            "directives in directives",
            format!("\"{}\"", around("%{ if a }", "b", "%{ endif }", DEEP / 8)),
        ),
        hostile(
            "loops of a text in loops",
            format!("\"{}\"", around("%{ for a in b }", "c", "%{ endfor }", DEEP / 8)),
        ),
        hostile("directives without an end", format!("\"{}\"", "%{ if a }".repeat(DEEP / 4))),
        hostile("one heredoc in another", around("<<A\n${", "b", "}\nA\n", DEEP / 8)),
    ]
}

fn hcl_texts() -> Vec<Hostile> {
    let mut inputs = hcl_values();
    // Each as it is, where it is an expression, and as the value of a file.
    let values: Vec<Hostile> = hcl_values()
        .into_iter()
        .map(|value| Hostile { bytes: [&b"x = "[..], value.bytes.as_slice(), b"\n"].concat(), ..value })
        .collect();
    inputs.extend(values);
    let keys: String = (0..10_000).map(|i| format!("k{i} = {i}\n")).collect();
    let heredocs = "<<A\n".repeat(DEEP);
    inputs.extend([
        hostile("blocks in blocks", "a {\n".repeat(DEEP)),
        hostile("blocks opened and closed", format!("{}{}", "a {\n".repeat(DEEP), "}\n".repeat(DEEP))),
        hostile("closing braces", "}\n".repeat(DEEP)),
        hostile("labels", format!("a {} {{}}\n", "\"b\" ".repeat(DEEP))),
        hostile("heredocs that nothing closes", heredocs.clone()),
        hostile("heredocs that nothing closes, in brackets", format!("x = [ @\n{heredocs}")),
        hostile("comments that nothing closes", "/*".repeat(DEEP)),
        hostile("one key again and again", "a = 1\n".repeat(DEEP / 4)),
        hostile("ten thousand keys", keys.clone()),
        hostile("ten thousand keys of an object", format!("x = {{\n{keys}}}\n")),
        hostile("carriage returns", "a = 1\r".repeat(DEEP)),
        hostile("blank lines", "\n".repeat(DEEP)),
        hostile("faults", "@ \"${\n".repeat(DEEP / 4)),
        hostile("flush heredocs", format!("x = <<-A\n{}  A\n", "   ${a} ~\n".repeat(DEEP / 4))),
    ]);
    inputs
}

/// A root module with one topic whose name is given, and local values.
fn topic(locals: &str, name: &str) -> String {
    format!("locals {{\n{locals}\n}}\n\nresource \"aws_sns_topic\" \"this\" {{\n  name = {name}\n}}\n")
}

/// Root modules. Of those whose description ends with `(told)` something must be said.
fn code() -> Vec<Hostile> {
    let mut inputs: Vec<Hostile> = hcl_values()
        .into_iter()
        .map(|value| {
            let text = String::from_utf8_lossy(&value.bytes).into_owned();
            Hostile { bytes: topic("  b = [1, 2]", &text).into_bytes(), ..value }
        })
        .collect();
    let module = |name: &str, source: &str, rest: &str| {
        format!("module \"{name}\" {{\n  source = \"{source}\"\n{rest}}}\n")
    };
    let bucket = |repeat: &str| format!("resource \"aws_s3_bucket\" \"a\" {{\n  {repeat}\n}}\n");
    let digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let doubling: String =
        (1..40).map(|i| format!("  a{i} = \"${{local.a{}}}${{local.a{}}}\"\n", i - 1, i - 1)).collect();
    let widening: String =
        (1..40).map(|i| format!("  a{i} = concat(local.a{}, local.a{})\n", i - 1, i - 1)).collect();
    let sharing: String =
        (1..40).map(|i| format!("  a{i} = {{ x = local.a{}, y = local.a{} }}\n", i - 1, i - 1)).collect();
    let chain: String = (1..CHAIN).map(|i| format!("  a{i} = local.a{}\n", i - 1)).collect();
    let last = CHAIN - 1;
    let ring: String = (0..CHAIN).map(|i| format!("  a{i} = local.a{}\n", (i + 1) % CHAIN)).collect();
    let joins = format!("{}\"x\"{}", "join(\",\", [for i in range(1000) : ".repeat(8), "])".repeat(8));
    let ranges = format!("{}[1]{}", "flatten([for i in range(1000) : ".repeat(6), "])".repeat(6));
    let replaces = format!("{}\"aaaaaaaa\"{}", "replace(".repeat(40), ", \"a\", \"aaaaaaaa\")".repeat(40));
    let keys: String = (0..10_000).map(|i| format!("k{i} = {i}\n")).collect();
    let many: String = (0..2_000).map(|i| format!("resource \"aws_sns_topic\" \"t{i}\" {{}}\n")).collect();
    inputs.extend([
        hostile("a module that calls itself (told)", module("a", "./", "") + &bucket("")),
        hostile(
            "a called module that calls itself (told)",
            module("a", "./b", "") + "=== b/main.tf\n" + &module("a", "../b", "") + &module("b", "./", ""),
        ),
        hostile(
            "modules that call each other (told)",
            format!(
                "{}=== b/main.tf\n{}=== c/main.tf\n{}{}",
                module("b", "./b", ""),
                module("c", "../c", ""),
                module("b", "../b", ""),
                bucket("")
            ),
        ),
        hostile(
            "dynamic blocks within each other (told)",
            format!(
                "resource \"aws_security_group\" \"g\" {{\n{}from_port = 1\n{}}}\n",
                "dynamic \"ingress\" {\nfor_each = [1, 2]\ncontent {\n".repeat(40),
                "}\n}\n".repeat(40)
            ),
        ),
        hostile(
            "modules many times in modules many times",
            format!(
                "{}=== b/main.tf\n{}=== c/main.tf\n{}=== d/main.tf\n{}",
                module("b", "./b", "  count = 4000\n"),
                module("c", "../c", "  count = 4000\n"),
                module("d", "../d", "  count = 4000\n"),
                bucket("count = 4000")
            ),
        ),
        hostile(
            "a value that goes round through modules (told)",
            format!(
                "{}{}=== b/main.tf\nvariable \"x\" {{}}\noutput \"x\" {{\n  value = var.x\n}}\n",
                module("a", "./b", "  x = module.c.x\n"),
                module("c", "./b", "  x = module.a.x\n") + &topic("", "module.a.x")
            ),
        ),
        hostile("values that go round (told)", topic(&ring, "local.a0")),
        hostile("a value of itself (told)", topic("  a = [local.a, local.a]", "local.a[0]")),
        hostile(
            "a long chain of values",
            topic(&format!("  a0 = \"x\"\n{chain}"), &format!("local.a{last}")),
        ),
        hostile(
            "texts that double in values",
            topic(&format!("  a0 = \"xxxxxxxx\"\n{doubling}"), "local.a39"),
        ),
        hostile(
            "lists that double (told)",
            topic(&format!("  a0 = {digits}\n{widening}"), "length(local.a39)"),
        ),
        hostile(
            "values that are shared twice over",
            topic(&format!("  a0 = \"x\"\n{sharing}"), "jsonencode(local.a39)"),
        ),
        hostile("joins of joins", topic("", &joins)),
        hostile("lists of lists of lists", topic("", &format!("length({ranges})"))),
        hostile("texts replaced by longer ones", topic("", &replaces)),
        hostile("too few arguments, spread (told)", topic("", "format(\"%s%s%s%s\", [\"x\"]...)")),
        hostile(
            "products of sets",
            topic(&format!("  a = {digits}"), &format!("length(setproduct({}))", ["local.a"; 12].join(", "))),
        ),
        hostile(
            "products of products",
            topic(
                &format!("  a = {digits}\n  b = setproduct(local.a, local.a, local.a)"),
                "length(setproduct(local.b, local.b, local.b))",
            ),
        ),
        hostile(
            "many subnets",
            topic("", &format!("join(\",\", cidrsubnets(\"10.0.0.0/8\"{}))", ", 8".repeat(5_000))),
        ),
        hostile("a wide number in a text", topic("", "format(\"%999999999d\", 1)")),
        hostile("a wide product", topic("", "format(\"%*d\", 999999999, 1)")),
        hostile("a power", topic("", "tostring(pow(10, 400))")),
        hostile("a long range (told)", topic("", "length(range(1000000000000))")),
        hostile("a range without steps (told)", topic("", "length(range(0, 10, 0))")),
        hostile(
            "a pattern that backtracks",
            topic("", &format!("regex(\"(a+)+$\", \"{}b\")", "a".repeat(10_000))),
        ),
        hostile("a pattern that grows", topic("", "regexall(\"((a{1000}){1000}){1000}\", \"a\")")),
        hostile(
            "braces of a pattern of files",
            topic("", &format!("length(fileset(\".\", \"{}\"))", "{a,b}".repeat(40))),
        ),
        hostile("many resources", many),
        hostile("a huge count (told)", bucket("count = 9000000000000000000")),
        hostile("a count below nothing (told)", bucket("count = -1")),
        hostile("a huge count of nothing known", format!("variable \"n\" {{}}\n{}", bucket("count = var.n"))),
        hostile(
            "ten thousand keys (told)",
            format!("locals {{\n  a = {{\n{keys}  }}\n}}\n{}", bucket("for_each = local.a")),
        ),
        hostile(
            "a template that reads itself (told)",
            topic("", "templatefile(\"t.tftpl\", {})") + "=== t.tftpl\n${templatefile(\"t.tftpl\", {})}\n",
        ),
        hostile(
            "a type that is deep",
            format!(
                "variable \"a\" {{\n  type = {}string{}\n}}\n",
                "list(".repeat(DEEP / 8),
                ")".repeat(DEEP / 8)
            ),
        ),
        hostile(
            "JSON that is deep",
            topic(
                "",
                &format!("jsonencode(jsondecode(\"{}{}\"))", "[".repeat(DEEP / 2), "]".repeat(DEEP / 2)),
            ),
        ),
        hostile(
            "YAML that grows",
            topic(
                &format!(
                    "  y = <<-A\n{}  A",
                    bomb(9, 12).lines().map(|line| format!("    {line}\n")).collect::<String>()
                ),
                "jsonencode(yamldecode(local.y))",
            ),
        ),
    ]);
    inputs
}

/// What is deep or wide as JSON, at the places where code may stand.
fn code_in_json() -> Vec<Hostile> {
    let deep = |times: usize| format!("{}1{}", "[".repeat(times), "]".repeat(times));
    let topic = |value: &str| format!(r#"{{"resource":{{"aws_sns_topic":{{"a":{{"name":{value}}}}}}}}}"#);
    let keys = (0..10_000).map(|i| format!("\"k{i}\":{i}")).collect::<Vec<_>>().join(",");
    let mut inputs = floods();
    inputs.extend([
        hostile("a deep value", topic(&deep(90))),
        hostile("too deep a value", topic(&deep(DEEP / 4))),
        hostile("lists of blocks of lists", format!(r#"{{"resource":{}{{}}{}}}"#, "[".repeat(90), "]".repeat(90))),
        hostile("parentheses in a text", topic(&format!("\"${{{}1{}}}\"", "(".repeat(DEEP), ")".repeat(DEEP)))),
        hostile("directives in a text", topic(&format!("\"{}\"", "%{ if true }".repeat(DEEP / 4)))),
        hostile(
            "ten thousand keys",
            format!(
                r#"{{"resource":{{"aws_s3_bucket":{{"a":{{"for_each":{{{keys}}},"bucket":"ü${{each.key}}"}}}}}}}}"#
            ),
        ),
        hostile("a module that calls itself", r#"{"module":{"a":{"source":"./"}}}"#),
        hostile(
            "many blocks of one name",
            format!(r#"{{"resource":{{"aws_sns_topic":{{"a":[{}{{}}]}}}}}}"#, "{},".repeat(DEEP / 8)),
        ),
    ]);
    inputs
}

/// Files of values.
fn variables() -> Vec<Hostile> {
    let named = |name: &str, value: &[u8]| [name.as_bytes(), b" = ", value, b"\n"].concat();
    let mut inputs = floods();
    for name in ["list", "any"] {
        inputs.extend(
            hcl_values().into_iter().map(|value| Hostile { bytes: named(name, &value.bytes), ..value }),
        );
    }
    let rules: String =
        (0..3_000).map(|i| format!("  r{i} = {{ port = {i}, cidrs = [\"10.0.0.0/8\"] }}\n")).collect();
    let texts = "\"a\", ".repeat(DEEP / 4);
    inputs.extend([
        hostile("many rules", format!("rules = {{\n{rules}}}\n")),
        hostile("many texts", format!("list = [{texts}]\n")),
        hostile("a long text", format!("name = \"{}\"\n", "ü".repeat(DEEP))),
    ]);
    inputs
}

/// Plans.
fn plans() -> Vec<Hostile> {
    let head = r#""format_version":"1.2","terraform_version":"1.9.0""#;
    let deep = |times: usize| format!("{}1{}", "[".repeat(times), "]".repeat(times));
    let change = |address: &str, after: &str| {
        format!(
            r#"{{"address":"{address}","mode":"managed","type":"aws_sns_topic","name":"t","change":{{"actions":["create"],"after":{after},"after_unknown":{{"arn":true}}}}}}"#
        )
    };
    let plan = |changes: &str| format!("{{{head},\"resource_changes\":[{changes}]}}");
    let modules = format!("{}{}", r#"{"child_modules":["#.repeat(45), "]}".repeat(45));
    let calls = format!("{}{{}}{}", r#"{"module_calls":{"a":{"module":"#.repeat(30), "}}}".repeat(30));
    let module = "module.a.".repeat(DEEP / 8);
    let ring = r#""configuration":{"root_module":{"module_calls":{"a":{"expressions":{"x":{"references":["module.a.x","module.a"]}},"module":{"outputs":{"x":{"expression":{"references":["var.x"]}}},"resources":[{"address":"aws_sns_topic.t","type":"aws_sns_topic","name":"t","expressions":{"name":{"references":["var.x"]}}}]}}}}}"#;
    let unknown = r#"{"address":"module.a.aws_sns_topic.t","module_address":"module.a","mode":"managed","type":"aws_sns_topic","name":"t","change":{"actions":["create"],"after":{},"after_unknown":{"name":true}}}"#;
    let mut inputs: Vec<Hostile> = floods()
        .into_iter()
        .map(|flood| {
            let bytes =
                [format!("{{{head},\"resource_changes\":").as_bytes(), flood.bytes.as_slice(), b"}"].concat();
            Hostile { bytes, ..flood }
        })
        .collect();
    inputs.extend([
        hostile("a deep value", plan(&change("aws_sns_topic.t", &format!(r#"{{"name":{}}}"#, deep(80))))),
        hostile(
            "too deep a value",
            plan(&change("aws_sns_topic.t", &format!(r#"{{"name":{}}}"#, deep(DEEP / 4)))),
        ),
        hostile("one address again and again", plan(&vec![change("aws_sns_topic.t", "{}"); 800].join(","))),
        hostile("a long address", plan(&change(&format!("{module}aws_sns_topic.t"), "{}"))),
        hostile("an address of brackets", plan(&change(&format!("module.a{}", "[".repeat(DEEP)), "{}"))),
        hostile("modules in modules", format!(r#"{{{head},"planned_values":{{"root_module":{modules}}}}}"#)),
        hostile(
            "calls in calls",
            format!(r#"{{{head},"resource_changes":[{unknown}],"configuration":{{"root_module":{calls}}}}}"#),
        ),
        hostile("a value that goes round", format!(r#"{{{head},"resource_changes":[{unknown}],{ring}}}"#)),
    ]);
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TARGETS, mutate};

    #[test]
    fn every_target_has_hostile_inputs_of_a_size_that_is_fuzzed() {
        for target in TARGETS {
            let inputs = inputs(target.name);
            assert!(!inputs.is_empty(), "`{}` has no hostile inputs", target.name);
            for input in inputs {
                let most = 4 * mutate::INPUT_BYTES_MAX;
                assert!(input.bytes.len() <= most, "`{}`: {} bytes", input.what, input.bytes.len());
            }
        }
    }
}
