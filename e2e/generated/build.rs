//! Writes the random enums down as Rust.

use es_rollup_e2e_cases::description::Enum;
use es_rollup_e2e_cases::{generate::generate, source::source};
use es_rollup_e2e_expander::{FEW, Fault, expanded, faults, faulty, without_attributes};
use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn number(name: &str, default: u64) -> u64 {
    println!("cargo::rerun-if-env-changed={name}");
    let number = env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")));
    println!("cargo::rustc-env={name}={number}");
    number
}

/// How the fold gets at the context.
fn context(subject: &Enum) -> &'static str {
    if subject.in_context().count() > 0 { "some" } else { "none" }
}

/// Enums in whose expansion a fault is planted: the first few of which it changes anything.
fn planted(seed: u64) -> String {
    println!("cargo::rerun-if-env-changed=ES_ROLLUP_FAULTS");
    let wanted = env::var("ES_ROLLUP_FAULTS").ok();
    let (enums, is_chosen): (usize, &dyn Fn(&Fault) -> bool) = match wanted.as_deref() {
        Some("all") => (4, &|_| true),
        Some(part) => (4, &move |fault| fault.name.contains(part)),
        None => (2, &|fault| FEW.contains(&fault.name)),
    };
    // Most faults fit one of the first enums, so that the others need not be expanded.
    let mut pool = Vec::new();
    let (mut text, mut list) = (String::new(), String::new());
    let mut unfit = Vec::new();
    for (at, fault) in faults().enumerate().filter(|(_, fault)| is_chosen(fault)) {
        let mut changed = Vec::new();
        for number in 0..130 {
            if pool.len() == number {
                let subject = generate(seed, number);
                let expansion = expanded(&source(&subject));
                pool.push((subject, expansion));
            }
            changed.extend(faulty(&pool[number].1, fault).map(|expansion| (number, expansion)));
            if changed.len() == enums {
                break;
            }
        }
        if changed.is_empty() {
            unfit.push(fault.name);
        }
        for (number, expansion) in changed {
            let subject = &pool[number].0;
            let module = format!("fault_{at}_{}", subject.number);
            let item = without_attributes(&source(subject));
            let _ = writeln!(
                text,
                "pub mod {module} {{\nuse super::*;\n#[derive(Debug, Deserialize)]\n{item}\n{expansion}\n}}\n"
            );
            let (name, context) = (fault.name, context(subject));
            let _ =
                writeln!(list, "    ({name:?}, {number}, Subject::of::<{module}::Event>(fold::{context})),");
        }
    }
    assert!(unfit.is_empty(), "these faults fit nothing that the derive writes: {unfit:?}");
    format!(
        "{text}\n/// Faults by name, each with enums that have it.\n\
         pub fn faults() -> Vec<(&'static str, usize, Subject)> {{\n    vec![\n{list}    ]\n}}"
    )
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR").expect("cargo says where");
    let seed = number("ES_ROLLUP_SEED", 1);
    let count = usize::try_from(number("ES_ROLLUP_ENUMS", 40)).expect("not that many");
    let (mut text, mut list) = (String::new(), String::new());
    for at in 0..count {
        let subject = generate(seed, at);
        let module = subject.module();
        let context = context(&subject);
        let _ = writeln!(
            text,
            "pub mod {module} {{\nuse super::*;\n#[derive(Debug, Deserialize, Rollup)]\n{}}}\n",
            source(&subject)
        );
        let _ = writeln!(list, "    Subject::of::<{module}::Event>(fold::{context}),");
    }
    let _ = writeln!(
        text,
        "/// All of them, in order.\npub fn subjects() -> Vec<Subject> {{\n    vec![\n{list}    ]\n}}"
    );
    fs::write(Path::new(&out).join("enums.rs"), text).expect("the enums are written");
    fs::write(Path::new(&out).join("faults.rs"), planted(seed)).expect("the faults are written");
}
