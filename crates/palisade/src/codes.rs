//! The codes of diagnostics: what each means and what to do about it, for `palisade explain CODE`.

/// A diagnostic's code and its explanation.
#[derive(Debug)]
pub(crate) struct Code {
    /// The code, as a diagnostic shows it.
    pub(crate) code: &'static str,
    /// What happened, in a line.
    pub(crate) title: &'static str,
    /// What it means for the result.
    pub(crate) meaning: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
}

/// The explanation of a code.
pub(crate) fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

/// Every code, in order.
pub(crate) static CODES: &[Code] = &[
    Code {
        code: "alias",
        title: "A YAML alias stands for a value that is not complete",
        meaning: "The alias (`*name`) is used inside the value that its anchor (`&name`) marks, or the anchor was cut off by a limit. \
            The value in its place is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Write the value out, or move the anchor to a value that does not contain the alias.",
    },
    Code {
        code: "alias-bomb",
        title: "YAML aliases expand to too many values",
        meaning: "Aliases that stand for aliases grow a small file beyond all bounds. The alias that went over the limit of a million \
            values or 100 levels is left out, as are those after it that would: what they stand for is not known. The rest is judged.",
        remedy: "Write fewer aliases inside aliased values. No template that AWS accepts needs as many.",
    },
    Code {
        code: "baseline",
        title: "The baseline cannot be used",
        meaning: "A baseline is the file that `palisade check --write-baseline FILE` writes: the findings that were there then, so that \
            only new ones fail. This one cannot be read, is no baseline, or is of a version that this program does not know.",
        remedy: "Write it anew with `palisade check --write-baseline FILE PATH`, and look at the difference before you keep it.",
    },
    Code {
        code: "condition",
        title: "A condition of the template is not valid",
        meaning: "A function under `Conditions` or in `Fn::If` is no condition function, or has the wrong number of arguments. \
            CloudFormation would refuse the template. Both ways are taken as possible, so verdicts that hang on it are `unknown`.",
        remedy: "Use `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals` or `Condition` with the arguments that CloudFormation documents.",
    },
    Code {
        code: "config",
        title: "The settings have a fault",
        meaning: "`palisade.yaml` has an unknown key, a value of the wrong kind, or names a control or parameter that does not exist. \
            Nothing is judged under settings that may not mean what they say.",
        remedy: "Mend the line that is pointed at. `palisade config show --origin` prints every setting and where it comes from, \
            and `palisade controls` lists the ids.",
    },
    Code {
        code: "control-file",
        title: "A control file has a fault",
        meaning: "The file is no valid control: a key is unknown or missing, or an expression does not fit the type that it judges. \
            Nothing is judged until it is mended, because a control that is left out in silence would look like one that passes.",
        remedy: "Mend the line that is pointed at, and prove the control with `palisade test FILE`.",
    },
    Code {
        code: "cycle",
        title: "Something in the template depends on itself",
        meaning: "A condition, an attribute or an included file leads back to itself. CloudFormation would refuse the template. \
            The value is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Break the circle: one of the references on it must go.",
    },
    Code {
        code: "duplicate-key",
        title: "A key is given twice in the same map",
        meaning: "The last value counts and the first is lost, as in most readers; some refuse the file instead. \
            What the author meant by the first one is not judged.",
        remedy: "Delete one of the two.",
    },
    Code {
        code: "estate-gap",
        title: "The saved estate is not complete",
        meaning: "Something could not be read when the estate was saved, so that what is absent from it may exist all the same. \
            Verdicts that hang on absence are `unknown`.",
        remedy: "Mend what the message names and save the estate again with `palisade estate save`.",
    },
    Code {
        code: "exception-lapsed",
        title: "An exception has ended",
        meaning: "The exception's last day, `expires`, is over, and there are findings that it used to cover. They count again. \
            An exception never ends in silence.",
        remedy: "Mend the findings and delete the exception, or let its owner decide again and give it a new `expires`.",
    },
    Code {
        code: "hcl-syntax",
        title: "A part of the Terraform code cannot be read",
        meaning: "The text is no HCL here. The attribute or block is left out, what is read goes on behind it, and verdicts that hang \
            on what is missing are `unknown`.",
        remedy: "Run `terraform fmt` or `terraform validate`, which name the same place.",
    },
    Code {
        code: "include",
        title: "What a template includes cannot be read",
        meaning: "`AWS::Include` names a file that is not local, such as one in S3, or that is not there. What it would bring in \
            is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Keep the included file beside the template and name it by its path, or judge the packaged template.",
    },
    Code {
        code: "intrinsic",
        title: "A function of the template is used wrongly",
        meaning: "An intrinsic function such as `Fn::Select` or `Fn::FindInMap` has arguments that CloudFormation would refuse. \
            Its value is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Give the arguments that CloudFormation documents for the function.",
    },
    Code {
        code: "json-syntax",
        title: "The text is no valid JSON",
        meaning: "Reading stopped at the place that is pointed at. What stands before it is judged, what follows is not, \
            and the result is incomplete.",
        remedy: "Mend the text there; a comma or a quote just before it is the usual cause.",
    },
    Code {
        code: "key-not-text",
        title: "A key of a map is a list or a map",
        meaning: "YAML allows such keys, CloudFormation does not. The entry is not read.",
        remedy: "Make the key a text. `{{ name }}` without quotes is a common cause: YAML takes it for a map in a map.",
    },
    Code {
        code: "macro",
        title: "A macro makes a part of the template",
        meaning: "The macro is a function that runs inside AWS when the template is deployed. What it makes is not known, and verdicts \
            that hang on it are `unknown`.",
        remedy: "Judge the processed template too: `aws cloudformation get-template --template-stage Processed` prints the one of \
            a stack that is deployed.",
    },
    Code {
        code: "module-missing",
        title: "The code of a Terraform module is not there",
        meaning: "The module comes from a registry or repository and was not fetched, or its folder holds no code, or it calls itself. \
            What it makes is not known, so verdicts that hang on the absence of a resource are `unknown` in this root module.",
        remedy: "Run `terraform init` first: modules are then read from `.terraform/modules`.",
    },
    Code {
        code: "nested-stack",
        title: "The template of a nested stack cannot be read",
        meaning: "`TemplateURL` leads to no local template, or stacks nest too deep. The nested stack's resources are not judged, \
            and what is absent around it may exist in it.",
        remedy: "Name the nested template by its local path, as `aws cloudformation package` takes it, and have the file there.",
    },
    Code {
        code: "no-condition",
        title: "A condition is used that is not declared",
        meaning: "A resource, an output or a function names a condition that `Conditions` does not hold. CloudFormation would refuse \
            the template. Both ways are taken as possible.",
        remedy: "Declare the condition, or mend its name.",
    },
    Code {
        code: "not-utf8",
        title: "The text is not UTF-8",
        meaning: "From the byte that is pointed at on, the text is not read, and what stands there is not judged.",
        remedy: "Save the file in UTF-8.",
    },
    Code {
        code: "parameter-unused",
        title: "A parameter is given that no template has",
        meaning: "`--parameters` gives a value under a name that none of the templates declares. The value has no effect, and the \
            parameter that was meant is still open.",
        remedy: "Mend the name.",
    },
    Code {
        code: "properties",
        title: "The properties of a resource are no map",
        meaning: "`Properties` holds a list or a single value. The resource is there, but nothing is known of it, and verdicts on it \
            are `unknown`.",
        remedy: "Write the properties as a map of names to values; in YAML, check the indentation.",
    },
    Code {
        code: "resource-type",
        title: "The type of a resource is not known",
        meaning: "The resource has no `Type`, or one that is not a plain text. It is not judged, and as nobody knows what it is, \
            what is absent around it may be this.",
        remedy: "Write the type as a text, such as `AWS::S3::Bucket`; in YAML, check the indentation.",
    },
    Code {
        code: "rule",
        title: "The template's own rules reject the parameters",
        meaning: "An assertion under `Rules` is false for the parameters that are given or are the default: CloudFormation would not \
            deploy the template with them. It is judged nevertheless.",
        remedy: "Give parameters that the rules accept: `--parameters NAME=VALUE` or a file.",
    },
    Code {
        code: "sam",
        title: "A serverless resource is not fully followed",
        meaning: "What the SAM transform makes of the resource is not known in every part. The message says what is not judged.",
        remedy: "Judge the transformed template too: `aws cloudformation get-template --template-stage Processed` prints the one of \
            a stack that is deployed.",
    },
    Code {
        code: "second-document",
        title: "The file holds a second YAML document",
        meaning: "Behind a line `---` a new document begins. CloudFormation reads one document a file; the second is not judged.",
        remedy: "Put each document into a file of its own.",
    },
    Code {
        code: "suppression-void",
        title: "A control is switched off in place, but not validly",
        meaning: "A suppression in a template (`# palisade:ignore CONTROL REASON`, or `Palisade: { ignore: … }` in the metadata) \
            names a control that does not exist or gives no reason. It does not count: the control is judged as if it were not there.",
        remedy: "Name the control by its id and say why it does not matter here.",
    },
    Code {
        code: "terraform-expression",
        title: "An expression of the Terraform code cannot be evaluated",
        meaning: "Terraform would stop here: a name that is not declared, an index that is out of range, a value of the wrong type. The \
            value is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Mend the expression. `terraform validate` finds most of them.",
    },
    Code {
        code: "terraform-owner",
        title: "A resource belongs to another that is not in the code",
        meaning: "The resource only sets properties of another one, such as the versioning of a bucket, and that one is not declared in \
            this root module. There is nothing to judge.",
        remedy: "Nothing need be done. To judge both together, check the code that declares the owner.",
    },
    Code {
        code: "terraform-plan",
        title: "A plan cannot be taken as it is",
        meaning: "The plan has a format version that is not known, or ended in an error. What it holds is judged.",
        remedy: "Make the plan again with `terraform plan -out FILE` and `terraform show -json FILE`.",
    },
    Code {
        code: "terraform-syntax",
        title: "A block of the Terraform code has no meaning",
        meaning: "The block is of a type that is not known, has the wrong number of labels, or is declared twice. It is not read.",
        remedy: "Run `terraform validate`, which names the same place.",
    },
    Code {
        code: "terraform-unmapped",
        title: "Some types of resources have no mapping",
        meaning: "Controls judge CloudFormation's types, and nothing says what these types of a provider are there. They are not judged.",
        remedy: "`palisade explain --mapping TYPE` shows what is mapped. A mapping is one entry in `content/mappings/terraform`.",
    },
    Code {
        code: "terraform-variable",
        title: "A variable has a value that does not fit",
        meaning: "The value cannot be converted to the variable's type, or breaks one of its validation rules. Terraform would stop.",
        remedy: "Give another value: `--var NAME=VALUE`, `--var-file FILE`, or in `terraform.tfvars`.",
    },
    Code {
        code: "too-big",
        title: "The file is too large to be read",
        meaning: "Files of more than 64 MiB are not read; CloudFormation takes templates of 1 MB. Nothing in the file is judged.",
        remedy: "Split the template, or leave the file out with `exclude` in `palisade.yaml` if it is none.",
    },
    Code {
        code: "too-deep",
        title: "The text is nested too deep",
        meaning: "Maps and lists are nested deeper than 100 levels. Reading stopped there, and the rest is not judged.",
        remedy: "Make the text flatter. No template that AWS accepts is as deep.",
    },
    Code {
        code: "too-many",
        title: "The text holds too many values",
        meaning: "Reading stopped after two million values, and the rest is not judged.",
        remedy: "Split the file.",
    },
    Code {
        code: "too-much",
        title: "The template expands to too many values",
        meaning: "Loops, mappings or nested stacks make more values of the template than the limit allows. The rest is not known, and \
            verdicts that hang on it are `unknown`.",
        remedy: "Split the template, or make its `Fn::ForEach` loops shorter.",
    },
    Code {
        code: "unknown-function",
        title: "The template uses a function that is not known",
        meaning: "A key begins with `Fn::` and is none of CloudFormation's functions. Its value is not known, and verdicts that hang \
            on it are `unknown`.",
        remedy: "Mend the name. If CloudFormation has a new function, a newer version of this program may know it.",
    },
    Code {
        code: "unreadable",
        title: "The file cannot be read",
        meaning: "The operating system refused it: the file is gone, or reading it is not permitted. Nothing in it is judged.",
        remedy: "Check that the file is there and that you may read it.",
    },
    Code {
        code: "unresolved",
        title: "A reference leads nowhere",
        meaning: "`Ref`, `Fn::GetAtt` or `Fn::Sub` names what the template does not declare. CloudFormation would refuse the template. \
            The value is not known, and verdicts that hang on it are `unknown`.",
        remedy: "Declare the parameter or resource, or mend its name.",
    },
    Code {
        code: "yaml-syntax",
        title: "The text is no valid YAML",
        meaning: "Reading stopped at the place that is pointed at. What stands before it is judged, what follows is not, \
            and the result is incomplete.",
        remedy: "Mend the text there; the indentation, a tab, or a text with `: ` in it that needs quotes is the usual cause.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// Codes that stand for a whole class of errors rather than for a diagnostic.
    const CLASSES: [&str; 3] = ["baseline", "config", "control-file"];

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if !path.ends_with("tests.rs") && !path.ends_with("codes.rs") {
                found.push(path);
            }
        }
    }

    /// The text in quotes that is the first or second argument behind a marker.
    fn literal(arguments: &str, is_second: bool) -> Option<&str> {
        let rest = if is_second { arguments.split_once(',')?.1 } else { arguments };
        Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0)
    }

    /// The codes that the sources of a crate give to diagnostics.
    fn used(name: &str, markers: &[&str]) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        let mut codes = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            for marker in markers {
                for (at, _) in text.match_indices(marker) {
                    let code = literal(&text[at + marker.len()..], *marker == ".say(");
                    codes.extend(code.map(str::to_owned));
                }
            }
        }
        codes
    }

    #[test]
    fn every_code_that_is_used_is_explained_and_no_other() {
        let mut codes: BTreeSet<String> = CLASSES.iter().map(|&code| code.to_owned()).collect();
        let all = [".say(", "Problem::new(", ".stop(", ".refuse(", "failed(", "Some((", "code: "];
        let few = [".say(", "code: "];
        let crates = [("document", &all[..]), ("template", &all), ("palisade", &all), ("terraform", &few)];
        for (name, markers) in crates {
            let found = used(name, markers);
            assert!(!found.is_empty(), "no codes are found in {name}: the scan has gone stale");
            codes.extend(found);
        }
        let explained: BTreeSet<String> = CODES.iter().map(|code| code.code.to_owned()).collect();
        assert_eq!(codes, explained);
    }

    #[test]
    fn the_table_is_in_order_and_says_something() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        for code in CODES {
            assert!(!code.title.ends_with('.'), "{}", code.code);
            assert!(code.meaning.ends_with('.') && code.remedy.ends_with('.'), "{}", code.code);
        }
        assert_eq!(find("too-deep").map(|code| code.title), Some("The text is nested too deep"));
        assert!(find("too-shallow").is_none());
    }
}
