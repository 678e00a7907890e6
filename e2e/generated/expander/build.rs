//! Copies the derive's modules, so that they are compiled here as they are there.

use std::{env, fs, io, path::Path};

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let derive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../es-rollup-derive/src");
    println!("cargo::rerun-if-changed={}", derive.display());
    let out = Path::new(&env::var("OUT_DIR").expect("cargo says where")).join("derive");
    drop(fs::remove_dir_all(&out));
    copy(&derive, &out)?;
    let lib = fs::read_to_string(derive.join("lib.rs"))?;
    let modules = lib.lines().filter(|line| line.starts_with("mod ") && *line != "mod tests;");
    let modules: Vec<String> = modules.map(|line| format!("#[allow(dead_code)]\n{line}\n")).collect();
    fs::write(out.join("modules.rs"), modules.concat())
}
