//! A model in words, for a failure to show.

use super::subject::{BOUND, Subject};
use super::types::Ty;
use es_rollup_core::model::{
    Absent, Column, Constraint, Empty, Field, Literal, Origin, Rule, Source, Step, Touch, Variant, View,
};
use std::fmt;

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:?}, ids are {}, {:?} trigger, the id's column is {}, {:?} sequences",
            self.model.tagging,
            self.id.sql(),
            self.model.trigger,
            self.layout.id,
            self.model.store.order
        )?;
        table(out, self.view(), &self.types, self.least)?;
        for (view, typed) in self.views() {
            let parts: Vec<(&str, &str)> = (view.parts().iter().zip(&typed.parts))
                .map(|(part, ty)| (part.name.as_str(), ty.name))
                .collect();
            writeln!(out, "  view {:?}, key {parts:?}:", view.name)?;
            table(out, view, &typed.types, typed.least)?;
        }
        for (at, (variant, rule)) in self.variants().enumerate() {
            let Variant { wire, other, shape, .. } = variant;
            let other = if *other { ", other" } else { "" };
            write!(out, "  {:?} {wire:?}{other} ({shape:?}):", variant.life)?;
            steps(out, variant, self.view(), rule)?;
            writeln!(out)?;
            let views = self.model.views.iter().filter(|view| view.rules[at] != Rule::NOTHING);
            for view in views {
                of_view(out, variant, view, &view.rules[at])?;
            }
        }
        Ok(())
    }
}

fn table(
    out: &mut fmt::Formatter<'_>,
    view: &View,
    types: &[&Ty],
    least: Option<(usize, i64)>,
) -> fmt::Result {
    for (Column { name, kind, nullable, .. }, ty) in view.columns.iter().zip(types) {
        let null = if *nullable { "" } else { ", not null" };
        writeln!(out, "  column {name}: {} of {}{null}", kind.words(), ty.name)?;
    }
    if let Some((column, least)) = least {
        writeln!(out, "  check {BOUND}: {} >= {least}", view.columns[column].name)?;
    }
    for constraint in &view.constraints {
        match constraint {
            Constraint::Check { .. } => {}
            Constraint::Unique { columns, .. } => writeln!(out, "  unique {columns:?}")?,
            Constraint::Index { columns, .. } => writeln!(out, "  index {columns:?}")?,
        }
    }
    Ok(())
}

fn of_view(out: &mut fmt::Formatter<'_>, variant: &Variant, view: &View, rule: &Rule) -> fmt::Result {
    write!(out, "    {}:", view.name)?;
    match &rule.empty {
        None => {}
        Some(Empty::All) => write!(out, " empty;")?,
        Some(Empty::Matching(parts)) => {
            write!(out, " empty where")?;
            for (part, from) in parts {
                write!(out, " {}", view.parts()[*part].name)?;
                source(out, variant, from)?;
            }
            write!(out, ";")?;
        }
    }
    if let Some(each) = rule.each {
        write!(out, " for each element")?;
        source(out, variant, &Source::Field(each))?;
        write!(out, ":")?;
    }
    match rule.touch {
        Touch::Nothing => {}
        touch @ (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete) => {
            write!(out, " {} the row", touch.key())?;
            for (part, from) in view.parts().iter().zip(&rule.key) {
                write!(out, " {}", part.name)?;
                source(out, variant, from)?;
            }
            write!(out, ";")?;
        }
    }
    steps(out, variant, view, rule)?;
    writeln!(out)
}

fn steps(out: &mut fmt::Formatter<'_>, variant: &Variant, view: &View, rule: &Rule) -> fmt::Result {
    for Step { column, operation, source: from } in &rule.steps {
        write!(out, " {} {}", operation.key(), view.columns[*column].name)?;
        source(out, variant, from)?;
        write!(out, ";")?;
    }
    Ok(())
}

fn source(out: &mut fmt::Formatter<'_>, variant: &Variant, source: &Source) -> fmt::Result {
    match source {
        Source::Nothing => Ok(()),
        Source::RecordedAt => write!(out, " = recorded time"),
        Source::Sequence => write!(out, " = sequence"),
        Source::Literal(Literal::Bool(value)) => write!(out, " = {value}"),
        Source::Literal(Literal::Integer(value)) => write!(out, " = {value}"),
        Source::Literal(Literal::Text(value)) => write!(out, " = {value:?}"),
        Source::Field(field) => {
            let Field { origin, keys, path, many, ascending, optional, absent, .. } = &variant.fields[*field];
            write!(out, " from {origin:?} {keys:?} {path:?}")?;
            let marks = [
                (*many && *origin != Origin::Element, "each"),
                (*ascending, "ascending"),
                (*optional, "optional"),
                (*absent == Absent::None, "absent is none"),
                (*absent == Absent::Default, "absent is default"),
                (matches!(absent, Absent::Literal(_)), "absent is a literal"),
            ];
            for (_, mark) in marks.into_iter().filter(|(holds, _)| *holds) {
                write!(out, " ({mark})")?;
            }
            Ok(())
        }
    }
}
