//! Completions for three shells, made from `--help`.
//!
//! They complete flags, the legal values of a flag, files where a `FILE` is meant and folders
//! where a `DIR` is. `UPDATE=1 cargo test -p maillog-tests --test docs` writes them.

use std::fmt::Write;

use crate::help::{Flag, Help};

/// A shell: what its completions are called in `completions/`, and how one is made.
#[derive(Clone, Copy, Debug)]
pub struct Shell {
    /// The program, and the folder.
    pub name: &'static str,
    /// The file for the name of a tool.
    pub file: fn(&str) -> String,
    /// The whole file for a tool.
    pub make: fn(&Help) -> String,
}

/// Every shell that is served.
pub const SHELLS: [Shell; 3] = [
    Shell { name: "bash", file: str::to_owned, make: bash },
    Shell { name: "zsh", file: |tool| format!("_{tool}"), make: zsh },
    Shell { name: "fish", file: |tool| format!("{tool}.fish"), make: fish },
];

/// What can be offered where a value or an operand is expected.
enum Offer<'a> {
    Nothing,
    Files,
    Folders,
    Words(Vec<&'a str>),
}

impl<'a> Offer<'a> {
    fn values(flag: &'a Flag) -> Self {
        match flag.choices() {
            Some(choices) => Offer::Words(choices),
            None => Offer::named(flag.value.as_deref().unwrap_or_default()),
        }
    }

    fn operands(help: &'a Help) -> Self {
        Offer::named(help.operands.trim_matches(['[', ']', '.', ' ']))
    }

    fn named(kind: &str) -> Self {
        match kind {
            "DIR" => Offer::Folders,
            kind if kind.contains("FILE") => Offer::Files,
            _ => Offer::Nothing,
        }
    }
}

fn bash(help: &Help) -> String {
    let how = |offer| match offer {
        Offer::Nothing => "return".to_owned(),
        Offer::Files => "how=(-f)".into(),
        Offer::Folders => "how=(-d)".into(),
        Offer::Words(words) => format!("how=(-W '{}')", words.join(" ")),
    };
    let mut cases = String::new();
    for flag in help.flags.iter().filter(|flag| flag.value.is_some()) {
        let short = flag.short.map_or(String::new(), |letter| format!("-{letter} | "));
        let how = how(Offer::values(flag));
        writeln!(cases, "        {short}--{}) {how} ;;", flag.long).unwrap();
    }
    let typed = |flag: &Flag| match flag.value {
        Some(_) => format!("--{}=", flag.long),
        None => format!("--{}", flag.long),
    };
    let flags = help.flags.iter().map(typed).collect::<Vec<_>>().join(" ");
    let operands = how(Offer::operands(help));
    let name = &help.name;
    let function = format!("_{}", name.replace('-', "_"));
    format!(
        r#"# Completion of {name} for bash, made from its --help.

{function}() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} how
    # "=" is a word of its own here: "--flag=value" comes as three
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    case $prev in
{cases}        *)
            case $cur in
                -*) how=(-W '{flags}') ;;
                *) {operands} ;;
            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen "${{how[@]}}" -- "$cur")
    if [[ ${{how[0]}} != -W ]]; then
        compopt -o filenames
    elif [[ ${{COMPREPLY[0]}} == *= ]]; then
        compopt -o nospace
    fi
}}

complete -F {function} {name}
"#
    )
}

fn zsh(help: &Help) -> String {
    let action = |offer| match offer {
        Offer::Nothing => " ".to_owned(),
        Offer::Files => "_files".into(),
        Offer::Folders => "_files -/".into(),
        Offer::Words(words) => format!("({})", words.join(" ")),
    };
    let quoted = |text: &str| {
        let text = text.replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]");
        text.replace(':', r"\:").replace('\'', r"'\''")
    };
    let mut lines = String::new();
    for flag in &help.flags {
        let long = &flag.long;
        let about = quoted(&flag.help);
        let (again, names, value) = match (flag.short, &flag.value) {
            (Some(letter), None) if long == "help" || long == "version" => {
                ("(- *)".to_owned(), format!("{{-{letter},--{long}}}"), String::new())
            }
            (Some(letter), None) => {
                (format!("(-{letter} --{long})"), format!("{{-{letter},--{long}}}"), String::new())
            }
            (None, None) => (String::new(), format!("--{long}"), String::new()),
            (short, Some(_)) => {
                let names = match short {
                    Some(letter) => format!("{{-{letter}+,--{long}=}}"),
                    None => format!("--{long}="),
                };
                ("*".into(), names, format!(":{long}:{}", action(Offer::values(flag))))
            }
        };
        writeln!(lines, "  '{again}'{names}'[{about}]{value}' \\").unwrap();
    }
    let operands = match Offer::operands(help) {
        Offer::Nothing => "'*: : '".to_owned(),
        offer => format!("'*:operand:{}'", action(offer)),
    };
    let name = &help.name;
    format!(
        "#compdef {name}\n# Completion of {name} for zsh, made from its --help.\n\n\
         _arguments -s -S \\\n{lines}  {operands}\n"
    )
}

fn fish(help: &Help) -> String {
    let name = &help.name;
    let arguments = |offer| match offer {
        Offer::Nothing => " -x".to_owned(),
        Offer::Files => " -r -F".into(),
        Offer::Folders => " -x -a '(__fish_complete_directories)'".into(),
        Offer::Words(words) => format!(" -x -a '{}'", words.join(" ")),
    };
    let mut text = format!("# Completion of {name} for fish, made from its --help.\n\n");
    match Offer::operands(help) {
        Offer::Files => {}
        Offer::Folders => {
            writeln!(text, "complete -c {name} -f -a '(__fish_complete_directories)'").unwrap();
        }
        _ => writeln!(text, "complete -c {name} -f").unwrap(),
    }
    for flag in &help.flags {
        let short = flag.short.map_or(String::new(), |letter| format!(" -s {letter}"));
        let value = flag.value.as_ref().map_or(String::new(), |_| arguments(Offer::values(flag)));
        let about = flag.help.replace('\\', r"\\").replace('\'', r"\'");
        writeln!(text, "complete -c {name}{short} -l {}{value} -d '{about}'", flag.long).unwrap();
    }
    text
}
