//! Completions for three shells, made from `--help`.
//!
//! They complete flags, the legal values of a flag and lists of them, files where a `FILE` is meant
//! and folders where a `DIR` is. `UPDATE=1 cargo test -p maillog-tests --test docs` writes them.

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
    /// Of such words, with commas between them.
    List(Vec<&'a str>),
}

impl<'a> Offer<'a> {
    fn values(flag: &'a Flag) -> Self {
        match flag.choices() {
            Some(choices) if flag.takes_list() => Offer::List(choices),
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

/// What is in front of a value in the same word, as a regular expression: a flag's letter, behind the
/// letters of switches. `None` if no letter takes a value.
fn letters(help: &Help) -> Option<String> {
    let letters = |has_value: bool| {
        let flags = help.flags.iter().filter(|flag| flag.value.is_some() == has_value);
        flags.filter_map(|flag| flag.short).collect::<String>()
    };
    let (switches, values) = (letters(false), letters(true));
    (!values.is_empty()).then(|| format!("-[{switches}]*[{values}]"))
}

/// The name of a function of a tool's completion.
fn function(help: &Help, end: &str) -> String {
    format!("_{}{end}", help.name.replace('-', "_"))
}

fn bash(help: &Help) -> String {
    let how = |offer| match offer {
        Offer::Nothing => "return".to_owned(),
        Offer::Files => "how=(-f)".into(),
        Offer::Folders => "how=(-d)".into(),
        Offer::Words(words) => format!("how=(-W '{}')", words.join(" ")),
        Offer::List(words) => format!("list=1 how=(-W '{}')", words.join(" ")),
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
    let (name, function) = (&help.name, function(help, ""));
    let letters = letters(help).map_or(String::new(), |letters| {
        format!(
            r"
    elif [[ $cur =~ ^({letters})(.*)$ ]]; then
        # a letter and its value may be one word
        before=${{BASH_REMATCH[1]}} prev=-${{before: -1}} cur=${{BASH_REMATCH[2]}}
    elif [[ $prev =~ ^{letters}$ ]]; then
        prev=-${{prev: -1}}"
        )
    });
    let has_list = help.flags.iter().any(|flag| matches!(Offer::values(flag), Offer::List(_)));
    let (declared, list) = if has_list { (" list=''", LIST_IN_BASH) } else { ("", "") };
    format!(
        r#"# Completion of {name} for bash, made from its --help.

{function}() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} before=''{declared} how
    # "=" is a word of its own here: "--flag=value" comes as three
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${{COMP_WORDS[COMP_CWORD - 2]}}{letters}
    fi
    case $prev in
{cases}        *)
            case $cur in
                -*) how=(-W '{flags}') ;;
                *) {operands} ;;
            esac
            ;;
    esac
{list}    mapfile -t COMPREPLY < <(compgen -P "$before" "${{how[@]}}" -- "$cur")
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

const LIST_IN_BASH: &str = r#"    if [[ -n $list ]]; then
        # what is before the last comma stays, and is not offered again
        local given=${cur%"${cur##*,}"} word words=
        for word in ${how[1]}; do
            [[ ,$given == *,$word,* ]] || words+=" $word"
        done
        how[1]=$words before+=$given cur=${cur##*,}
        compopt -o nospace
    fi
"#;

fn zsh(help: &Help) -> String {
    let action = |offer| match offer {
        Offer::Nothing => " ".to_owned(),
        Offer::Files => "_files".into(),
        Offer::Folders => "_files -/".into(),
        Offer::Words(words) => format!("({})", words.join(" ")),
        Offer::List(words) => format!("_values -s , value {}", words.join(" ")),
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
    // where there are none, a word about that would keep flags from being completed
    match Offer::operands(help) {
        Offer::Nothing => {}
        offer => writeln!(lines, "  '*:operand:{}' \\", action(offer)).unwrap(),
    }
    let (name, lines) = (&help.name, lines.trim_end_matches([' ', '\\', '\n']));
    format!(
        "#compdef {name}\n# Completion of {name} for zsh, made from its --help.\n\n\
         _arguments -s -S \\\n{lines}\n"
    )
}

fn fish(help: &Help) -> String {
    let (name, list) = (&help.name, function(help, "_list"));
    let arguments = |offer| match offer {
        Offer::Nothing => " -x".to_owned(),
        Offer::Files => " -r -F".into(),
        Offer::Folders => format!(" -x -a \"({FOLDERS_IN_FISH})\""),
        Offer::Words(words) => format!(" -x -a '{}'", words.join(" ")),
        Offer::List(words) => format!(" -x -a '(_{list} {})'", words.join(" ")),
    };
    let mut text = format!("# Completion of {name} for fish, made from its --help.\n\n");
    if help.flags.iter().any(|flag| matches!(Offer::values(flag), Offer::List(_))) {
        let letters = letters(help).map_or(String::new(), |letters| format!("|{letters}"));
        write!(
            text,
            r#"# Lists of these words: what is before the last comma stays, and is not offered again.
function _{list}
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*={letters})' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

"#
        )
        .unwrap();
    }
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

/// The word may begin with the flag, which must not be there twice.
const FOLDERS_IN_FISH: &str =
    "__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' '')";
